"""How a till gets its place at the hub: the key is kept first, then the hub is asked, then the journal is named."""

import asyncio
import platform
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from pos_loyalty import __version__
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.sync_key import KeyFolder, insist_on_owner
from pos_loyalty.cli.sync_words import STALE_SERVICE
from pos_loyalty.config import Config
from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.ports import LineState
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Health
from pos_loyalty.store.sqlite import SqliteStore
from sync.client.address import HubAddress
from sync.client.calls import HubCalls, Signer
from sync.client.faults import Fault
from sync.client.hub_clock import HubClock
from sync.engine.troubles import Trouble
from sync.signing import TerminalKey
from sync.wire import EnrolAnswer, EnrolRequest, Halt


class Enrolled(NamedTuple):
    """The hub serves this till."""

    answer: EnrolAnswer
    next_step: str
    """What has to be done now, in sentences."""


def enrol(config: Config, address: HubAddress, code: str) -> Enrolled:
    """Have the hub serve this till under its name. The same again, after an answer that was lost, is the same.

    Raises:
        ClickException: the hub refused, or nobody answered; nothing has changed.
        ConfigError: a key cannot be read or written.
        StoreError: the service does not run, and the store cannot be opened.
    """
    folder = Path(config.store.folder)
    insist_on_owner(folder)
    running = _running(config)
    with _terminal_id(folder, running) as terminal_id:
        files = KeyFolder(folder)
        answer = _asked(address, terminal_id, files.made(), code)
        files.renew()
        return Enrolled(answer, _next_step(running))


def enrol_again(config: Config, address: HubAddress, code: str) -> Enrolled:
    """Have the hub serve this till under a new name, which its journal has from then on.

    For a journal that parted from its name: what the hub has of it is known there again, what it has not it takes.

    Raises:
        ClickException: the hub refused, or nobody answered; nothing has changed.
        StoreLocked: the service runs.
    """
    folder = Path(config.store.folder)
    insist_on_owner(folder)
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        files = KeyFolder(folder)
        pending = files.pending(RandomIds()())
        answer = _asked(address, pending.terminal_id, pending.key, code)
        parted = store.terminal_id
        if store.terminal_id != answer.terminal_id:
            store.rename(answer.terminal_id)
        files.take(pending)
    at_hub = f"when no till has the old name any more, at the hub: pos-loyalty hub revoke {parted}"
    return Enrolled(answer, f"{_next_step(None)}\n{at_hub}")


def renamed(config: Config) -> str:
    """Give a till whose hub is inside its service a new name, and return it; the hub lets it in at the next start.

    Raises:
        StoreLocked: the service runs.
    """
    folder = Path(config.store.folder)
    insist_on_owner(folder)
    name = RandomIds()()
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        store.rename(name)
    return name


def _running(config: Config) -> Health | None:
    socket = Path(config.service.socket)
    try:
        return ask(socket, lambda client: client.health()) if socket.exists() else None
    except ServiceUnreachable:
        return None


def _next_step(running: Health | None) -> str:
    if running is None:
        return "start the service: it syncs by itself"
    if running.line.state is LineState.ALONE:
        return "; ".join(STALE_SERVICE)
    return "the service begins to sync by itself"


@contextmanager
def _terminal_id(folder: Path, running: Health | None) -> Iterator[str]:
    if running is not None:
        yield running.terminal_id
        return
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        yield store.terminal_id


def _asked(address: HubAddress, terminal_id: str, key: TerminalKey, code: str) -> EnrolAnswer:
    request = EnrolRequest(
        code=code,
        terminal_id=terminal_id,
        public_key=key.public,
        version=__version__,
        device=f"{platform.node()} {platform.system()} {platform.machine()}",
    )
    answer = asyncio.run(_ask(address, Signer(terminal_id, key), request))
    if isinstance(answer, EnrolAnswer):
        return answer
    raise click.ClickException(_refusal(answer))


async def _ask(address: HubAddress, signer: Signer, request: EnrolRequest) -> EnrolAnswer | Halt | Fault:
    calls = HubCalls(address, signer, HubClock(SystemClock()))
    try:
        return await calls.enrol(request)
    finally:
        await calls.close()


def _refusal(answer: Halt | Fault) -> str:
    if isinstance(answer, Halt):
        return f"the hub refuses ({answer.reason}): {answer.detail}"
    if answer.problem is not None:
        return f"{answer.problem.title}: {answer.problem.detail}"
    if answer.trouble is Trouble.PORTAL:
        return "something that is not the hub answered: sign in to the network, or mend [hub] url; then try again"
    return f"{answer.detail}: try again, the code is good for fifteen minutes"
