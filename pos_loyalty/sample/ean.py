"""EAN-13 numbers with a right check digit."""

_BODY_DIGITS = 12


def ean13(body: str) -> str:
    """Return ``body``, twelve digits, with its check digit (GS1 General Specifications §7.9).

    >>> ean13("400638133393")
    '4006381333931'
    """
    if len(body) != _BODY_DIGITS:
        raise ValueError(f"an EAN-13 has {_BODY_DIGITS} digits before its check digit, got {body!r}")
    odd = sum(map(int, body[::2]))
    even = sum(map(int, body[1::2]))
    return f"{body}{-(odd + 3 * even) % 10}"
