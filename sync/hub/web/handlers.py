"""One method per path: who asks, what is asked, and the hub's word on it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.ports import Clock
from sync.hub.authority import Authority
from sync.hub.enrolment import EnrolFault, Enrolment, EnrolRefused
from sync.hub.scopes import parted
from sync.hub.snapshots import file_of, folder_of, offered
from sync.hub.terminals import Settled
from sync.hub.web.attendance import Claims
from sync.hub.web.bell import Bell, News
from sync.hub.web.bodies import Room, Sent, announced, answered, checked, decoded, received
from sync.hub.web.gate import Gate, message_of
from sync.hub.web.metrics import Metrics
from sync.hub.web.problems import Refused, halt_response, jittered
from sync.hub.web.pulse import Pulse
from sync.hub.web.requests import note_of
from sync.hub.web.threads import Threads
from sync.signing import Signed
from sync.wire import (
    PAGE_ROWS_MAX,
    WAIT_S,
    EnrolRequest,
    Halt,
    HoldAnswer,
    HoldRequest,
    LookupRequest,
    PushAnswer,
    PushRequest,
    WaitAnswer,
    cursor_of,
)

PAGE_BYTES_MAX: Final = 8 << 20
"""Of a page of the feed, before it is packed: any till can take that, packed or not."""
WAITERS_MAX: Final = 20_000
PUSHES_BYTES_MAX: Final = 256 << 20
"""Of bodies that come or wait for a thread: 32 of the largest, or thousands of the usual."""

_SMALL_BYTES_MAX: Final = 16 << 10
_NOBODY: Final = 499
_MS_DIGITS: Final = 13
"""Milliseconds until the year 2286."""


class Parts(NamedTuple):
    """What the handlers work with."""

    authority: Authority
    enrolment: Enrolment
    clock: Clock
    gate: Gate
    threads: Threads
    """For what changes something."""
    reading: Threads
    bell: Bell
    metrics: Metrics
    claims: Claims
    pulse: Pulse
    snapshots: Path | None


class Handlers:
    """The paths that tills use."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._room = Room(PUSHES_BYTES_MAX)

    async def push(self, request: Request) -> Response:
        """Take events."""
        self._parts.pulse.let_bring()
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        with self._room.taken(announced(request)):
            sent = await received(request)
            asked, answer = await self._parts.threads.run(lambda: self._pushed(signed, sent))
        note_of(request.scope).events = len(asked.events)
        if isinstance(answer, Halt):
            return self._halted(request, answer)
        self._parts.metrics.pushed(asked, answer)
        self._parts.bell.ring()
        return answered(answer, packs=sent.packs)

    async def feed(self, request: Request) -> Response:
        """Give a page of rows."""
        self._parts.pulse.let_ask()
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        sent = checked(await received(request, 0), signed)
        cursor = _cursor(request)
        page = await self._parts.reading.run(lambda: self._page(signed.key_id, cursor, packs=sent.packs))
        if isinstance(page, Halt):
            return self._halted(request, page)
        self._parts.metrics.fed(page[0])
        # Of another life of the history the till may have to tell again what it told before.
        if (ms := _settled(request)) and cursor.epoch == page[0].cursor.epoch:
            self._parts.claims.note(signed.key_id, Settled(parted(cursor.epoch)[0], ms))
        return page[1]

    async def wait(self, request: Request) -> Response:
        """Answer once there is news."""
        self._parts.pulse.let_ask()
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        checked(await received(request, 0), signed)
        cursor = _cursor(request)
        if self._parts.bell.waiters >= WAITERS_MAX:
            raise Refused(
                503, "busy", "Too many wait already", "ask for the feed instead", retry_after_s=jittered(5, 20)
            )
        with self._parts.metrics.waiting():
            newer, looked_ms = await self._news(request, cursor)
        answer = WaitAnswer(newer=newer, hub_ms=now_ms(self._parts.clock), looked_ms=looked_ms)
        return answered(answer, packs=False)

    async def snapshot(self, request: Request) -> Response:
        """Say which replica is offered."""
        signed = await self._parts.gate.admit(request, known_ns=0)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        sent = checked(await received(request, 0), signed)
        folder = await self._replicas(signed)
        offer = await asyncio.to_thread(offered, folder) if folder else None
        if offer is None:
            raise Refused(404, "no-snapshot", "No replica is offered", "take the feed from its beginning")
        return answered(offer, packs=sent.packs)

    async def snapshot_file(self, request: Request) -> Response:
        """Give a replica, or a range of it (RFC 9110, section 14)."""
        signed = await self._parts.gate.admit(request, known_ns=0)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        checked(await received(request, 0), signed)
        folder, name = await self._replicas(signed), request.path_params["name"]
        path = await asyncio.to_thread(file_of, folder, name) if folder else None
        if path is None:
            raise Refused(404, "no-snapshot", "That replica is no longer here", "ask again which is offered")
        headers = {"etag": f'"{path.stem}"', "cache-control": "private, max-age=604800, immutable"}
        return FileResponse(path, headers=headers, media_type="application/zstd")

    async def lookup(self, request: Request) -> Response:
        """Say all that the hub has under a code."""
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        sent = await received(request, _SMALL_BYTES_MAX)
        asked = decoded(checked(sent, signed), LookupRequest)
        answer = await self._parts.reading.run(lambda: self._parts.authority.lookup(signed.key_id, asked.code))
        if isinstance(answer, Halt):
            return self._halted(request, answer)
        return answered(answer, packs=sent.packs)

    async def hold(self, request: Request) -> Response:
        """Keep points or a voucher for one basket."""
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        sent = await received(request, _SMALL_BYTES_MAX)
        asked = decoded(checked(sent, signed), HoldRequest)
        return await self._held(request, lambda: self._parts.authority.hold(signed.key_id, asked))

    async def void(self, request: Request) -> Response:
        """Give back what was kept."""
        signed = await self._parts.gate.admit(request)
        if isinstance(signed, Halt):
            return self._halted(request, signed)
        checked(await received(request, _SMALL_BYTES_MAX), signed)
        hold_id = request.path_params["hold_id"]
        return await self._held(request, lambda: self._parts.authority.void(signed.key_id, hold_id))

    async def _held(self, request: Request, step: Callable[[], HoldAnswer | Halt]) -> Response:
        answer = await self._parts.threads.run(step)
        if isinstance(answer, Halt):
            return self._halted(request, answer)
        self._parts.bell.ring()
        return answered(answer, packs=False)

    async def enrol(self, request: Request) -> Response:
        """Give a till its place; it is not known yet, so its body is read before it is believed."""
        sent = await received(request, _SMALL_BYTES_MAX)
        asked = decoded(sent, EnrolRequest)
        signed = self._parts.gate.signed_by(message_of(request), asked.terminal_id, asked.public_key)
        checked(sent, signed)
        answer = await self._parts.threads.run(lambda: self._parts.enrolment.enrol(asked))
        if isinstance(answer, EnrolRefused):
            raise _enrol_problem(answer)
        note_of(request.scope).terminal = answer.terminal_id
        return answered(answer, packs=False)

    async def _replicas(self, signed: Signed) -> Path | None:
        """Return the folder of the prepared replicas that a till may have."""
        if self._parts.snapshots is None:
            return None
        scope = await self._parts.reading.run(lambda: self._parts.authority.scope_of(signed.key_id))
        return folder_of(self._parts.snapshots, scope)

    def _pushed(self, signed: Signed, sent: Sent) -> tuple[PushRequest, PushAnswer | Halt]:
        asked = decoded(checked(sent, signed), PushRequest)
        if asked.terminal_id != signed.key_id:
            raise Refused(
                403,
                "foreign-terminal",
                "The push is of another terminal than its signature",
                "nothing was taken; a till pushes under its own name",
            )
        return asked, self._parts.authority.push(asked)

    def _page(self, terminal_id: str, cursor: Cursor, *, packs: bool) -> tuple[FeedPage, Response] | Halt:
        rows_max = PAGE_ROWS_MAX
        while True:
            page = self._parts.authority.feed(terminal_id, cursor, rows_max)
            if isinstance(page, Halt):
                return page
            size = sum(len(bytes(row.document)) for row in page.rows if row.document is not None)
            if size <= PAGE_BYTES_MAX or len(page.rows) == 1:
                return page, answered(page, packs=packs)
            # Rows of the next page are as large as those of this one, more or less.
            rows_max = max(1, min(rows_max // 2, len(page.rows) * PAGE_BYTES_MAX // size))

    async def _news(self, request: Request, cursor: Cursor) -> News:
        bell = self._parts.bell
        leaving = asyncio.ensure_future(request.receive())
        with bell.waiting(cursor) as rung:
            try:
                either: set[asyncio.Future[Any]] = {rung, leaving}
                await asyncio.wait(either, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done():
                    raise Refused(_NOBODY, "gone", "The till went away", "nobody waits any more")
            finally:
                leaving.cancel()
        # It may have come at the very moment at which the time was over.
        return bell.news(cursor)

    def _halted(self, request: Request, halt: Halt) -> Response:
        note_of(request.scope).halt = halt.reason
        self._parts.metrics.halted(halt)
        return halt_response(halt)


def now_ms(clock: Clock) -> int:
    """Return the hub's clock in milliseconds since 1970 UTC."""
    return int(clock.now().timestamp() * 1_000)


def _cursor(request: Request) -> Cursor:
    cursor = cursor_of(request.query_params.get("cursor", ""))
    if cursor is None:
        raise Refused(
            400, "cursor", "The cursor cannot be read", "it is base64url of the JSON that the last page carried"
        )
    return cursor


def _settled(request: Request) -> int:
    """Return what a till says that it has told; 0 for nothing, and for what can be no time."""
    said = request.query_params.get("settled", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _MS_DIGITS else 0


def _enrol_problem(refused: EnrolRefused) -> Refused:
    status, title, detail = _ENROL[refused.fault]
    retry_after_s = -(-refused.retry_after_ms // 1_000) if refused.retry_after_ms else None
    return Refused(status, refused.fault.value.replace("_", "-"), title, detail, retry_after_s=retry_after_s)


_ENROL: Final = {
    EnrolFault.UNKNOWN_CODE: (403, "Nobody made this code", "look at it again, or have the office make another"),
    EnrolFault.EXPIRED_CODE: (403, "The code is over", "it was good for fifteen minutes: have the office make another"),
    EnrolFault.USED_CODE: (403, "The code was used", "it is good for one till: have the office make another"),
    EnrolFault.NAME_TAKEN: (
        409,
        "Another till has this name",
        "choose another, or have the office make a code for this one: hub enrol --terminal",
    ),
    EnrolFault.UNFIT: (
        400,
        "The name or the key cannot be one",
        "a name has 1 to 64 letters, digits, dots, dashes and underscores; a key has 32 bytes",
    ),
    EnrolFault.TOO_MANY_TRIES: (429, "Too many wrong codes", "nobody can be enrolled for a minute: try again then"),
}
