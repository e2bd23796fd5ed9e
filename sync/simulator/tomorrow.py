"""The other side is of a newer build: its messages have fields that nobody knows today."""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def read_today(message: T) -> T:
    """Return what this side reads of a message that a newer one has sent: over the wire, with more fields in it."""
    sent = msgspec.json.decode(msgspec.json.encode(message))
    several = (each for name in ("events", "rows", "verdicts") for each in sent.get(name, ()))
    for each in (sent, *several):
        each["tomorrow"] = {"more": [1]}
    return msgspec.json.decode(msgspec.json.encode(sent), type=type(message))
