"""A whole replica: made by the hub, put in the place of the till's own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.feed import Cursor, Row, RowKind, row_digest
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.errors import InvariantBroken, StoreDamaged, StoreError, StoreFull, StoreInterrupted, StoreTooNew
from pos_loyalty.store import folder
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.snapshot import SCHEMA, build
from pos_loyalty.store.sqlite import SqliteStore
from tests.store.feed import NOON_MS, applied, member_row, page, row, take
from tests.store.shop import card, committed, note, person, product, program, sqlite_store

ROYA = person("m-roya", "Roya", "Karimi", card("PL-1"))
ROWS = (
    member_row(ROYA, 3),
    row(RowKind.VOUCHER, "V", 2, VoucherRow(code="V", program_id="p", balance=5), partition=3),
    row(RowKind.USAGE, "p/all", 4, UsageRow(amount=9), partition=3),
    row(RowKind.PRODUCT, "tea", 1, product("tea", "626"), partition=64),
    row(RowKind.PROGRAM, "club@1", 2, program("club", 1), partition=64),
)


def ends(rows: tuple[Row, ...]) -> Cursor:
    """Return the cursor after these rows."""
    return Cursor(epoch="one", numbers=page(*rows).cursor.numbers)


def sums(rows: tuple[Row, ...]) -> dict[int, int]:
    """Return the checksums of these rows."""
    added: dict[int, int] = {}
    for each in rows:
        added[each.partition] = added.get(each.partition, 0) + row_digest(each.kind, each.key, each.number)
    return {partition: total % (1 << 64) for partition, total in added.items()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a store that has a member of its own, long ago."""
    with closing(sqlite_store(tmp_path / "till")) as opened:
        take(opened.replica, page(member_row(person("m-old", "Old", "One", card("PL-9")), 1)))
        yield opened


def made(store: SqliteStore, rows: tuple[Row, ...] = ROWS, cursor: Cursor | None = None) -> Path:
    """Return a snapshot beside the store's files."""
    path = store.folder / "snapshot.db"
    build(path, rows, cursor or ends(rows), sums(rows), NOON_MS)
    return path


def test_a_till_goes_on_from_a_snapshot(store: SqliteStore) -> None:
    """True if everything is found at once, at the hub's cursor, and the feed goes on with right sums."""
    (event,) = committed(store, note("m-roya")).events
    store.outbox.record((applied(event, 4),), NOON_MS)
    programs = store.programs()
    store.replica.install(made(store), ends(ROWS))
    store.wait_for_checks()
    assert (store.replica_reset, store.replica.cursor(), store.replica.fresh_ms()) == (False, ends(ROWS), NOON_MS)
    assert (store.lookup("PL-9"), len(store.lookup("PL-1")[0].notes), store.counts().members) == ((), 1, 1)
    voucher = store.voucher("V")
    assert (voucher and voucher.balance, store.usage().used) == (5, {"p/all": 9})
    assert (store.product("626") is not None, store.programs() is not programs) == (True, True)
    assert [store.replica.row(each.kind, each.key) for each in ROWS] == list(ROWS)
    assert sorted(path.name for path in store.folder.glob("*snap*")) == []
    after = (member_row(ROYA, 4, event), *ROWS[1:])
    right = page(after[0], p3=4)
    assert take(store.replica, replace(right, checksums=sums(after))) == frozenset()
    assert store._pending.settling == {}


def test_a_snapshot_that_repeats_the_feed_is_not_whole(store: SqliteStore) -> None:
    """True if rows beyond the cursor are taken, come again without harm, and another epoch takes them anew."""
    store.replica.install(made(store, cursor=Cursor(epoch="one", numbers={0: 2, 3: 4, 64: 2})))
    partition = ROWS[0].partition
    assert store.replica.row(RowKind.MEMBER, "m-roya") == ROWS[0]
    take(store.replica, page(ROWS[0]))
    store.replica.rebase(Cursor(epoch="two", numbers={partition: 9, 3: 9, 64: 9}))
    assert store.replica.cursor() == Cursor(epoch="two", numbers={3: 4, 64: 2})


