"""The allowances of the night: who is looked at, and what is written.

Those are looked at whose allowance has run half its time, found by an index, and those whose row has changed since the
last look. Everybody is when the policy is another one, or a terminal is served that was not, or in another store. Each
step writes how far the look has come, so that it goes on there after it was cut off.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.feed import PARTITIONS, Row, RowKind
from pos_loyalty.core.ids import named_uuid
from pos_loyalty.core.members import HeldPoints, Member
from sync.hub import books
from sync.hub.allowances import AllowancePolicy, Looking, holders_of, looked_after
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.documents import write
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.kept import BookKey, Memo, MemoKey, RecordKind, RowKey
from sync.hub.numbering import RowChanges
from sync.hub.reach import partition_of_row
from sync.hub.shop import Shop
from sync.hub.whereabouts import Whereabouts, find

LOOKED_AT: Final = MemoKey("night", "allowances")
"""Memo: how far the look has come."""
_ROWS_AT_ONCE: Final = 500
_BOOKS_AT_ONCE: Final = 100
_MEMBERS_AT_ONCE: Final = 50
_EVER: Final = date.max.toordinal()

_Wanted = Mapping[str, set[str]]
"""Members to the accounts that are to be looked at."""


class _Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the look has come."""

    policy: AllowancePolicy = AllowancePolicy()
    stores: dict[str, str] = {}
    """The terminals that the rows so far were looked at for, and the store of each."""
    numbers: dict[int, int] = {}
    """Partition to the number of the last row that was looked at."""
    revoked: dict[str, int] = {}
    """Terminals whose allowances were all given back, and when they were revoked."""


class _Shown(msgspec.Struct, frozen=True):
    """What a row says of the points of a member."""

    balances: dict[str, int] = {}
    held: dict[str, HeldPoints] = {}
    merged_into: str = ""
    applied: dict[str, int] = {}


_progress = msgspec.json.Decoder(_Progress).decode
_shown = msgspec.json.Decoder(_Shown).decode
_member = msgspec.json.Decoder(Member).decode


def set_aside(store: HubStore, shop: Shop, policy: AllowancePolicy) -> Generator[int, None, None]:
    """Have all allowances be as they should be; yield after each step how many members' were changed by it.

    Without terminals in ``policy`` those that there are run out.
    """
    with store.reading() as reading:
        looking = Looking(policy, holders_of(reading), shop.local_now)
        counters = reading.counters()
        memo = reading.memo(LOOKED_AT)
    look = _Look(store, looking, _progress(memo.document) if memo else _Progress())
    yield from look.at_what_is_due()
    if looking.served and policy.most:
        look.begin()
        for partition in range(PARTITIONS):
            if partition in counters:
                yield from look.at_rows(partition, counters[partition].number)
    look.write_down()


class _Look:
    def __init__(self, store: HubStore, looking: Looking, last: _Progress) -> None:
        self._store = store
        self._looking = looking
        self._is_written = True
        self._progress = last
        self._revoked = {name: each.revoked_ms for name, each in looking.holders.items() if each.revoked_ms is not None}

    def begin(self) -> None:
        """Begin with the rows anew, if those so far were looked at by another policy or for other terminals.

        A night in which nobody is served looks at no row, so it forgets none.
        """
        last, looking = self._progress, self._looking
        known = last.policy == looking.policy and looking.served.items() <= last.stores.items()
        numbers = last.numbers if known else {}
        self._note(replace(last, policy=looking.policy, stores=looking.served, numbers=numbers))

    def at_what_is_due(self) -> Iterator[int]:
        """Look at the allowances that end soon; if a terminal was revoked since the last look, at all there are."""
        day = (self._looking.now + self._looking.half).toordinal()
        if self._revoked != self._progress.revoked:
            day = _EVER
        after: BookKey | None = None
        while True:
            with self._store.transaction() as step:
                keys = step.due(RecordKind.ALLOWANCE, day, after, _BOOKS_AT_ONCE)
                shelves = books.open_shelves(step, keys)
            if not keys:
                break
            wanted: dict[str, set[str]] = {}
            for key, shelf in shelves.items():
                for owner in {shelf.book.owner(hold.member) for hold in books.open_holds(shelf) if hold.terminal}:
                    wanted.setdefault(owner, set()).add(key.unit)
            yield from self._all_of(wanted)
            after = keys[-1]
        self._note(replace(self._progress, revoked=self._revoked))

    def at_rows(self, partition: int, last: int) -> Iterator[int]:
        """Look at the members of a partition whose rows have changed, up to the number ``last``."""
        number = self._progress.numbers.get(partition, 0)
        while number < last:
            with self._store.reading() as reading:
                rows = _rows_above(reading, partition, number)
            if not rows:
                return
            wanted = {row.key: units for row in rows if (units := self._units(row))}
            yield from self._all_of(wanted)
            number = rows[-1].number
            self._note(replace(self._progress, numbers=self._progress.numbers | {partition: number}))

    def write_down(self) -> None:
        """Write how far it has come, if that is not written yet."""
        if not self._is_written:
            with self._store.transaction() as step:
                self._write(step)
                step.commit()

    def _units(self, row: Row) -> set[str]:
        """Return the accounts of a row in which an allowance may be due, as far as the row can tell."""
        if row.kind is not RowKind.MEMBER or row.document is None:
            return set()
        shown = _shown(row.document)
        terminals = () if shown.merged_into else self._looking.at_home(shown.applied)
        return {unit for unit in self._looking.policy.most if terminals and self._is_due(shown, unit, terminals)}

    def _is_due(self, shown: _Shown, unit: str, terminals: tuple[str, ...]) -> bool:
        looking = self._looking
        held = [each for each in shown.held.values() if each.account == unit]
        there = shown.balances.get(unit, 0) - sum(each.points for each in held if not each.terminal)
        part = looking.part(unit, there, len(terminals))
        aside = {each.terminal: each for each in held if each.terminal}
        room = part * len(terminals) - sum(each.points for each in held if each.terminal)
        if part <= 0 or (room > 0 and not aside.keys() >= set(terminals)):
            return part > 0
        own = [aside[name] for name in terminals if name in aside]
        return any(looking.is_due(each.points, each.until_ms, min(part - each.points, room)) for each in own)

    def _all_of(self, wanted: _Wanted) -> Iterator[int]:
        members = sorted(wanted)
        for first in range(0, len(members), _MEMBERS_AT_ONCE):
            piece = {each: wanted[each] for each in members[first : first + _MEMBERS_AT_ONCE]}
            with self._store.transaction() as step:
                changed = _look_after(step, self._looking, piece)
                if changed:
                    self._write(step)
                    step.commit()
            yield changed

    def _note(self, progress: _Progress) -> None:
        self._is_written = self._is_written and progress == self._progress
        self._progress = progress

    def _write(self, step: Transaction) -> None:
        step.put_memos([Memo(*LOOKED_AT, msgspec.json.encode(self._progress))])
        self._is_written = True


