"""What is made, what is put aside and what is refused when a store opens."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos_loyalty.core.event_bodies import NoteWritten
from pos_loyalty.core.events import body_of
from pos_loyalty.errors import StoreDamaged, StoreError, StoreLocked, StoreReadOnly, StoreTooNew
from pos_loyalty.ports import Change, ReplicaContents
from pos_loyalty.store import opening
from pos_loyalty.store.connections import schema_steps
from pos_loyalty.store.linked_sqlite import dbapi
from tests.store.shop import (
    DEADLINE_S,
    answer,
    card,
    committed,
    enrolment,
    note,
    person,
    phone,
    program,
    replica,
    sqlite_store,
)

NOBODY = 65_534


@pytest.fixture
def till(tmp_path: Path) -> Path:
    """Return the folder of a store with 200 events and a replica of 500 members, closed."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        store.load(
            replica(*(person(f"m{n}", "Ali", f"N{n}", card(f"C{n}"), phone(f"+98912{n:07}")) for n in range(500)))
        )
        committed(store, *(note("m1", f"{n} " + "x" * 300) for n in range(200)))
    return tmp_path / "till"


def test_reopening_finds_everything_and_the_same_name(till: Path) -> None:
    """True if a second process continues where the first one ended."""
    with closing(sqlite_store(till)) as store:
        name, events = store.terminal_id, store.events()
        assert len(events) == 200
        assert committed(store, note("m1")).events[0].seq == 201
    with closing(sqlite_store(till)) as store:
        assert (store.terminal_id, store.events()[:200], store.replica_reset) == (name, events, False)
        assert store.counts().waiting == 201


def test_files_are_for_the_service_alone(till: Path) -> None:
    """True if neither folder nor databases can be read by other users."""
    with closing(sqlite_store(till)):
        modes = {path.name: path.stat().st_mode & 0o077 for path in (till, *till.iterdir())}
    assert set(modes.values()) == {0}, modes


def test_a_folder_in_use_is_refused_and_names_the_process(till: Path) -> None:
    """True if a second store on the same folder learns who holds it, and may open it afterwards."""
    with closing(sqlite_store(till)), pytest.raises(StoreLocked, match=rf"process {os.getpid()}; stop"):
        sqlite_store(till)
    sqlite_store(till).close()