def test_rows_that_do_not_add_up_make_no_snapshot(tmp_path: Path) -> None:
    """True if a wrong sum, or two rows of one name, is our own fault and leaves no file."""
    for rows, added in ((ROWS, {3: 1}), ((*ROWS, ROWS[0]), {})):
        with pytest.raises(InvariantBroken, match=r"add up|contradicts itself"):
            build(tmp_path / "snapshot.db", rows, ends(rows), added, NOON_MS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "fault", "told"),
    [
        ("PRAGMA user_version = 99", StoreTooNew, "schema 99"),
        (f"PRAGMA user_version = {SCHEMA - 1}", StoreError, "take the feed instead"),
        ("PRAGMA application_id = 7", StoreDamaged, "another program"),
        ("UPDATE contents SET epoch = ''", StoreDamaged, "never came from a hub"),
        ("UPDATE place SET number = 77 WHERE partition = 3", StoreDamaged, "another cursor"),
    ],
)
def test_what_is_no_snapshot_of_ours_is_refused(
    store: SqliteStore, spoil: str, fault: type[StoreError], told: str
) -> None:
    """True if the message says why, and the replica is the old one and goes on."""
    path = made(store)
    with closing(dbapi.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute(spoil)
    with pytest.raises(fault, match=told):
        store.replica.install(path, ends(ROWS))
    assert len(store.lookup("PL-9")) == 1
    take(store.replica, page(member_row(ROYA, 2)))
    assert len(store.lookup("PL-1")) == 1


@pytest.mark.parametrize("content", [b"", b"<html>", b"SQLite format 3\x00" + bytes(5_000)])
def test_a_file_that_is_no_database_is_refused(store: SqliteStore, content: bytes) -> None:
    """True if a page of a captive portal under the name of a snapshot harms nothing."""
    (store.folder / "snapshot.db").write_bytes(content)
    with pytest.raises(StoreDamaged):
        store.replica.install(store.folder / "snapshot.db")
    assert len(store.lookup("PL-9")) == 1


def test_a_snapshot_that_is_not_there_is_told(store: SqliteStore) -> None:
    """True if a path that leads nowhere is a fault in words."""
    with pytest.raises(StoreError, match="nowhere"):
        store.replica.install(store.folder / "nowhere")
    assert len(store.lookup("PL-9")) == 1


MANY = tuple(member_row(person(f"m{n}", "Ali", f"N{n}", card(f"C{n}")), n + 1) for n in range(500))


def install_wrecked(store: SqliteStore) -> None:
    """Go on from a snapshot of ``MANY`` with a wrecked page, until that is found."""
    path = made(store, MANY)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size * 2 // 3 // 4096 * 4096)
        file.write(b"\xa5" * 8_192)
    store.replica.install(path)
    store.wait_for_checks()


def test_a_page_asked_for_before_the_replica_was_put_aside_is_not_written(store: SqliteStore) -> None:
    """True if the empty replica stays empty and at its cursor: with the page it would seem to have all before it."""
    install_wrecked(store)
    with pytest.raises(StoreInterrupted, match="ask again"):
        store.replica.apply(page(member_row(ROYA, 501)), ends(MANY))
    assert (store.replica.cursor(), store.replica.fresh_ms(), store.counts().members) == (Cursor(), None, 0)
    take(store.replica, page(*MANY, member_row(ROYA, 501)))
    assert store.counts().members == 501


def test_damage_in_a_snapshot_is_found_beside_the_work(store: SqliteStore) -> None:
    """True if a wrecked page is met a moment later: the file is put aside, and the feed begins anew."""
    install_wrecked(store)
    assert (store.replica_reset, store.replica.cursor(), store.counts().members) == (True, Cursor(), 0)


@pytest.mark.parametrize("step", ["sync", "rename"])
def test_a_swap_that_is_cut_off_leaves_a_whole_replica(
    store: SqliteStore, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """True if a disk that fails before or at the rename leaves the old one in use, and the next try works."""
    path = made(store)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(*((folder, "sync", fail) if step == "sync" else (Path, "replace", fail)))
        with pytest.raises(StoreError, match="Input/output error"):
            store.replica.install(path)
        assert len(store.lookup("PL-9")) == 1
    store.replica.install(path)
    assert (store.lookup("PL-9"), len(store.lookup("PL-1"))) == ((), 1)


def test_no_room_for_a_snapshot_leaves_nothing(small_disk: Path) -> None:
    """True if the disk of the hub being full is told, and its room is given back."""
    rows = [member_row(person(f"m{n}", "Ali", "x" * 500, card(f"C{n}")), n + 1) for n in range(3_000)]
    with pytest.raises(StoreFull, match="free some space"):
        build(small_disk / "snapshot.db", rows, Cursor(epoch="one"), {}, NOON_MS)
    assert list(small_disk.iterdir()) == []
