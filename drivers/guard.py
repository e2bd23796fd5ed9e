"""The last question before a reading leaves the driver: is it a payment card? Pure.

The carrier decides first: a bar code that the reader itself calls an EAN or UPC is a product or an in-store
member card, whatever its digits. So is a GS1 bar code that begins with a coupon: identifier (255) and number have
the sixteen digits of a Mastercard. Everything else is judged by ``pos_loyalty.core.payment_cards``.
"""

from drivers import element_strings, stripe
from drivers.application_identifiers import ElementFault
from drivers.decoding import Decoded
from drivers.symbology import describe
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.scans import ScanFault

_EAN_SYMBOLS = frozenset({"E0", "E3", "E4"})
"""EAN-13/UPC-A/UPC-E, the same with an add-on, EAN-8 (ISO/IEC 15424)."""

_COUPON = "255"


def must_refuse(decoded: Decoded) -> bool:
    """Whether this reading is a payment card, and must not go further in any form."""
    return decoded.aim not in _EAN_SYMBOLS and is_payment_card(decoded.text) and not _is_coupon(decoded)


def fault_of(decoded: Decoded) -> ScanFault | None:
    """Return why this reading ends at the driver, or None if it may go on.

    A swipe that was garbled ends here too: what is left of a bank card after a bad reading no longer looks like one.
    """
    if must_refuse(decoded):
        return ScanFault.PAYMENT_CARD
    if not stripe.has_sentinels(decoded.text):
        return None
    found = stripe.tracks(decoded.text)
    if found is stripe.StripeFault.PAYMENT_CARD:
        return ScanFault.PAYMENT_CARD
    return ScanFault.UNREADABLE if isinstance(found, stripe.StripeFault) else None


def _is_coupon(decoded: Decoded) -> bool:
    named = describe(decoded.aim) if decoded.aim else None
    if not (named and named.is_gs1):
        return False
    found = element_strings.parse(decoded.text)
    return not isinstance(found, ElementFault) and found[0].ai == _COUPON
