"""The answer to a reading: what it is, what it says, and why. Data only."""

from enum import StrEnum
from typing import Final, Literal, get_args

import msgspec

from drivers.shop_numbers import NumberTemplate

Via = Literal["serial", "wedge", "terminal", "stripe", "rfid"]
"""How a reading came: bytes of a serial reader, keys of a grabbed keyboard reader, characters of the terminal under
the cashier's layout, a stripe reader, a reader of 125 kHz tags."""

VIAS: Final[tuple[Via, ...]] = get_args(Via)


class Outcome(StrEnum):
    """What a reading is."""

    MEMBER = "member"
    """It names a member, if anybody: a card, an in-store number, a stripe, a tag."""
    PRODUCT = "product"
    VOUCHER = "voucher"
    GIFT_CARD = "gift_card"
    PASS = "pass"  # noqa: S105 - a pass for members, not a password
    """A signed member pass. Nothing gives this answer yet."""
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


class ReadingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shop's codes look like."""

    country_prefix: str = "98"
    """Replaces the leading zero of a telephone number."""
    national_digits: int = 11
    """Digits of a telephone number as written inside the country, its leading zero included."""
    member_prefix: str = "PL-"
    """In front of the shop's own card numbers."""
    voucher_prefix: str = "PLV-"
    gift_card_prefix: str = "PLG-"
    templates: tuple[NumberTemplate, ...] = (NumberTemplate("member", "20MMMMMMMMMMK"),)
    link_domains: tuple[str, ...] = ("id.gs1.org",)
    """Domains whose GS1 Digital Links are read, in lower case; no address is ever followed."""
    layouts: tuple[str, ...] = ("us",)
    """Keyboard layouts that may be active when a reading comes ``via`` the terminal."""
