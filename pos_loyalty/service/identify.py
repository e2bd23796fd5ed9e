"""Whom, or what, a code names: one answer for scans, typed codes and plug-ins."""

import re

import msgspec

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.identifiers import normal_code, normal_phone
from pos_loyalty.core.members import Member
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.products import Product
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Store

_LONG_NUMBER = re.compile(r"[0-9](?:[ .-]?[0-9]){11,18}")


class Refused(msgspec.Struct, frozen=True):
    """The code names nothing, or may not be looked up."""

    why: NoticeCode


Identified = tuple[Member, ...] | Product | Refused
"""One member, several if the code is ambiguous (never none), a product, or a refusal."""


def identify(store: Store, text: str, phone_prefix: str) -> Identified:
    """Look ``text`` up as a code, then as a phone number, then as a product.

    Raises:
        StoreError: the store cannot be read.
    """
    if is_payment_card(text):
        return Refused(NoticeCode.PAYMENT_CARD)
    code = normal_code(text)
    if not code:
        return Refused(NoticeCode.EMPTY_CODE)
    members = store.lookup(code)
    if not members and (phone := normal_phone(text, phone_prefix)):
        members = store.lookup(phone)
    return members or store.product(code) or Refused(NoticeCode.UNKNOWN_CODE)


def holds_payment_card(text: str) -> bool:
    """Whether a free text, such as a note, has a payment card number anywhere in it."""
    return any(is_payment_card(number[0]) for number in _LONG_NUMBER.finditer(to_ascii(text)))
