"""The ASGI application of a hub, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from re import compile as pattern
from typing import Final, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos_loyalty.errors import StoreError, whence
from pos_loyalty.ports import Clock
from sync.hub.authority import Authority
from sync.hub.enrolment import Enrolment
from sync.hub.hub_store import HubStore
from sync.hub.jobs.leaving import follow
from sync.hub.news import Seen, look
from sync.hub.web.attendance import HEARD_S, Claims, keep
from sync.hub.web.bell import Bell
from sync.hub.web.buckets import Rate
from sync.hub.web.gate import ALL_AGAIN_S, Gate
from sync.hub.web.handlers import Handlers, Parts, now_ms
from sync.hub.web.health import Watch
from sync.hub.web.metrics import Metrics
from sync.hub.web.problems import Refused, halt_response, our_fault, problem_response, store_failed
from sync.hub.web.pulse import Pulse
from sync.hub.web.requests import Noted, note_of
from sync.hub.web.routes import ROUTES
from sync.hub.web.threads import Threads, every
from sync.wire import Halt, HaltReason

HOLDS_S: Final = 30
"""Between two looks for holds whose time is over, and for vouchers that follow their member into a scope. Whatever
touches a member ends its own holds by itself."""
_VERSION: Final = 1
_OTHER_VERSION: Final = pattern(rf"/sync/(?!{_VERSION}/)(\d{{1,4}})/")
_NOT_FOUND: Final = 404
_log = logging.getLogger(__name__)

_Handler = Callable[[Request], Awaitable[Response]]


class Limits(NamedTuple):
    """How much one process takes on."""

    threads: int = 8
    """That change something in the database at once."""
    readers: int = 4
    """That only read. They have threads of their own: whoever looks, or shows a card, shall not wait for a disk that
    eight pushes stand before."""
    queue_max: int = 256
    queue_s: float = 2.0
    rate: Rate = Rate(burst=200, per_second=50)
    """Of one terminal."""


class Hub(NamedTuple):
    """What is served."""

    authority: Authority
    enrolment: Enrolment
    store: HubStore
    clock: Clock
    version: str
    snapshots: Path | None = None
    """Folder of the prepared replicas; None: none are offered."""
    limits: Limits = Limits()


def build_app(hub: Hub) -> Starlette:
    """Return the application. It needs the lifespan protocol; ``app.state.bell`` sends the waiters home at the end."""
    threads = Threads(hub.limits.threads, hub.limits.queue_max, hub.limits.queue_s)
    reading = Threads(hub.limits.readers, hub.limits.queue_max, hub.limits.queue_s)
    looking = Threads(1, 2, hub.limits.queue_s)
    metrics = Metrics()
    bell = Bell(lambda before: looking.run(lambda: _seen(hub.store, before)), lambda: now_ms(hub.clock))
    gate = Gate(hub.store, hub.clock, reading, hub.limits.rate)
    claims = Claims()
    pulse = Pulse(hub.clock.monotonic_ns)
    parts = Parts(
        hub.authority, hub.enrolment, hub.clock, gate, threads, reading, bell, metrics, claims, pulse, hub.snapshots
    )
    owners = (Handlers(parts), Watch(hub.store, hub.clock, looking, metrics, hub.version))

    def write_down() -> None:
        keep(hub.store, gate)
        claims.keep(hub.store)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(pulse.beat()),
            asyncio.create_task(bell.watch()),
            asyncio.create_task(_remember(gate)),
            asyncio.create_task(every(HEARD_S, looking, write_down)),
            asyncio.create_task(every(HOLDS_S, looking, lambda: _catch_up(hub))),
        ]
        try:
            yield
        finally:
            bell.close()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            write_down()
            threads.close()
            reading.close()
            looking.close()

    async def problem(request: Request, error: Exception) -> Response:
        refused = error if isinstance(error, HTTPException) else our_fault()
        if refused.status_code == _NOT_FOUND and (version := _OTHER_VERSION.match(request.url.path)):
            return _of_version(request, int(version[1]), now_ms(hub.clock))
        return problem_response(refused, now_ms(hub.clock))

    app = Starlette(
        routes=[Route(each.path, _endpoint(each.path, owners, each.name), methods=[each.method]) for each in ROUTES],
        exception_handlers={HTTPException: problem},
        middleware=[Middleware(Noted, clock=hub.clock, metrics=metrics)],
        lifespan=lifespan,
    )
    # The hub never redirects: a till takes whoever does for something in between.
    app.router.redirect_slashes = False
    app.state.bell, app.state.pulse = bell, pulse
    return app


async def _remember(gate: Gate) -> None:
    """Know all tills, from the beginning and until cancelled."""
    while True:
        try:
            await gate.remember()
        except Exception as error:  # noqa: BLE001 - the database is away, or busy; each till is looked for by itself then
            _log.warning("the tills could not be read: %s", whence(error))
        await asyncio.sleep(ALL_AGAIN_S)


def _of_version(request: Request, version: int, hub_ms: int) -> Response:
    """Return what is said to a till that speaks another version of the wire."""
    if version < _VERSION:
        note_of(request.scope).halt = HaltReason.TOO_OLD
        return halt_response(
            Halt(reason=HaltReason.TOO_OLD, detail=f"this hub speaks version {_VERSION}: install a newer program")
        )
    newer = Refused(
        _NOT_FOUND,
        "version",
        "This hub is older than the till",
        f"it speaks /sync/{_VERSION}/ and not /sync/{version}/: bring the hub up to date first",
    )
    return problem_response(newer, hub_ms)


def _endpoint(route: str, owners: tuple[object, ...], name: str) -> _Handler:
    handler: _Handler = next(getattr(owner, name) for owner in owners if hasattr(owner, name))

    async def endpoint(request: Request) -> Response:
        note_of(request.scope).route = route
        try:
            return await handler(request)
        except HTTPException:
            raise
        except StoreError as error:
            _log.error("the database said no: %s: %s", error.title, error)
            raise store_failed(error) from None
        except Exception as error:  # noqa: BLE001 - what nobody expected must not show what it choked on
            _log.error("a fault of the hub at %s: %s", route, whence(error))
            raise our_fault() from None

    return endpoint


def _catch_up(hub: Hub) -> None:
    hub.authority.time_out_holds()
    follow(hub.store)


def _seen(store: HubStore, before: Seen | None) -> Seen:
    with store.reading() as reading:
        return look(reading, before)
