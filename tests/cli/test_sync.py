"""``pos-loyalty sync``: by the API while the service runs, on the store while it does not, with the same answers."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date

import msgspec
import pytest
from click.testing import CliRunner, Result

from pos_loyalty.cli import main
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.sync_key import KeyFolder
from pos_loyalty.cli.sync_words import HALTS, TROUBLES, told
from pos_loyalty.config import HubConfig, load, to_toml
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.sample import sample_shop
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Problem
from pos_loyalty.store.sqlite import SqliteStore
from sync.engine.troubles import Trouble
from sync.hub.authority import Authority
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.wire import HaltReason
from tests.sync.client.conftest import ms
from tests.sync.client.hub_server import PROBLEM, HubServer, http, problem, serving


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """Return a hub that serves whoever is enrolled."""
    authority = Authority(MemoryHubStore(), zone=UTC, clock=SystemClock(), ids=RandomIds())
    with serving(HubServer(authority, {}, lambda: ms(SystemClock().now()))) as server:
        yield server


@pytest.fixture
def till(here: Place, hub: HubServer) -> Place:
    """Return an enrolled till with forty members."""
    config = msgspec.structs.replace(load(here.config), hub=HubConfig(url=hub.url), reader=())
    here.config.write_text(to_toml(config), encoding="utf-8")
    with closing(SqliteStore(here.store, clock=SystemClock(), ids=RandomIds())) as store:
        store.load(sample_shop(40, today=date(2026, 11, 21)))
        key = KeyFolder(here.store).made()
        hub.keys[store.terminal_id] = key.public
        hub.hub.enrol(Terminal(terminal_id=store.terminal_id, public_key=key.public))
    return here


def run(till: Place, *arguments: str) -> Result:
    """Run ``pos-loyalty sync``."""
    return CliRunner().invoke(main, ["sync", *arguments, "--config", str(till.config)])


async def write(client: TillClient) -> None:
    """Write a note."""
    found = await client.identify("PL-1001")
    assert not isinstance(found, Problem)
    written = await client.note(found.members[0].member_id, "likes blue")
    assert not isinstance(written, Problem)


async def until_waiting(client: TillClient, waiting: int, put_aside: int) -> None:
    """Wait until so much waits, and so much is put aside."""
    async with asyncio.timeout(60):
        # A view may be older than what was written last. Since when something waits is asked of the store.
        while not waiting and (await client.health()).line.waiting_since_ms is not None:
            pass
        async for view in client.watch():
            if (view.line.waiting, view.line.put_aside) == (waiting, put_aside):
                return


def test_an_event_that_was_put_aside_is_seen_and_offered_again(till: Place, hub: HubServer) -> None:
    """The hub refuses it once; a person has it offered again, while the service runs and while it does not."""
    hub.next("/sync/1/push", http(400, problem("unreadable"), PROBLEM))
    with till_service(till):
        ask(till.socket, write)
        ask(till.socket, lambda client: until_waiting(client, 0, 1))
        status = run(till, "status")
        assert status.exit_code == 1
        assert "1 event is put aside" in status.output
        listed = run(till, "put-aside").output.split()
        assert listed[1] == QuarantineCode.REFUSED
    assert run(till, "put-aside").output.split() == listed
    assert run(till, "status").exit_code == 1
    assert run(till, "release", listed[0]).exit_code == 0
    assert run(till, "release", listed[0]).exit_code == 1
    assert "nothing is put aside" in run(till, "put-aside").output
    assert '"waiting":1' in run(till, "status", "--json").output
    assert run(till, "status").output.startswith("the service does not run: ")
    (till.run / "notify.sock").unlink()
    with till_service(till):
        ask(till.socket, lambda client: until_waiting(client, 0, 0))
        assert run(till, "release", listed[0]).exit_code == 1
        asked = hub.count("/sync/1/feed")
        assert run(till, "now").exit_code == 0
        hub.wait_for(lambda: hub.count("/sync/1/feed") > asked)


def wiped(till: Place, *arguments: str) -> tuple[int, str, set[str]]:
    """Run ``sync wipe`` and return its exit code, the last line it says, and what is left in the folder."""
    result = run(till, "wipe", *arguments)
    return result.exit_code, result.output.splitlines()[-1], {path.name for path in till.store.iterdir()}


def test_a_till_is_wiped_when_the_hub_has_everything(till: Place) -> None:
    """Not while a note waits, nor for a wrong number of lost events; then nothing is left, and twice is told of."""
    with till_service(till):
        ask(till.socket, write)
        ask(till.socket, lambda client: until_waiting(client, 0, 0))
        assert "in use by process" in run(till, "wipe", "--yes").output
    (till.store / "replica.snapshot.part").write_bytes(b"half of one")
    code, said, left = wiped(till, "--yes", "--lose", "1")
    assert (code, said) == (1, "Error: the hub has every event of this till: leave --lose out")
    assert {"journal.db", "replica.db", "terminal.key"} <= left
    code, said, left = wiped(till, "--yes")
    assert (code, left) == (0, {"store.lock"})
    assert "pos-loyalty hub revoke " in said
    assert wiped(till, "--yes")[0] == 1


def test_what_the_hub_does_not_have_is_lost_only_by_its_number(till: Place, hub: HubServer) -> None:
    """A till that cannot reach its hub any more says how many events that are, and wants to hear the number."""
    hub.next("/sync/1/push", http(400, problem("unreadable"), PROBLEM))
    with till_service(till):
        ask(till.socket, write)
        ask(till.socket, lambda client: until_waiting(client, 0, 1))
    refused = run(till, "wipe", "--yes")
    assert (refused.exit_code, "the hub does not have 1 event" in refused.output) == (1, True)
    assert run(till, "wipe", "--yes", "--lose", "2").exit_code == 1
    assert wiped(till, "--yes", "--lose", "1")[0::2] == (0, {"store.lock"})


def test_without_a_service_or_a_hub_now_says_so(here: Place) -> None:
    """69 without a service; a till that has no hub is told where to name one."""
    alone = msgspec.structs.replace(load(here.config), hub=HubConfig(), reader=())
    here.config.write_text(to_toml(alone), encoding="utf-8")
    assert run(here, "now").exit_code == 69
    assert run(here, "status").output == "no hub is configured: everything stays on this till\n"
    with till_service(here):
        answer = run(here, "now")
    assert (answer.exit_code, "no hub is configured" in answer.output) == (1, True)


def test_a_service_that_was_started_before_the_hub_was_named_is_told_of(here: Place) -> None:
    """The file names a hub, and the service does not know: restart it. Nothing else would."""
    named = load(here.config)
    here.config.write_text(to_toml(msgspec.structs.replace(named, hub=HubConfig(), reader=())), encoding="utf-8")
    with till_service(here):
        here.config.write_text(to_toml(named), encoding="utf-8")
        assert run(here, "status").output.startswith("alone: the service was started without a hub; restart it")


def test_a_line_on_which_nothing_was_said_yet_is_no_riddle() -> None:
    """A service that has just begun says that it waits for the first answer."""
    (line, *_) = told(LineView(state=LineState.OFFLINE), 0, configured=True)
    assert line == "offline: the hub has not answered yet"


def test_every_trouble_and_every_halt_has_a_sentence_and_a_remedy() -> None:
    """What the engine can say, a person can read."""
    assert set(TROUBLES) == set(Trouble)
    assert set(HALTS) == set(HaltReason)
    for trouble in Trouble:
        (line, *_) = told(LineView(state=LineState.OFFLINE, trouble=trouble), 0, configured=True)
        assert line == f"offline: {TROUBLES[trouble][0]}; {TROUBLES[trouble][1]}"
    for halt in HaltReason:
        (line, *_) = told(LineView(state=LineState.HALTED, halt=halt), 0, configured=True)
        assert line == f"halted: {HALTS[halt][0]}; {HALTS[halt][1]}"


@pytest.mark.parametrize(
    ("passed_ms", "said"),
    [
        (0, "less than a minute ago"),
        (60_000, "1 minute ago"),
        (119 * 60_000, "1 hour ago"),
        (47 * 3_600_000, "1 day ago"),
        (72 * 3_600_000, "3 days ago"),
    ],
)
def test_the_age_of_the_data_goes_by_the_clock_of_the_hub(passed_ms: int, said: str) -> None:
    """A till whose clock is an hour behind counts no hour too little."""
    line = LineView(state=LineState.ONLINE, fresh_ms=10_000_000, ahead_ms=3_600_000)
    (_, data, *_) = told(line, 10_000_000 + passed_ms - 3_600_000, configured=True)
    assert data == f"data: everything as of {said}"


def test_a_snapshot_on_its_way_is_seen() -> None:
    """So much of it is here."""
    line = LineView(state=LineState.ONLINE, bootstrap_percent=40)
    assert "fetching a prepared replica: 40 %" in list(told(line, 0, configured=True))
    assert "data: not everything has come yet" in list(told(line, 0, configured=True))
