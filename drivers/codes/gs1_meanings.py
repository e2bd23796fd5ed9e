"""What GS1 elements mean in a shop: a member card, a coupon, a product. Pure.

Only what a till needs is passed on: keys with their check digits, dates, measures and amounts. Names, addresses and
dates of birth (7250 to 7259), addresses of parcels (43nn), serial numbers and whatever companies put into 90 to 99 end
here, and so does the address that a Digital Link was.
"""

from collections.abc import Sequence
from typing import Final

from drivers.codes import ean
from drivers.codes.application_identifiers import Element, ElementFault, amount
from drivers.codes.digital_link import LinkFault
from pos_loyalty.core.decisions import Candidate, Fields, Outcome

_MEMBER, _SERVANT, _COUPON, _ITEM = "8018", "8017", "255", "01"
_NORTH_AMERICAN_COUPONS: Final = ("8110", "8112")
_MEASURES: Final = ("30", "31", "32", "35", "36")
_GTIN_PADDING: Final = (("000000", 8), ("00", 12), ("0", 13))
_PLAIN_FIELDS: Final = {
    "15": "best_before",
    "16": "sell_by",
    "17": "expires",
    "30": "count",
}
_AMOUNT_FIELDS: Final = {"310": "weight_kg", "320": "weight_lb", "392": "price", "393": "price"}
_COUPON_FIELDS: Final = {"390": "amount", "394": "percent"}

WHY_NOT_READ: Final[dict[ElementFault | LinkFault, str]] = {
    ElementFault.EMPTY: "a GS1 code without data: scan again",
    ElementFault.UNKNOWN: "no GS1 application identifier begins like this: the code was misread or misprinted",
    ElementFault.FORMAT: "length or characters do not fit the GS1 application identifier: scan again",
    ElementFault.CHECK_DIGIT: "the check digit of a GS1 key does not fit: scan again",
    ElementFault.DATE: "a date that no calendar has: scan again, or the code was misprinted",
    ElementFault.MISSING_FNC1: "FNC1 is missing between two GS1 elements: set the reader to send it as GS (0x1D)",
    ElementFault.MISPLACED_FNC1: "FNC1 stands where no GS1 element has ended: the code was misread or misprinted",
    ElementFault.REPEATED: "a GS1 application identifier stands twice with different data",
    ElementFault.REQUIRED: "a GS1 application identifier stands without the one that it belongs to",
    ElementFault.EXCLUDED: "two GS1 application identifiers that must not stand in one code",
    LinkFault.FOREIGN: "a link or an order to a telephone: it is not followed, and nothing of it is kept",
    LinkFault.NO_KEY: "a link of this shop without a GS1 key: it is not followed, and nothing of it is kept",
    LinkFault.COMPRESSED: "a compressed GS1 Digital Link: not read, print it uncompressed",
    LinkFault.STRUCTURE: "a GS1 Digital Link with identifiers in the wrong place: it was misprinted",
}
"""One sentence for a person; it never quotes the reading."""

NOT_OURS: Final = frozenset({LinkFault.FOREIGN, LinkFault.NO_KEY, LinkFault.COMPRESSED})
"""Faults of an address that was read well and is nothing of the shop."""


def of_elements(elements: Sequence[Element], symbology: str) -> list[Candidate]:
    """Return what the elements of one code mean here; two keys that both mean something are two candidates."""
    values = {found.ai: found.value for found in elements}
    found: list[tuple[Outcome, Fields | None]] = [
        (Outcome.MEMBER, _member(values)),
        (Outcome.VOUCHER, _coupon(elements, values)),
        (Outcome.PRODUCT, _product(elements, values)),
    ]
    found += [(Outcome.VOUCHER, {"code": values[ai], "kind": ai}) for ai in _NORTH_AMERICAN_COUPONS if ai in values]
    return [Candidate(outcome, symbology, fields) for outcome, fields in found if fields is not None]


def why_none(elements: Sequence[Element]) -> str:
    """Say in a few words why right elements mean nothing here."""
    present = {found.ai for found in elements}
    if _SERVANT in present:
        return "the number of somebody who serves (8017): members have 8018"
    if _ITEM in present:
        return "an in-store or coupon number, or goods by measure without the measure, in a GS1 code"
    return "GS1 data that mean nothing at a till"


def _member(values: dict[str, str]) -> Fields | None:
    """Number of the member, and instance: a lost card is replaced by the next instance, and the member stays."""
    if _MEMBER not in values:
        return None
    instance = {"instance": values["8019"]} if "8019" in values else {}
    return {"number": values[_MEMBER], **instance}


def _coupon(elements: Sequence[Element], values: dict[str, str]) -> Fields | None:
    if _COUPON not in values:
        return None
    fields: Fields = {"code": values[_COUPON], "kind": _COUPON}
    fields |= _amounts(elements, _COUPON_FIELDS)
    if "8111" in values:
        fields["points"] = str(int(values["8111"]))
    if "17" in values:
        fields["expires"] = values["17"]
    return fields


def _product(elements: Sequence[Element], values: dict[str, str]) -> Fields | None:
    if _ITEM not in values:
        return None
    gtin = values[_ITEM]
    number = ean.TradeNumber("GTIN", gtin, gtin)
    is_measured = any(ai.startswith(_MEASURES) for ai in values)
    if number.circulation is not ean.Circulation.TRADE or (number.is_variable_measure and not is_measured):
        return None
    fields: Fields = {"number": _shortest(gtin), "gtin": gtin}
    fields |= {name: values[ai] for ai, name in _PLAIN_FIELDS.items() if ai in values}
    return fields | _amounts(elements, _AMOUNT_FIELDS)


def _amounts(elements: Sequence[Element], names: dict[str, str]) -> Fields:
    """Return measures and amounts as exact decimals; 393n has its currency beside it, by ISO 4217 in digits."""
    fields: Fields = {}
    for found in elements:
        if name := names.get(found.ai[:3]):
            number = amount(found)
            fields[name] = str(number)
            if number.currency:
                fields["currency"] = number.currency
    return fields


def _shortest(gtin: str) -> str:
    """Return the number of a trade item as its own bar code carries it: 8, 12, 13 or 14 digits."""
    return next((gtin[-length:] for padding, length in _GTIN_PADDING if gtin.startswith(padding)), gtin)
