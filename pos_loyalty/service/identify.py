"""Whom, or what, a code names: one answer for scans, typed codes and plug-ins."""

import msgspec

from pos_loyalty.core.identifiers import CODE_LENGTH_MAX, normal_code, normal_phone
from pos_loyalty.core.members import Member
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.products import Product
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Store


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
    if len(text) > CODE_LENGTH_MAX:
        return Refused(NoticeCode.TOO_LONG)
    if is_payment_card(text):
        return Refused(NoticeCode.PAYMENT_CARD)
    code = normal_code(text)
    if not code:
        return Refused(NoticeCode.EMPTY_CODE)
    members = store.lookup(code)
    if not members and (phone := normal_phone(text, phone_prefix)):
        members = store.lookup(phone)
    return members or store.product(code) or Refused(NoticeCode.UNKNOWN_CODE)
