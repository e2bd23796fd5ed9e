"""Paths for whoever looks after the hub: is it alive, can it serve, its figures, and what it serves."""

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Clock
from sync.hub.hub_store import HubStore
from sync.hub.web.metrics import MEDIA, Metrics
from sync.hub.web.openapi import document
from sync.hub.web.problems import Refused
from sync.hub.web.routes import Health
from sync.hub.web.threads import Threads

READY_S: Final = 3.0
"""Longer, and whoever asks counts it as no."""
_SLACK: Final = timedelta(minutes=5)
_OK: Final = "ok"


class Watch:
    """The paths that nobody signs. None of them says anything of members or tills."""

    def __init__(self, store: HubStore, clock: Clock, threads: Threads, metrics: Metrics, version: str) -> None:
        self._store = store
        self._clock = clock
        self._threads = threads
        self._metrics = metrics
        self._document = msgspec.json.encode(document(version))

    async def live(self, _: Request) -> Response:
        """Say that the event loop turns."""
        return _health(Health(status=_OK))

    async def ready(self, _: Request) -> Response:
        """Say whether the database answers, and the clock can be right."""
        try:
            async with asyncio.timeout(READY_S):
                checks = await self._threads.run(self._checks)
        except TimeoutError:
            checks = {"database": f"no answer within {READY_S:g} s"}
        except StoreError as error:
            checks = {"database": error.title}
        return _health(Health(status=_OK if set(checks.values()) == {_OK} else "not ready", checks=checks))

    async def metrics(self, request: Request) -> Response:
        """Give the figures, to who asks from this machine."""
        if not _is_here(request):
            raise Refused(404, "not-found", "Not here", "figures are given on the machine of the hub only")
        return Response(await asyncio.to_thread(self._metrics.text), media_type=MEDIA)

    async def openapi(self, _: Request) -> Response:
        """Give the OpenAPI document."""
        return Response(self._document, media_type="application/json")

    def _checks(self) -> dict[str, str]:
        with self._store.reading() as reading:
            epochs = reading.epochs()
        if not epochs:
            return {"database": "it has no epoch: no hub was ever opened over it"}
        return {"database": _OK, "clock": self._clock_check(epochs[-1].name)}

    def _clock_check(self, epoch: str) -> str:
        # The name of an epoch is a UUIDv7 (RFC 9562, section 5.7): this hub's clock has been there already.
        began = datetime.fromtimestamp((UUID(epoch).int >> 80) / 1_000, UTC)
        if self._clock.now() < began - _SLACK:
            return f"it is behind {began:%Y-%m-%d %H:%M} UTC, when this history began: set it"
        return _OK


def _health(health: Health) -> Response:
    status = 200 if health.status == _OK else 503
    return Response(msgspec.json.encode(health), status, {"cache-control": "no-store"}, media_type="application/json")


def _is_here(request: Request) -> bool:
    if request.client is None:
        return True
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
