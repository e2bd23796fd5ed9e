"""The check character of the shop's own codes; GS1 keys have theirs in ``pos_loyalty.core.gs1``. Pure.

It turns a misread code into no code. It says nothing about who may use it.
"""

from functools import reduce
from typing import Final

CHECK_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which people take for 1, 1, 0 and V."""

_FIELD_POLYNOMIAL: Final = 0b100101
"""x^5 + x^2 + 1, primitive over GF(2)."""
_FIELD_SIZE: Final = 32
CHECKED_LENGTH_MAX: Final = _FIELD_SIZE - 2
"""Characters in front of a check character: the powers of a primitive element repeat after 31, so up to 30 payload
characters and the check character each have a weight of their own."""


def check_character(payload: str) -> str:
    """Return the check character that belongs behind ``payload``, both written in ``CHECK_ALPHABET``.

    A weighted sum over GF(32), as Reed-Solomon codes have it: the payload is a polynomial, read at a primitive
    element. Any one wrong character, and any two characters swapped, adjacent or not, change the result, in up to
    ``CHECKED_LENGTH_MAX`` characters. The check digits of trade numbers miss one adjacent swap in nine.

    >>> check_character("7KQ2M4ZX")
    'Y'
    """
    return CHECK_ALPHABET[_times_alpha(reduce(_horner, payload, 0))]


def character_is_right(text: str) -> bool:
    """Whether the last character of ``text`` is the check character of the rest."""
    payload = text[:-1]
    return (
        0 < len(payload) <= CHECKED_LENGTH_MAX
        and set(text) <= set(CHECK_ALPHABET)
        and (check_character(payload) == text[-1])
    )


def _horner(value: int, char: str) -> int:
    return _times_alpha(value) ^ CHECK_ALPHABET.index(char)


def _times_alpha(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if doubled >= _FIELD_SIZE else doubled
