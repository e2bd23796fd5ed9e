"""Single requests to the hub: signed, packed, and every answer judged. None of them raises what a network can do."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from pos_loyalty import __version__
from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.errors import ConfigError
from sync.client.address import HubAddress
from sync.client.faults import Fault, fault_of
from sync.client.hub_clock import HubClock
from sync.client.judging import Heard, is_clock, judged, refusal
from sync.client.retry_after import retry_after_ns
from sync.engine.troubles import Trouble, trouble_of
from sync.packing import IDENTITY, ZSTD, Misfit, pack, unpack
from sync.signing import Message, TerminalKey, sign
from sync.wire import (
    BODY_BYTES_MAX,
    HUB_MS_FIELD,
    UNPACKED_BYTES_MAX,
    EnrolAnswer,
    EnrolRequest,
    Halt,
    HoldAnswer,
    HoldRequest,
    LookupAnswer,
    LookupRequest,
    PushAnswer,
    PushRequest,
    SnapshotOffer,
    WaitAnswer,
    cursor_text,
)

_CONNECT_S: Final = 10.0
_SILENCE_S: Final = 60.0
"""For one read or write. What a whole request may take is for the line to say, which is less."""
_KEPT_S: Final = 15.0
"""How long a connection is kept; less than the hub keeps it (60 s), so that no request meets one that is going."""

_OK: Final = 200
_PARTIAL: Final = 206
_S_MS: Final = 1_000
_MS_DIGITS: Final = 13

_T = TypeVar("_T", bound=msgspec.Struct)


class Signer(NamedTuple):
    """Who asks."""

    terminal_id: str
    key: TerminalKey


class Alive(msgspec.Struct, frozen=True):
    """The hub's word that it is there."""

    status: str


