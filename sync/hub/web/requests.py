"""What became of each request: one line of JSON in the log, and the metrics.

A line has the route, never the address that was asked for: its query may hold a code, and so may a path that is none
of ours. Of a body it has the number of events.
"""

import json
import logging
from typing import Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pos_loyalty.ports import Clock
from sync.hub.web.metrics import Metrics
from sync.wire import HUB_MS_FIELD

NO_ROUTE: Final = "none"

_KEY: Final = "hub.note"
_NS_PER_MS: Final = 1_000_000
_log = logging.getLogger(__name__)


class Note(msgspec.Struct):
    """What is said of one request, as it becomes known."""

    route: str = NO_ROUTE
    terminal: str = ""
    """Once its signature was found good."""
    events: int | None = None
    halt: str = ""


def note_of(scope: Scope) -> Note:
    """Return the note of a request."""
    note: Note = scope[_KEY]
    return note


class Noted:
    """ASGI around the application: notes each request, and gives each answer the time of the hub."""

    def __init__(self, app: ASGIApp, *, clock: Clock, metrics: Metrics) -> None:
        self._app = app
        self._clock = clock
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note = scope[_KEY] = Note()
        began_ns = self._clock.monotonic_ns()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                hub_ms = str(int(self._clock.now().timestamp() * 1_000)).encode()
                message["headers"] = [*message["headers"], (HUB_MS_FIELD.encode(), hub_ms)]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            took_ns = self._clock.monotonic_ns() - began_ns
            self._metrics.answered(note.route, status, took_ns)
            _log.info("%s", _line(scope["method"], note, status, took_ns))


def _line(method: str, note: Note, status: int, took_ns: int) -> str:
    said = {"method": method, "route": note.route, "status": status, "ms": took_ns // _NS_PER_MS}
    also = {"terminal": note.terminal, "events": note.events, "halt": note.halt}
    return json.dumps({**said, **{name: value for name, value in also.items() if value not in {"", None}}})
