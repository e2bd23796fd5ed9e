"""The local HTTP API: paths and bodies around the till. docs/reference/api.md is its reference, under test."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pos_loyalty.errors import StoreError, whence
from pos_loyalty.ports import Answer
from pos_loyalty.service.faults import bad_request, our_fault, store_failed
from pos_loyalty.service.idempotency import Key
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import (
    BODY_BYTES_MAX,
    IDEMPOTENCY_HEADER,
    BasketRequest,
    ChooseRequest,
    CodeRequest,
    GestureRequest,
    HappeningRequest,
    NoteRequest,
    PaintedRequest,
    PreferenceRequest,
    Problem,
    ProductsAnswer,
    ReturnsRequest,
    RevisionRequest,
)

_KEY_LENGTH_MAX = 200
_SEARCH_LIMIT = 9

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Handler = Callable[[Request], Awaitable[msgspec.Struct]]


def build_app(till: Till) -> Starlette:
    """Return the ASGI application that serves ``till``."""
    handlers = _Handlers(till)
    routes = [
        Route(path, _json(getattr(handlers, name)), methods=[method], name=name)
        for method, path, name in ROUTES
        if name != "stream"
    ]
    routes.append(Route("/v1/till/stream", handlers.stream, methods=["GET"], name="stream"))
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_problem})


ROUTES = (
    ("GET", "/v1/shop", "shop"),
    ("GET", "/v1/health", "health"),
    ("GET", "/v1/till", "view"),
    ("GET", "/v1/till/stream", "stream"),
    ("POST", "/v1/till/scan", "scan"),
    ("POST", "/v1/till/painted", "painted"),
    ("POST", "/v1/till/choose", "choose"),
    ("POST", "/v1/till/dismiss", "dismiss"),
    ("POST", "/v1/identify", "identify"),
    ("GET", "/v1/members", "search"),
    ("GET", "/v1/members/{member_id}", "member"),
    ("POST", "/v1/members/{member_id}/notes", "note"),
    ("PUT", "/v1/members/{member_id}/preferences/{name}", "prefer"),
    ("POST", "/v1/members/{member_id}/happenings", "happened"),
    ("POST", "/v1/members/{member_id}/gestures", "gesture"),
    ("GET", "/v1/products", "products"),
    ("POST", "/v1/baskets", "open_basket"),
    ("GET", "/v1/baskets/{basket_id}", "basket"),
    ("PUT", "/v1/baskets/{basket_id}", "replace"),
    ("POST", "/v1/baskets/{basket_id}/price", "price"),
    ("POST", "/v1/baskets/{basket_id}/commit", "commit"),
    ("POST", "/v1/baskets/{basket_id}/void", "void"),
    ("POST", "/v1/baskets/{basket_id}/return", "take_back"),
)
"""Every path of the API: method, path, handler."""


class _Handlers:
    """One method per path: read the request, ask the till, return a wire struct."""

    def __init__(self, till: Till) -> None:
        self._till = till

    async def shop(self, _: Request) -> msgspec.Struct:
        return self._till.shop

    async def health(self, _: Request) -> msgspec.Struct:
        return self._till.health()

    async def view(self, _: Request) -> msgspec.Struct:
        return self._till.board.view

    async def stream(self, _: Request) -> Response:
        headers = {"cache-control": "no-store"}
        return StreamingResponse(self._till.board.watch(), media_type="text/event-stream", headers=headers)

    async def scan(self, request: Request) -> msgspec.Struct:
        body = await _body(request, CodeRequest)
        return await self._till.scan(body.code, body.via, body.first_byte_ns, body.last_byte_ns)

    async def painted(self, request: Request) -> msgspec.Struct:
        body = await _body(request, PaintedRequest)
        return self._till.latencies.painted(body.last_byte_ns, body.painted_ns)

    async def choose(self, request: Request) -> msgspec.Struct:
        return await self._till.choose((await _body(request, ChooseRequest)).member_id)

    async def dismiss(self, _: Request) -> msgspec.Struct:
        return await self._till.dismiss()

    async def identify(self, request: Request) -> msgspec.Struct:
        body = await _body(request, CodeRequest)
        return self._till.finder.identify(body.code, body.via)

    async def search(self, request: Request) -> msgspec.Struct:
        limit = request.query_params.get("limit", str(_SEARCH_LIMIT))
        if not (limit.isascii() and limit.isdigit()):
            raise HTTPException(400, "limit is not a whole number: expected 1 to 50")
        return await self._till.book.search(request.query_params.get("q", ""), int(limit[:3]))

    async def member(self, request: Request) -> msgspec.Struct:
        return self._till.book.member(request.path_params["member_id"])

    async def note(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, NoteRequest), await _key(request)
        return await self._till.book.note(request.path_params["member_id"], body.text, key)

    async def prefer(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, PreferenceRequest), await _key(request)
        return await self._till.book.prefer(
            request.path_params["member_id"], request.path_params["name"], body.value, key
        )

    async def happened(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, HappeningRequest), await _key(request)
        return await self._till.awards.happened(request.path_params["member_id"], body, key)

    async def gesture(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, GestureRequest), await _key(request)
        return await self._till.awards.gesture(request.path_params["member_id"], body, key)

    async def products(self, request: Request) -> msgspec.Struct:
        store, asked = self._till.store, request.query_params.getlist("id")
        if not asked:
            return ProductsAnswer(products=store.products())
        found = (store.product(product_id) for product_id in dict.fromkeys(asked))
        return ProductsAnswer(products=tuple(product for product in found if product is not None))

    async def open_basket(self, request: Request) -> msgspec.Struct:
        return await self._till.baskets.open(await _key(request))

    async def basket(self, request: Request) -> msgspec.Struct:
        return self._till.baskets.get(request.path_params["basket_id"])

    async def replace(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, BasketRequest), await _key(request)
        return await self._till.baskets.replace(request.path_params["basket_id"], body, key)

    async def price(self, request: Request) -> msgspec.Struct:
        return await self._till.baskets.price(request.path_params["basket_id"], await _key(request))

    async def commit(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, RevisionRequest), await _key(request)
        return await self._till.baskets.commit(request.path_params["basket_id"], body.revision, key)

    async def void(self, request: Request) -> msgspec.Struct:
        return await self._till.baskets.void(request.path_params["basket_id"], await _key(request))

    async def take_back(self, request: Request) -> msgspec.Struct:
        body, key = await _body(request, ReturnsRequest), await _key(request)
        return await self._till.baskets.take_back(request.path_params["basket_id"], body.lines, key)


def _json(handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            return _response(await handler(request))
        except HTTPException:
            raise
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody reads
        except StoreError as error:
            return _response(store_failed(error))
        except Exception as error:  # noqa: BLE001 - the one net of the API: a request may fail, the service may not
            # Where, but not what: a message may hold the data it choked on.
            _log.error("%s %s: %s", request.method, request.scope["route"].path, whence(error))
            return _response(our_fault())

    return respond


def _response(answer: msgspec.Struct) -> Response:
    match answer:
        case Answer():
            return Response(answer.body, answer.status, media_type="application/json")
        case Problem():
            headers = {"retry-after": str(answer.retry_after)} if answer.retry_after else None
            return Response(msgspec.json.encode(answer), answer.status, headers, media_type="application/problem+json")
        case _:
            return Response(msgspec.json.encode(answer), media_type="application/json")


async def _http_problem(_: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return _response(bad_request(status, detail))


async def _raw(request: Request) -> bytes:
    """Return the body, read once, refusing a large one before it is in memory."""
    known: bytes | None = getattr(request.state, "raw", None)
    if known is not None:
        return known
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > BODY_BYTES_MAX:
            raise HTTPException(413, f"the body is above {BODY_BYTES_MAX} bytes: split the basket")
    request.state.raw = bytes(received)
    return bytes(received)


async def _body(request: Request, shape: type[_T]) -> _T:
    raw = await _raw(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.DecodeError as error:
        # msgspec names the path and the types, never the value.
        raise HTTPException(400, f"the body is not a {shape.__name__}: {error}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(400, f"the body is not JSON in UTF-8: {type(error).__name__}") from error


async def _key(request: Request) -> Key | None:
    value = request.headers.get(IDEMPOTENCY_HEADER)
    if value is None:
        return None
    if not 1 <= len(value) <= _KEY_LENGTH_MAX:
        raise HTTPException(400, f"{IDEMPOTENCY_HEADER} has {len(value)} characters, expected 1 to {_KEY_LENGTH_MAX}")
    return Key.of(value, request.method, request.url.path, await _raw(request))
