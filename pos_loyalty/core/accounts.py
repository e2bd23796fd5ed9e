"""Accounts of points, and the transfers between them: double entry, whole points, ids that cannot double.

A balance is what was credited less what was debited. Points come from a program and go back to one, so the sum over
all accounts of a book is zero at any time. Nothing here is ever changed or deleted: a correction is another transfer.
"""

import re
from datetime import datetime
from enum import StrEnum
from hashlib import sha1

import msgspec

POINTS_MAX = 10**15
"""Most points one entry may move and one member may own: a thousandfold below the 64-bit edge."""

# Not version 5: an event named like a lot could write what time writes for that lot.
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-46-9a-f][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class AccountKind(StrEnum):
    """What an account holds; the first five belong to a member, the others to a program."""

    AVAILABLE = "available"
    """Can be spent. The member's lots sum to it."""
    PENDING = "pending"
    """Earned, and not yet to be spent."""
    HELD = "held"
    """Set aside for open baskets."""
    ESCROW = "escrow"
    """Set aside for one terminal, which may spend it without asking."""
    OVERDRAFT = "overdraft"
    """Spent without cover: never above zero. The next credit nets it."""
    ISSUED = "issued"
    """Where points come from: below zero by what was earned and not taken back."""
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"
    LOST = "lost"
    """Below zero by what should have been taken back and was left to the member."""


MEMBER_KINDS = frozenset(
    {
        AccountKind.AVAILABLE,
        AccountKind.PENDING,
        AccountKind.HELD,
        AccountKind.ESCROW,
        AccountKind.OVERDRAFT,
    }
)


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """One account of a member or of a program."""

    owner: str
    """Member id, or program id: what the kind says."""
    kind: AccountKind
    terminal: str = ""
    """Whose escrow it is; empty for every other kind."""


class TransferKind(StrEnum):
    """Why points moved."""

    ACCRUAL = "accrual"
    OPENING = "opening"
    ACTIVATION = "activation"
    REDEMPTION = "redemption"
    RESTORATION = "restoration"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"
    HOLD = "hold"
    RELEASE = "release"
    EXPIRY = "expiry"
    SETTLEMENT = "settlement"
    """A credit netted an overdraft."""
    MERGE = "merge"
    UNMERGE = "unmerge"


class Transfer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``points`` (above zero) out of ``debit`` and into ``credit``."""

    transfer_id: str
    """``derive(cause, leg)``: whoever writes it again writes the same row."""
    cause: str
    """The event behind it; for what time does by itself, the lot or the hold."""
    leg: str
    debit: Account
    credit: Account
    points: int
    kind: TransferKind
    at: datetime
    original: str = ""
    """What its cause undoes: the event of an accrual, the id of a redemption or a hold."""


def derive(cause: str, leg: str) -> str:
    """Return the UUID version 5 (RFC 9562 §5.5) of ``leg`` in the name space ``cause``, itself a UUID.

    >>> derive("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")
    '2ed6657d-e927-568b-95e1-2665a8aea6a2'
    """
    # SHA-1 is what version 5 is made of; it guards nothing here. The module uuid reads the clock, so core has none.
    digest = sha1(bytes.fromhex(cause.replace("-", "")) + leg.encode(), usedforsecurity=False).digest()
    value = int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0b11 << 62) | 0x5 << 76 | 0b10 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_event_id(text: str) -> bool:
    """Whether ``text`` is a UUID in canonical form (RFC 9562 §4, lower case) that ``derive`` cannot have made."""
    return _UUID.fullmatch(text) is not None
