"""The last question before a reading leaves the driver: is it a payment card? Pure.

The carrier decides first: a bar code that the reader itself calls an EAN, UPC or ITF-14 is a product or an in-store
member card, whatever its digits. So is a GS1 bar code that begins with a coupon: identifier (255) and number have
the sixteen digits of a Mastercard. Without an AIM identifier, FNC1 in front says that it is a GS1 one. Everything
else is judged by ``pos_loyalty.core.payment_cards``.
"""

import re
from collections.abc import Iterator
from typing import Final

from drivers.codes import contacts, element_strings
from drivers.codes.application_identifiers import ElementFault
from drivers.codes.decoding import GS, Decoded
from drivers.codes.symbology import describe
from pos_loyalty.core.decisions import Decision, Outcome
from pos_loyalty.core.gs1 import gs1_is_right
from pos_loyalty.core.payment_cards import holds_payment_card, is_payment_card

_EAN_SYMBOLS = frozenset({"E0", "E3", "E4"})
"""EAN-13/UPC-A/UPC-E, the same with an add-on, EAN-8 (ISO/IEC 15424)."""
_ITF_SYMBOLS = frozenset({"I0", "I1"})
_ITF_14: Final = 14
"""Digits, which an account number of Diners Club has too."""
_HIDDEN_DIGITS_MIN: Final = 15
"""Of an account number with something else around it. Shops print letters with 12 to 14 digits on cards of their own,
of which one in fifty would be refused; account numbers so short are rare."""

_COUPON = "255"
_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_NO_ACCOUNTS: Final = frozenset({"phone", "phones", "tag"})
"""Fields that have been told apart by their form: numbers with a plus sign, and those of chips."""


def must_refuse(decoded: Decoded) -> bool:
    """Whether this reading is a payment card, and must not go further in any form."""
    if _is_trade_number(decoded.text, decoded.aim):
        return False
    return any(map(is_payment_card, _bodies(decoded.text))) and not _is_coupon(decoded)


def shows_payment_card(decision: Decision, text: str) -> bool:
    """Whether the number of a bank card hides in what is passed on: behind a prefix, in a name, on a second track.

    ``text`` is what is passed on beside the fields, if nothing else is known. Readers put letters around a number:
    start and stop of Codabar, the label of a counter scanner, a prefix of their own.
    """
    answers = decision.candidates or (decision,)
    # The number of a product has its check digit, and in the fields it has no letters beside it.
    fields = (field for found in answers if found.outcome is not Outcome.PRODUCT for field in found.fields.items())
    values = (value for name, value in fields if name not in _NO_ACCOUNTS)
    texts = (one for value in values for one in ((value,) if isinstance(value, str) else value))
    is_hidden = not _is_trade_number(text, decision.aim) and holds_payment_card(text, _HIDDEN_DIGITS_MIN)
    return is_hidden or any(map(holds_payment_card, texts))


def _bodies(text: str) -> Iterator[str]:
    """Yield what may be an account number by itself: the text, without what says that it is a number."""
    yield contacts.telephone_of(text) or text
    if identifier := _AIM.match(text):
        yield text[identifier.end() :]


def _is_trade_number(text: str, aim: str | None) -> bool:
    """Whether the carrier says so: any symbol of the EAN family, and ITF-14 with a right check digit."""
    is_itf_14 = aim in _ITF_SYMBOLS and len(text) == _ITF_14 and text.isascii() and text.isdecimal()
    return aim in _EAN_SYMBOLS or (is_itf_14 and gs1_is_right(text))


def _is_coupon(decoded: Decoded) -> bool:
    named = describe(decoded.aim) if decoded.aim else None
    if not (named.is_gs1 if named else decoded.text.startswith(GS)):
        return False
    found = element_strings.parse(decoded.text if decoded.aim else decoded.text.removeprefix(GS))
    return not isinstance(found, ElementFault) and found[0].ai == _COUPON