def _rows_above(reading: Reading, partition: int, number: int) -> list[Row]:
    """Return the next rows of a partition, without parting a number: a step may give one to many."""
    limit = _ROWS_AT_ONCE
    while True:
        rows = reading.rows_above({partition: number}, limit)
        whole = rows if len(rows) < limit else [row for row in rows if row.number < rows[-1].number]
        if whole or not rows:
            return whole
        limit *= 2


def _look_after(step: Transaction, looking: Looking, wanted: _Wanted) -> int:
    """Look after the allowances of some members, under the locks; return of how many they changed."""
    where = _whereabouts(step, wanted)
    touched = {member for each in where.values() for member in (each.owner, each.book, *each.through)}
    counters = step.lock(sorted({partition_of_row(_row_of(each)) for each in touched}))
    # One who was merged, or parted, before the locks were there has a row that changed: it is looked at again.
    again = _whereabouts(step, wanted)
    steady = {each: found for each, found in where.items() if found.owner == each and again[each] == found}
    keys = {BookKey(found.book, unit) for each, found in steady.items() for unit in wanted[each]}
    before = books.open_shelves(step, keys)
    after = dict(before)
    rows = step.rows([_row_of(each) for each in steady])
    changes = RowChanges(step, counters, rows)
    life, changed = step.epochs()[-1].name, 0
    for member_id, found in sorted(steady.items()):
        row = rows.get(_row_of(member_id))
        document = _member(row.document) if row and row.document is not None else None
        terminals = looking.at_home(document.applied) if document else ()
        partition = partition_of_row(_row_of(member_id))
        name = named_uuid("set aside", life, str(partition), str(changes.number_of(partition) + 1))
        mine = {
            key: looked_after(after[key], member_id, terminals, looking, name)
            for key in _books(found, wanted[member_id])
        }
        mine = {key: shelf for key, shelf in mine.items() if shelf.book is not after[key].book}
        after |= mine
        changed += bool(mine)
        if mine and document:
            number = changes.take_number(partition, name)
            changes.put(_row_of(member_id), number, write(books.told(document, mine)))
    changes.write()
    _write_books(step, before, after)
    return changed


def _whereabouts(step: Transaction, members: Iterable[str]) -> dict[str, Whereabouts]:
    keys = [_row_of(each) for each in members]
    found = step.rows(keys)
    rows = {key: found.get(key) for key in keys}
    return {key.key: find(step, key.key, rows) for key in keys}


def _write_books(step: Transaction, before: Mapping[BookKey, Shelf], after: Mapping[BookKey, Shelf]) -> None:
    step.put_records([each for key, shelf in after.items() for each in records_of(key, before[key], shelf)])
    step.post([each for key, shelf in after.items() for each in postings_of(key, before[key], shelf)])


def _books(found: Whereabouts, units: set[str]) -> list[BookKey]:
    return [BookKey(found.book, unit) for unit in sorted(units)]


def _row_of(member_id: str) -> RowKey:
    return RowKey(RowKind.MEMBER, member_id)
