"""How far a replica is: the cursor, and of each partition what its rows add up to."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import msgspec
import sqlalchemy as sa

from pos_loyalty.core.feed import Cursor
from pos_loyalty.store import tables as t
from pos_loyalty.store.linked_sqlite import dbapi

SUMS = 1 << 64
_SIGN = 1 << 63

_PLACES = t.sql(sa.select(t.place))
_CONTENTS = t.sql(sa.select(t.contents.c.epoch, t.contents.c.fresh_ms, t.contents.c.members))
_PUT_PLACE = t.sql(t.upsert(t.place), in_order=True)
_PUT_CONTENTS = t.sql(
    sa.update(t.contents).values(
        epoch=sa.bindparam("new_epoch"), fresh_ms=sa.bindparam("new_fresh_ms"), members=sa.bindparam("new_members")
    )
)


class Place(msgspec.Struct):
    """One partition."""

    number: int | None = None
    """How far it has been read; None: from the beginning."""
    checksum: int = 0
    """Of the rows of this generation."""
    generation: int = 0
    """Of the rows that are written now. Those of others are from before the partition was taken anew."""
    anew: bool = False
    """Whether there may be rows of other generations."""
    whole: bool = False
    """Whether it was complete at its number."""

    def take_anew(self) -> None:
        """Forget how far it was read; its rows stay until it is complete again."""
        self.number, self.checksum, self.anew, self.whole = None, 0, True, False
        self.generation += 1


class Places(msgspec.Struct):
    """All partitions, and what is said of them together."""

    epoch: str = ""
    fresh_ms: int | None = None
    members: int = 0
    by_partition: dict[int, Place] = {}

    def at(self, partition: int) -> Place:
        """Return one partition, for changing."""
        return self.by_partition.setdefault(partition, Place())

    @property
    def numbers(self) -> dict[int, int]:
        """How far each partition has been read."""
        return {p: place.number for p, place in self.by_partition.items() if place.number is not None}

    @property
    def cursor(self) -> Cursor:
        """What is here of the feed."""
        return Cursor(epoch=self.epoch, numbers=self.numbers)

    def copy(self) -> "Places":
        """Return a copy that can be changed."""
        places = {partition: copy(place) for partition, place in self.by_partition.items()}
        return Places(epoch=self.epoch, fresh_ms=self.fresh_ms, members=self.members, by_partition=places)

    def write(self, connection: dbapi.Connection, before: "Mapping[int, Place]") -> None:
        """Put what differs from ``before`` into the transaction that is open."""
        values = {"new_epoch": self.epoch, "new_fresh_ms": self.fresh_ms, "new_members": self.members}
        connection.execute(_PUT_CONTENTS, values)
        changed = [(p, place) for p, place in self.by_partition.items() if place != before.get(p)]
        connection.executemany(_PUT_PLACE, [_values(partition, place) for partition, place in changed])


def read_places(connection: dbapi.Connection) -> Places:
    """Read how far a replica is."""
    epoch, fresh_ms, members = connection.execute(_CONTENTS).fetchone()
    rows = connection.execute(_PLACES).fetchall()
    return Places(epoch=epoch, fresh_ms=fresh_ms, members=members, by_partition=dict(map(_place, rows)))


def _place(row: tuple[Any, ...]) -> tuple[int, Place]:
    partition, number, checksum, generation, anew, whole = row
    return partition, Place(
        number=number, checksum=checksum % SUMS, generation=generation, anew=bool(anew), whole=bool(whole)
    )


def _values(partition: int, place: Place) -> tuple[int | None, ...]:
    # Integers of SQLite have a sign.
    signed = (place.checksum + _SIGN) % SUMS - _SIGN
    return partition, place.number, signed, place.generation, int(place.anew), int(place.whole)
