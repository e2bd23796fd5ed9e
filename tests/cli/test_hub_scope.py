"""Which rows tills get, as the office says it: the commands over a real SQLite file."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_opening import office
from pos_loyalty.core.feed import Cursor, FeedPage
from sync.hub.kept import Terminal
from sync.hub.snapshots import folder_of, offered
from sync.signing import TerminalKey
from sync.wire import EnrolAnswer, EnrolRequest
from tests.sync.hub.shop import Ids, Till, enrolled

Run = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a hub with three tills, each of which enrolled somebody in its store."""
    path = tmp_path / "hub.toml"
    path.write_text(
        f'[hub]\ntime_zone = "Europe/Vienna"\ndatabase = "sqlite://{tmp_path}/hub.db"\n'
        f'snapshots = "{tmp_path}/snapshots"\n',
        "utf-8",
    )
    with office(path) as opened:
        for number in range(1, 4):
            till = Till(f"till-{number}", Ids(10_000 * number))
            opened.authority.enrol(Terminal(terminal_id=till.terminal_id, store_id=f"s{number}", public_key=b"k" * 32))
            opened.authority.push(till.request(till.did(enrolled(), f"m{number}")))
    return path


@pytest.fixture
def run(config: Path) -> Run:
    """Return what runs a command of the hub with that configuration."""

    def invoked(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["hub", *arguments, "--config", str(config)], prog_name="pos-loyalty")

    return invoked


def members_of(config: Path, till: str) -> list[str]:
    """Return whom a till gets."""
    with office(config) as opened:
        page = opened.authority.feed(till, Cursor())
    assert isinstance(page, FeedPage)
    return sorted(row.key for row in page.rows)


def test_tills_are_given_the_rows_of_their_own_store(run: Run, config: Path) -> None:
    """Each gets those of the store it stands in; all gives it everything again."""
    outcome = run("scope", "set", "store", "till-1", "till-2")
    assert outcome.exit_code == Exit.OK, outcome.output
    assert outcome.stdout.splitlines() == ["till-1 gets store:s1", "till-2 gets store:s2"]
    assert [members_of(config, f"till-{n}") for n in (1, 2, 3)] == [["m1"], ["m2"], ["m1", "m2", "m3"]]
    assert "till-1 gets all" in run("scope", "set", "all", "till-1").output
    assert members_of(config, "till-1") == ["m1", "m2", "m3"]


def test_stores_make_a_region(run: Run, config: Path) -> None:
    """Its tills get the rows of all its stores, and of another that is put into it later."""
    assert "region:north is of s1, s2" in run("scope", "region", "north", "s2", "s1").output
    assert run("scope", "set", "region:north", "till-1").exit_code == Exit.OK
    assert members_of(config, "till-1") == ["m1", "m2"]
    run("scope", "region", "north", "s1", "s2", "s3")
    assert members_of(config, "till-1") == ["m1", "m2", "m3"]


def test_scopes_are_listed_with_their_tills(run: Run) -> None:
    """Stores and tills of each; the hub itself is no till."""
    run("scope", "region", "north", "s1", "s2")
    run("scope", "set", "region:north", "till-1")
    assert run("scope", "list").output.splitlines() == [
        "all  of every store: till-2, till-3",
        "region:north  of s1, s2: till-1",
    ]
    assert msgspec.json.decode(run("scope", "list", "--json").output)["scopes"][1] == {
        "scope": "region:north",
        "stores": ["s1", "s2"],
        "terminals": ["till-1"],
    }


def test_a_scope_is_dropped_when_no_till_is_in_it(run: Run, config: Path) -> None:
    """Not before; with the last one nothing of scopes is kept, and one that is set up later is whole."""
    run("scope", "set", "store", "till-1", "till-2")
    refused = run("scope", "drop", "store:s1")
    assert (refused.exit_code, "till-1: still there" in refused.stderr) == (Exit.REFUSED, True)
    assert run("scope", "drop", "store:s9").exit_code == Exit.REFUSED
    run("scope", "set", "all", "till-1")
    assert run("scope", "drop", "store:s1").stdout == "store:s1: kept no more\n"
    assert "store:s1" not in run("scope", "list").stdout
    assert members_of(config, "till-2") == ["m2"]
    run("revoke", "till-2")
    assert run("scope", "drop", "store:s2").exit_code == Exit.OK
    with office(config) as opened, opened.store.reading() as reading:
        assert reading.scopes() == []
    assert run("scope", "set", "store", "till-3").exit_code == Exit.OK
    assert members_of(config, "till-3") == ["m3"]
    assert "nothing contradicts itself" in run("check").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set", "region:south", "till-1"), "region:south: no such scope"),
        (("set", "region:north", "till-1"), "s1: not part of region:north"),
        (("set", "store", "till-9"), "till-9: no such till"),
        (("region", "x" * 200, "s1"), "choose another name"),
    ],
)
def test_what_cannot_be_a_scope_is_refused(run: Run, config: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """Nothing is changed then."""
    run("scope", "region", "north", "s2", "s3")
    outcome = run("scope", *arguments)
    assert (outcome.exit_code, sentence in outcome.output) == (Exit.REFUSED, True), outcome.output
    assert members_of(config, "till-1") == ["m1", "m2", "m3"]


def test_a_till_is_enrolled_into_the_scope_of_its_code(run: Run, config: Path) -> None:
    """The scope is set up before the code is read out, so that the till begins with its own rows."""
    code = run("enrol", "--store", "s2", "--scope", "store").stdout.split()[1]
    asked = EnrolRequest(code=code, terminal_id="till-8", public_key=TerminalKey.made().public)
    with office(config) as opened:
        assert isinstance(opened.enrolment.enrol(asked), EnrolAnswer)
    assert members_of(config, "till-8") == ["m2"]
    assert run("enrol", "--store", "s2", "--scope", "region:nowhere").exit_code == Exit.REFUSED


def test_each_scope_in_use_has_a_prepared_replica(run: Run, config: Path, tmp_path: Path) -> None:
    """With the rows of the scope, under its epoch; one that nobody is in any more goes."""
    run("scope", "set", "store", "till-1")
    said = run("snapshot").stdout
    assert said.count("MiB packed") == 2
    with office(config) as opened:
        scope = opened.authority.scope_of("till-1")
        page = opened.authority.feed("till-1", Cursor())
    folder = folder_of(tmp_path / "snapshots", scope)
    offer = offered(folder)
    assert offer is not None
    assert isinstance(page, FeedPage)
    assert offer.cursor == page.cursor
    assert offered(tmp_path / "snapshots") != offer
    run("scope", "set", "all", "till-1")
    assert run("snapshot").stdout.count("MiB packed") == 1
    assert not folder.exists()
    assert "nothing contradicts itself" in run("check").output
