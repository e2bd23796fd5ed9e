"""The commands of the hub, over a real SQLite file."""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import click
import msgspec
import pytest
import zstandard
from click.testing import CliRunner, Result

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub import HUB_COMMANDS, hub
from pos_loyalty.cli.hub_opening import office, open_store
from pos_loyalty.core.feed import Cursor, RowKind
from pos_loyalty.errors import ConfigError
from pos_loyalty.sample.stars import star_members
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.snapshot import verify
from pos_loyalty.store.sqlite import SqliteStore
from sync.hub.snapshots import offered
from sync.signing import TerminalKey, fingerprint
from sync.wire import EnrolAnswer, EnrolRequest

Run = Callable[..., Result]

PRODUCTS = """
[[products]]
product_id = "suit"
codes = ["4006381333931"]
name = { en = "Grey suit" }
unit_price = 45_000
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a hub that has nothing yet."""
    path = tmp_path / "hub.toml"
    path.write_text(
        '[hub]\ntime_zone = "Europe/Vienna"\naddress = "https://hub.example.com"\n'
        f'database = "sqlite://{tmp_path}/var/hub.db"\nsnapshots = "{tmp_path}/snapshots"\n',
        "utf-8",
    )
    return path


@pytest.fixture
def run(config: Path) -> Run:
    """Return what runs a command of the hub with that configuration."""

    def invoked(*arguments: str | Path, given: str | None = None) -> Result:
        words = ["hub", *map(str, arguments), "--config", str(config)]
        return CliRunner().invoke(main, words, input=given, prog_name="pos-loyalty")

    return invoked


def keys_of(config: Path, kind: RowKind) -> list[str]:
    """Return the keys of the rows of one kind."""
    with office(config) as opened, opened.store.reading() as reading:
        return [row.key for row in reading.rows_of(kind)]


def test_a_code_is_printed_and_lets_a_till_in(run: Run, config: Path) -> None:
    """The office reads out code and address; the till that came is listed with its fingerprint."""
    printed = run("enrol", "--store", "7", "--label", "door").output
    code = printed.split()[1]
    assert "hub   https://hub.example.com" in printed
    assert "15 minutes" in printed
    key = TerminalKey.made()
    with office(config) as opened:
        answer = opened.enrolment.enrol(EnrolRequest(code=code, terminal_id="till-3", public_key=key.public))
    assert isinstance(answer, EnrolAnswer)
    listed = run("terminals").output.splitlines()
    assert listed[0].split()[:5] == ["till", "store", "label", "scope", "key"]
    assert listed[1].split()[:5] == ["till-3", "7", "door", "all", fingerprint(key.public)]
    assert "never" in listed[1]


def test_programs_read_the_list_and_the_code_as_json(run: Run) -> None:
    """--json gives one document with all there is."""
    invited = msgspec.json.decode(run("enrol", "--store", "7", "--json").output)
    assert sorted(invited) == ["code", "hub", "until_ms"]
    assert msgspec.json.decode(run("terminals", "--json").output) == {"terminals": []}


def test_a_revoked_till_is_listed_as_one(run: Run, config: Path) -> None:
    """Revoking works once; of a till that is not there it ends with 1."""
    code = run("enrol", "--store", "7").output.split()[1]
    with office(config) as opened:
        opened.enrolment.enrol(EnrolRequest(code=code, terminal_id="till-3", public_key=b"k" * 32))
    assert run("revoke", "till-3").exit_code == Exit.OK
    again = run("revoke", "till-3")
    assert (again.exit_code, "hub terminals" in again.stderr) == (Exit.REFUSED, True)
    assert "revoked 20" in run("terminals").output


def test_programs_and_products_are_put_out_once(run: Run, config: Path, tmp_path: Path) -> None:
    """What is there already is passed over; a new file adds to it."""
    programs = Path("pos_loyalty/sample/programs.toml").absolute()
    products = tmp_path / "products.toml"
    products.write_text(PRODUCTS, "utf-8")
    first = run("publish", programs, products)
    assert first.exit_code == Exit.OK, first.output
    assert keys_of(config, RowKind.PRODUCT) == ["suit"]
    assert "club@1" in keys_of(config, RowKind.PROGRAM)
    assert run("publish", programs, products).stdout.startswith("0 of ")


