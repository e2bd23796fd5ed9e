"""Rows that leave a scope when their time there is over, and vouchers that come after their member."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from pos_loyalty.core.feed import PARTITIONS, Row, RowKind
from pos_loyalty.core.ids import named_uuid
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.kept import Counter, Membership, MemoKey, RowKey
from sync.hub.numbering import RowChanges
from sync.hub.reach import partition_of_row
from sync.hub.scopes import SHARED
from sync.hub.scoping import FOLLOWING, owner_of
from sync.hub.whereabouts import find

_AT_ONCE: Final = 200


class _Voucher(msgspec.Struct, frozen=True):
    code: str


class _WithVouchers(msgspec.Struct, frozen=True):
    vouchers: tuple[_Voucher, ...] = ()


_with_vouchers = msgspec.json.Decoder(_WithVouchers).decode


def leave(store: HubStore, day: date) -> Iterator[int]:
    """Have rows leave the scopes in which nobody has seen them for long; yield, step by step, how many did.

    Such a row takes a number, under which it is gone for the tills of that scope; all others get it once more. Members
    go first, and vouchers stay where their member stayed. Cut off anywhere, the next call goes on there.
    """
    with store.reading() as reading:
        if not reading.scopes():
            return
    for kind in (RowKind.MEMBER, RowKind.VOUCHER):
        for partition in range(PARTITIONS):
            while (left := _leave(store, kind, partition, day)) is not None:
                yield left


def follow(store: HubStore) -> int:
    """Bring the vouchers of members who came into a scope there too; return of how many members."""
    with store.reading() as reading:
        waiting = [memo.key for memo in reading.memos(FOLLOWING)]
    for member_id in waiting:
        with store.transaction() as step:
            _follow(step, RowKey(RowKind.MEMBER, member_id))
            step.commit()
    return len(waiting)


def _leave(store: HubStore, kind: RowKind, partition: int, day: date) -> int | None:
    with store.transaction() as step:
        counters = step.lock([partition])
        due = step.memberships_due(kind, partition, day.toordinal(), _AT_ONCE)
        if not due:
            return None
        rows = step.rows({each.key for each in due})
        kept = _with_owner(step, due, rows, day) if kind is RowKind.VOUCHER else []
        step.put_memberships(kept)
        staying = {(each.key, each.scope) for each in kept}
        leaving = [each for each in due if (each.key, each.scope) not in staying]
        if leaving:
            _let_go(step, counters, rows, leaving)
        step.commit()
    return len(leaving)


def _let_go(
    step: Transaction, counters: Mapping[int, Counter], rows: Mapping[RowKey, Row], leaving: Sequence[Membership]
) -> None:
    (partition,) = counters
    changes = RowChanges(step, counters, rows)
    number = changes.take_number(partition, named_uuid("left", str(partition), str(counters[partition].number)))
    for key in dict.fromkeys(each.key for each in leaving):
        changes.put(key, number, _document(rows[key]))
    for each in leaving:
        changes.scoping.leave(each.key, each.scope)
    changes.write()


def _with_owner(
    step: Transaction, due: Sequence[Membership], rows: Mapping[RowKey, Row], day: date
) -> list[Membership]:
    """Return those vouchers that stay, since their member does, for as long."""
    owners = {
        key: RowKey(RowKind.MEMBER, find(step, owner).owner) for key, row in rows.items() if (owner := owner_of(row))
    }
    until = {(each.key, each.scope): each.due for each in step.memberships(set(owners.values())) if each.there}
    stays = ((each, until.get((owners.get(each.key, each.key), each.scope))) for each in due)
    return [each._replace(due=last) for each, last in stays if last == 0 or (last and last > day.toordinal())]


def _follow(step: Transaction, member: RowKey) -> None:
    found = step.rows([member]).get(member)
    document = found.document if found else None
    codes = {each.code for each in _with_vouchers(document).vouchers} if document is not None else set[str]()
    keys = {RowKey(RowKind.VOUCHER, code) for code in codes}
    # The memo is owned after the partitions, as by a push that writes it: else the two could wait for each other.
    counters = step.lock(sorted({partition_of_row(key) for key in (member, *keys)}))
    if step.own_memo(memo := MemoKey(FOLLOWING, member.key)) is None:
        return
    step.drop_memos([memo])
    stays = {each.scope: each.due for each in step.memberships([member]) if each.there}
    there: dict[RowKey, set[str]] = {}
    for each in step.memberships(keys):
        if each.there:
            there.setdefault(each.key, set()).add(each.scope)
    rows = step.rows(keys)
    changes = RowChanges(step, counters, rows)
    for key, row in sorted(rows.items()):
        has = there.get(key, set())
        if row.document is not None and SHARED not in has and not stays.keys() <= has:
            partition = partition_of_row(key)
            cause = named_uuid("followed", str(partition), str(changes.number_of(partition)))
            changes.put(key, changes.take_number(partition, cause), _document(row))
            changes.scoping.join(key, stays)
    changes.write()


def _document(row: Row) -> bytes | None:
    return None if row.document is None else bytes(row.document)
