"""The answer to a reading: what it is, what it says, and why. Data only."""

from enum import StrEnum
from typing import Final, Literal, get_args

import msgspec

Via = Literal["serial", "wedge", "terminal", "typed", "hidpos", "hidmsr", "stripe", "rfid", "pcsc", "camera"]
"""How a reading came.

=========== =================================================================================================
serial      bytes of a serial reader, or of a network converter in front of one
wedge       keys of a keyboard reader that nobody else gets, by their scan codes
terminal    characters that a keyboard reader typed into the terminal, under whatever layout the cashier uses
typed       characters that a person typed, or another program sent
hidpos      reports of a HID bar code reader (HID Point of Sale Usage Tables, page 0x8C)
hidmsr      reports of a HID stripe reader (page 0x8E)
stripe      text of a stripe reader, whatever carried it
rfid        a reader of 125 kHz tags
pcsc        a contactless reader: the number of a card, or what is written on it
camera      a picture
=========== =================================================================================================
"""

VIAS: Final[tuple[Via, ...]] = get_args(Via)


class Outcome(StrEnum):
    """What a reading is."""

    MEMBER = "member"
    """It names a member, if anybody: a card, an in-store number, a stripe, a tag."""
    PRODUCT = "product"
    VOUCHER = "voucher"
    GIFT_CARD = "gift_card"
    PASS = "pass"  # noqa: S105 - a pass for members, not a password
    """A signed member pass; whether it is good is for the till to say, which has the keys and the time."""
    PHONE = "phone"
    CONTACT = "contact"
    PAYMENT_CARD = "payment_card"
    """A bank card: refused, and nothing of it is in the answer."""
    UNKNOWN = "unknown"
    """Readable and nothing of the shop: nothing of it is in the answer."""
    AMBIGUOUS = "ambiguous"
    """Readable in more than one way; each is a candidate."""
    UNREADABLE = "unreadable"
    """Misread, cut or garbled; scan again, or mend the reader's settings."""


Fields = dict[str, str | tuple[str, ...]]


class Candidate(msgspec.Struct, frozen=True):
    """One way to understand a reading."""

    outcome: Outcome
    symbology: str
    """Named by the reader or, without an AIM identifier, by the digits; empty if neither can tell."""
    fields: Fields


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer to a reading."""

    outcome: Outcome
    aim: str | None = None
    """AIM identifier without its bracket, if the reader sends one."""
    symbology: str = ""
    fields: Fields = {}
    candidates: tuple[Candidate, ...] = ()
    """The ways to understand an ambiguous reading; empty otherwise."""
    reason: str = ""
    """One sentence for a person wherever the answer is not plain. It never quotes the reading."""