def test_a_lock_dies_with_its_process(till: Path) -> None:
    """True if a killed service leaves no lock behind."""
    script = f"""
from pathlib import Path
from tests.store.shop import sqlite_store
store = sqlite_store(Path({str(till)!r}))
print("open", flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreLocked, match=f"process {holder.pid};"):
            sqlite_store(till)
        holder.kill()
    sqlite_store(till).close()


SIZES = [0, 1, 16, 99, 100, 512, 4_095, 4_096, 8_192, 40_000, -4_096, -1]


@pytest.mark.parametrize("size", SIZES)
def test_a_truncated_journal_is_refused_and_left_alone(till: Path, size: int) -> None:
    """True if no length of the remaining file makes the store start afresh or touch it."""
    journal = till / "journal.db"
    content = journal.read_bytes()[:size]
    journal.write_bytes(content)
    with pytest.raises(StoreDamaged, match="put back the newest backup"):
        sqlite_store(till)
    assert journal.read_bytes() == content


@pytest.mark.parametrize("content", [b"not a database at all, " * 1000, os.urandom(8192), bytes(8192)])
def test_a_file_that_is_no_journal_is_refused(till: Path, content: bytes) -> None:
    """True if anything else under that name is refused and left alone."""
    (till / "journal.db").write_bytes(content)
    with pytest.raises(StoreDamaged):
        sqlite_store(till)
    assert (till / "journal.db").read_bytes() == content


def test_a_database_of_another_program_is_no_journal(till: Path) -> None:
    """True if a sound SQLite file with other tables is refused."""
    (till / "journal.db").unlink()
    with closing(dbapi.connect(till / "journal.db")) as other:
        other.execute("CREATE TABLE cookies (name TEXT)")
    with pytest.raises(StoreDamaged, match="another program"):
        sqlite_store(till)


def test_a_journal_with_a_wrecked_page_is_refused(till: Path) -> None:
    """True if damage in the middle of a small journal is found before anything is promised."""
    wreck(till / "journal.db")
    with pytest.raises(StoreDamaged):
        sqlite_store(till)


def test_a_large_journal_is_checked_beside_the_work(till: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """True if damage found later stops every further promise and says so."""
    with closing(sqlite_store(till)) as store:
        store.commit(Change(answer=answer("k", body=b"Z" * 100_000))).result(DEADLINE_S)
    wreck(till / "journal.db", (till / "journal.db").read_bytes().index(b"Z" * 4_000) + 8_192)
    monkeypatch.setattr(opening, "_CHECK_AT_OPEN_BYTES_MAX", 0)
    with closing(sqlite_store(till)) as store:
        store.wait_for_checks()
        assert isinstance(store.journal_fault, StoreDamaged)
        refusals = [store.commit(Change(session=b"x")).exception(DEADLINE_S) for _ in range(2)]
        assert [str(refusal) for refusal in refusals] == [str(store.journal_fault)] * 2
        assert {type(refusal) for refusal in refusals} == {StoreDamaged}
        assert refusals[0] is not refusals[1]


def test_a_journal_that_vanished_from_its_wal_is_not_replaced(till: Path) -> None:
    """True if the WAL alone is taken for what it is: the rest of a journal."""
    (till / "journal.db").unlink()
    (till / "journal.db-wal").write_bytes(b"x" * 100)
    with pytest.raises(StoreDamaged, match="the file itself is gone"):
        sqlite_store(till)
    assert not (till / "journal.db").exists()


@pytest.mark.parametrize("size", SIZES)
def test_a_damaged_replica_is_put_aside_and_the_journal_goes_on(till: Path, size: int) -> None:
    """True if the till starts with an empty replica, keeps the damaged file and says so; events are still there."""
    content = (till / "replica.db").read_bytes()[:size]
    (till / "replica.db").write_bytes(content)
    with closing(sqlite_store(till)) as store:
        store.wait_for_checks()
        assert store.replica_reset
        assert (store.lookup("C1"), store.counts().members, len(store.events())) == ((), 0, 200)
        assert (till / "replica.db.damaged-20260321T120000Z").read_bytes() == content
        store.load(replica(person("m1", "Ali", "A", card("C1"))))
        assert not store.replica_reset
        assert len(store.lookup("C1")[0].notes) == 50
    with closing(sqlite_store(till)) as store:
        assert not store.replica_reset


def test_damage_deep_in_a_replica_is_found_beside_the_work(till: Path) -> None:
    """True if a wrecked page that open does not meet leads to an empty replica a moment later."""
    wreck(till / "replica.db")
    with closing(sqlite_store(till)) as store:
        store.wait_for_checks()
        assert store.replica_reset
        assert store.search("ali", 5) == ()


def spoil(database: Path, statement: str) -> None:
    """Change a sound database behind the store's back."""
    with closing(dbapi.connect(database, isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0


def test_a_replica_whose_programs_do_not_read_back_is_put_aside(till: Path) -> None:
    """True if a document that SQLite finds sound and we cannot read does not keep the till from starting."""
    with closing(sqlite_store(till)) as store:
        store.load(ReplicaContents(members=(), programs=(program("p", 1),)))
    spoil(till / "replica.db", "UPDATE program SET document = x'7b'")
    with closing(sqlite_store(till)) as store:
        assert store.replica_reset
        assert len(store.events()) == 200


def test_a_document_that_does_not_read_back_is_damage(till: Path) -> None:
    """True if one member whose document cannot be read is told as such, and the others are shown."""
    spoil(till / "replica.db", "UPDATE member SET document = x'7b' WHERE member_id = 'm7'")
    with closing(sqlite_store(till)) as store:
        for read in (lambda: store.member("m7"), lambda: store.lookup("C7")):
            with pytest.raises(StoreDamaged, match="does not read back"):
                read()
        assert store.lookup("C8")[0].member_id == "m8"


def test_an_event_that_does_not_read_back_refuses_the_start(till: Path) -> None:
    """True if an enrolment which cannot be read is told as damage of the journal, not as a defect."""
    with closing(sqlite_store(till)) as store:
        committed(store, enrolment("new", "Ali", "Last"))
    spoil(till / "journal.db", "UPDATE event SET envelope = x'7b' WHERE member_id = 'new'")
    with pytest.raises(StoreDamaged, match="does not read back"):
        sqlite_store(till)


@pytest.mark.parametrize(("name", "kind"), [("journal.db", "journal"), ("replica.db", "replica")])
def test_a_file_of_a_newer_program_is_refused(till: Path, name: str, kind: str) -> None:
    """True if the message names both versions and the file is left alone."""
    known = len(schema_steps(kind))
    with closing(dbapi.connect(till / name)) as newer:
        newer.execute(f"PRAGMA user_version = {known + 1}")
    before = (till / name).read_bytes()
    with pytest.raises(StoreTooNew, match=f"schema {known + 1}, this program knows {known}; install"):
        sqlite_store(till)
    assert (till / name).read_bytes() == before


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run without the rights of root, which no mode of a file holds back."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """Return a folder that an ordinary user can reach, with a store of that user's in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "till").mkdir()
        if os.geteuid() == 0:
            os.chown(folder / "till", NOBODY, NOBODY)
        with as_nobody(), closing(sqlite_store(folder / "till")) as store:
            committed(store, note("m"))
        yield folder
        (folder / "till").chmod(0o755)


def test_a_read_only_file_is_refused(nobodys: Path) -> None:
    """True if a journal that cannot be written is refused at open, not at the first sale."""
    (nobodys / "till" / "journal.db").chmod(0o400)
    with as_nobody(), pytest.raises(StoreReadOnly, match=r"journal\.db cannot be written; give"):
        sqlite_store(nobodys / "till")


def test_a_read_only_folder_is_refused(nobodys: Path) -> None:
    """True if a folder in which SQLite cannot make its files is refused."""
    (nobodys / "till").chmod(0o500)
    with as_nobody(), pytest.raises(StoreReadOnly, match="cannot be written"):
        sqlite_store(nobodys / "till")


def test_a_folder_that_cannot_be_made_is_refused(nobodys: Path) -> None:
    """True if a path in somebody else's folder is refused with the path."""
    (nobodys / "till").chmod(0o500)
    with as_nobody(), pytest.raises(StoreReadOnly, match="inner"):
        sqlite_store(nobodys / "till" / "inner")


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """True if the message tells what the system said."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="check the path"):
        sqlite_store(tmp_path / "file")


def test_a_start_that_was_cut_off_is_started_again(tmp_path: Path) -> None:
    """True if the half-made files of a first start are not taken for a journal."""
    till = tmp_path / "till"
    till.mkdir()
    for name in ("journal.db.new", "journal.db.new-journal", "replica.db.new"):
        (till / name).write_bytes(b"half")
    with closing(sqlite_store(till)) as store:
        committed(store, note("m"))
    assert sorted(path.name for path in till.iterdir()) == ["journal.db", "replica.db", "store.lock"]


def test_a_backup_is_a_journal_of_its_own(till: Path, tmp_path: Path) -> None:
    """True if a copy made in mid-work opens as a store with the events of that moment."""
    with closing(sqlite_store(till)) as store:
        copy = store.backup(tmp_path)
        committed(store, note("m1", "after"))
    assert copy.name == "journal-20260321T120000Z.db"
    (tmp_path / "other").mkdir()
    copy.rename(tmp_path / "other" / "journal.db")
    with closing(sqlite_store(tmp_path / "other")) as restored:
        last = restored.events()[-1]
        body = body_of(last)
        assert isinstance(body, NoteWritten)
        assert (last.seq, body.text[:4]) == (200, "199 ")


def wreck(path: Path, offset: int | None = None) -> None:
    """Overwrite two whole pages with noise, in the last third of the file unless told where."""
    with path.open("r+b") as file:
        file.seek((offset or path.stat().st_size * 2 // 3) // 4096 * 4096)
        file.write(b"\xa5" * 8_192)


def test_the_journal_is_written_with_full_synchronisation(till: Path) -> None:
    """True if the settings that a power cut would test are the ones in force; no test here can cut the power."""
    with closing(sqlite_store(till)) as store:
        writing = store._writer._connection
        found = {
            name: writing.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "mmap_size")
        }
        reading = store._view.journal.connection
        assert found == {"journal_mode": "wal", "synchronous": 2, "mmap_size": 0}
        assert reading.execute("PRAGMA query_only").fetchone()[0] == 1
