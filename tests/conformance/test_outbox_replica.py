"""What every replica means by its words, whatever it is kept in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind, row_digest
from pos_loyalty.errors import InvariantBroken, StoreInterrupted
from sync.engine.memory_replica import MemoryReplica
from sync.engine.ports import TillReplica
from tests.store.feed import take
from tests.store.shop import sqlite_store


@pytest.fixture(params=["memory", "sqlite"])
def replica(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TillReplica]:
    """Return an empty replica of each kind."""
    if request.param == "memory":
        yield MemoryReplica()
        return
    with closing(sqlite_store(tmp_path / "till")) as store:
        yield store.replica


def row(key: str, number: int, partition: int = 0, text: str = "") -> Row:
    """Return a product as it stood at ``number``."""
    document = msgspec.Raw(msgspec.json.encode({"product_id": key, "name": text or f"{key}@{number}"}))
    return Row(kind=RowKind.PRODUCT, key=key, partition=partition, number=number, document=document)


def gone(key: str, number: int, partition: int = 0) -> Row:
    """Return the tombstone of a product."""
    return Row(kind=RowKind.PRODUCT, key=key, partition=partition, number=number)


def page(
    *rows: Row, more: bool = False, epoch: str = "one", checksums: dict[int, int] | None = None, **numbers: int
) -> FeedPage:
    """Return a page whose cursor is at ``p0=…``, ``p1=…``; by default where its rows end."""
    at = {entry.partition: entry.number for entry in rows} | {int(name[1:]): n for name, n in numbers.items()}
    cursor = Cursor(epoch=epoch, numbers=at)
    return FeedPage(rows=rows, cursor=cursor, more=more, checksums=checksums or {}, hub_ms=1_000)


def total(*rows: Row) -> int:
    """Return the checksum of a partition with these rows."""
    return sum(row_digest(entry.kind, entry.key, entry.number) for entry in rows) % (1 << 64)


def held(replica: TillReplica, *keys: str) -> list[int | None]:
    """Return the number of each row, None where there is none."""
    rows = [replica.row(RowKind.PRODUCT, key) for key in keys]
    return [found.number if found else None for found in rows]


def test_a_new_replica_has_nothing(replica: TillReplica) -> None:
    """No epoch, no number, no row, and it was never complete."""
    assert replica.cursor() == Cursor()
    assert replica.row(RowKind.PRODUCT, "tea") is None
    assert replica.fresh_ms() is None


def test_a_page_brings_its_rows_and_its_cursor(replica: TillReplica) -> None:
    """Rows whole, and a cursor that names what the page said."""
    assert take(replica, page(row("tea", 3), row("cup", 1, partition=7))) == frozenset()
    assert replica.row(RowKind.PRODUCT, "tea") == row("tea", 3)
    assert replica.cursor() == Cursor(epoch="one", numbers={0: 3, 7: 1})
    assert replica.row(RowKind.MEMBER, "tea") is None


def test_a_newer_row_takes_the_place_of_the_older(replica: TillReplica) -> None:
    """And a tombstone leaves nothing."""
    take(replica, page(row("tea", 1), row("cup", 2)))
    take(replica, page(row("tea", 3), gone("cup", 4)))
    assert held(replica, "tea", "cup") == [3, None]


def test_the_same_page_twice_is_once(replica: TillReplica) -> None:
    """A till that lost power before it could say so applies it again."""
    for _ in range(2):
        take(replica, page(row("tea", 1), row("cup", 2), checksums={0: total(row("tea", 1), row("cup", 2))}))
    assert held(replica, "tea", "cup") == [1, 2]
    assert replica.cursor().numbers == {0: 2}


def test_a_row_at_or_below_the_cursor_is_skipped(replica: TillReplica) -> None:
    """An old page brings nothing back from the dead."""
    take(replica, page(row("tea", 1)))
    take(replica, page(gone("tea", 2)))
    take(replica, page(row("tea", 1), p0=2))
    assert held(replica, "tea") == [None]


def test_a_right_checksum_is_no_trouble(replica: TillReplica) -> None:
    """It is the sum over the rows that are there, after changes and tombstones."""
    take(replica, page(row("tea", 1), row("cup", 2), row("pot", 3)))
    after = page(row("tea", 4), gone("cup", 5), checksums={0: total(row("tea", 4), row("pot", 3)), 9: 0})
    assert take(replica, after) == frozenset()


def test_a_wrong_checksum_forgets_the_cursor_and_keeps_the_rows(replica: TillReplica) -> None:
    """The customer at the counter is still greeted; the other partitions are left alone."""
    take(replica, page(row("tea", 1), row("cup", 1, partition=1)))
    assert take(replica, page(row("pot", 2), checksums={0: 1, 1: total(row("cup", 1))})) == {0}
    assert replica.cursor() == Cursor(epoch="one", numbers={1: 1})
    assert held(replica, "tea", "cup", "pot") == [1, 1, 2]


def test_what_does_not_come_again_is_gone_when_the_partition_is_complete(replica: TillReplica) -> None:
    """And not before: a row that the hub has no more would keep the sum wrong for ever."""
    take(replica, page(row("ghost", 1), row("tea", 2), checksums={0: 1}))
    take(replica, page(row("tea", 2), more=True))
    assert held(replica, "ghost", "tea") == [1, 2]
    rows = (row("tea", 2), row("pot", 3))
    assert take(replica, page(row("pot", 3), checksums={0: total(*rows)})) == frozenset()
    assert held(replica, "ghost", "tea", "pot") == [None, 2, 3]


def test_a_partition_that_is_empty_now_is_complete_with_the_last_page(replica: TillReplica) -> None:
    """The hub has nothing to say of it, not even a checksum."""
    take(replica, page(row("ghost", 1), checksums={0: 0}))
    take(replica, page(p1=4))
    assert held(replica, "ghost") == [None]


def test_a_partition_taken_anew_can_be_wrong_again(replica: TillReplica) -> None:
    """Then it is taken anew once more."""
    take(replica, page(row("tea", 1), checksums={0: 1}))
    assert take(replica, page(row("tea", 1), checksums={0: 1})) == {0}
    assert replica.cursor().numbers == {}


def test_a_page_of_another_epoch_is_our_own_fault(replica: TillReplica) -> None:
    """Rows of two histories are never mixed; nothing is kept of it."""
    take(replica, page(row("tea", 1)))
    with pytest.raises(InvariantBroken, match="epoch two"):
        take(replica, page(row("tea", 2), epoch="two"))
    assert replica.cursor() == Cursor(epoch="one", numbers={0: 1})
    assert held(replica, "tea") == [1]


def test_a_page_asked_for_from_elsewhere_is_refused_whole(replica: TillReplica) -> None:
    """Be the replica empty, behind, ahead or of another epoch than whoever asked: what is between would be missing."""
    tea = Cursor(epoch="one", numbers={0: 1})
    for here in (Cursor(), tea):
        for asked in (tea, Cursor(), Cursor(epoch="two", numbers={0: 1}), Cursor(epoch="one", numbers={0: 2})):
            if asked != here:
                with pytest.raises(StoreInterrupted, match="ask again"):
                    replica.apply(page(row("cup", 3)), asked)
        assert (replica.cursor(), replica.fresh_ms()) == (here, 1_000 if here.epoch else None)
        assert held(replica, "cup") == [None]
        replica.apply(page(row("tea", 1)), here)


def test_another_epoch_keeps_what_is_common(replica: TillReplica) -> None:
    """A partition that was complete at or below the common number stays; one that is ahead of it is taken anew."""
    cup = row("cup", 3, partition=1)
    sums = {1: total(cup)}
    take(replica, page(row("tea", 5), row("lost", 9, text="of the lost history"), cup, checksums=sums))
    replica.rebase(Cursor(epoch="two", numbers={0: 7, 1: 3, 2: 8}))
    assert replica.cursor() == Cursor(epoch="two", numbers={1: 3})
    assert held(replica, "tea", "lost", "cup") == [5, 9, 3]
    kept = row("lost", 8, text="as it always was")
    assert take(replica, page(row("tea", 5), kept, epoch="two", p1=3)) == frozenset()
    assert replica.row(RowKind.PRODUCT, "lost") == kept


def test_another_epoch_keeps_nothing_that_was_not_complete(replica: TillReplica) -> None:
    """Rows above the cursor, which had been seen no more, may have fallen back to numbers behind it."""
    take(replica, page(row("cup", 3, partition=1), more=True))
    replica.rebase(Cursor(epoch="two", numbers={1: 3}))
    assert replica.cursor() == Cursor(epoch="two")


def test_another_epoch_keeps_no_row_that_no_cursor_speaks_of(replica: TillReplica) -> None:
    """A snapshot's rows are read after its cursor: of a partition that began in between it has rows and no number."""
    ghost = row("ghost", 1, partition=5)
    take(
        replica,
        msgspec.structs.replace(page(row("tea", 1), ghost, more=True), cursor=Cursor(epoch="one", numbers={0: 1})),
    )
    replica.rebase(Cursor(epoch="two", numbers={0: 1}))
    take(replica, page(row("tea", 1), epoch="two"))
    assert held(replica, "ghost", "tea") == [None, 1]


def test_a_beginning_in_common_is_none(replica: TillReplica) -> None:
    """A hub that knows nothing of the old epoch says so by a cursor without numbers."""
    take(replica, page(row("tea", 5)))
    replica.rebase(Cursor(epoch="two"))
    assert replica.cursor() == Cursor(epoch="two")


def test_data_are_fresh_when_nothing_is_to_come(replica: TillReplica) -> None:
    """Not with more to come, and not with a sum that is wrong."""
    take(replica, page(row("tea", 1), more=True))
    assert replica.fresh_ms() is None
    take(replica, page(row("tea", 2), checksums={0: 1}))
    assert replica.fresh_ms() is None
    take(replica, page(row("tea", 2)))
    assert replica.fresh_ms() == 1_000
