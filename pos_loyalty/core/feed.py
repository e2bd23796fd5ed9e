"""The feed: what the hub sends down, row by row, and how far a till has read it. Pure.

``docs/explanation/sync-model.md`` says how it is kept whole. Every struct ignores fields it does not know.
"""

from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pos_loyalty.core.ids import PARTS

PARTITIONS: Final = 64
"""Of the members' rows and events; the part of an event, divided by 16."""
SHOP_PARTITION: Final = PARTITIONS
"""Products, programs and what else belongs to the whole shop."""


_Number = Annotated[int, msgspec.Meta(ge=0)]


def partition_of(part: int) -> int:
    """Return the partition (0..63) of a part (0..1023)."""
    return part * PARTITIONS // PARTS


class RowKind(StrEnum):
    """What a row of the feed is a document of."""

    MEMBER = "member"
    VOUCHER = "voucher"
    USAGE = "usage"
    """What all stores together used of limits."""
    PRODUCT = "product"
    PROGRAM = "program"


if TYPE_CHECKING:
    _Document = msgspec.Raw | None
else:
    # In a union msgspec (0.22) forgets Raw and takes null alone, so no page with a document could be read. A field that
    # is not there keeps its default, and ``omit_defaults`` lets no null out.
    _Document = msgspec.Raw


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document at its newest, or the tombstone of one."""

    kind: RowKind
    key: str
    partition: _Number
    number: _Number
    """Of the latest event that changed it."""
    document: _Document = None
    """None: it is gone, or out of this terminal's scope."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """What a till has of the feed."""

    epoch: str = ""
    numbers: dict[int, int] = {}
    """Partition to number; a partition that is not here is at 0."""

    def at(self, partition: int) -> int:
        """Return how far a partition has been read."""
        return self.numbers.get(partition, 0)


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows above a cursor, and the cursor after them."""

    rows: tuple[Row, ...]
    cursor: Cursor
    more: bool = False
    checksums: dict[int, int] = {}
    """Of the partitions that are complete with this page: see :func:`row_digest`."""
    hub_ms: int


def row_digest(kind: RowKind, key: str, number: int) -> int:
    """Return 64 bits for one row. The checksum of a partition is their sum over its rows that are there, modulo 2**64.

    A sum, so that a row that changes costs one subtraction and one addition on either side.
    """
    return int.from_bytes(blake2b(f"{kind}\0{key}\0{number}".encode(), digest_size=8).digest())
