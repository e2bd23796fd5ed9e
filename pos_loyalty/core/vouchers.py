"""Vouchers: rights that are used up, and cards with money on them."""

from enum import StrEnum

import msgspec

from pos_loyalty.core.moments import Moment


class VoucherStatus(StrEnum):
    """What became of a voucher."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REVOKED = "revoked"


class Voucher(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A right to one reward of a program, or a gift card. It belongs to a member, or to whoever brings its code."""

    code: str
    """In the normal form of :func:`~pos_loyalty.core.identifiers.normal_code`."""
    program_id: str
    member_id: str | None = None
    status: VoucherStatus = VoucherStatus.ISSUED
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    """The first moment at which it is no longer good."""
    balance: int = 0
    """Of a gift card: minor units that are left on it."""
    value: int = 0
    """Of a goodwill gesture: minor units that the associate gave; 0: what the program's reward says."""
    issued_by: str = ""
    """The event that made it."""