def test_a_program_that_is_out_is_not_changed_under_its_version(run: Run, config: Path, tmp_path: Path) -> None:
    """Tills have priced by it: other rules need another version."""
    text = Path("pos_loyalty/sample/programs.toml").read_text("utf-8")
    file = tmp_path / "programs.toml"
    file.write_text(text, "utf-8")
    run("publish", file)
    before = keys_of(config, RowKind.PROGRAM)
    file.write_text(text.replace("points = 1\namount = 100_000", "points = 2\namount = 100_000", 1), "utf-8")
    refused = run("publish", file)
    assert (refused.exit_code, "club@1 is out with other rules" in refused.stderr) == (Exit.REFUSED, True)
    assert keys_of(config, RowKind.PROGRAM) == before


def test_a_file_that_is_wrong_puts_nothing_out(run: Run, config: Path, tmp_path: Path) -> None:
    """Every file is read whole before anything of any is put out."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(PRODUCTS, "utf-8")
    bad.write_text("[[products]]\nproduct_id = 7\n", "utf-8")
    outcome = run("publish", good, bad)
    assert (outcome.exit_code, "bad.toml:2" in outcome.stderr) == (Exit.REFUSED, True)
    assert keys_of(config, RowKind.PRODUCT) == []


def unpack(packed: Path, plain: Path) -> None:
    """Unpack a snapshot as a till does."""
    with packed.open("rb") as source, plain.open("wb") as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)


def members() -> str:
    """Return members as lines of JSON."""
    return "\n".join(msgspec.json.encode(member).decode() for member in star_members(date(2026, 3, 21)))


def test_members_are_brought_in_with_their_points_and_once(run: Run, config: Path) -> None:
    """The books have what the documents say; the same file again changes nothing."""
    count = len(members().splitlines())
    first = run("bring-in", "-", given=members())
    assert f"{count} members brought in, 0 were there already" in first.stdout, first.output
    with office(config) as opened, opened.store.reading() as reading:
        numbers = reading.counters()
        assert any(reading.postings_of(book) for book in reading.books())
    again = run("bring-in", "-", given=members())
    assert f"0 members brought in, {count} were there already" in again.stdout
    with office(config) as opened, opened.store.reading() as reading:
        assert reading.counters() == numbers
    assert f"{count} members brought in" in run("bring-in", "-", "--replace", given=members()).stdout


def test_a_line_that_is_no_member_is_named_and_not_shown(run: Run) -> None:
    """The number of the line and the place in it, and nothing of what stands there."""
    outcome = run("bring-in", "-", given=members() + '\n{"member_id": 7, "name": "Roya"}\n')
    assert outcome.exit_code == Exit.REFUSED
    assert f"line {len(members().splitlines()) + 1}: no member" in outcome.stderr
    assert "Roya" not in outcome.output


def test_a_snapshot_is_a_replica_that_a_till_can_read(run: Run, config: Path, tmp_path: Path) -> None:
    """It is packed, offered, of the schema that tills of this version know, and for nobody else on the machine."""
    run("publish", Path("pos_loyalty/sample/programs.toml").absolute())
    run("bring-in", "-", given=members())
    outcome = run("snapshot")
    assert outcome.exit_code == Exit.OK, outcome.output
    offer = offered(tmp_path / "snapshots")
    assert offer is not None
    assert offer.cursor != Cursor()
    packed, plain = tmp_path / "snapshots" / offer.path.rpartition("/")[2], tmp_path / "replica.db"
    assert (packed.stat().st_mode & 0o777, packed.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    unpack(packed, plain)
    verify(plain, offer.cursor)


def test_another_epoch_begins_only_if_it_is_meant(run: Run, config: Path) -> None:
    """The command asks first."""
    assert run("epoch", given="n\n").exit_code == 1
    with office(config) as opened, opened.store.reading() as reading:
        assert len(reading.epochs()) == 1
    assert run("epoch", "--yes").exit_code == Exit.OK
    assert run("epoch", given="y\n").exit_code == Exit.OK
    with office(config) as opened, opened.store.reading() as reading:
        assert len(reading.epochs()) == 3


def test_only_the_owner_can_read_the_database(run: Run, tmp_path: Path) -> None:
    """Names of customers are in it: file and folder are 0600 and 0700."""
    run("enrol", "--store", "7")
    assert (tmp_path / "var" / "hub.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_till_service_can_open_a_hub_beside_its_other_threads(tmp_path: Path) -> None:
    """File and log are the owner's alone whatever the mask is, and the mask, which is all threads', is left alone."""
    before = os.umask(0)
    try:
        with closing(open_store(f"sqlite://{tmp_path}/var/hub.db")):
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var").iterdir()}
    finally:
        left = os.umask(before)
    assert left == 0
    assert modes["hub.db"] == modes["hub.db-wal"] == 0o600


def test_a_code_is_made_for_no_name_that_a_till_cannot_have(run: Run) -> None:
    """A slip of the hand is told to the office, and not to somebody at the till whose code lets nobody in."""
    outcome = run("enrol", "--store", "7", "--terminal", "till 3")
    assert outcome.exit_code == Exit.USAGE
    assert "'till 3' is the name of no till" in outcome.stderr


def test_a_label_cannot_steer_the_terminal(run: Run, config: Path) -> None:
    """What somebody wrote into a label is shown without what a terminal would obey."""
    code = run("enrol", "--store", "7", "--label", "door\x1b]0;owned\x07", "--json").stdout
    key = TerminalKey.made()
    with office(config) as opened:
        request = EnrolRequest(code=msgspec.json.decode(code)["code"], terminal_id="t1", public_key=key.public)
        assert isinstance(opened.enrolment.enrol(request), EnrolAnswer)
    shown = run("terminals").stdout
    assert "door ]0;owned" in shown
    assert "\x1b" not in shown


def test_a_database_that_cannot_be_opened_is_told_as_any_store(config: Path, run: Run) -> None:
    """A file that is no database ends with the code of damaged data, and a wrong configuration with its own."""
    run("enrol", "--store", "7")
    database = config.parent / "var" / "hub.db"
    database.write_bytes(b"not a database, but long enough to be looked at" * 100)
    refused = run("terminals")
    assert refused.exit_code == Exit.DATA
    assert "put back its newest backup and run pos-loyalty hub epoch" in refused.stderr
    assert "journal" not in refused.stderr
    config.write_text("[hub]\n", "utf-8")
    assert run("terminals").exit_code == Exit.CONFIG


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A hub that is pointed at a till's journal, or at any other database, makes no table in it."""
    with closing(SqliteStore(tmp_path, clock=SystemClock(), ids=RandomIds())):
        pass
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE terminal (name TEXT)")
    for name in ("journal.db", "replica.db", "other.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(ConfigError, match="the database of another program"):
            open_store(f"sqlite://{tmp_path / name}")
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("command", ["check", "terminals", "jobs", "snapshot", "epoch --yes", "export m1", "revoke t1"])
def test_a_hub_that_is_not_there_is_not_looked_at(command: str, run: Run, tmp_path: Path) -> None:
    """A misspelt file is told as that: an empty one that is made by looking would be found without a fault."""
    outcome = run(*command.split())
    assert outcome.exit_code == Exit.CONFIG
    assert f"there is no {tmp_path}/var/hub.db" in outcome.stderr
    assert not (tmp_path / "var").exists()


def test_without_a_driver_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL needs an extra that a single shop has not installed."""
    monkeypatch.setitem(sys.modules, "sync.hub.postgres.store", None)
    with pytest.raises(ConfigError, match=r"pip install 'pos-loyalty\[postgres\]'"):
        open_store("postgresql://hub@127.0.0.1/hub")


@pytest.mark.parametrize("name", HUB_COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    """The table that saves importing them all must not drift from the commands."""
    assert isinstance(hub, click.Group)
    command = hub.get_command(click.Context(hub), name)
    assert command is not None
    assert (command.help or "").startswith(HUB_COMMANDS[name][1].removesuffix("."))
