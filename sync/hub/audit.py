"""What must be true of a hub, checked from what it keeps alone. Pure.

Each check yields what it finds wrong, by number and id and never by content; nothing found is nothing wrong. They
read everything, so they are for the simulator, for tests, and for ``hub check`` beside the work.
"""

from collections import Counter as Tally
from collections.abc import Iterator

from msgspec.structs import replace

from pos_loyalty.core.audit import check_invariants
from pos_loyalty.core.erasing import EMPTIED
from pos_loyalty.core.feed import PARTITIONS, SHOP_PARTITION, Row, partition_of, row_digest
from pos_loyalty.errors import InvariantBroken
from sync.hub.book_records import shelf_of
from sync.hub.hold_memos import kept_holds
from sync.hub.hub_store import Reading
from sync.hub.intake import digest_of
from sync.hub.kept import Counter, RowKey, ScopePart
from sync.hub.reach import partition_of_row
from sync.hub.scopes import SHARED

_ALL = (1 << 63) - 1


def faults(reading: Reading) -> tuple[str, ...]:
    """Return everything that contradicts the model; empty of a sound hub."""
    checks = (numbers, events, rows, checksums, scopes, ledger)
    return tuple(fault for check in checks for fault in check(reading))


def numbers(reading: Reading) -> Iterator[str]:
    """Numbers of each partition are 1, 2, 3 … up to its counter, without a gap."""
    counters = reading.counters()
    last: dict[int, int] = {}
    for place in reading.places():
        expected = last.get(place.partition, 0) + 1
        if place.number != expected:
            yield f"partition {place.partition} has number {place.number} where {expected} was due"
        last[place.partition] = place.number
    for partition in sorted({*counters, *last}):
        counted = counters.get(partition, Counter()).number
        if counted != last.get(partition, 0):
            yield f"partition {partition} counts {counted} and has {last.get(partition, 0)}"


def events(reading: Reading) -> Iterator[str]:
    """Every event is in the log once, at its place, with one number of its terminal."""
    at = {(place.partition, place.number): place.event_id for place in reading.places()}
    seqs: Tally[tuple[str, int]] = Tally()
    ids: Tally[str] = Tally()
    for logged in reading.log():
        event = logged.event
        seqs[event.terminal_id, event.seq] += 1
        ids[event.event_id] += 1
        if logged.partition != partition_of(event.part) or at.get((logged.partition, logged.number)) != event.event_id:
            yield f"event {event.event_id} is not at {logged.number} of its partition"
        if event.type not in EMPTIED and logged.digest != digest_of(event):
            yield f"event {event.event_id} is not what it was"
    yield from (
        f"number {seq} of {terminal} is there {times} times" for (terminal, seq), times in seqs.items() if times > 1
    )
    yield from (f"event {event_id} is there {times} times" for event_id, times in ids.items() if times > 1)


def rows(reading: Reading) -> Iterator[str]:
    """Every row is in its partition, under a number that was given there."""
    given = {(place.partition, place.number) for place in reading.places()}
    for row in _all(reading):
        if (row.partition, row.number) not in given:
            yield f"a {row.kind} has number {row.number} of partition {row.partition}, which nothing took"
        if row.partition != partition_of_row(RowKey(row.kind, row.key)):
            yield f"a {row.kind} at number {row.number} is in partition {row.partition}, which is not its own"


def checksums(reading: Reading) -> Iterator[str]:
    """The checksum of each partition is that of its rows."""
    sums: Tally[int] = Tally()
    for row in _all(reading):
        sums[row.partition] += row_digest(row.kind, row.key, row.number) if row.document is not None else 0
    for partition, counter in reading.counters().items():
        if counter.checksum != sums[partition] & ((1 << 64) - 1):
            yield f"the checksum of partition {partition} is not that of its rows"


def scopes(reading: Reading) -> Iterator[str]:
    """What is in a scope is there, once and under its number, and the checksum of each part is that of its rows."""
    names = reading.scopes()
    there = {(row.kind, row.key): row.number for row in _all(reading) if row.document is not None} if names else {}
    for scope in names:
        kept = reading.scope_sums([scope, SHARED], range(PARTITIONS))
        # Nothing is kept under no name: that is the shared rows alone.
        own = "" if scope == SHARED else scope
        for partition in (part.partition for part in kept if part.scope == scope):
            found = [row for row in reading.scope_rows_above(own, {partition: 0}, _ALL) if row.document is not None]
            wrong = sum(there.get((row.kind, row.key)) != row.number for row in found)
            if wrong or len({(row.kind, row.key) for row in found}) != len(found):
                yield f"scope {scope} has {wrong} rows of partition {partition} that are not there, or some twice"
            told = sum(kept.get(ScopePart(each, partition), 0) for each in {scope, SHARED})
            if (told - sum(row_digest(row.kind, row.key, row.number) for row in found)) & ((1 << 64) - 1):
                yield f"the checksum of partition {partition} in scope {scope} is not that of its rows"


def ledger(reading: Reading) -> Iterator[str]:
    """Every book keeps the rules of the ledger, all sum to zero, and what is remembered of each hold is what became."""
    total = 0
    held: dict[str, str] = {}
    for key in reading.books():
        shelf = shelf_of(key, reading.records_of(key))
        transfers = {posted.transfer.transfer_id: posted.transfer for posted in reading.postings_of(key)}
        total += sum(shelf.book.balances.values())
        held |= {hold.event_id: hold.status for hold in shelf.book.holds.values() if not hold.terminal}
        try:
            check_invariants(replace(shelf.book, transfers=transfers))
        except InvariantBroken as broken:
            yield str(broken)
    if total:
        yield f"all accounts together come to {total}"
    remembered = {hold.hold_id: hold.state for hold in kept_holds(reading) if hold.unit}
    for hold_id in sorted({*held, *remembered}):
        if held.get(hold_id, "unknown") != remembered.get(hold_id, "unknown"):
            yield f"hold {hold_id} is {held.get(hold_id)} in the ledger, and {remembered.get(hold_id)} by its memo"


def _all(reading: Reading) -> Iterator[Row]:
    for partition in range(SHOP_PARTITION + 1):
        yield from reading.rows_above({partition: 0}, _ALL)
