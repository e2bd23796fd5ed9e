"""The client of the local API: what the screen, the demo and the command line use.

Answers are wire structs; a refusal is returned as a :class:`~pos_loyalty.service.wire.Problem`, not raised, since
"unknown product" is daily business. Only a service that does not answer raises.
"""

import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from httpx_sse import aconnect_sse

from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.claims import Claims
from pos_loyalty.core.members import Member
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.service.wire import (
    IDEMPOTENCY_HEADER,
    BasketRequest,
    ChooseRequest,
    CodeRequest,
    Earned,
    GestureRequest,
    Granted,
    HappeningRequest,
    Health,
    IdentifyAnswer,
    Latency,
    NoteRequest,
    PaintedRequest,
    PreferenceRequest,
    Problem,
    ProductsAnswer,
    Recorded,
    ReturnsRequest,
    RevisionRequest,
    SearchAnswer,
    Shop,
    TillView,
)

_T = TypeVar("_T")
_TIMEOUT_S = 5.0
"""Longer than the store waits for a lock; a local answer takes milliseconds."""
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For a Unix socket. The one that httpx would make reads all root certificates: 20 ms for each command and screen."""

_encoder = msgspec.json.Encoder()
_problem = msgspec.json.Decoder(Problem)
_view = msgspec.json.Decoder(TillView)


class TillClient:
    """One connection pool to one till service. Use as an async context manager, or call :meth:`close`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        transport = httpx.AsyncHTTPTransport(uds=str(socket), verify=_NO_TLS)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://till", timeout=_TIMEOUT_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def shop(self) -> Shop:
        """Return what has to be known about the shop."""
        return _granted(await self._get("/v1/shop", Shop))

    async def health(self) -> Health:
        """Return the state of the service."""
        return _granted(await self._get("/v1/health", Health))

    async def till(self) -> TillView:
        """Return what a screen shows now."""
        return _granted(await self._get("/v1/till", TillView))

    async def watch(self) -> AsyncGenerator[TillView]:
        """Yield the view now and after every change, until the service goes away.

        Raises:
            ServiceUnreachable: the service is not there, or has gone.
        """
        try:
            async with aconnect_sse(self._http, "GET", "/v1/till/stream", timeout=httpx.Timeout(None)) as source:
                async for message in source.aiter_sse():
                    # httpx-sse hands on the comment that keeps the line alive as a message without data.
                    if message.data:
                        yield _view.decode(message.data)
        except (httpx.TransportError, OSError) as lost:
            raise self._unreachable() from lost
        raise self._unreachable()

    async def scan(self, code: str) -> TillView | Problem:
        """Act as if ``code`` had been scanned."""
        return await self._send("POST", "/v1/till/scan", CodeRequest(code=code), TillView)

    async def read(self, text: str, first_byte_ns: int, last_byte_ns: int) -> TillView | Problem:
        """Act on what a reader seems to have typed into the terminal; the problem ``not-a-code`` if it is none."""
        wanted = CodeRequest(code=text, via="terminal", first_byte_ns=first_byte_ns, last_byte_ns=last_byte_ns)
        return await self._send("POST", "/v1/till/scan", wanted, TillView)

    async def painted(self, last_byte_ns: int, painted_ns: int) -> Latency | Problem:
        """Say when what a scan caused was to be seen, on the monotonic clock of this machine."""
        wanted = PaintedRequest(last_byte_ns=last_byte_ns, painted_ns=painted_ns)
        return await self._send("POST", "/v1/till/painted", wanted, Latency)

    async def choose(self, member_id: str) -> TillView | Problem:
        """Pick one member: of several candidates, or found by name."""
        return await self._send("POST", "/v1/till/choose", ChooseRequest(member_id=member_id), TillView)

    async def dismiss(self) -> TillView | Problem:
        """Be done with what is on the screen."""
        return await self._send("POST", "/v1/till/dismiss", None, TillView)

    async def identify(self, code: str) -> IdentifyAnswer | Problem:
        """Ask whom ``code`` names, without touching the session."""
        return await self._send("POST", "/v1/identify", CodeRequest(code=code), IdentifyAnswer)

    async def member(self, member_id: str) -> Member | Problem:
        """Return one member's document."""
        return await self._get(f"/v1/members/{member_id}", Member)

    async def search(self, text: str, limit: int = 9) -> SearchAnswer | Problem:
        """Find members by the beginnings of names, or by phone."""
        return await self._get(str(httpx.URL("/v1/members", params={"q": text, "limit": limit})), SearchAnswer)

    async def note(self, member_id: str, text: str, key: str | None = None) -> Recorded | Problem:
        """Write a note in the client book."""
        return await self._send("POST", f"/v1/members/{member_id}/notes", NoteRequest(text=text), Recorded, key)

    async def prefer(self, member_id: str, name: str, value: str, key: str | None = None) -> Recorded | Problem:
        """Set a preference, or forget it with an empty value."""
        path = f"/v1/members/{member_id}/preferences/{quote(name, safe='')}"
        return await self._send("PUT", path, PreferenceRequest(value=value), Recorded, key)

    async def happened(self, member_id: str, wanted: HappeningRequest, key: str | None = None) -> Earned | Problem:
        """Let a member earn by something that is no purchase."""
        return await self._send("POST", f"/v1/members/{member_id}/happenings", wanted, Earned, key)

    async def gesture(self, member_id: str, wanted: GestureRequest, key: str | None = None) -> Granted | Problem:
        """Make a gesture of goodwill."""
        return await self._send("POST", f"/v1/members/{member_id}/gestures", wanted, Granted, key)

    async def products(self, *product_ids: str) -> ProductsAnswer | Problem:
        """Return the products with these ids, as far as there are such; all products without one."""
        return await self._get(str(httpx.URL("/v1/products", params={"id": product_ids})), ProductsAnswer)

    async def open_basket(self, key: str | None = None) -> Basket | Problem:
        """Open a basket for whoever is at the counter, or return the one that is open."""
        return await self._send("POST", "/v1/baskets", None, Basket, key)

    async def basket(self, basket_id: str) -> Basket | Problem:
        """Return one basket."""
        return await self._get(f"/v1/baskets/{basket_id}", Basket)

    async def replace(
        self,
        basket_id: str,
        lines: tuple[LineRequest, ...],
        claims: Claims = (),
        revision: int | None = None,
        key: str | None = None,
    ) -> Basket | Problem:
        """Replace the content of a basket by lines and claims; it comes back priced."""
        return await self.fill(basket_id, BasketRequest(lines=lines, claims=claims, revision=revision), key)

    async def fill(self, basket_id: str, wanted: BasketRequest, key: str | None = None) -> Basket | Problem:
        """Replace the whole content of a basket; it comes back priced."""
        return await self._send("PUT", f"/v1/baskets/{basket_id}", wanted, Basket, key)

    async def price(self, basket_id: str) -> Basket | Problem:
        """Price a basket again, as of now."""
        return await self._send("POST", f"/v1/baskets/{basket_id}/price", None, Basket)

    async def commit(self, basket_id: str, revision: int | None = None, key: str | None = None) -> Basket | Problem:
        """Write the sale. Any number of calls make one sale, and all return its receipt."""
        body = RevisionRequest(revision=revision)
        return await self._send("POST", f"/v1/baskets/{basket_id}/commit", body, Basket, key)

    async def void(self, basket_id: str, key: str | None = None) -> Basket | Problem:
        """Give up an open basket, or undo a whole sale."""
        return await self._send("POST", f"/v1/baskets/{basket_id}/void", None, Basket, key)

    async def take_back(
        self, basket_id: str, lines: tuple[ReturnRequest, ...], key: str | None = None
    ) -> Basket | Problem:
        """Take goods of a sale back; the newest of the basket's ``returns`` says what to give for them."""
        return await self._send("POST", f"/v1/baskets/{basket_id}/return", ReturnsRequest(lines=lines), Basket, key)

    async def _get(self, path: str, answer: type[_T]) -> _T | Problem:
        return await self._send("GET", path, None, answer)

    async def _send(
        self, method: str, path: str, body: msgspec.Struct | None, answer: type[_T], key: str | None = None
    ) -> _T | Problem:
        content = None if body is None else _encoder.encode(body)
        headers = {"content-type": "application/json"} | ({IDEMPOTENCY_HEADER: key} if key else {})
        try:
            response = await self._http.request(method, path, content=content, headers=headers)
        except (httpx.TransportError, OSError) as lost:
            raise self._unreachable() from lost
        if response.is_success:
            return msgspec.json.decode(response.content, type=answer)
        return _problem.decode(response.content)

    def _unreachable(self) -> ServiceUnreachable:
        return ServiceUnreachable(
            f"no till service answers at {self._socket}: start it with `pos-loyalty serve`, or see what ended it"
            " with `systemctl status pos-loyalty`"
        )


def _granted(answer: _T | Problem) -> _T:
    if isinstance(answer, Problem):
        raise ServiceUnreachable(f"the till service refused ({answer.status}): {answer.detail}")
    return answer
