"""Codes that the shop gives out itself: restricted bar code numbers by template, and coded vouchers. Pure.

A **template** says how the shop builds its restricted-circulation numbers (GS1 General Specifications, 2.1.11),
digit by digit: ``20MMMMMMMMMMK`` is a member card, ``21IIIIIPPPPPK`` goods by price. Digits stand for themselves;

====== ==================== ====== ====================
letter field                letter field
====== ==================== ====== ====================
``M``  ``member``           ``W``  ``weight``
``I``  ``item``             ``S``  ``serial``
``P``  ``price``            ``V``  a second check digit, taken off and not tested
``K``  the check digit, last and tested
====== ==================== ====== ====================

**Vouchers and gift cards** are a prefix, 6 to 30 characters of Crockford's base 32, and a check character over
both the kind and the rest, so that one is never taken for the other, whatever is done to the prefix.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, Literal

import msgspec

from drivers.codes.check_digits import CHECK_ALPHABET, character_is_right, check_character
from pos_loyalty.core.identifiers import normal_code

NumberKind = Literal["member", "product", "voucher", "gift_card"]
CodeKind = Literal["voucher", "gift_card"]

FIELDS: Final = {"M": "member", "I": "item", "P": "price", "W": "weight", "S": "serial", "V": "", "K": ""}
_LENGTHS: Final = frozenset({8, 13})
_PREFIXES_OF_13: Final = ("02", "04", *map(str, range(20, 30)))
_PREFIXES_OF_8: Final = ("0", "2")
_PAYLOAD_MIN: Final = 6
_PAYLOAD_MAX: Final = 29
"""One less than the check character can guard, for the character of the kind."""
_KIND_CHARACTERS: Final[dict[CodeKind, str]] = {"voucher": "V", "gift_card": "G"}
_LOOK_ALIKES: Final = str.maketrans("ILO", "110", "-")


class NumberTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the shop builds one kind of restricted number."""

    kind: NumberKind
    pattern: str
    """8 or 13 characters."""

    def fields(self, number: str) -> dict[str, str] | None:
        """Return the fields of ``number``, whose check digit has been tested; ``None`` if it is not of this kind."""
        if len(number) != len(self.pattern):
            return None
        found: dict[str, str] = {}
        for letter, digit in zip(self.pattern, number, strict=True):
            name = FIELDS.get(letter)
            if name is None and letter != digit:
                return None
            if name:
                found[name] = found.get(name, "") + digit
        return found


def problems(templates: Sequence[NumberTemplate]) -> list[str]:
    """Say in whole sentences what is wrong with the templates; an empty list means nothing is."""
    found = [sentence for template in templates for sentence in _problems_of(template.pattern)]
    found += [
        f"templates {one.pattern} and {other.pattern} fit the same numbers: give each its own prefix"
        for one, other in combinations(templates, 2)
        if _overlap(one.pattern, other.pattern)
    ]
    return found


def coded(kind: CodeKind, payload: str, prefix: str) -> str:
    """Return the code of a voucher or gift card; ``payload`` is 6 to 29 characters of ``CHECK_ALPHABET``.

    >>> coded("voucher", "7KQ2M4ZX", "PLV-")
    'PLV-7KQ2M4ZX7'
    """
    if not (_PAYLOAD_MIN <= len(payload) <= _PAYLOAD_MAX and set(payload) <= set(CHECK_ALPHABET)):
        raise ValueError(
            f"a payload of {len(payload)} characters: expected {_PAYLOAD_MIN} to {_PAYLOAD_MAX} of {CHECK_ALPHABET}"
        )
    return prefix + payload + check_character(_KIND_CHARACTERS[kind] + payload)


def read_coded(kind: CodeKind, text: str, prefix: str) -> str | None:
    """Return a code in its normal form, or ``None`` if it is not one of ``kind``.

    Case, blanks, dashes and digits of other scripts do not matter, nor do the look-alikes I, L and O.

    >>> read_coded("voucher", "plv-7kq2-m4zx-7", "PLV-")
    'PLV-7KQ2M4ZX7'
    """
    code = normal_code(text)
    if not code.startswith(prefix):
        return None
    body = code[len(prefix) :].translate(_LOOK_ALIKES)
    long_enough = _PAYLOAD_MIN < len(body) <= _PAYLOAD_MAX + 1
    return prefix + body if long_enough and character_is_right(_KIND_CHARACTERS[kind] + body) else None


def _problems_of(pattern: str) -> Iterator[str]:
    if len(pattern) not in _LENGTHS:
        yield f"template {pattern!r} has {len(pattern)} characters: expected 8 or 13"
        return
    unknown = sorted(char for char in set(pattern) if char not in FIELDS and char not in "0123456789")
    if unknown:
        yield f"template {pattern} has {', '.join(unknown)}: expected digits and {', '.join(FIELDS)}"
    if not pattern.endswith("K") or Counter(pattern)["K"] != 1:
        yield f"template {pattern} must end with the check digit K, and have no other"
    prefixes = _PREFIXES_OF_8 if len(pattern) == min(_LENGTHS) else _PREFIXES_OF_13
    if not pattern.startswith(prefixes):
        yield f"template {pattern} begins with a prefix of others: expected one of {', '.join(prefixes)}"
    if not any(FIELDS.get(letter) for letter in pattern):
        yield f"template {pattern} has no field: expected at least one of M, I, P, W, S"
    pieces = [letter for letter, before in zip(pattern, f" {pattern}", strict=False) if letter != before]
    torn = sorted({letter for letter in pieces if FIELDS.get(letter) and pieces.count(letter) > 1})
    if torn:
        yield f"template {pattern} has {', '.join(torn)} in several pieces: write each field in one"


def _overlap(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    return all(a == b or a in FIELDS or b in FIELDS for a, b in zip(one, other, strict=True))
