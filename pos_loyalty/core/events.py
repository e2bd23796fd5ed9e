"""Events: immutable business facts, their envelope, and the one way to write and read them.

An event is made by a terminal and stored before it is sent anywhere. Its body stays exactly as it was written, so
a type this version does not know is kept and passed on verbatim. A body has a version; ``UPCASTERS`` turns an old
one into today's shape when it is read.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from pos_loyalty.core.event_bodies import BODIES, Body, UnknownBody
from pos_loyalty.core.ids import PARTS

_TYPES = {body: name for name, body in BODIES.items()}

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""One step: the JSON object of a body in, the same body one version later out."""

UPCASTERS: Mapping[str, tuple[Upcast, ...]] = {}
"""Event type to its steps, oldest first: the first makes version 2 of a body. No step is ever taken out."""

VERSIONS = {name: 1 + len(UPCASTERS.get(name, ())) for name in BODIES}
"""Current body version by type."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event that has its identity and its body, but no place in the journal yet."""

    event_id: str
    occurred_at: datetime
    body: Body
    member_id: str | None = None
    associate_id: str = ""
    part: int
    program_versions: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope, as it stands in the journal and goes over the wire."""

    event_id: str
    """UUIDv7, made and stored before the first try and never made again."""
    terminal_id: str
    seq: Annotated[int, msgspec.Meta(ge=1)]
    """Contiguous per terminal, from 1."""
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    """By the terminal's clock, UTC: data, never order."""
    type: str
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    member_id: str | None = None
    associate_id: str = ""
    part: Annotated[int, msgspec.Meta(ge=0, lt=PARTS)]
    """Fixed at birth, 0..1023."""
    program_versions: tuple[str, ...] = ()
    body: msgspec.Raw


_encoder = msgspec.json.Encoder(order="deterministic")
_event_decoder = msgspec.json.Decoder(Event)
_body_decoders = {name: msgspec.json.Decoder(body) for name, body in BODIES.items()}


def seal(draft: Draft, terminal_id: str, seq: int) -> Event:
    """Give ``draft`` its place in the journal of ``terminal_id``."""
    name = _TYPES[type(draft.body)]
    return Event(
        event_id=draft.event_id,
        terminal_id=terminal_id,
        seq=seq,
        occurred_at=draft.occurred_at,
        type=name,
        version=VERSIONS[name],
        member_id=draft.member_id,
        associate_id=draft.associate_id,
        part=draft.part,
        program_versions=draft.program_versions,
        body=msgspec.Raw(_encoder.encode(draft.body)),
    )


def encode(event: Event) -> bytes:
    """Return the event as JSON (RFC 8259, UTF-8); the body is copied byte for byte."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """Read an event back.

    Raises:
        msgspec.DecodeError: ``data`` is not an event; its message names the path.
    """
    return _event_decoder.decode(data)


def body_of(event: Event, upcasters: Mapping[str, tuple[Upcast, ...]] = UPCASTERS) -> Body:
    """Return what happened, in today's shape; ``UnknownBody`` if this version does not know the type.

    Raises:
        msgspec.ValidationError: the body is not one of its type; the message names the path, never the content.
    """
    decoder, steps = _body_decoders.get(event.type), upcasters.get(event.type, ())
    due = steps[event.version - 1 :]
    if decoder is None or event.version > 1 + len(steps):
        return UnknownBody()
    if not due:
        return decoder.decode(event.body)
    document = msgspec.json.decode(event.body)
    for upcast in due:
        document = upcast(document)
    return decoder.decode(_encoder.encode(document))
