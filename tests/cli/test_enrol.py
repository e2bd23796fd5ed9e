"""Enrolment: the key first, then the hub, then the journal's name; the same command again is the same."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC

import msgspec
import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.sync_key import MODE, NAME, KeyFolder
from pos_loyalty.config import HubConfig, load, to_toml
from pos_loyalty.errors import ConfigError
from pos_loyalty.ports import LineState
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from sync.hub.authority import Authority
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.signing import TerminalKey, fingerprint
from tests.sync.client.conftest import ms
from tests.sync.client.hub_server import PROBLEM, HubServer, http, problem, serving


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """Return a hub that takes the code GOOD."""
    authority = Authority(MemoryHubStore(), zone=UTC, clock=SystemClock(), ids=RandomIds())
    with serving(HubServer(authority, {}, lambda: ms(SystemClock().now()))) as server:
        yield server


@pytest.fixture
def till(here: Place, hub: HubServer) -> Place:
    """Return a till whose configuration names the hub."""
    config = msgspec.structs.replace(load(here.config), hub=HubConfig(url=hub.url), reader=())
    here.config.write_text(to_toml(config), encoding="utf-8")
    return here


@contextmanager
def store_of(till: Place) -> Iterator[SqliteStore]:
    """Open the store of a till that does not run."""
    with closing(SqliteStore(till.store, clock=SystemClock(), ids=RandomIds())) as store:
        yield store


def enrol(till: Place, *arguments: str) -> tuple[int, str]:
    """Run ``pos-loyalty enrol``; return its code and what it said."""
    ran = CliRunner().invoke(main, ["enrol", *arguments, "--config", str(till.config)])
    return ran.exit_code, ran.output


def test_a_till_gets_its_place_and_keeps_its_key(till: Place, hub: HubServer) -> None:
    """The key is the till's alone, and both sides see the same fingerprint; once more is the same."""
    code, said = enrol(till, "GOOD")
    assert code == 0
    key = KeyFolder(till.store).read()
    assert key is not None
    assert (till.store / NAME).stat().st_mode & 0o777 == MODE
    with store_of(till) as store:
        assert hub.keys == {store.terminal_id: key.public}
        assert f"enrolled as {store.terminal_id}, store narenj" in said
    assert f"fingerprint {fingerprint(key.public)}" in said
    assert 'write "narenj", as the hub says' in said
    assert enrol(till, "GOOD") == (0, said)


def test_an_answer_that_was_lost_costs_nothing(till: Place, hub: HubServer) -> None:
    """The key was kept before the hub was asked, so the next try brings the same."""
    hub.next("/sync/1/enrol", http(200, b"{", content_length="400"))
    code, said = enrol(till, "GOOD")
    assert code == 1
    assert "try again, the code is good for fifteen minutes" in said
    before = KeyFolder(till.store).read()
    assert enrol(till, "GOOD")[0] == 0
    after = KeyFolder(till.store).read()
    assert before is not None
    assert after is not None
    assert before.public == after.public


def test_each_refusal_says_what_to_do(till: Place, hub: HubServer) -> None:
    """A wrong code, a portal, nobody there: exit code 1, a sentence, and no traceback."""
    code, said = enrol(till, "WRONG")
    assert (code, "it is unknown-code" in said) == (1, True)
    hub.next("/sync/1/enrol", http(200, b"<html>sign in</html>", "text/html"))
    code, said = enrol(till, "GOOD")
    assert (code, "sign in to the network, or mend [hub] url" in said) == (1, True)
    hub.next("/sync/1/enrol", http(429, problem("too-many-tries"), PROBLEM))
    assert enrol(till, "GOOD")[0] == 1
    code, said = enrol(till, "GOOD", "--url", "http://127.0.0.1:1")
    assert (code, "no connection to the hub" in said) == (1, True)


def test_a_till_without_a_hub_is_told_where_to_say_it(here: Place) -> None:
    """78: the configuration is at fault, not the command; one with a hub of its own needs no code."""
    for hub, sentence in ((HubConfig(), "no hub is configured"), (HubConfig(embedded=True), "is enrolled by itself")):
        config = msgspec.structs.replace(load(here.config), hub=hub)
        here.config.write_text(to_toml(config), encoding="utf-8")
        code, said = enrol(here, "GOOD")
        assert (code, sentence in said) == (78, True)


def test_a_till_that_parted_from_its_name_takes_a_new_one(till: Place, hub: HubServer) -> None:
    """Another name and another key, its journal under them, and what was asked before a crash is asked again."""
    enrol(till, "GOOD")
    with store_of(till) as store:
        old = store.terminal_id
    before = KeyFolder(till.store).read()
    hub.next("/sync/1/enrol", http(200, b"{", content_length="400"))
    assert enrol(till, "GOOD", "--again")[0] == 1
    with store_of(till) as store:
        assert store.terminal_id == old
    assert enrol(till, "GOOD", "--again")[0] == 0
    with store_of(till) as store:
        assert store.terminal_id != old
        after = KeyFolder(till.store).read()
        assert before is not None
        assert after is not None
        assert hub.keys == {old: before.public, store.terminal_id: after.public}
    names = [a.plain for a in hub.asked if store.terminal_id.encode() in a.plain]
    assert len(names) == 2


def test_a_service_that_runs_begins_to_sync_by_itself(till: Place, hub: HubServer) -> None:
    """Halted without a key, online with one, halted when it is revoked, online again; and never restarted."""

    async def until(client: TillClient, state: LineState) -> None:
        async for view in client.watch():
            if view.line.state is state:
                return

    with till_service(till):
        ask(till.socket, lambda client: until(client, LineState.HALTED))
        code, said = enrol(till, "GOOD")
        assert (code, "the service begins to sync by itself" in said) == (0, True)
        _enrol_at(hub)
        ask(till.socket, lambda client: until(client, LineState.ONLINE))
        (terminal_id,) = hub.keys
        hub.hub.revoke(terminal_id)
        assert CliRunner().invoke(main, ["sync", "now", "--config", str(till.config)]).exit_code == 0
        ask(till.socket, lambda client: until(client, LineState.HALTED))
        _enrol_at(hub)
        assert enrol(till, "GOOD")[0] == 0
        ask(till.socket, lambda client: until(client, LineState.ONLINE))
        assert enrol(till, "GOOD", "--again")[0] == 75


def _enrol_at(hub: HubServer) -> None:
    for name, key in hub.keys.items():
        hub.hub.enrol(Terminal(terminal_id=name, public_key=key))


def test_a_key_that_others_can_read_is_no_key(till: Place) -> None:
    """It is said, and not used."""
    folder = KeyFolder(till.store)
    till.store.mkdir()
    folder.made()
    folder.path.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by others"):
        folder.read()


def test_what_is_no_key_is_told(till: Place) -> None:
    """A damaged file is not replaced: the hub knows the key that was in it."""
    till.store.mkdir()
    folder = KeyFolder(till.store)
    folder.path.write_bytes(b"no key")
    folder.path.chmod(MODE)
    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        folder.made()


def test_the_key_of_a_folder_is_made_once(till: Place) -> None:
    """Asked twice, the same."""
    till.store.mkdir()
    folder = KeyFolder(till.store)
    made: TerminalKey = folder.made()
    assert folder.made().public == made.public
    assert folder.stamp() is not None
