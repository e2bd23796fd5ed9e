"""A hub that is down, silent or slow: the till starts, sells and stops as if it had none."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import msgspec
import pytest

from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.sync_key import KeyFolder
from pos_loyalty.config import HubConfig, load, to_toml
from pos_loyalty.ports import LineState
from pos_loyalty.sample import sample_shop
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Problem
from pos_loyalty.store.sqlite import SqliteStore


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a hub that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def connected(here: Place, url: str) -> Place:
    """Return the place with forty members, a key and this hub."""
    config = msgspec.structs.replace(load(here.config), hub=HubConfig(url=url, insecure=True), reader=())
    here.config.write_text(to_toml(config), encoding="utf-8")
    with closing(SqliteStore(here.store, clock=SystemClock(), ids=RandomIds())) as store:
        store.load(sample_shop(40, today=date(2026, 11, 21)))
    KeyFolder(here.store).made()
    return here


async def sell(client: TillClient) -> tuple[float, LineState]:
    """Scan a card, and one nobody knows, and write a note; return how long that took, and how the line is then."""
    began = time.monotonic()
    found = await client.scan("PL-1001")
    assert not isinstance(found, Problem)
    assert not isinstance(await client.scan("PL-999999"), Problem)
    named = await client.identify("PL-1001")
    assert not isinstance(named, Problem)
    (member,) = named.members
    assert not isinstance(await client.note(member.member_id, "likes blue"), Problem)
    took = time.monotonic() - began
    async for view in client.watch():
        if view.line.waiting:
            return took, view.line.state
    raise AssertionError


@pytest.mark.parametrize("name", ["silent", "nobody", "no such name"])
def test_the_till_does_not_notice_that_its_hub_is_away(here: Place, silent: str, name: str) -> None:
    """Two scans and a note, one scan unknown to the till: nobody waits for the hub, as they would for ten seconds."""
    url = {"silent": silent, "nobody": "http://127.0.0.1:1", "no such name": "http://no-such-hub.invalid"}[name]
    with till_service(connected(here, url)) as process:
        took, state = ask(here.socket, sell)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        stopped = time.monotonic() - began
    assert state is LineState.OFFLINE
    assert took < 5
    assert stopped < 5
