"""What the hub says of one event. Pure."""

from enum import StrEnum
from typing import Annotated

import msgspec


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """It was there already, with the same bytes."""
    QUARANTINED = "quarantined"
    """It is kept and has no effect, until a person has looked at it."""


class QuarantineCode(StrEnum):
    """Why an event was put aside."""

    ID_REUSED = "id_reused"
    """Another event has this id."""
    UNREADABLE = "unreadable"
    """The body is not one of its type."""
    FOREIGN = "foreign"
    """It names another terminal than the one that brought it."""
    REFUSED = "refused"
    """The ledger or the fold cannot take it; the hub's log says why."""
    TOO_LARGE = "too_large"
    """No batch can hold it. Said by the till itself."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hub's last word on one event; only this ends a row of the outbox."""

    event_id: str
    outcome: Outcome
    number: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Its place in the log of its partition; 0 if it has none."""
    code: QuarantineCode | None = None
