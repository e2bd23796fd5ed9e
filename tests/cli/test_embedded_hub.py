"""A shop with one PC: the hub inside the till service, by the same path as a central one."""

import asyncio
import logging
from datetime import date
from queue import Queue

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from pos_loyalty.cli import embedded_hub, main
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.embedded_hub import FILE, EmbeddedHub
from pos_loyalty.cli.sync_key import MODE, NAME
from pos_loyalty.config import HubConfig, load, to_toml
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.sample import sample_shop
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Problem
from pos_loyalty.store.sqlite import SqliteStore
from sync.wire import HaltReason
from tests.support.hub_process import free_ports


@pytest.fixture
def embedded(here: Place) -> Place:
    """Return a place with forty members whose till runs a hub of its own."""
    config = msgspec.structs.replace(load(here.config), hub=HubConfig(embedded=True), reader=())
    here.config.write_text(to_toml(config), encoding="utf-8")
    store = SqliteStore(here.store, clock=SystemClock(), ids=RandomIds())
    store.load(sample_shop(40, today=date(2026, 11, 21)))
    store.close()
    return here


async def until(client: TillClient, state: LineState) -> LineView:
    """Wait until the line is so, and nothing waits."""
    async with asyncio.timeout(60):
        # A view may be older than what was written last. Since when something waits is asked of the store.
        while (await client.health()).line.waiting_since_ms is not None:
            pass
        async for view in client.watch():
            line = view.line
            if line.state is state and line.waiting == 0 and line.fresh_ms is not None:
                return line
    raise AssertionError


def test_what_was_there_before_the_hub_is_there_with_it(embedded: Place) -> None:
    """The till is let in by itself, its members are brought in once, and a note goes up and stays."""

    async def write(client: TillClient) -> tuple[int, str]:
        await until(client, LineState.ONLINE)
        found = await client.identify("PL-1001")
        assert not isinstance(found, Problem)
        (member,) = found.members
        written = await client.note(member.member_id, "likes the grey suit")
        assert not isinstance(written, Problem)
        await until(client, LineState.ONLINE)
        return (await client.health()).members, member.member_id

    async def read(client: TillClient) -> tuple[int, int]:
        await until(client, LineState.ONLINE)
        member = await client.member(who)
        assert not isinstance(member, Problem)
        return (await client.health()).members, len([n for n in member.notes if n.text == "likes the grey suit"])

    with till_service(embedded):
        members, who = ask(embedded.socket, write)
    assert members == 40
    (embedded.run / "notify.sock").unlink()
    with till_service(embedded):
        assert ask(embedded.socket, read) == (40, 1)
    assert (embedded.store / FILE).exists()
    assert "httpx" not in embedded.log.read_text()
    assert (embedded.store / NAME).stat().st_mode & 0o777 == MODE


def test_a_journal_that_was_put_back_takes_a_new_name_without_a_code(embedded: Place) -> None:
    """The hub inside the service has more of it than it has itself: halted, until it has another name."""
    journal = embedded.store / "journal.db"
    before = journal.read_bytes()

    async def write(client: TillClient) -> None:
        await until(client, LineState.ONLINE)
        found = await client.identify("PL-1001")
        assert not isinstance(found, Problem)
        assert not isinstance(await client.note(found.members[0].member_id, "likes blue"), Problem)

    async def synced(client: TillClient) -> None:
        await until(client, LineState.ONLINE)

    async def halted(client: TillClient) -> None:
        await write(client)
        async for view in client.watch():
            if view.line.state is LineState.HALTED:
                assert view.line.halt == HaltReason.FORKED
                return

    with till_service(embedded):
        ask(embedded.socket, write)
        ask(embedded.socket, synced)
    (embedded.run / "notify.sock").unlink()
    journal.write_bytes(before)
    with till_service(embedded):
        ask(embedded.socket, halted)
    (embedded.run / "notify.sock").unlink()
    again = CliRunner().invoke(main, ["enrol", "--again", "--config", str(embedded.config)])
    assert (again.exit_code, "it is let in by itself" in again.output) == (0, True)
    with till_service(embedded):
        ask(embedded.socket, synced)


def test_other_tills_of_the_shop_reach_it_where_it_listens(embedded: Place) -> None:
    """A second door, for those who are enrolled; what cannot be served there costs the till nothing."""
    (port,) = free_ports(1)
    config = msgspec.structs.replace(load(embedded.config), hub=HubConfig(embedded=True, listen=f"127.0.0.1:{port}"))
    embedded.config.write_text(to_toml(config), encoding="utf-8")
    with till_service(embedded):
        ask(embedded.socket, lambda client: until(client, LineState.ONLINE))
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).json()["status"] == "ok"


class Heard(logging.Handler):
    """What a logger says, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.said: Queue[str] = Queue()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.said.put(record.getMessage())

    def until(self, word: str) -> None:
        """Wait until something with this word is said."""
        while word not in self.said.get(timeout=30):
            pass


def test_a_hub_that_could_not_begin_does_so_once_it_can(embedded: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file cannot be used: it says why and tries again by itself, so that nobody has to start the till anew."""
    monkeypatch.setattr(embedded_hub, "_AGAIN_S", 0.01)
    monkeypatch.setattr(logging.getLogger(embedded_hub.__name__), "level", logging.INFO)
    heard = Heard()
    logging.getLogger(embedded_hub.__name__).addHandler(heard)
    (embedded.store / FILE).write_bytes(b"no database, whatever the name says" * 200)
    store = SqliteStore(embedded.store, clock=SystemClock(), ids=RandomIds())
    hub = EmbeddedHub(load(embedded.config), store)
    try:
        hub.start()
        heard.until("damaged")
        (embedded.store / FILE).unlink()
        heard.until("answers")
    finally:
        hub.stop()
        store.close()
        logging.getLogger(embedded_hub.__name__).removeHandler(heard)
