"""Thousands of tills in one process: each polls, sells and pushes by itself, over the real wire with its own key.

    python -m bench.crowd_tills PORT FIRST COUNT SECONDS

They have no screen and no disk; everything else is a till's: signed requests, one connection a request as after a
keep-alive that has run out, and the engine's own pauses after a failure. Each ends once its time is over and its outbox
empty. One line of JSON says what they saw (:class:`Seen`).
"""

import asyncio
import sys
import time
from hashlib import sha256
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from bench.traffic import SALE, drafts
from pos_loyalty.core.events import Event, seal
from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.engine.pauses import CHANCES, backoff_ns
from sync.packing import pack, unpack
from sync.signing import Message, TerminalKey, sign
from sync.wire import BATCH_EVENTS_MAX, PushAnswer, PushRequest, cursor_text

POLL_S = 60.0
"""On average. A till of one shop looks more often; ten thousand of them would be more than two processors can ask."""
SALE_EVERY_S = 120.0
PATIENCE_S = 30.0
DRAIN_S = 90.0
"""How much longer than its time a till may take to get rid of what it has."""


_clock, _ids = SystemClock(), RandomIds()


class Seen(msgspec.Struct, kw_only=True):
    """What the tills of one process saw."""

    pushes: list[tuple[float, float]] = []
    """Of each push that was answered: when it was begun (``time.monotonic``), and the seconds to its verdicts."""
    pulls: list[tuple[float, float]] = []
    failures: dict[str, int] = {}
    """What came to nothing, by why: a status line, or a kind of error."""
    events: list[str] = []
    """Ids of all that was sold."""
    waiting: list[str] = []
    """Ids of events without a verdict when the bench was over."""
    drained_s: float = 0.0
    """``time.monotonic`` when the last event had its verdict."""


class Unanswered(Exception):
    """No answer that could be read, or one that said no."""


def name_of(number: int) -> str:
    """Return the terminal id of a till."""
    return f"crowd-{number:05d}"


def key_of(number: int) -> TerminalKey:
    """Return the key of a till, the same in every process."""
    return TerminalKey(Ed25519PrivateKey.from_private_bytes(sha256(name_of(number).encode()).digest()))


class CrowdTill:
    """One of them."""

    def __init__(self, number: int, port: int, seen: Seen) -> None:
        self._name, self._key, self._port, self._seen = name_of(number), key_of(number), port, seen
        self._number = number
        self._chance = Random(number)
        self._nonce = str(self._chance.random())
        self._cursor = Cursor()
        self._seq = 0
        self._waiting: list[Event] = []

    async def live(self, ends_s: float) -> None:
        """Poll and sell until ``ends_s`` (``time.monotonic``), and go on until the outbox is empty."""
        failures, next_sale_s = 0, time.monotonic() + self._chance.uniform(0, SALE_EVERY_S)
        pause_s = self._chance.uniform(0, POLL_S)
        while time.monotonic() < ends_s + DRAIN_S:
            await asyncio.sleep(pause_s)
            if next_sale_s <= time.monotonic() < ends_s:
                next_sale_s += self._pause(SALE_EVERY_S)
                self._sell()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._talk()
            except (Unanswered, OSError, TimeoutError) as error:
                failures += 1
                why = str(error) if isinstance(error, Unanswered) else type(error).__name__
                self._seen.failures[why] = self._seen.failures.get(why, 0) + 1
                pause_s = backoff_ns(failures, self._chance.randrange(CHANCES)) / 1e9
            else:
                failures = 0
                pause_s = self._pause(POLL_S)
                if time.monotonic() + pause_s > ends_s:
                    break
        self._seen.waiting += [event.event_id for event in self._waiting]

    def _pause(self, mean_s: float) -> float:
        return mean_s * self._chance.uniform(0.5, 1.5)

    def _sell(self) -> None:
        """Sell to somebody without a card, as most are: nothing of it goes down to other tills."""
        self._seq += 1
        sale = next(drafts(SALE, 1, 1, self._seq))
        draft = replace(
            sale,
            event_id=_ids(),
            occurred_at=_clock.now(),
            body=replace(sale.body, moves=()),
            member_id=None,
            part=part_of(self._name),
            program_versions=(),
        )
        self._waiting.append(seal(draft, self._name, self._seq))
        self._seen.events.append(draft.event_id)

    async def _talk(self) -> None:
        if self._waiting:
            await self._push()
        began = time.monotonic()
        more = True
        while more:
            text = cursor_text(self._cursor)
            page = msgspec.json.decode(await self._ask("GET", "/sync/1/feed", f"cursor={text}"), type=FeedPage)
            self._cursor, more = page.cursor, page.more
        self._seen.pulls.append((began, time.monotonic() - began))

    async def _push(self) -> None:
        began = time.monotonic()
        batch = tuple(self._waiting[:BATCH_EVENTS_MAX])
        request = PushRequest(terminal_id=self._name, boot_nonce=self._nonce, epoch=self._cursor.epoch, events=batch)
        answered = await self._ask("POST", "/sync/1/push", "", msgspec.json.encode(request))
        verdicts = msgspec.json.decode(answered, type=PushAnswer).verdicts
        taken = {each.event_id for each in verdicts if each.outcome is not Outcome.QUARANTINED}
        self._waiting = [event for event in self._waiting if event.event_id not in taken]
        self._seen.drained_s = time.monotonic()
        self._seen.pushes.append((began, self._seen.drained_s - began))

    async def _ask(self, method: str, path: str, query: str, body: bytes = b"") -> bytes:
        packed = pack(body)
        fields = sign(Message(method, path, query), packed.body, self._key, self._name, int(_clock.now().timestamp()))
        fields |= {"Host": "hub", "Connection": "close", "Content-Length": str(len(packed.body))}
        fields |= {"Content-Type": "application/json", "Content-Encoding": packed.encoding, "Accept-Encoding": "zstd"}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        target = f"{path}?{query}" if query else path
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + packed.body)
            return _body_of(await reader.read())
        finally:
            writer.transport.abort()


def _body_of(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, _, lines = head.decode("latin-1").partition("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines.split("\r\n") if ": " in line)
    if " 200 " not in f"{status} " or len(body) != int(fields.get("content-length", -1)):
        raise Unanswered(status)
    unpacked = unpack(body, fields.get("content-encoding", ""))
    if not isinstance(unpacked, bytes):
        raise Unanswered(unpacked)
    return unpacked


async def _live(port: int, first: int, count: int, seconds: float) -> Seen:
    seen = Seen()
    tills = [CrowdTill(number, port, seen) for number in range(first, first + count)]
    ends_s = time.monotonic() + seconds
    await asyncio.gather(*(till.live(ends_s) for till in tills))
    return seen


def main(port: str, first: str, count: str, seconds: str) -> None:
    """Let them live, and say what they saw."""
    seen = asyncio.run(_live(int(port), int(first), int(count), float(seconds)))
    sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
