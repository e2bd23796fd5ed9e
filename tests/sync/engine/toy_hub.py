"""A hub of a few lines: a log, rows in two partitions, and a database that can fall back to an older copy."""

from typing import NamedTuple

import msgspec

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind, row_digest
from pos_loyalty.core.verdicts import Outcome, Verdict
from sync.wire import PushAnswer

PAGE_ROWS = 2


class Copy(NamedTuple):
    """The database at one time."""

    log: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    """In the order of their latest change, tombstones included."""
    heads: tuple[int, int] = (0, 0)


class ToyHub:
    """Takes events, and makes of each a change of one of six rows; every fifth event takes its row away."""

    def __init__(self) -> None:
        self.now = Copy()
        self.past = [Copy()]
        self.falls: list[tuple[int, int]] = []
        """What was still common after each fall."""

    @property
    def epoch(self) -> str:
        """Return the life of this history."""
        return f"epoch-{len(self.falls)}"

    def fall_back(self, age: int) -> None:
        """Lose the newest commits, all but the oldest at most."""
        self.past = self.past[: max(1, len(self.past) - age)]
        self.now = self.past[-1]
        self.falls.append(self.now.heads)

    def push(self, events: tuple[Event, ...], hub_ms: int) -> PushAnswer:
        """Take what is new, and give a verdict on everything."""
        verdicts = []
        for event in events:
            known = event.event_id in self.now.log
            verdicts.append(
                Verdict(event_id=event.event_id, outcome=Outcome.DUPLICATE if known else Outcome.APPLIED, number=1)
            )
            if not known:
                self._take(event)
        self.past.append(self.now)
        return PushAnswer(verdicts=tuple(verdicts), epoch=self.epoch, hub_ms=hub_ms)

    def feed(self, cursor: Cursor, hub_ms: int) -> FeedPage:
        """Return a page from ``cursor``, or what is common with it if it is of another epoch."""
        if cursor.epoch not in {"", self.epoch}:
            falls = self.falls[int(cursor.epoch.removeprefix("epoch-")) :]
            common = {p: min(fall[p] for fall in falls) for p in (0, 1)}
            return FeedPage(rows=(), cursor=Cursor(epoch=self.epoch, numbers=common), more=True, hub_ms=hub_ms)
        above = [row for row in self.now.rows if row.number > cursor.at(row.partition)]
        rows, more = tuple(above[:PAGE_ROWS]), len(above) > PAGE_ROWS
        numbers = cursor.numbers | {row.partition: row.number for row in rows}
        complete = [p for p in (0, 1) if not any(row.partition == p for row in above[PAGE_ROWS:])]
        numbers |= {p: self.now.heads[p] for p in complete}
        return FeedPage(
            rows=rows,
            cursor=Cursor(epoch=self.epoch, numbers=numbers),
            more=more,
            checksums={p: self._checksum(p) for p in complete},
            hub_ms=hub_ms,
        )

    def documents(self) -> list[Row]:
        """Return the rows that are there, by key."""
        return sorted((row for row in self.now.rows if row.document is not None), key=lambda row: row.key)

    def _take(self, event: Event) -> None:
        key, partition = f"row-{event.seq % 6}", event.seq % 2
        heads = list(self.now.heads)
        heads[partition] += 1
        document = None if event.seq % 5 == 0 else msgspec.Raw(msgspec.json.encode([event.event_id, self.epoch]))
        row = Row(kind=RowKind.MEMBER, key=key, partition=partition, number=heads[partition], document=document)
        others = (other for other in self.now.rows if other.key != key)
        self.now = Copy((*self.now.log, event.event_id), (*others, row), (heads[0], heads[1]))

    def _checksum(self, partition: int) -> int:
        there = (row for row in self.documents() if row.partition == partition)
        return sum(row_digest(row.kind, row.key, row.number) for row in there) % (1 << 64)
