"""Pages of the feed on a disk that fails, in a process that is killed, and beside customers."""

import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pos_loyalty.core.feed import FeedPage, RowKind
from pos_loyalty.errors import StoreError, StoreFull
from pos_loyalty.store.connections import WAL_BYTES_MAX, check, connect
from pos_loyalty.store.sqlite import SqliteStore
from tests.store.feed import member_row, page, take
from tests.store.pulling_till import MEMBERS, page_at
from tests.store.shop import DEADLINE_S, card, committed, note, person, sqlite_store
from tests.store.test_failing_disk import needs_strace


def assert_whole(store: SqliteStore, at_least: int) -> int:
    """Insist that rows, indexes and cursor are those of one and the same page, and return its number."""
    (number,) = set(store.replica.cursor().numbers.values())
    assert number >= at_least
    assert store.replica.fresh_ms() == number
    for row in page_at(number).rows:
        assert store.replica.row(row.kind, row.key) == row
    assert store.product(f"{number}") is not None
    assert (store.product(f"{number - 1}"), store.lookup(f"C{number + 1}")) == (None, ())
    assert store.counts().members == min(number, MEMBERS)
    assert [m.member_id for m in store.lookup(f"C{number}")] == [f"m{number % MEMBERS}"]
    assert store.search(f"Ali{number}", 5) == store.lookup(f"C{number}")
    with closing(connect(store.folder / "replica.db", "query_only = ON")) as connection:
        assert check(connection, store.folder) is None
    return number


def test_a_kill_in_the_middle_leaves_rows_and_cursor_of_one_page(tmp_path: Path) -> None:
    """True if after each of several kills the file is at a page that was told, or the next."""
    number = 0
    for kill in range(4):
        command = [sys.executable, "-m", "tests.store.pulling_till", str(tmp_path / "till")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as till:
            assert till.stdout is not None
            for line in till.stdout:
                if int(line) >= number + 20 + 13 * kill:
                    break
            till.kill()
            told = [int(line), *map(int, (rest for rest in till.stdout.read().split("\n")[:-1] if rest))]
        with closing(sqlite_store(tmp_path / "till")) as store:
            number = assert_whole(store, told[-1])
            assert number <= told[-1] + 1


@needs_strace
@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("pwrite64:error=EIO:when=41", "StoreError"),
        ("pwrite64:error=ENOSPC:when=44", "StoreFull"),
        ("pwrite64:error=EIO:when=60", "StoreError"),
    ],
)
def test_a_page_that_cannot_be_written_is_told_and_comes_again(tmp_path: Path, fault: str, refusal: str) -> None:
    """True if nothing of the page is kept, the next try works, and the file is whole."""
    folder = tmp_path / "till"
    strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(folder / "replica.db-wal"))
    calls = ("-e", "trace=pwrite64", "-e", f"inject={fault}")
    till = (sys.executable, "-m", "tests.store.pulling_till", str(folder), "5")
    said = subprocess.run((*strace, *calls, *till), check=False, capture_output=True, text=True, timeout=60)
    lines = said.stdout.split()
    assert [line for line in lines if not line.isdigit()] == [refusal], said.stderr
    with closing(sqlite_store(folder)) as store:
        assert_whole(store, int(lines[-1]))


def fat_page(number: int, members: int) -> FeedPage:
    """Return a page of documents of nearly a kilobyte."""
    names = (person(f"m{m}", "Ali", f"{number} " + "x" * 800, card(f"C{m}")) for m in range(members))
    return page(*(member_row(member, number) for member in names), hub_ms=number)


def pull_until_refused(store: SqliteStore) -> tuple[int, type[StoreError]]:
    """Return the first page that was refused, and as what."""
    for number in range(1, 1_000):
        try:
            take(store.replica, fat_page(number, 20))
        except StoreError as error:
            return number, type(error)
    pytest.fail("a thousand pages of twenty kilobytes fit on a small disk")


def test_a_full_disk_keeps_nothing_of_a_page_and_takes_it_when_there_is_room(small_disk: Path) -> None:
    """True if the page is refused whole, customers are still found, and freed room is used."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"b" * 400_000)
    with closing(sqlite_store(small_disk / "till")) as store:
        number, refusal = pull_until_refused(store)
        assert refusal is StoreFull
        assert set(store.replica.cursor().numbers.values()) == {number - 1}
        assert store.lookup("C3")[0].name.family.startswith(f"{number - 1} ")
        ballast.unlink()
        take(store.replica, fat_page(number, 20))
        assert store.lookup("C3")[0].name.family.startswith(f"{number} ")


def test_the_wal_stays_short_while_customers_are_greeted(tmp_path: Path) -> None:
    """True if readers that never rest keep the WAL from being used again no longer than a page."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        wal, largest, stop = store.folder / "replica.db-wal", 0, threading.Event()
        faults: list[BaseException] = []

        def greet() -> None:
            while not stop.is_set():
                try:
                    assert len(store.lookup("C3")) < 2
                    store.search("ali", 5)
                except BaseException as error:  # noqa: BLE001 - told at the end
                    faults.append(error)
                    return

        customer = threading.Thread(target=greet)
        customer.start()
        for number in range(1, 30):
            take(store.replica, fat_page(number, 300))
            largest = max(largest, wal.stat().st_size)
        stop.set()
        customer.join(DEADLINE_S)
        assert faults == []
        assert WAL_BYTES_MAX < largest < 3 * WAL_BYTES_MAX


def test_the_wal_may_grow_while_more_pages_follow(tmp_path: Path) -> None:
    """True if pages of one pull share a checkpoint, and the last of them is followed by one."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        wal = store.folder / "replica.db-wal"
        for number in range(1, 9):
            take(store.replica, msgspec.structs.replace(fat_page(number, 300), more=True))
        assert wal.stat().st_size > 2 * WAL_BYTES_MAX
        take(store.replica, fat_page(9, 300))
        take(store.replica, fat_page(10, 1))
        assert wal.stat().st_size <= WAL_BYTES_MAX


def test_journal_and_replica_are_written_at_once(tmp_path: Path) -> None:
    """True if sales and pages from two threads do not keep each other from anything."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        seller = threading.Thread(target=lambda: [committed(store, note(f"m{n % 9}")) for n in range(60)])
        seller.start()
        for number in range(1, 60):
            take(store.replica, page_at(number))
        seller.join(DEADLINE_S)
        assert (len(store.events()), store.counts().waiting) == (60, 60)
        assert_whole(store, 59)


def test_a_closed_store_takes_no_page(tmp_path: Path) -> None:
    """True if a page or a verdict after the end is refused in words."""
    store = sqlite_store(tmp_path / "till")
    store.close()
    for late in (
        lambda: take(store.replica, page_at(1)),
        lambda: store.outbox.record((), 1),
        store.outbox.epoch,
        lambda: store.replica.row(RowKind.MEMBER, "m"),
    ):
        with pytest.raises(StoreError):
            late()
