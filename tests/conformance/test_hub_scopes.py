"""Which rows are in which scope, and their checksums: the same in every store of the hub."""

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from msgspec import Raw

from pos_loyalty.core.feed import Row, RowKind
from sync.hub.hub_store import HubStore
from sync.hub.kept import Membership, RowKey, ScopePart
from sync.hub.reach import partition_of_row
from sync.hub.scopes import SHARED
from tests.sync.hub.stores import KINDS

HERE, THERE = 3, 4
"""Partitions."""
HUGE = (1 << 64) - 1


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def key(name: str, partition: int = HERE, kind: RowKind = RowKind.MEMBER) -> RowKey:
    """Return a key that begins with ``name`` and is in ``partition``, where its rows must be."""
    keys = (RowKey(kind, f"{name}-{number}") for number in count())
    return next(each for each in keys if partition_of_row(each) == partition)


def row(of: RowKey, number: int, document: bytes | None = b"{}") -> Row:
    """Return a row."""
    raw = None if document is None else Raw(document)
    return Row(kind=of.kind, key=of.key, partition=partition_of_row(of), number=number, document=raw)


def member_of(scope: str, of: RowKey, number: int, *, there: bool = True, due: int = 0) -> Membership:
    """Return a membership."""
    return Membership(scope, of, partition_of_row(of), number, there=there, due=due)


def shown(rows: Iterable[Row]) -> list[tuple[str, int, bool]]:
    """Return what rows say, by their names."""
    return [(each.key.partition("-")[0], each.number, each.document is not None) for each in rows]


def test_a_new_store_keeps_no_scope(store: HubStore) -> None:
    """Every question has an empty answer."""
    with store.transaction() as step:
        assert step.scopes() == []
        assert step.scope_sums(["s", SHARED], [HERE]) == {}
        assert step.scope_sums([], []) == {}
        assert step.scope_rows_above("s", {HERE: 0}, 9) == []
        assert (step.memberships([key("a")]), step.memberships([])) == ([], [])
        assert step.memberships_due(RowKind.MEMBER, HERE, 1_000_000, 9) == []


def test_checksums_are_kept_by_scope_and_partition(store: HubStore) -> None:
    """The newest counts, all 64 bits of it; asked for are some scopes in some partitions."""
    sums = {ScopePart("s", HERE): HUGE, ScopePart("s", THERE): 0, ScopePart(SHARED, HERE): 7, ScopePart("t", HERE): 1}
    with store.transaction() as step:
        step.put_scope_sums({ScopePart("s", HERE): 5})
        step.put_scope_sums(sums)
        step.put_scope_sums({})
        step.commit()
    with store.reading() as reading:
        assert reading.scopes() == [SHARED, "s", "t"]
        assert reading.scope_sums(["s", SHARED, "none"], [HERE]) == {
            ScopePart("s", HERE): HUGE,
            ScopePart(SHARED, HERE): 7,
        }
        assert reading.scope_sums(["s", "s"], [HERE, THERE]) == {ScopePart("s", HERE): HUGE, ScopePart("s", THERE): 0}


def test_rows_of_a_scope_come_by_number_with_the_shared_ones(store: HubStore) -> None:
    """As many as asked for, from one partition; what left the scope is a tombstone under the number of its leaving."""
    own, left, other, shared, gone = key("own"), key("left"), key("other"), key("shared"), key("gone")
    elsewhere = key("elsewhere", THERE)
    with store.transaction() as step:
        step.put_rows([row(own, 4), row(left, 9), row(other, 2), row(shared, 3), row(gone, 6, None), row(elsewhere, 1)])
        step.put_memberships([member_of("s", each, number) for each, number in ((own, 4), (left, 1), (elsewhere, 1))])
        step.put_memberships([member_of("s", left, 5, there=False), member_of("s", gone, 6, there=False)])
        step.put_memberships([member_of("t", left, 9), member_of("t", other, 2), member_of(SHARED, shared, 3)])
        step.commit()
    with store.reading() as reading:
        expected = [("shared", 3, True), ("own", 4, True), ("left", 5, False), ("gone", 6, False)]
        assert shown(reading.scope_rows_above("s", {HERE: 0}, 9)) == expected
        assert shown(reading.scope_rows_above("s", {HERE: 0}, 2)) == expected[:2]
        assert shown(reading.scope_rows_above("s", {HERE: 3}, 2)) == expected[1:3]
        assert shown(reading.scope_rows_above("s", {HERE: 6}, 9)) == []
        assert shown(reading.scope_rows_above("t", {HERE: 0}, 9)) == [
            ("other", 2, True),
            ("shared", 3, True),
            ("left", 9, True),
        ]
        assert shown(reading.scope_rows_above("", {HERE: 0}, 9)) == [("shared", 3, True)]


