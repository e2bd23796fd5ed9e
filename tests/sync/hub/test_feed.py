"""What goes down: every row, once and at its newest, whatever the size of a page and whatever happens meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.feed import SHOP_PARTITION, Cursor, FeedPage, RowKind, partition_of
from pos_loyalty.core.ids import part_of
from pos_loyalty.errors import StoreDamaged
from sync.hub.audit import faults
from sync.hub.authority import Authority, program_row
from sync.hub.feed import common
from sync.hub.hub_store import HubStore
from sync.hub.kept import BookKey, Epoch, RecordKind, RowKey
from sync.hub.memory import MemoryHubStore
from sync.hub.publishing import Publication
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import CLUB, Ids, Till, enrolled, hub_over, issued, note, outcomes, sale
from tests.sync.hub.stores import KINDS


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def hub(store: HubStore) -> Authority:
    """Return a hub with one till."""
    return hub_over(store, "t1")


@pytest.fixture
def till() -> Till:
    """Return that till."""
    return Till("t1", Ids())


def product(key: str, document: bytes | None = b"{}") -> Publication:
    """Return a product that is put out, or taken back."""
    return Publication(RowKey(RowKind.PRODUCT, key), document)


def neighbours(count: int) -> list[str]:
    """Return codes of vouchers that live in one partition."""
    home = partition_of(part_of("A0"))
    return [code for code in (f"A{n}" for n in range(100_000)) if partition_of(part_of(code)) == home][:count]


def page(hub: Authority, cursor: Cursor, limit: int = 100) -> FeedPage:
    """Return a page that must be one."""
    found = hub.feed("t1", cursor, limit)
    assert isinstance(found, FeedPage)
    return found


@pytest.mark.parametrize("limit", [1, 2, 7, 1_000])
def test_any_page_size_brings_everything(hub: Authority, store: HubStore, till: Till, limit: int) -> None:
    """A reader that takes little at a time has in the end what the hub has, and each page's checksums are right."""
    for number in range(40):
        till.did(sale(1, uses=1, vouchers=[issued(f"V{number}")]), f"m{number % 7}")
    hub.publish([program_row(CLUB), *(product(f"p{n}") for n in range(5))])
    hub.push(till.request())
    replica = Replica(hub, "t1")
    replica.pull_all(limit)
    assert {key: row.number for key, row in replica.rows.items()} == {k: r.number for k, r in rows_in(store).items()}
    assert len(replica.rows) == 7 + 40 + 1 + 1 + 5
    assert not page(hub, replica.cursor).rows


def test_a_page_never_ends_within_a_number(hub: Authority, store: HubStore, till: Till) -> None:
    """Rows that one event changed come together: a cursor at their number would pass over the rest."""
    codes = neighbours(6)
    till.did(sale(vouchers=[issued(code) for code in codes]), None)
    till.did(sale(vouchers=[issued(code) for code in neighbours(9)[6:]]), None)
    hub.push(till.request())
    replica = Replica(hub, "t1")
    replica.pull(2)
    assert {key.key for key in replica.rows} == set(codes)
    replica.pull_all(2)
    replica.check_against(store)
    assert len(replica.rows) == 9


def test_a_row_that_changes_between_pages_comes_again(hub: Authority, store: HubStore, till: Till) -> None:
    """It has a higher number then; whoever has read past the old one gets the new one."""
    for number in range(6):
        till.did(note(), f"m{number}")
    hub.push(till.request())
    replica = Replica(hub, "t1")
    more = True
    while more:
        more = replica.pull(1)
        replica.check_against(store)
        if len(till.journal) < 12:
            till.did(note(), f"m{len(till.journal) % 6}")
            hub.push(till.request())
    assert {key: row.number for key, row in replica.rows.items()} == {k: r.number for k, r in rows_in(store).items()}


def test_what_is_taken_back_comes_down_as_a_tombstone(hub: Authority, till: Till) -> None:
    """Whoever had it lets it go, whoever had not hears of it too, and the checksum is without it."""
    hub.publish([product("a"), product("b")])
    replica = Replica(hub, "t1")
    replica.pull_all()
    hub.publish([product("a", None)])
    replica.pull_all()
    assert list(replica.documents()) == [RowKey(RowKind.PRODUCT, "b")]
    fresh = Replica(hub, "t1")
    fresh.pull_all()
    assert fresh.documents() == replica.documents()
    hub.publish([product("a", b"[]")])
    fresh.pull_all()
    assert fresh.documents()[RowKey(RowKind.PRODUCT, "a")] == b"[]"


def test_numbers_without_a_row_move_the_cursor(hub: Authority, till: Till) -> None:
    """An event that changes no row has a number; a reader that is past it is not asked again."""
    till.did(sale(), None)
    hub.push(till.request())
    first = page(hub, Cursor())
    assert (first.rows, first.more, len(first.checksums)) == ((), False, 1)
    assert page(hub, first.cursor).checksums == {}


