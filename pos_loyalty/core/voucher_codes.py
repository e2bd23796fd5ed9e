"""Codes of vouchers and gift cards: read out, typed and scanned without a slip.

Twelve characters of an alphabet without look-alikes, the last of which is a check character. The alphabet has 31
signs, a prime number, and every place has a weight of its own, so one wrong sign and any two that were swapped are
always found (J. Verhoeff, Error Detecting Decimal Codes, 1969: weighted sums modulo a prime). The first is
a letter: no code can be taken for a telephone number or a payment card.
"""

from pos_loyalty.core.identifiers import normal_code

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Neither 0 nor O, neither 1 nor I nor L."""
LENGTH = 12
RANDOM_BYTES = 16
"""Twice as many bits as a code holds, so that no code is likelier than another by more than 2**-73."""

_LETTERS = ALPHABET[8:]
_BASE = len(ALPHABET)
_LOOK_ALIKES = frozenset("01OIL")
_SIGNS = frozenset(ALPHABET) | _LOOK_ALIKES


def voucher_code(random: bytes) -> str:
    """Return the code that :data:`RANDOM_BYTES` bytes of ``random`` make.

    There are 23 * 31**10 of them, about 2**54: among a million vouchers of a shop, two with one code are as likely as
    1 in 37,000, and one guess in 19 thousand million finds a good one.
    """
    number = int.from_bytes(random)
    number, letter = divmod(number, len(_LETTERS))
    signs = [_LETTERS[letter]]
    for _ in range(LENGTH - 2):
        number, sign = divmod(number, _BASE)
        signs.append(ALPHABET[sign])
    body = "".join(signs)
    return body + ALPHABET[-_sum(body) % _BASE]


def is_mistyped(text: str) -> bool:
    """Whether ``text`` looks like a voucher code and cannot be one: a sign is wrong, or two were swapped.

    >>> is_mistyped("abcd-efgh")
    False
    """
    code = normal_code(text)
    if len(code) != LENGTH or not set(code) <= _SIGNS or code[0].isdecimal():
        return False
    return bool(set(code) & _LOOK_ALIKES) or (_sum(code[:-1]) + ALPHABET.index(code[-1])) % _BASE != 0


def _sum(body: str) -> int:
    """Return the weighted sum: the weights are 2 to 12, from the right; that of the check character is 1."""
    return sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(reversed(body), 2))
