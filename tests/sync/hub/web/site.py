"""A hub as it is served, and tills that ask it in signed requests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from sync.hub.authority import Authority
from sync.hub.enrolment import Enrolment
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.web.app import Hub, Limits, build_app
from sync.signing import Message, TerminalKey, sign
from sync.wire import PushRequest
from tests.sync.hub.shop import NOON, Ids, Till

PATIENCE_S: Final = 30.0
KEY: Final = TerminalKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER_KEY: Final = TerminalKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


class Wound:
    """A clock that stands until a test lets time pass."""

    def __init__(self) -> None:
        self.at = NOON
        self.passed_ns = 0

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.at

    def monotonic_ns(self) -> int:
        """Return what has passed."""
        return self.passed_ns

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)
        self.passed_ns += seconds * 1_000_000_000


class Site:
    """A hub with till ``t1`` enrolled, and what a client says to it."""

    def __init__(self, store: HubStore, limits: Limits, snapshots: Path | None) -> None:
        self.clock = Wound()
        self.store = store
        self.authority = Authority(store, zone=UTC, clock=self.clock, ids=Ids(1_000_000))
        self.authority.enrol(Terminal(terminal_id="t1", public_key=KEY.public, store_id="s1"))
        self.enrolment = Enrolment(store, clock=self.clock, chance=lambda size: b"\x5a" * size)
        hub = Hub(self.authority, self.enrolment, store, self.clock, "1.0", snapshots, limits)
        self.app: Starlette = build_app(hub)
        self.till = Till("t1", Ids())
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub", trust_env=False)

    async def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: TerminalKey = KEY,
        name: str = "t1",
        off_s: int = 0,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one signed request; ``off_s`` is how far the till's clock is ahead."""
        return await self.http.send(self.request(method, target, body, key, name, off_s, headers or {}))

    def request(
        self, method: str, target: str, body: bytes, key: TerminalKey, name: str, off_s: int, headers: dict[str, str]
    ) -> httpx.Request:
        """Return one signed request."""
        given = {"content-type": "application/json"} if body else {}
        request = self.http.build_request(method, target, content=body or None, headers=given | headers)
        path, _, query = request.url.raw_path.decode().partition("?")
        now_s = int(self.clock.at.timestamp()) + off_s
        request.headers.update(sign(Message(method, path, query), body, key, name, now_s))
        return request

    async def push(self, request: PushRequest | None = None, **how: Any) -> httpx.Response:  # noqa: ANN401 - of ask
        """Push a request, or the whole journal of the till."""
        return await self.ask("POST", "/sync/1/push", msgspec.json.encode(request or self.till.request()), **how)


@asynccontextmanager
async def site(
    store: HubStore | None = None, limits: Limits | None = None, snapshots: Path | None = None
) -> AsyncIterator[Site]:
    """Serve a hub, over a store in memory unless another is given."""
    kept = store or MemoryHubStore()
    served = Site(kept, limits or Limits(), snapshots)
    async with served.app.router.lifespan_context(served.app), served.http:
        yield served
    kept.close()


async def until(hub: Site, holds: Callable[[], bool]) -> None:
    """Keep the hub turning until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await hub.http.get("/health/ready")


def problem_of(response: httpx.Response) -> str:
    """Return the name of a problem; it must be a problem document with the time of the hub."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    said = response.json()
    assert said["status"] == response.status_code
    assert said["hub_ms"] == int(response.headers["hub-ms"])
    name: str = said["type"].removeprefix("urn:pos-loyalty:problem:")
    return name
