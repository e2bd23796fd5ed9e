"""What a text can mean in this shop: trade item numbers, the shop's own codes, telephone numbers. Pure.

Every meaning that fits is a candidate; choosing is not done here.
"""

import re
from typing import Final

from drivers.codes import contacts, ean, element_strings, gs1_meanings
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import CodeKind, read_coded
from pos_loyalty.core.decisions import Candidate, Outcome
from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.gs1 import gs1_is_right
from pos_loyalty.core.identifiers import dialled_phone, normal_code, normal_phone

_MEMBER_BODY: Final = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{0,30}[0-9A-Z])?")
_WRITTEN_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{6,24}")


def candidates(text: str, aim: str | None, symbology: str, settings: ReadingSettings) -> list[Candidate]:
    """Return everything that ``text`` can be, in no order of likelihood."""
    key = element_strings.key_alone(to_ascii(text)) if aim is None else ()
    return [
        *_numbers(text, aim, settings),
        *gs1_meanings.of_elements(key, symbology),
        *_codes(text, symbology, settings),
    ]


def of_number(number: ean.TradeNumber, settings: ReadingSettings) -> list[Candidate]:
    """Return what a trade item number means here; nothing for coupons and for in-store numbers of other shops."""
    if number.circulation is ean.Circulation.RESTRICTED and not number.symbol.startswith("ITF"):
        digits = number.gtin[6:] if number.gtin.startswith("000000") else number.gtin[1:]
        parts = ((template.kind, template.fields(digits)) for template in settings.templates)
        return [
            Candidate(Outcome(kind), number.symbol, {"number": digits, **fields})
            for kind, fields in parts
            if fields is not None
        ]
    if number.circulation is not ean.Circulation.TRADE or number.is_variable_measure:
        return []
    add_on = {"add_on": number.add_on} if number.add_on else {}
    return [Candidate(Outcome.PRODUCT, number.symbol, {"number": number.digits, "gtin": number.gtin, **add_on})]


def why_none(text: str, aim: str | None) -> str:
    """Say in a few words why a text is nothing of this shop."""
    digits = to_ascii(text)
    if aim is None and (found := ean.by_digits(digits)):
        return why_no_meaning(found[0])
    if not (digits.isdecimal() and len(digits) in ean.LENGTHS):
        return "no code of this shop"
    if gs1_is_right(digits):
        return "a trade number in a symbol that carries none: it is printed as EAN, UPC or ITF"
    return "as long as a trade number, and its check digit does not fit"


def why_no_meaning(number: ean.TradeNumber) -> str:
    """Say in a few words why a right number means nothing here."""
    if number.circulation is ean.Circulation.COUPON:
        return "a coupon or refund number (prefix 05, 98 or 99): it belongs to the till program"
    if number.circulation is ean.Circulation.RESTRICTED:
        return "an in-store number that no template of this shop fits"
    return "the number of goods by measure, without the measure"


def _numbers(text: str, aim: str | None, settings: ReadingSettings) -> list[Candidate]:
    """Everything that the digits can be as a trade item number; with an AIM identifier only ITF carries one."""
    digits = to_ascii(text)
    by_symbol = ean.by_symbol(digits, aim) if aim else None
    found = ean.by_digits(digits) if aim is None else (by_symbol,) if by_symbol else ()
    return [candidate for number in found for candidate in of_number(number, settings)]


def _codes(text: str, symbology: str, settings: ReadingSettings) -> list[Candidate]:
    found = []
    prefixes: tuple[tuple[CodeKind, str], ...] = (
        ("voucher", settings.voucher_prefix),
        ("gift_card", settings.gift_card_prefix),
    )
    for kind, prefix in prefixes:
        if code := read_coded(kind, text, prefix):
            found.append(Candidate(Outcome(kind), symbology, {"code": code}))
    code = normal_code(text)
    body = code.removeprefix(settings.member_prefix)
    if body != code and _MEMBER_BODY.fullmatch(body):
        found.append(Candidate(Outcome.MEMBER, symbology, {"number": code}))
    if phone := _phone(text, settings):
        found.append(Candidate(Outcome.PHONE, symbology, {"phone": phone}))
    return found


def _phone(text: str, settings: ReadingSettings) -> str:
    """Return a telephone number that is written as one, or an empty text.

    With its plus sign, as a link, or as it is dialled here; bare digits of any other form are a telephone number no
    more than they are anything else, and half of all UPC-A begin with a zero.
    """
    if link := contacts.telephone_of(text):
        return normal_phone(link, settings.country_prefix)
    written = to_ascii(text).strip()
    return dialled_phone(written, settings.country_prefix) if _WRITTEN_PHONE.fullmatch(written) else ""
