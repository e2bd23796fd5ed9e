"""The life of a version: draft, published, retired. It only moves on, and a published version never changes.

A basket is priced with the version it began with, a receipt names it and a return looks it up years later; so another
content needs another number. What was earned under an old version keeps its terms: every lot carries its own last day.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from pos_loyalty.core.programs.document import Program, Status

_encoder = msgspec.json.Encoder(order="deterministic")


class VersionFaultKind(StrEnum):
    """Why a version cannot take this step."""

    CHANGED = "changed"
    """This version was published with another content."""
    NOT_NEXT = "not_next"
    RETIRED = "retired"
    """A retired version does not come back."""
    NOT_PUBLISHED = "not_published"


class VersionFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that was refused; nothing has changed."""

    kind: VersionFaultKind
    program_id: str
    version: int
    expected: int | None = None
    """The version that can be published."""
    message: str


def canonical(program: Program) -> bytes:
    """Return the content of a version as bytes, the same for the same content, whatever stage of life it is in."""
    return _encoder.encode(msgspec.structs.replace(program, status=Status.PUBLISHED))


def publish(draft: Program, published: Iterable[Program]) -> Program | VersionFault:
    """Return ``draft`` as published, or why it cannot be.

    ``published`` are all versions that ever were, of all programs; drafts among them do not count. Publishing the
    same content again is answered with what is published.
    """
    versions = {
        program.version: program
        for program in published
        if program.program_id == draft.program_id and program.status is not Status.DRAFT
    }
    following = max(versions, default=0) + 1
    known = versions.get(draft.version)
    if draft.status is Status.RETIRED or (known and known.status is Status.RETIRED):
        return _refused(draft, VersionFaultKind.RETIRED, following, "is retired and does not come back")
    if known:
        if canonical(known) == canonical(draft):
            return known
        return _refused(draft, VersionFaultKind.CHANGED, following, "is published with another content")
    if draft.version != following:
        return _refused(draft, VersionFaultKind.NOT_NEXT, following, "is not the next")
    return msgspec.structs.replace(draft, status=Status.PUBLISHED)


def retire(program: Program) -> Program | VersionFault:
    """Return ``program`` as retired: no basket is priced with it any more, and returns still know it."""
    if program.status is Status.DRAFT:
        return VersionFault(
            kind=VersionFaultKind.NOT_PUBLISHED,
            program_id=program.program_id,
            version=program.version,
            message=f"{program.stamp} is a draft: expected a published version; a draft is simply deleted",
        )
    return msgspec.structs.replace(program, status=Status.RETIRED)


def _refused(draft: Program, kind: VersionFaultKind, following: int, why: str) -> VersionFault:
    return VersionFault(
        kind=kind,
        program_id=draft.program_id,
        version=draft.version,
        expected=following,
        message=f"{draft.stamp} {why}: expected version {following}; change the number and publish that",
    )