def test_own_events_come_back_inside_documents(hub: Authority, till: Till) -> None:
    """The row says up to which of its numbers the terminal's events are in it."""
    till.did(enrolled())
    till.did(note())
    hub.push(till.request())
    (row,) = page(hub, Cursor()).rows
    assert row.document is not None
    assert b'"applied":{"t1":2}' in bytes(row.document)


def test_programs_are_there_for_the_next_step(hub: Authority, store: HubStore, till: Till) -> None:
    """A program that was put out a moment ago is what points live by, in this worker and in another."""
    beside = hub_over(store)
    till.did(sale(1))
    beside.push(till.request())
    club = program_row(replace(CLUB, expiry=ExpiryPolicy(months=2)))
    hub.publish([club, Publication(RowKey(RowKind.PROGRAM, "newer@1"), b'{"kind":"lottery"}')])
    till.did(sale(5))
    assert outcomes(beside.push(till.request())) == ["duplicate", "applied"]
    with store.reading() as reading:
        lots = [each.document for each in reading.records_of(BookKey("m1", "points")) if each.kind is RecordKind.LOT]
    assert [b"2026-05-21" in lot for lot in lots] == [False, True]
    assert {row.key for row in page(hub, Cursor()).rows if row.partition == SHOP_PARTITION} == {"club@1", "newer@1"}


class TestEpochs:
    """Another life of the history."""

    def test_a_cursor_of_the_same_life_goes_on(self, hub: Authority, till: Till) -> None:
        """Nothing is sent twice to whoever has it."""
        till.did(note())
        hub.push(till.request())
        first = page(hub, Cursor())
        assert page(hub, first.cursor).cursor == first.cursor

    def test_a_new_life_begins_where_the_old_one_stood(self, hub: Authority, till: Till) -> None:
        """A reader that was not ahead learns the new name, and gets nothing again."""
        till.did(note())
        hub.push(till.request())
        old = page(hub, Cursor()).cursor
        name = hub.begin_epoch()
        told = page(hub, old)
        assert (told.rows, told.more, told.cursor) == ((), True, Cursor(epoch=name, numbers=old.numbers))
        assert page(hub, told.cursor).cursor == told.cursor

    def test_a_reader_of_a_life_that_nobody_knows_begins_anew(self, hub: Authority, till: Till) -> None:
        """A till of another hub forgets everything first."""
        till.did(note())
        hub.push(till.request())
        told = page(hub, Cursor(epoch="elsewhere", numbers=dict.fromkeys(range(65), 99)))
        assert (told.rows, told.more, told.cursor.numbers) == ((), True, {})
        assert len(page(hub, told.cursor).rows) == 1

    def test_a_hub_that_does_not_know_that_it_fell_back_is_found_out(self, hub: Authority) -> None:
        """A reader that has more than there is would pass over what comes next: it is told to nobody as good."""
        seen = page(hub, Cursor()).cursor
        with pytest.raises(StoreDamaged, match="has read number 4 of partition 3, the hub has 0"):
            hub.feed("t1", replace(seen, numbers={3: 4}))

    def test_a_hub_that_fell_back_meets_its_tills_again(self) -> None:
        """What is offered again is there once, and who was ahead forgets what was lost."""
        store, till, other = MemoryHubStore(), Till("t1", Ids()), Till("t2", Ids(500))
        hub = hub_over(store, "t1", "t2")
        for number in range(8):
            till.did(sale(5), f"m{number % 4}")
        hub.push(till.request())
        backup = store.copy()
        for number in range(8):
            till.did(sale(3, vouchers=[issued(f"V{number}")]), f"m{number}")
        other.did(note(), "m1")
        hub.push(till.request())
        hub.push(other.request())
        ahead = Replica(hub, "t1")
        ahead.pull_all()
        fallen = hub_over(backup, first_id=2_000_000)
        fallen.begin_epoch()
        other.did(sale(4), "m2")
        fallen.push(other.request(other.journal[1]))
        ahead = ahead.beside(fallen)
        ahead.pull_all(3)
        ahead.check_against(backup)
        assert ahead.documents().keys() == {k for k, row in rows_in(backup).items() if row.document is not None}
        assert outcomes(fallen.push(till.request())) == ["duplicate"] * 8 + ["applied"] * 8
        assert outcomes(fallen.push(other.request())) == ["applied", "duplicate"]
        ahead.pull_all(3)
        fresh = Replica(fallen, "t2")
        fresh.pull_all()
        assert ahead.documents() == fresh.documents()
        with backup.reading() as reading:
            assert faults(reading) == ()

    def test_what_is_common_is_common_through_all_lives_between(self) -> None:
        """A reader that was away for two falls is held against both."""
        epochs = (Epoch("a"), Epoch("b", {1: 10, 2: 5}), Epoch("c", {1: 7, 2: 9}))
        assert common(Cursor(epoch="a", numbers={1: 7, 2: 5}), epochs) == Cursor(epoch="c", numbers={1: 7, 2: 5})
        assert common(Cursor(epoch="a", numbers={1: 8, 2: 6}), epochs) == Cursor(epoch="c")
        assert common(Cursor(epoch="c", numbers={1: 99}), epochs) == Cursor(epoch="c", numbers={1: 99})