class HubCalls:
    """One hub, as one terminal asks it. Belongs to one event loop.

    Raises:
        ConfigError: the certificates cannot be read, or it would speak in clear over a network.
    """

    def __init__(self, address: HubAddress, signer: Signer, clock: HubClock) -> None:
        self._signer = signer
        self._clock = clock
        self._http = _http(address)
        self._base = address.base

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def push(self, request: PushRequest) -> PushAnswer | Halt | Fault:
        """Bring events."""
        return await self._ask("POST", "/sync/1/push", request, PushAnswer)

    async def feed(self, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt | Fault:
        """Ask for the next page; ``settled_ms`` is up to when the hub has been told everything."""
        settled = "" if settled_ms is None else f"&settled={settled_ms}"
        return await self._ask("GET", f"/sync/1/feed?cursor={cursor_text(cursor)}{settled}", None, FeedPage)

    async def wait(self, cursor: Cursor) -> WaitAnswer | Halt | Fault:
        """Wait until something is newer than ``cursor``, or until the hub's own patience ends."""
        return await self._ask("GET", f"/sync/1/wait?cursor={cursor_text(cursor)}", None, WaitAnswer)

    async def snapshot(self) -> SnapshotOffer | Halt | Fault:
        """Ask for a prepared replica."""
        return await self._ask("GET", "/sync/1/snapshot", None, SnapshotOffer)

    async def lookup(self, request: LookupRequest) -> LookupAnswer | Halt | Fault:
        """Ask who or what a code is."""
        return await self._ask("POST", "/sync/1/lookup", request, LookupAnswer)

    async def hold(self, request: HoldRequest) -> HoldAnswer | Halt | Fault:
        """Ask for a hold."""
        return await self._ask("POST", "/sync/1/holds", request, HoldAnswer)

    async def void(self, hold_id: str) -> HoldAnswer | Halt | Fault:
        """Give a hold back."""
        return await self._ask("POST", f"/sync/1/holds/{quote(hold_id, safe='')}/void", None, HoldAnswer)

    async def enrol(self, request: EnrolRequest) -> EnrolAnswer | Halt | Fault:
        """Ask for a place among the terminals."""
        return await self._ask("POST", "/sync/1/enrol", request, EnrolAnswer)

    async def live(self) -> Alive | Halt | Fault:
        """Ask whether anybody is there; whoever asks need not be known."""
        return await self._ask("GET", "/health/live", None, Alive)

    @asynccontextmanager
    async def file(self, path: str, start: int) -> AsyncGenerator[httpx.Response | Fault]:
        """Open a file of the hub at a byte; the status of what is given is 200 (from its beginning) or 206."""
        request = self._request("GET", path, b"", IDENTITY)
        request.headers["accept-encoding"] = IDENTITY
        if start:
            request.headers["range"] = f"bytes={start}-"
        try:
            response = await self._http.send(request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            yield fault_of(error, answering=False)
            return
        try:
            if response.status_code in {_OK, _PARTIAL} and not _is_html(response):
                yield response
            else:
                heard = await self._heard(response)
                yield heard if isinstance(heard, Fault) else refusal(heard)
        finally:
            await response.aclose()

    async def _ask(
        self, method: str, target: str, question: msgspec.Struct | None, answer: type[_T]
    ) -> _T | Halt | Fault:
        """Ask once; once more, at once, if all that was wrong is the time it was signed at."""
        plain = b"" if question is None else msgspec.json.encode(question)
        body, encoding = pack(plain)
        if len(plain) > UNPACKED_BYTES_MAX or len(body) > BODY_BYTES_MAX:
            # The hub would hang up in the middle of it, which looks like a line that is down.
            return Fault(trouble=Trouble.TOO_LARGE, detail="the request is larger than the hub takes")
        heard = await self._exchange(method, target, body, encoding)
        if isinstance(heard, Heard) and is_clock(heard):
            heard = await self._exchange(method, target, body, encoding)
        return heard if isinstance(heard, Fault) else judged(heard, answer)

    async def _exchange(self, method: str, target: str, body: bytes, encoding: str) -> Heard | Fault:
        asked_ns = self._clock.monotonic_ns()
        try:
            response = await self._http.send(self._request(method, target, body, encoding), stream=True)
        except (httpx.HTTPError, OSError) as error:
            return fault_of(error, answering=False)
        if (hub_ms := _number(response.headers.get(HUB_MS_FIELD, ""))) is not None:
            self._clock.heard(hub_ms, asked_ns)
        try:
            return await self._heard(response)
        finally:
            await response.aclose()

    def _request(self, method: str, target: str, body: bytes, encoding: str) -> httpx.Request:
        headers = {"accept": "application/json", "accept-encoding": ZSTD}
        if body:
            headers["content-type"] = "application/json"
        if encoding != IDENTITY:
            headers["content-encoding"] = encoding
        request = self._http.build_request(method, self._base + target, content=body or None, headers=headers)
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        now_s = self._clock.now_ms() // _S_MS
        signer = self._signer
        request.headers.update(sign(Message(method, path, query), body, signer.key, signer.terminal_id, now_s))
        return request

    async def _heard(self, response: httpx.Response) -> Heard | Fault:
        """Return the body as it is meant, or why it is none. More than the caps is never kept."""
        sent = bytearray()
        try:
            async for piece in response.aiter_raw():
                sent += piece
                if len(sent) > BODY_BYTES_MAX:
                    return Fault(trouble=Trouble.UNREADABLE, detail="the answer is larger than any of the hub's")
        except (httpx.HTTPError, OSError) as error:
            return fault_of(error, answering=True)
        headers = response.headers
        body = unpack(bytes(sent), headers.get("content-encoding", ""))
        if isinstance(body, Misfit):
            return Fault(trouble=Trouble.UNREADABLE, detail=f"the answer cannot be unpacked ({body})")
        pause = retry_after_ns(headers.get("retry-after", ""), headers.get("date", ""), self._clock.now_ms())
        return Heard(response.status_code, headers.get("content-type", ""), body, pause)


def _http(address: HubAddress) -> httpx.AsyncClient:
    address.insist()
    transport = httpx.AsyncHTTPTransport(
        verify=_trust(address),
        # Not from the environment, which the transport would ask by itself.
        trust_env=False,
        uds=address.socket,
        proxy=httpx.Proxy(address.proxy) if address.proxy else None,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=_KEPT_S),
    )
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S),
        trust_env=False,
        follow_redirects=False,
        headers={"user-agent": f"pos-loyalty/{__version__}"},
    )


def _trust(address: HubAddress) -> ssl.SSLContext | bool:
    """Return whose certificates are believed. Without TLS nobody's are looked at, and loading them takes 50 ms."""
    if not address.base.startswith("https:"):
        return False
    try:
        return ssl.create_default_context(cafile=None if address.ca is None else str(address.ca))
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"[hub] ca: {address.ca}: {reason}; name a file of certificates in PEM") from error


def _number(text: str) -> int | None:
    # Thirteen digits are milliseconds until the year 2286.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MS_DIGITS else None


def _is_html(response: httpx.Response) -> bool:
    return trouble_of(_OK, response.headers.get("content-type", "")) is not None
