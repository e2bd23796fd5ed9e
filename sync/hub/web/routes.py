"""Every path of the hub: the one table that the application, /openapi.json and the reference are made from."""

from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.feed import FeedPage
from sync.hub.snapshots import ROUTE as SNAPSHOTS
from sync.wire import (
    EnrolAnswer,
    EnrolRequest,
    HoldAnswer,
    HoldRequest,
    LookupAnswer,
    LookupRequest,
    PushAnswer,
    PushRequest,
    SnapshotOffer,
    WaitAnswer,
)


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the hub is. Each check is ``ok``, or one sentence about what is wrong."""

    status: str
    checks: dict[str, str] = {}


class Route(NamedTuple):
    """One path and what it takes and gives."""

    method: str
    path: str
    name: str
    """Of the handler, and of the operation in the OpenAPI document."""
    summary: str
    asks: type[msgspec.Struct] | None = None
    gives: type[msgspec.Struct] | None = None
    """None: a file, or text."""
    is_signed: bool = True
    query: tuple[str, ...] = ()
    """What can be in the query."""


ROUTES: Final = (
    Route("POST", "/sync/1/push", "push", "Bring events; get a verdict for each.", PushRequest, PushAnswer),
    Route(
        "GET",
        "/sync/1/feed",
        "feed",
        "The rows above a cursor, a page of them.",
        None,
        FeedPage,
        query=("cursor", "settled"),
    ),
    Route(
        "GET",
        "/sync/1/wait",
        "wait",
        "Wait until there is anything above a cursor, 25 s at most.",
        None,
        WaitAnswer,
        query=("cursor",),
    ),
    Route("GET", "/sync/1/snapshot", "snapshot", "The prepared replica that is offered.", None, SnapshotOffer),
    Route("GET", SNAPSHOTS + "{name}", "snapshot_file", "A prepared replica, or ranges of it."),
    Route("POST", "/sync/1/lookup", "lookup", "All that the hub has under a code.", LookupRequest, LookupAnswer),
    Route("POST", "/sync/1/holds", "hold", "Keep points or a voucher for one basket.", HoldRequest, HoldAnswer),
    Route("POST", "/sync/1/holds/{hold_id}/void", "void", "Give back what was kept.", None, HoldAnswer),
    Route("POST", "/sync/1/enrol", "enrol", "Get a place with a one-time code.", EnrolRequest, EnrolAnswer),
    Route("GET", "/health/live", "live", "Whether this process answers.", None, Health, is_signed=False),
    Route("GET", "/health/ready", "ready", "Whether it can serve tills.", None, Health, is_signed=False),
    Route("GET", "/metrics", "metrics", "Figures for Prometheus; for this machine only.", is_signed=False),
    Route("GET", "/openapi.json", "openapi", "This document.", is_signed=False),
)
