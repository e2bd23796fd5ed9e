"""The part of the local API that is about the hub: ask now, see what was put aside, let one event wait again."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos_loyalty.cli.sync_line import TillLine
from pos_loyalty.core.verdicts import Verdict
from pos_loyalty.errors import StoreError
from pos_loyalty.store.sqlite import SqliteStore

NOW = "/v1/sync/now"
PUT_ASIDE = "/v1/sync/put-aside"
RELEASE = PUT_ASIDE + "/{event_id}/release"
PATHS = (("POST", NOW), ("GET", PUT_ASIDE), ("POST", RELEASE))
"""Every path of this part: docs/reference/api.md lists them."""


class PutAside(msgspec.Struct, frozen=True, kw_only=True):
    """Events that have no effect until a person has looked at them, oldest first."""

    events: tuple[Verdict, ...]


def sync_routes(store: SqliteStore, line: TillLine | None) -> tuple[Route, ...]:
    """Return the routes, to be added to the application of the till service."""

    async def now(_: Request) -> Response:
        if line is not None:
            line.go_on()
        return Response(status_code=204 if line is not None else 409)

    async def put_aside(_: Request) -> Response:
        try:
            events = await asyncio.to_thread(store.outbox.quarantined)
        except StoreError:
            return Response(status_code=503)
        return Response(msgspec.json.encode(PutAside(events=events)), media_type="application/json")

    async def release(request: Request) -> Response:
        try:
            was_there = await asyncio.to_thread(store.outbox.release, request.path_params["event_id"])
        except StoreError:
            return Response(status_code=503)
        if was_there and line is not None:
            line.go_on()
        return Response(status_code=204 if was_there else 404)

    return (
        Route(NOW, now, methods=["POST"]),
        Route(PUT_ASIDE, put_aside, methods=["GET"]),
        Route(RELEASE, release, methods=["POST"]),
    )
