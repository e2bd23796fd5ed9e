"""Tills, hub workers and a database, each a process of its own, with a spoiling proxy before each till."""

import asyncio
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import UTC
from pathlib import Path

import msgspec
import psycopg

from bench.traffic import CLUB, small_members
from pos_loyalty.core.feed import RowKind
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from sync.hub.authority import Authority, program_row
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey, Terminal
from sync.hub.postgres.store import PostgresHubStore
from sync.hub.publishing import Publication
from tests.faults.proxy import LOOPBACK, FaultProxy, Kind
from tests.faults.schedule import BackendsEnded, DatabaseCrashed, LineFault, Moment, Size, TillKilled, WorkerKilled
from tests.faults.supervised import Supervised
from tests.faults.till_process import key_of
from tests.support.hub_process import free_ports, hub_config, serving
from tests.support.postgres import SUPERUSER, Postgres

MEMBERS = 50
"""Few, so that tills write about the same ones."""
AWAKE_S = 60.0
MEETING_S = 240.0
"""How long everything may take to meet again: a till that failed often waits up to a minute for its next try."""

_SESSION = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


class Till:
    """One till: its process, its line and what it said."""

    def __init__(self, folder: Path, proxy: FaultProxy) -> None:
        self.folder = folder
        self.proxy = proxy
        self.promised: set[str] = set()
        self.said = {"sold": asyncio.Event(), "empty": asyncio.Event(), "met": asyncio.Event()}
        url = f"http://{LOOPBACK}:{proxy.port}"
        arguments = ("-m", "tests.faults.till_process", str(folder), url, str(MEMBERS))
        self.process = Supervised(arguments, folder.with_suffix(".log"), self._hear)

    def _hear(self, line: str) -> None:
        what, _, event_id = line.partition(" ")
        if event_id:
            self.promised.add(event_id)
        self.said[what].set()


class Town:
    """Everything that runs."""

    def __init__(self, postgres: Postgres, tills: Sequence[Till], workers: Sequence[Supervised]) -> None:
        self.database = _address(postgres)
        self._postgres = postgres
        self.tills = tills
        self.workers = workers
        self._struck: Counter[str] = Counter()

    @property
    def promised(self) -> dict[Path, set[str]]:
        """What each till said is on its disk, by the folder of its store."""
        return {till.folder: till.promised for till in self.tills}

    def told(self) -> str:
        """Return what happened, for a person."""
        hurt = sum((till.proxy.hurt for till in self.tills), Counter[Kind]())
        starts = [process.starts for process in (*self.workers, *(till.process for till in self.tills))]
        return f"struck {dict(self._struck)}; connections hurt {dict(hurt)}; starts of workers and tills {starts}"

    async def suffer(self, moments: Iterable[Moment]) -> None:
        """Let everything happen that is on the schedule, from when all tills sell."""
        async with asyncio.timeout(AWAKE_S):
            await asyncio.gather(*(till.said["sold"].wait() for till in self.tills))
        for after_s, strike in moments:
            await asyncio.sleep(after_s)
            match strike:
                case LineFault(till, fault):
                    self.tills[till].proxy.strike(fault)
                    self._struck[fault.kind] += 1
                    continue
                case TillKilled(till):
                    self.tills[till].process.kill()
                case WorkerKilled(worker):
                    self.workers[worker].kill()
                case BackendsEnded():
                    await asyncio.to_thread(self._end_sessions)
                case DatabaseCrashed():
                    await asyncio.to_thread(self._crash)
            self._struck[type(strike).__name__] += 1

    async def meet(self) -> None:
        """Let the tills rest, and wait until each has all that the hub has.

        Raises:
            TimeoutError: one of them does not come to rest.
        """
        async with asyncio.timeout(MEETING_S):
            for till in self.tills:
                till.process.say("rest")
            await asyncio.gather(*(till.said["empty"].wait() for till in self.tills))
            for till in self.tills:
                till.process.say(f"meet {time.time_ns() // 1_000_000}")
            await asyncio.gather(*(till.said["met"].wait() for till in self.tills))
            await asyncio.gather(*(till.process.running for till in self.tills))

    def _end_sessions(self) -> None:
        # A server that is just recovering lets nobody in, and has ended everybody's session already.
        with suppress(psycopg.OperationalError):
            self._postgres.run(_END_SESSIONS)

    def _crash(self) -> None:
        """Kill one of the server's processes: it takes all others down, and recovers from its log."""
        with suppress(psycopg.OperationalError, ProcessLookupError), psycopg.connect(self._postgres.dsn) as connection:
            if found := connection.execute(_SESSION).fetchone():
                os.kill(found[0], signal.SIGKILL)


@asynccontextmanager
async def town(folder: Path, postgres: Postgres, size: Size) -> AsyncIterator[Town]:
    """Run a town with its files in ``folder`` for as long as the block lasts."""
    database = _address(postgres)
    stores = [folder / f"till-{number}" for number in range(size.tills)]
    with closing(PostgresHubStore(database)) as store:
        _fill(store, stores)
    ports = free_ports(size.workers)
    async with AsyncExitStack() as stack:
        workers = [_worker(folder, database, port) for port in ports]
        turns = itertools.cycle(ports)
        proxies = [await stack.enter_async_context(FaultProxy(lambda: next(turns))) for _ in stores]
        tills = [Till(*each) for each in zip(stores, proxies, strict=True)]
        for process in (*workers, *(till.process for till in tills)):
            await stack.enter_async_context(process)
        yield Town(postgres, tills, workers)


def _address(postgres: Postgres) -> str:
    return f"postgresql://{SUPERUSER}@/postgres?host={postgres.folder}"


def _fill(store: HubStore, stores: Iterable[Path]) -> None:
    """Enrol the tills in ``stores``, made here, and put out a program and the members."""
    hub = Authority(store, zone=UTC, clock=SystemClock(), ids=RandomIds())
    members = [Publication(RowKey(RowKind.MEMBER, m.member_id), msgspec.json.encode(m)) for m in small_members(MEMBERS)]
    hub.publish([program_row(CLUB), *members])
    for folder in stores:
        with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as made:
            hub.enrol(Terminal(terminal_id=made.terminal_id, public_key=key_of(folder).public, store_id=folder.name))


def _worker(folder: Path, database: str, port: int) -> Supervised:
    config = hub_config(folder, database, port)
    return Supervised(serving(config), config.with_suffix(".log"), lambda _: None)
