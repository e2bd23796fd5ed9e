"""Is this text a payment card? The question asked before anything is logged, queued, stored or sent.

Two signs, either is enough:

* a primary account number: 12 to 19 digits with a right Luhn digit (ISO/IEC 7812-1, annex B) behind an
  issuer prefix that payment schemes use;
* the shape of a bank stripe (ISO/IEC 7813): account number, separator, expiry and service code, even when
  the Luhn digit is wrong, because a bad swipe of a bank card is still a bank card.

Two GS1 keys look like account numbers now and then and are not: an EAN-13 or UPC-A, and an 18-digit GSRN
(GS1 Iran is 626, inside a payment range). A right GS1 check digit on 12, 13 or 18 digits wins: the 13-digit
Visa is extinct, and 12- and 18-digit Maestro cards are not issued any more.
"""

import re
import unicodedata
from collections.abc import Iterator

from pos_loyalty.core.gs1 import gs1_is_right

_PAN_DIGITS_MIN, _PAN_DIGITS_MAX = 12, 19
_GROUP_DIGITS_MIN = 4
"""Of every group but the last in which account numbers are printed: 4-4-4-4, 4-6-5, 4-4-4-4-3."""

_SENTINELS = "%;?"
"""Of tracks 1 and 2. The plus sign of track 3 is left out: it begins a telephone number."""

_PHONE_DIGITS_MAX = 15
"""Behind a plus sign (ITU-T E.164, 6.2.1); what is longer is no telephone number."""

_PAYING_PHONE = "hQVDUFYwM"
"""How the QR code of a telephone that pays begins: the tag 85 and ``CPV01`` in base 64 (EMV QR Code Specification for
Payment Systems, Consumer-Presented Mode, 4.2). The account number is behind it, encoded."""

_ISSUERS: tuple[tuple[str, str, int], ...] = (
    ("4", "4", 13),  # Visa
    ("51", "55", 16),  # Mastercard
    ("2221", "2720", 16),  # Mastercard
    ("34", "34", 15),  # American Express
    ("37", "37", 15),
    ("300", "305", 14),  # Diners Club
    ("36", "36", 14),
    ("38", "39", 14),
    ("3528", "3589", 16),  # JCB
    ("50", "50", 12),  # Maestro; Shetab 502229, 504706, 505785 ...
    ("56", "58", 12),  # Maestro; Shetab 581874, 589210, 589463 ...
    # Maestro, Discover, UnionPay, RuPay, Elo, and most of Shetab: 603799, 610433, 621986, 627353, 636214 ...
    ("6", "6", 12),
    ("2200", "2204", 16),  # Mir
    ("81", "82", 16),  # RuPay
    ("9792", "9792", 16),  # Troy
    ("170019", "170019", 16),  # Shetab beside the ranges above: Melli, Export Development Bank, Mellat
    ("207177", "207177", 16),
    ("991975", "991975", 16),
    ("968201", "968211", 16),  # mada
)
"""First and last prefix of a range, and the shortest account number in it. The last column keeps telephone
numbers typed without a plus sign (at most 13 digits in practice) out of most ranges."""

_GS1_LENGTHS = frozenset({12, 13, 18})
"""UPC-A, EAN-13 and GSRN. GTIN-14 is left out: 14 digits is a living length of Diners Club."""

# Sentinels are optional: readers are often set to strip them. ``=`` also stands for an absent expiry or
# service code (ISO/IEC 7813), and some readers send the hexadecimal D for it.
_TRACK_1 = re.compile(r"B\d{12,19}\^[^^]{2,26}\^(?:\d{4}|\^)(?:\d{3}|\^)", re.IGNORECASE)
_TRACK_2 = re.compile(r"(?<!\d)\d{12,19}[=D](?:\d{4}|=)(?:\d{3}|=)", re.IGNORECASE)
_ON_STRIPE = re.compile(r"(?<!\d)(\d{12,21})(?=[=^])")
"""The account number of a track; on track 3 (ISO/IEC 4909) two digits of format code stand before it."""
_NUMBERS = re.compile(r"(?P<plus>\+?)(?P<groups>[0-9]+(?: {1,3}[0-9]+)*)")
"""Groups of digits that stand together; a plus sign begins a telephone number."""
_SEPARATORS = {"Zs", "Pd", "Cc"}
_WITHOUT_WIDTH = {"Cf", "Mn", "Me"}


