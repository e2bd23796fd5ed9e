"""Documents of the feed that are not members: each says what of which terminal is inside it. Pure."""

from datetime import date

import msgspec

from pos_loyalty.core.evaluation import VoucherMove
from pos_loyalty.core.vouchers import Voucher


class VoucherRow(Voucher, frozen=True, kw_only=True, omit_defaults=True):
    """A voucher as it goes down; whoever reads it as a plain voucher gets the voucher."""

    applied: dict[str, int] = msgspec.field(default_factory=dict)
    early: tuple[VoucherMove, ...] = ()
    """What was done with it before the hub heard that it was issued."""
    held: str = ""
    """The hold that keeps it for one basket; empty: none does."""
    held_until_ms: int = 0
    """By the hub's clock: from then on it is anybody's."""


class UsageRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all stores together used of one limit."""

    amount: int
    until: date | None = None
    applied: dict[str, int] = {}
