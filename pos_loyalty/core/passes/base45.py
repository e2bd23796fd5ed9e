"""Base45 (RFC 9285): bytes as the signs that a QR code packs tightest."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_BASE = len(ALPHABET)
_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Return ``data`` in base45: three signs for two bytes, two for a last one (RFC 9285 §4).

    >>> encode(b"base-45")
    'UJCLQE7W581'
    """
    signs = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            number, value = divmod(number, _BASE)
            signs.append(ALPHABET[value])
    return "".join(signs)


def decode(text: str) -> bytes | None:
    """Return the bytes that ``text`` stands for; None if it stands for none (RFC 9285 §4 and §6)."""
    values = [_VALUES.get(sign, _BASE) for sign in text]
    if _BASE in values:
        return None
    data = bytearray()
    for start in range(0, len(values), 3):
        group = values[start : start + 3]
        number = 0
        for value in reversed(group):
            number = number * _BASE + value
        length = len(group) - 1
        if length == 0 or number >= 256**length:
            return None
        data += number.to_bytes(length)
    return bytes(data)
