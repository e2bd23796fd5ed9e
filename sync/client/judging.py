"""What an answer of the hub is: what was asked for, a halt, or why it is neither. Pure.

What would put events aside or halt the line (400, 401, 403, 413) is believed only from the hub, which says it in a
problem document or a :class:`~sync.wire.Halt`; anything else that answers so is in between.
"""

from typing import Final, NamedTuple, TypeVar

import msgspec

from sync.client.faults import Fault, Problem
from sync.engine.troubles import Trouble, is_away, trouble_of
from sync.wire import Halt

_OK: Final = 200
_UNAUTHENTICATED: Final = 401
_FORBIDDEN: Final = 403
_BELIEVED_OF_THE_HUB: Final = frozenset(
    {Trouble.REFUSED, Trouble.TOO_LARGE, Trouble.UNAUTHENTICATED, Trouble.FORBIDDEN}
)
_OF_THE_REQUEST: Final = frozenset({"clock", "digest-mismatch"})
"""Why a 401 says nothing against the key: the next request may be good."""
_PROBLEM: Final = "application/problem+json"

_T = TypeVar("_T", bound=msgspec.Struct)


class Heard(NamedTuple):
    """An answer as it came, unpacked."""

    status: int
    media_type: str
    body: bytes
    retry_after_ns: int = 0


def judged(heard: Heard, answer: type[_T]) -> _T | Halt | Fault:
    """Return what was answered: what was asked for, a halt, or why it is neither."""
    if trouble_of(heard.status, heard.media_type) is None:
        return _decoded(heard.body, answer) or _unreadable(heard)
    if heard.status == _FORBIDDEN and trouble_of(_OK, heard.media_type) is None:
        return _decoded(heard.body, Halt) or refusal(heard)
    return refusal(heard)


def _decoded(body: bytes, struct: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(body, type=struct)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def refusal(heard: Heard) -> Fault:
    """Return why something is not what was asked for, by its status and by who says it."""
    trouble = trouble_of(heard.status, heard.media_type) or Trouble.UNEXPECTED
    problem = _problem_in(heard)
    if (trouble in _BELIEVED_OF_THE_HUB and problem is None) or (_is_markup(heard) and not is_away(heard.status)):
        trouble = Trouble.PORTAL
    elif trouble is Trouble.UNAUTHENTICATED and problem and problem.name in _OF_THE_REQUEST:
        trouble = Trouble.UNEXPECTED
    stranger = "a gateway, and not the hub, answers" if is_away(heard.status) else "something that answers like no hub"
    detail = problem.detail or problem.title if problem else f"{stranger} ({heard.status})"
    return Fault(
        trouble=trouble,
        detail=detail,
        retry_after_ns=heard.retry_after_ns,
        status=heard.status,
        problem=problem,
    )


def _unreadable(heard: Heard) -> Fault:
    if _is_markup(heard):
        detail = "a web page came instead of an answer: the network wants somebody to sign in"
        return Fault(trouble=Trouble.PORTAL, detail=detail, status=heard.status)
    return Fault(trouble=Trouble.UNREADABLE, detail="the answer is not what was asked for", status=heard.status)


def _problem_in(heard: Heard) -> Problem | None:
    if heard.media_type.partition(";")[0].strip().lower() != _PROBLEM:
        return None
    return _decoded(heard.body, Problem)


def is_clock(heard: Heard) -> bool:
    """Return whether the time of the signature is all that was wrong; the answer has told the right one."""
    problem = _problem_in(heard) if heard.status == _UNAUTHENTICATED else None
    return problem is not None and problem.name == "clock"


def _is_markup(heard: Heard) -> bool:
    return heard.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
