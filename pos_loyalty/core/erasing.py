"""What is left of an event about a person who is to be forgotten. Pure."""

from typing import Final

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body, EventArchived, EventErased
from pos_loyalty.core.events import Event

HARMLESS: Final = frozenset(
    {
        "visit.opened",
        "visit.closed",
        "basket.committed",
        "basket.voided",
        "basket.returned",
        "points.earned",
        "points.activated",
        "points.expired",
        "tier.assessed",
        "member.merged",
        "member.unmerged",
        "member.erased",
        "event.erased",
        "event.archived",
    }
)
"""Types whose bodies hold goods, money, points and ids, and never what somebody wrote. Of all others, those included
that no build of today knows, nothing is left."""

EMPTIED: Final = frozenset({"event.erased", "event.archived"})
"""Types that stand in the place of others, whose digests they keep."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def redacted(event: Event) -> Event:
    """Return what may stay: the envelope, and the body of a harmless type; the id names nobody any more."""
    if event.type in HARMLESS:
        return event
    return _emptied(event, "event.erased", EventErased(was=event.type))


def archived(event: Event, file: str) -> Event:
    """Return what stays of an event in the database when it is in an archive."""
    if event.type in EMPTIED:
        return event
    return _emptied(event, "event.archived", EventArchived(was=event.type, file=file))


def _emptied(event: Event, name: str, body: Body) -> Event:
    return replace(event, type=name, version=1, body=msgspec.Raw(_encode(body)))
