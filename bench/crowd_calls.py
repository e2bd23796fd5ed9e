"""What a till of a crowd says to the hub: the requests of the real client, signed and packed, at a tenth of its price.

The connection is one that the client would have: kept for 15 s after an answer, so that a wait follows a wait on the
same one and a look finds its own closed.
"""

import asyncio
import time
from typing import NamedTuple, TypeVar

import msgspec

from pos_loyalty.core.feed import Cursor, FeedPage
from sync.client.faults import Fault
from sync.client.hub_clock import HubClock
from sync.client.judging import Heard, judged
from sync.client.retry_after import retry_after_ns
from sync.engine.troubles import Trouble
from sync.packing import pack, unpack
from sync.signing import Message, TerminalKey, sign
from sync.wire import HUB_MS_FIELD, Halt, PushAnswer, PushRequest, WaitAnswer, cursor_text

KEPT_S = 15.0
CONNECT_S = 10.0

_Answer = TypeVar("_Answer", bound=msgspec.Struct)


class Taken(msgspec.Struct):
    """How long answers took: when each was asked for (``time.monotonic``), and the seconds until it was there."""

    pushes: list[tuple[float, float]] = []
    looks: list[tuple[float, float]] = []
    failures: dict[str, int] = {}
    """What came to nothing, by why."""


class _Kept(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    until_s: float


class CrowdCalls:
    """One till's calls."""

    def __init__(self, port: int, name: str, key: TerminalKey, clock: HubClock, taken: Taken) -> None:
        self._port, self._name, self._key, self._clock, self._taken = port, name, key, clock, taken
        self._idle: list[_Kept] = []

    async def push(self, request: PushRequest) -> PushAnswer | Halt | Fault:
        """Bring events."""
        began_s = time.monotonic()
        answer = await self._ask("POST", "/sync/1/push", "", PushAnswer, msgspec.json.encode(request))
        return self._noted(answer, began_s, self._taken.pushes)

    async def feed(self, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt | Fault:
        """Ask for a page."""
        began_s = time.monotonic()
        settled = "" if settled_ms is None else f"&settled={settled_ms}"
        answer = await self._ask("GET", "/sync/1/feed", f"cursor={cursor_text(cursor)}{settled}", FeedPage)
        return self._noted(answer, began_s, self._taken.looks)

    async def wait(self, cursor: Cursor) -> WaitAnswer | Halt | Fault:
        """Wait for news."""
        answer = await self._ask("GET", "/sync/1/wait", f"cursor={cursor_text(cursor)}", WaitAnswer)
        return self._noted(answer, 0.0, [])

    def close(self) -> None:
        """Let go of the connections."""
        for kept in self._idle:
            kept.writer.transport.abort()

    def _noted(
        self, answer: _Answer | Halt | Fault, began_s: float, taken: list[tuple[float, float]]
    ) -> _Answer | Halt | Fault:
        if isinstance(answer, Fault):
            why = str(answer.status or answer.trouble)
            self._taken.failures[why] = self._taken.failures.get(why, 0) + 1
        else:
            taken.append((began_s, time.monotonic() - began_s))
        return answer

    async def _ask(
        self, method: str, path: str, query: str, wanted: type[_Answer], body: bytes = b""
    ) -> _Answer | Halt | Fault:
        asked_ns = self._clock.monotonic_ns()
        try:
            fields, content = await self._exchange(method, path, query, body)
        except TimeoutError:
            return Fault(trouble=Trouble.TIMEOUT)
        except (OSError, asyncio.IncompleteReadError):
            return Fault(trouble=Trouble.UNREACHABLE)
        self._clock.heard(int(fields[HUB_MS_FIELD]), asked_ns)
        pause_ns = retry_after_ns(fields.get("retry-after", ""), "", 0)
        return judged(Heard(int(fields["status"]), fields["content-type"], content, pause_ns), wanted)

    async def _exchange(self, method: str, path: str, query: str, body: bytes) -> tuple[dict[str, str], bytes]:
        packed = pack(body)
        now_s = self._clock.now_ms() // 1_000
        fields = sign(Message(method, path, query), packed.body, self._key, self._name, now_s)
        fields |= {"Host": "hub", "Content-Length": str(len(packed.body)), "Accept-Encoding": "zstd"}
        fields |= {"Content-Type": "application/json", "Content-Encoding": packed.encoding} if body else {}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        target = f"{path}?{query}" if query else path
        reader, writer = await self._connection()
        try:
            writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + packed.body)
            answered = _fields_of(await reader.readuntil(b"\r\n\r\n"))
            content = await reader.readexactly(int(answered["content-length"]))
        except BaseException:
            # Whoever is cancelled in mid-answer as well.
            writer.transport.abort()
            raise
        self._idle.append(_Kept(reader, writer, time.monotonic() + KEPT_S))
        unpacked = unpack(content, answered.get("content-encoding", ""))
        assert isinstance(unpacked, bytes), unpacked
        return answered, unpacked

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            kept = self._idle.pop()
            if kept.until_s > time.monotonic() and not kept.reader.at_eof():
                return kept.reader, kept.writer
            kept.writer.transport.abort()
        async with asyncio.timeout(CONNECT_S):
            return await asyncio.open_connection("127.0.0.1", self._port)


def _fields_of(head: bytes) -> dict[str, str]:
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if line)
    return {"status": first.split(" ")[1], **{name.lower(): value for name, value in fields.items()}}
