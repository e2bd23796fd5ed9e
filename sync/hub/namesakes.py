"""Identifiers that name two members: a card that was enrolled in two stores while the line was down, mostly. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.feed import PARTITIONS, RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from sync.hub.hub_store import Reading

_ROWS_AT_ONCE: Final = 1_000


class Namesakes(NamedTuple):
    """Members who have one identifier, and may be one person. The identifier itself is for their screens only."""

    kind: IdentifierKind
    members: tuple[str, ...]


class _Named(msgspec.Struct, frozen=True):
    member_id: str
    identifiers: tuple[Identifier, ...] = ()


_named = msgspec.json.Decoder(_Named).decode


def namesakes(reading: Reading) -> list[Namesakes]:
    """Return whom to look at, and perhaps to merge; it reads every member's row."""
    named: dict[Identifier, list[str]] = {}
    for member in _members(reading):
        for identifier in member.identifiers:
            named.setdefault(identifier, []).append(member.member_id)
    found = {(each.kind, tuple(sorted(members))) for each, members in named.items() if len(members) > 1}
    return [Namesakes(kind, members) for kind, members in sorted(found)]


def _members(reading: Reading) -> Iterator[_Named]:
    for partition in range(PARTITIONS):
        number = 0
        while rows := reading.rows_above({partition: number}, _ROWS_AT_ONCE):
            if len(rows) == _ROWS_AT_ONCE:
                # The rest of the last number may lie behind the cut. No event changes a thousand rows.
                rows = [row for row in rows if row.number < rows[-1].number]
            number = rows[-1].number
            yield from (_named(r.document) for r in rows if r.kind is RowKind.MEMBER and r.document is not None)
