"""In which scopes the rows of a step are, before and after it. Pure over the transaction.

* A row is in the scopes of each store that had an event about it: for ever in that of the store which enrolled the
  member, in others until so many days after the last.
* A voucher is where its member is; if it was nobody's when it came, it is in all, as shared counters are.
* Members who were made one, or parted, are in all scopes that one of them was in.
* A row that leaves a scope takes a number, under which it is gone there. So a membership that is there has the number
  of its row, and the sum of a scope is made as that of a partition.

A partition in which nobody has set up a scope is left alone: that costs each step one look.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.feed import Row, RowKind, row_digest
from sync.hub.hub_store import Transaction
from sync.hub.kept import Membership, Memo, RowKey, ScopePart
from sync.hub.scopes import SHARED, kept_for

STAY_DAYS: Final = 90
"""After the last event of a store that did not enrol the member."""
FOLLOWING: Final = "following"
"""Memos: members who came into a scope and whose vouchers, in partitions of their own, have not yet."""

Stays = dict[str, int]
"""Scope to the day on which a row leaves it; 0: never."""
_CHECKSUM: Final = (1 << 64) - 1


class Seen(NamedTuple):
    """Where the events of a step were made, and on which day, as :meth:`date.toordinal` counts."""

    store_id: str = ""
    day: int = 0


NOWHERE: Final = Seen()


class _Owned(msgspec.Struct, frozen=True):
    """What a voucher says of its member."""

    member_id: str | None = None


class _WithVouchers(msgspec.Struct, frozen=True):
    """What a member says of vouchers."""

    vouchers: tuple[msgspec.Raw, ...] = ()


_owned = msgspec.json.Decoder(_Owned).decode
_with_vouchers = msgspec.json.Decoder(_WithVouchers).decode


class Scoping:
    """What one step does to the scopes of its rows."""

    def __init__(self, transaction: Transaction, seen: Seen = NOWHERE) -> None:
        self._transaction = transaction
        self._seen = seen
        self._home: set[RowKey] = set()
        self._leaving: set[tuple[RowKey, str]] = set()
        self._joining: dict[RowKey, Stays] = {}
        self._is_one_person = False

    def settle(self, key: RowKey) -> None:
        """Have a row be at home in the store of this step."""
        self._home.add(key)

    def join(self, key: RowKey, stays: Stays) -> None:
        """Have a row be in these scopes too."""
        self._joining[key] = stays

    def leave(self, key: RowKey, scope: str) -> None:
        """Have a row be gone from a scope."""
        self._leaving.add((key, scope))

    def unite(self) -> None:
        """Have all members of this step be where one of them is."""
        self._is_one_person = True

    def write(self, rows: Collection[Row]) -> None:
        """Write in which scopes these rows are, which have changed, and have their numbers."""
        shared = self._transaction.scope_sums([SHARED], {row.partition for row in rows})
        kept = {_key(row): row for row in rows if ScopePart(SHARED, row.partition) in shared}
        if kept:
            self._write(kept)

    def _write(self, rows: Mapping[RowKey, Row]) -> None:
        before: dict[RowKey, dict[str, Membership]] = {key: {} for key in rows}
        for each in self._transaction.memberships(rows):
            before[each.key][each.scope] = each
        here = kept_for(self._transaction, self._seen.store_id)
        scopes = {SHARED, *here}.union(*before.values(), *self._joining.values())
        sums = self._transaction.scope_sums(scopes, {row.partition for row in rows.values()})
        stays = self._all_stays(rows, before, here)
        after = [
            each
            for key, row in rows.items()
            for each in _memberships(row, before[key], stays[key])
            if ScopePart(each.scope, each.partition) in sums
        ]
        self._transaction.put_memberships(after)
        changed: dict[ScopePart, int] = {}
        for each in after:
            part = ScopePart(each.scope, each.partition)
            sum_ = changed.get(part, sums[part]) - _digest(before[each.key].get(each.scope)) + _digest(each)
            changed[part] = sum_ & _CHECKSUM
        self._transaction.put_scope_sums(changed)
        new = {each.key for each in after if each.there and not _is_there(before[each.key].get(each.scope))}
        self._transaction.put_memos(Memo(FOLLOWING, key.key, b"{}") for key in sorted(new) if _has_vouchers(rows[key]))

    def _all_stays(
        self, rows: Mapping[RowKey, Row], before: Mapping[RowKey, Mapping[str, Membership]], here: Collection[str]
    ) -> dict[RowKey, Stays]:
        members = [key for key in rows if key.kind is RowKind.MEMBER]
        stays = {key: self._stays(rows[key], before[key], here) for key in members}
        if self._is_one_person:
            together = _longest(stays.values())
            stays = {key: dict(together) for key in members}
        for key, row in rows.items():
            if key not in stays:
                own = self._stays(row, before[key], here)
                owner = stays.get(RowKey(RowKind.MEMBER, owner_of(row)), {})
                stays[key] = own if SHARED in own else _longest((own, owner))
        for key, scope in self._leaving:
            stays[key].pop(scope, None)
        return stays

    def _stays(self, row: Row, before: Mapping[str, Membership], here: Collection[str]) -> Stays:
        if SHARED in before or (not before and is_shared(row)):
            return {SHARED: 0}
        key = _key(row)
        until = 0 if key in self._home else self._seen.day + STAY_DAYS
        there = {scope: each.due for scope, each in before.items() if each.there}
        return _longest((there, dict.fromkeys(here, until), self._joining.get(key, {})))


def is_shared(row: Row) -> bool:
    """Whether a row that is new belongs to every scope."""
    return row.kind is RowKind.USAGE or (row.kind is RowKind.VOUCHER and not owner_of(row))


def owner_of(row: Row) -> str:
    """Return whose a voucher is; empty for nobody's, and for what is no voucher."""
    if row.kind is not RowKind.VOUCHER or row.document is None:
        return ""
    return _owned(row.document).member_id or ""


def _memberships(row: Row, before: Mapping[str, Membership], stays: Stays) -> Iterable[Membership]:
    """Yield how a row is in its scopes from now on, and how it left others."""
    there = stays if row.document is not None else {}
    for scope, due in there.items():
        yield Membership(scope, _key(row), row.partition, row.number, there=True, due=due)
    for scope, each in before.items():
        if each.there and scope not in there:
            yield each._replace(number=row.number, there=False, due=0)


def _longest(all_stays: Iterable[Stays]) -> Stays:
    """Return each scope of any of them, for as long as the longest."""
    longest: Stays = {}
    for stays in all_stays:
        for scope, due in stays.items():
            known = longest.get(scope, due)
            longest[scope] = max(known, due) if known and due else 0
    return longest


def _has_vouchers(row: Row) -> bool:
    if row.kind is not RowKind.MEMBER or row.document is None:
        return False
    return bool(_with_vouchers(row.document).vouchers)


def _is_there(membership: Membership | None) -> bool:
    return membership is not None and membership.there


def _digest(membership: Membership | None) -> int:
    if membership is None or not membership.there:
        return 0
    return row_digest(membership.key.kind, membership.key.key, membership.number)


def _key(row: Row) -> RowKey:
    return RowKey(row.kind, row.key)
