"""Thousands of tills in one process: the real line of each, with its own key, over the real wire.

    python -m bench.crowd_tills PORT FIRST COUNT SECONDS

They have no screen, and their disk is memory. What they ask and when is decided by the very code of the till service:
the engine, and the wait for news beside it. Each ends once its time is over and its outbox empty. One line of JSON says
what they saw (:class:`Seen`).
"""

import asyncio
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from random import Random
from typing import NamedTuple, ParamSpec, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from bench.crowd_calls import CrowdCalls, Taken
from bench.traffic import SALE, drafts
from pos_loyalty.core.events import seal
from pos_loyalty.core.feed import Cursor
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.client.hub_clock import HubClock
from sync.client.listening import Listening
from sync.client.runner import LineRunner, Terminal
from sync.client.store_thread import StoreThread
from sync.engine.effects import ApplyPage, LineStatus, Rebase, Record, Settle
from sync.engine.inputs import Appended, Hint, Listens, Quiet
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.signing import TerminalKey

SALE_EVERY_S = 120.0
OPENING_S = 40.0
"""Shops open one after the other."""
DRAIN_S = 120.0
"""How much longer than its time a till may take to get rid of what it has."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_clock, _ids = SystemClock(), RandomIds()


class Seen(Taken, kw_only=True):
    """What the tills of one process saw."""

    sold: dict[str, float] = msgspec.field(default_factory=dict)
    """When (``time.monotonic``) each event was made, by its id."""
    verdicts: dict[str, float] = msgspec.field(default_factory=dict)
    """When its verdict was there; one that was put aside has none."""
    cpu_s: float = 0.0
    """What the tills themselves took of a processor."""


class _Memory(NamedTuple):
    outbox: MemoryOutbox
    replica: MemoryReplica


class _AtOnce(StoreThread):
    """What is in memory needs no thread."""

    def __init__(self) -> None:
        """Begin none."""

    async def do(self, function: Callable[_P, _T], /, *arguments: _P.args, **options: _P.kwargs) -> _T:
        """Call ``function``."""
        return function(*arguments, **options)


def name_of(number: int) -> str:
    """Return the terminal id of a till."""
    return f"crowd-{number:05d}"


def key_of(number: int) -> TerminalKey:
    """Return the key of a till, the same in every process."""
    return TerminalKey(Ed25519PrivateKey.from_private_bytes(sha256(name_of(number).encode()).digest()))


class CrowdTill:
    """One of them."""

    def __init__(self, number: int, port: int, seen: Seen) -> None:
        self._name, self._seen, self._chance = name_of(number), seen, Random(number)
        self._memory, disk = _Memory(MemoryOutbox(), MemoryReplica()), _AtOnce()
        clock = HubClock(_clock)
        self._calls = CrowdCalls(port, self._name, key_of(number), clock, seen)
        terminal = Terminal(self._name, str(self._chance.random()))
        self._runner = LineRunner(self._calls, self._memory, disk, terminal, self, clock)
        self._listening = Listening(self._calls, self._memory.replica, disk, self)
        self._empty = asyncio.Event()
        self._empty.set()

    async def live(self, ends_s: float) -> None:
        """Sell until ``ends_s`` (``time.monotonic``), and go on until the outbox is empty."""
        await asyncio.sleep(self._chance.uniform(0, OPENING_S))
        listening = asyncio.create_task(self._listening.run())
        self._runner.start()
        while (pause_s := self._chance.expovariate(1 / SALE_EVERY_S)) < ends_s - time.monotonic():
            await asyncio.sleep(pause_s)
            self._sell()
        await asyncio.sleep(max(0.0, ends_s - time.monotonic()))
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._empty.wait()
        self._runner.stop()
        listening.cancel()
        self._calls.close()

    def status(self, status: LineStatus) -> None:
        """Take how the line is."""
        self._listening.line_is(up=status.online and status.halt is None)

    def written(self, settled: Settle) -> None:
        """Take note of what is kept."""
        for written in settled.writes:
            match written:
                case Record():
                    good = (each.event_id for each in written.verdicts if each.outcome is not Outcome.QUARANTINED)
                    self._seen.verdicts |= dict.fromkeys(good, time.monotonic())
                    if not self._memory.outbox.waiting_count():
                        self._empty.set()
                case ApplyPage() | Rebase():
                    self._listening.pulled()

    def listens(self, *, up: bool) -> None:
        """Pass on whether news would be heard of."""
        self._runner.hear(Listens(up=up))

    def news(self) -> None:
        """Look at once."""
        self._runner.hear(Hint())

    def quiet(self, _: Cursor, __: int) -> None:
        """Take note that there was nothing."""
        self._runner.hear(Quiet(_clock.monotonic_ns()))

    def _sell(self) -> None:
        """Sell to somebody without a card, as most are: nothing of it goes down to other tills."""
        seq = len(self._memory.outbox.events()) + 1
        sale = next(drafts(SALE, 1, 1, seq))
        draft = replace(
            sale,
            event_id=_ids(),
            occurred_at=_clock.now(),
            body=replace(sale.body, moves=()),
            member_id=None,
            part=part_of(self._name),
            program_versions=(),
        )
        self._memory.outbox.append(seal(draft, self._name, seq))
        self._seen.sold[draft.event_id] = time.monotonic()
        self._empty.clear()
        self._runner.hear(Appended())


async def _live(port: int, first: int, count: int, seconds: float) -> Seen:
    seen = Seen()
    tills = [CrowdTill(number, port, seen) for number in range(first, first + count)]
    ends_s = time.monotonic() + seconds
    await asyncio.gather(*(till.live(ends_s) for till in tills))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seen.cpu_s = used.ru_utime + used.ru_stime
    return seen


def main(port: str, first: str, count: str, seconds: str) -> None:
    """Let them live, and say what they saw."""
    seen = asyncio.run(_live(int(port), int(first), int(count), float(seconds)))
    sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