def is_payment_card(text: str) -> bool:
    """Whether ``text``, read by a reader or typed by hand, is a payment card and must be refused.

    Digits of any script count as digits; spaces, dashes and dots between them, and marks without width, do not
    hide a number.

    >>> is_payment_card("4111 1111 1111 1111")
    True
    >>> is_payment_card("۶۰۳۷-۹۹۷۱-۱۱۱۱-۱۱۱۹")
    True
    >>> is_payment_card("4006381333931")  # an EAN-13 of prefix 4
    False
    """
    compact = _compact(text)
    if compact.startswith(_PAYING_PHONE):
        return True
    if _TRACK_1.search(compact) or _TRACK_2.search(compact):
        return True
    on_stripe = _ON_STRIPE.findall(compact)
    if any(_is_account_number(digits) or _is_account_number(digits[2:]) for digits in on_stripe):
        return True
    digits = compact.strip(_SENTINELS)
    if len(digits) > 1 + _PHONE_DIGITS_MAX:
        digits = digits.removeprefix("+")
    return _is_account_number(digits) and not _is_gs1_key(digits)


def holds_payment_card(text: str, digits_min: int = _PAN_DIGITS_MIN) -> bool:
    """Whether a free text, such as a note, has a payment card anywhere in it.

    People write other numbers beside it, its expiry above all, so every sequence of groups is looked at that could
    be a printed account number. Numbers with fewer than ``digits_min`` digits count only where nothing is beside them.

    >>> holds_payment_card("card 2: 4111 1111 1111 1111 12/26 123")
    True
    >>> holds_payment_card("size 42, 1111 points until 12/26")
    False
    """
    if sum(map(str.isdecimal, text)) < _PAN_DIGITS_MIN:
        return _PAYING_PHONE in text
    return is_payment_card(text) or any(
        _is_account_number(number) and not _is_gs1_key(number)
        for run in _NUMBERS.finditer(_spaced(text))
        for number in _candidates(run["groups"].split())
        if len(number) >= digits_min and (not run["plus"] or len(number) > _PHONE_DIGITS_MAX)
    )


def _candidates(groups: list[str]) -> Iterator[str]:
    yield "".join(groups)
    for first in range(len(groups)):
        number = ""
        for group in groups[first:]:
            number += group
            if len(number) > _PAN_DIGITS_MAX:
                break
            yield number
            if len(group) < _GROUP_DIGITS_MIN:
                break


def _spaced(text: str) -> str:
    """Give the text with ASCII digits and one space for each sign that may stand between groups of digits."""
    return "".join(map(_plain, text))


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char == "." or category in _SEPARATORS:
        return " "
    return "" if category in _WITHOUT_WIDTH else char


def _compact(text: str) -> str:
    """Give the text with ASCII digits and without what people and printers put between groups of digits."""
    return _spaced(text).replace(" ", "")


def _is_account_number(digits: str) -> bool:
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _PAN_DIGITS_MAX):
        return False
    return _has_issuer(digits) and _luhn_is_right(digits)


def _has_issuer(digits: str) -> bool:
    return any(len(digits) >= shortest and first <= digits[: len(first)] <= last for first, last, shortest in _ISSUERS)


def _luhn_is_right(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: double every second digit from the right, sum the digits, modulo 10."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(value // 10 + value % 10 for value in doubled)) % 10 == 0


def _is_gs1_key(digits: str) -> bool:
    return len(digits) in _GS1_LENGTHS and gs1_is_right(digits)