def test_memberships_are_found_by_row_and_by_day(store: HubStore) -> None:
    """All of a row at their newest; of those that are due, one kind in one partition, as many as asked for."""
    member, voucher, elsewhere = key("m"), key("v", kind=RowKind.VOUCHER), key("m", THERE)
    first = [member_of("s", member, 1, due=10), member_of("t", member, 1), member_of("s", voucher, 1, due=10)]
    more = [member_of("u", member, 1, due=11), member_of("s", elsewhere, 1, due=10)]
    with store.transaction() as step:
        step.put_memberships([member_of("s", member, 1, due=3), *first, *more])
        assert sorted(step.memberships([member, voucher])) == sorted([*first, more[0]])
        step.commit()
    with store.reading() as reading:
        assert reading.memberships([elsewhere, key("nobody")]) == [more[1]]
        assert reading.memberships_due(RowKind.MEMBER, HERE, 10, 9) == [first[0]]
        assert reading.memberships_due(RowKind.VOUCHER, HERE, 10, 9) == [first[2]]
        assert reading.memberships_due(RowKind.MEMBER, HERE, 9, 9) == []
        assert len(reading.memberships_due(RowKind.MEMBER, HERE, 11, 9)) == 2
        assert len(reading.memberships_due(RowKind.MEMBER, HERE, 11, 1)) == 1


def test_a_scope_that_is_dropped_is_as_if_it_never_was(store: HubStore) -> None:
    """Others stay; a step that is given up drops nothing; the same name can be kept again."""
    each = key("m")
    with store.transaction() as step:
        step.put_rows([row(each, 1)])
        step.put_memberships([member_of("s", each, 1, due=5), member_of("t", each, 1)])
        step.put_scope_sums({ScopePart("s", HERE): 1, ScopePart("t", HERE): 2})
        step.commit()
    with store.transaction() as step:
        step.drop_scope("s")
    with store.transaction() as step:
        assert step.scopes() == ["s", "t"]
        step.drop_scope("s")
        step.drop_scope("never")
        assert (step.scopes(), step.memberships_due(RowKind.MEMBER, HERE, 9, 9)) == (["t"], [])
        step.commit()
    with store.transaction() as step:
        assert step.memberships([each]) == [member_of("t", each, 1)]
        assert step.scope_rows_above("s", {HERE: 0}, 9) == []
        step.put_scope_sums({ScopePart("s", THERE): 3})
        step.commit()
    with store.reading() as reading:
        assert reading.scope_sums(["s", "t"], [HERE, THERE]) == {ScopePart("s", THERE): 3, ScopePart("t", HERE): 2}


def test_a_step_that_is_given_up_leaves_scopes_as_they_were(store: HubStore) -> None:
    """Nothing of what it wrote has happened."""
    each = key("m")
    with store.transaction() as step:
        step.put_rows([row(each, 1)])
        step.put_memberships([member_of("s", each, 1)])
        step.put_scope_sums({ScopePart("s", HERE): 1})
        step.commit()
    with store.transaction() as step:
        step.put_memberships([member_of("s", each, 2, there=False), member_of("t", each, 2)])
        step.put_scope_sums({ScopePart("s", HERE): 2, ScopePart("t", HERE): 2})
    with store.reading() as reading:
        assert (reading.scopes(), reading.memberships([each])) == (["s"], [member_of("s", each, 1)])
        assert reading.scope_sums(["s"], [HERE]) == {ScopePart("s", HERE): 1}
