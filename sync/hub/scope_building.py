"""Setting a scope up, and letting go of it.

Every partition is gone through under its lock, one after the other: until then steps do not keep the scope there, from
then on they do. Only when all are done is it the scope's: until then tills get what they got. It can be cut off at any
place; what was begun is cleared away by the next.

Whoever a store had anything to do with before is at home there from the beginning: rows say in ``applied`` which tills
had, and not when.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from pos_loyalty.core.feed import PARTITIONS, Row, RowKind, row_digest
from pos_loyalty.errors import StoreLocked
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.kept import Membership, MemoKey, RowKey, ScopePart
from sync.hub.scopes import (
    NAME_LENGTH_MAX,
    REGION,
    SCOPE,
    SHARED,
    STORE,
    Scope,
    all_kept_for,
    kept_for,
    kept_for_memo,
    scope_memo,
    scopes_in,
)
from sync.hub.scoping import is_shared, owner_of

STEPS: Final = 2 * PARTITIONS
"""Of setting up: each partition is gone through twice, for vouchers follow their members."""
_ALL: Final = 1 << 40
_EDITION_SIGNS: Final = 8
_CHECKSUM: Final = (1 << 64) - 1


class _Applied(msgspec.Struct, frozen=True):
    """What a document says of who had to do with it."""

    applied: dict[str, int] = {}
    parts: tuple["_Applied", ...] = ()


_applied = msgspec.json.Decoder(_Applied).decode


def store_scope(store_id: str) -> str:
    """Return the name of the scope of one store."""
    return f"{STORE}{store_id}"


def is_scope_name(name: str) -> bool:
    """Whether a scope can be called this."""
    rest = name.removeprefix(STORE) if name.startswith(STORE) else name.removeprefix(REGION)
    return rest not in {name, ""} and len(name) <= NAME_LENGTH_MAX and name.isprintable()


def set_up(store: HubStore, wanted: Mapping[str, Collection[str]], ids: Callable[[], str]) -> Iterator[int]:
    """Keep scopes from now on: name to the stores that are part of it. Yield how many steps are done.

    A scope that is kept with just these stores is left as it is; with others, its tills take everything anew.

    Raises:
        StoreLocked: somebody else set scopes up at the same time.
        StoreError: the database said no; make it again.
    """
    clear_away(store)
    with store.reading() as reading:
        known = scopes_in(reading)
    new = {name: tuple(sorted(stores)) for name, stores in wanted.items()}
    new = {name: stores for name, stores in new.items() if name not in known or known[name].stores != stores}
    if new:
        editions = {name: f"{name}/{ids()[-_EDITION_SIGNS:]}" for name in new}
        yield from _built(store, {editions[name]: stores for name, stores in new.items()})
        _put_in_place(store, {name: Scope(editions[name], stores) for name, stores in new.items()})
        clear_away(store)


def let_go(store: HubStore, names: Collection[str]) -> None:
    """Keep these scopes no more. A till that is still in one of them gets all.

    Raises:
        StoreError: the database said no; make it again.
    """
    with store.transaction() as step:
        step.lock(range(PARTITIONS))
        step.drop_memos(MemoKey(SCOPE, name) for name in names)
        step.commit()
    clear_away(store)


def clear_away(store: HubStore) -> None:
    """Let go of what is kept and is no scope's: of before, or of a setting up that was cut off.

    With the last scope go the shared rows: steps then find that there is nothing to keep.
    """
    with store.transaction() as step:
        step.lock(range(PARTITIONS))
        live = {scope.kept for scope in scopes_in(step).values()}
        live |= {SHARED} if live else set()
        for kept in step.scopes():
            if kept not in live:
                step.drop_scope(kept)
        for store_id, names in all_kept_for(step).items():
            if not live.issuperset(names):
                step.put_memos([kept_for_memo(store_id, tuple(name for name in names if name in live))])
        step.commit()


def _built(store: HubStore, stores_of: Mapping[str, Collection[str]]) -> Iterator[int]:
    with store.transaction() as step:
        step.lock(range(PARTITIONS))
        for store_id in sorted({each for stores in stores_of.values() for each in stores}):
            names = [name for name, stores in stores_of.items() if store_id in stores]
            step.put_memos([kept_for_memo(store_id, (*kept_for(step, store_id), *names))])
        step.commit()
    for partition in range(PARTITIONS):
        with store.transaction() as step:
            _build_part(step, partition, stores_of)
            step.commit()
        yield partition + 1
    for partition in range(PARTITIONS):
        with store.transaction() as step:
            _bring_vouchers(step, partition, stores_of)
            step.commit()
        yield PARTITIONS + partition + 1


def _build_part(step: Transaction, partition: int, stores_of: Mapping[str, Collection[str]]) -> None:
    step.lock([partition])
    is_first = not step.scope_sums([SHARED], [partition])
    scopes_at = _scopes_at(step, stores_of)
    rows = list(_rows(step, partition))
    vouchers = [RowKey(row.kind, row.key) for row in rows if row.kind is RowKind.VOUCHER]
    shared = {each.key.key for each in step.memberships(vouchers) if each.scope == SHARED}
    found: list[Membership] = []
    for row in rows:
        if is_first and is_shared(row):
            found.append(_membership(SHARED, row))
        elif not is_shared(row) and not (row.kind is RowKind.VOUCHER and row.key in shared):
            found += [_membership(scope, row) for scope in sorted(_scopes_of(row, scopes_at))]
    sums = dict.fromkeys([*stores_of, *([SHARED] if is_first else [])], 0)
    for each in found:
        sums[each.scope] += row_digest(each.key.kind, each.key.key, each.number)
    step.put_memberships(found)
    step.put_scope_sums({ScopePart(scope, partition): sum_ & _CHECKSUM for scope, sum_ in sums.items()})


def _bring_vouchers(step: Transaction, partition: int, scopes: Collection[str]) -> None:
    """Have vouchers be where their members are: those of a partition, when members are kept everywhere.

    A member who comes in beside this is remembered by that step, and the vouchers follow later.
    """
    step.lock([partition])
    rows = {RowKey(row.kind, row.key): row for row in _rows(step, partition) if owner_of(row)}
    owners = {key: RowKey(RowKind.MEMBER, owner_of(row)) for key, row in rows.items()}
    sums = step.scope_sums(scopes, [partition])
    where: dict[RowKey, list[Membership]] = {}
    for each in step.memberships(set(owners.values())):
        if each.there and ScopePart(each.scope, partition) in sums:
            where.setdefault(each.key, []).append(each)
    there = {(each.key, each.scope) for each in step.memberships(rows) if each.there}
    shared = {key for key, scope in there if scope == SHARED}
    new = [
        _membership(each.scope, rows[key])._replace(due=each.due)
        for key, owner in owners.items()
        for each in where.get(owner, ())
        if key not in shared and (key, each.scope) not in there
    ]
    for each in new:
        part = ScopePart(each.scope, partition)
        sums[part] = (sums[part] + row_digest(each.key.kind, each.key.key, each.number)) & _CHECKSUM
    step.put_memberships(new)
    step.put_scope_sums(sums)


def _put_in_place(store: HubStore, scopes: Mapping[str, Scope]) -> None:
    with store.transaction() as step:
        step.lock(range(PARTITIONS))
        names = [scope.kept for scope in scopes.values()]
        is_whole = len(step.scope_sums(names, range(PARTITIONS))) == len(names) * PARTITIONS
        is_kept = all(scope.kept in kept_for(step, each) for scope in scopes.values() for each in scope.stores)
        if not (is_whole and is_kept):
            raise StoreLocked("somebody else set scopes up at the same time: make it again")
        step.put_memos(scope_memo(name, scope) for name, scope in scopes.items())
        step.commit()


def _scopes_at(step: Transaction, stores_of: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return the scopes that a terminal's events are seen in."""
    return {
        till.terminal_id: frozenset(scope for scope, stores in stores_of.items() if till.store_id in stores)
        for till in step.terminals()
        if till.store_id
    }


def _scopes_of(row: Row, scopes_at: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return where a row was seen, by its own word."""
    said = _applied(row.document or b"{}")
    tills = {*said.applied, *(till for part in said.parts for till in part.applied)}
    return frozenset[str]().union(*(scopes_at.get(till, frozenset()) for till in tills))


def _rows(step: Transaction, partition: int) -> Iterable[Row]:
    return (row for row in step.rows_above({partition: 0}, _ALL) if row.document is not None)


def _membership(scope: str, row: Row) -> Membership:
    return Membership(scope, RowKey(row.kind, row.key), row.partition, row.number, there=True)
