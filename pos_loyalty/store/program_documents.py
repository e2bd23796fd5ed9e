"""Programs as documents: what this build cannot read is left out and named, so that the till goes on without it."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from pos_loyalty.core.programs import Program
from pos_loyalty.ports import ProgramDocument

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Program).decode


class Programs(NamedTuple):
    """What a replica holds of programs."""

    known: tuple[Program, ...]
    unreadable: tuple[str, ...]
    """``name@version`` of those of a newer build: a field, a kind or a value that is not known here."""


def document_of(program: Program | ProgramDocument) -> bytes:
    """Return the JSON under which ``program`` is kept."""
    return program.document if isinstance(program, ProgramDocument) else _encode(program)


def stamped(key: str, document: bytes) -> ProgramDocument:
    """Return a program as it came under ``name@version``."""
    name, _, version = key.rpartition("@")
    known = version.isascii() and version.isdigit()
    return ProgramDocument(program_id=name if known else key, version=int(version) if known else 0, document=document)


def read_programs(documents: Iterable[ProgramDocument]) -> Programs:
    """Read ``documents`` in their order.

    Raises:
        msgspec.DecodeError: one is not even JSON, which is damage and no newer build.
    """
    known, unreadable = [], []
    for sent in documents:
        try:
            known.append(_decode(sent.document))
        except msgspec.ValidationError:
            unreadable.append(f"{sent.program_id}@{sent.version}")
    return Programs(tuple(known), tuple(unreadable))
