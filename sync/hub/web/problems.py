"""What the hub says when it does not do what was asked: problem documents (RFC 9457) and halts.

None of them holds anything of the request, of a member, or of the insides of this program.
"""

from secrets import randbelow
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pos_loyalty.errors import StoreError, StoreFull
from sync.signing import Doubt
from sync.wire import Halt

_MEDIA: Final = "application/problem+json"
_URN: Final = "urn:pos-loyalty:problem:"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document. Whoever reads it goes by ``type`` and ``status``; the rest is for people."""

    type: str
    title: str
    status: int
    detail: str
    hub_ms: int


class Refused(HTTPException):
    """A request ends here, with a problem document."""

    def __init__(
        self, status: int, name: str, title: str, detail: str, *, retry_after_s: int | None = None, close: bool = False
    ) -> None:
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        if close:
            # What is left of the body is not read, so nothing can follow it on this connection.
            headers["connection"] = "close"
        super().__init__(status, detail, headers)
        self.name = name
        self.title = title


def problem_response(refused: HTTPException, hub_ms: int) -> Response:
    """Return the problem document of an exception of ours, or of the router."""
    name, title = _ROUTER.get(refused.status_code, "http"), refused.detail
    detail = "see /openapi.json for what there is"
    if isinstance(refused, Refused):
        name, title, detail = refused.name, refused.title, refused.detail
    problem = Problem(type=_URN + name, title=title, status=refused.status_code, detail=detail, hub_ms=hub_ms)
    body = msgspec.json.encode(problem)
    return Response(body, refused.status_code, dict(refused.headers or {}), media_type=_MEDIA)


_ROUTER: Final = {404: "not-found", 405: "method-not-allowed"}


def halt_response(halt: Halt) -> Response:
    """Return why a terminal is served no more (403); it stops asking until a person has acted."""
    return Response(msgspec.json.encode(halt), 403, media_type="application/json")


def jittered(least_s: int, spread_s: int) -> int:
    """Return seconds for ``Retry-After``, other ones for each till: all at once were too many the first time."""
    return least_s + randbelow(spread_s + 1)


def doubted(doubt: Doubt) -> Refused:
    """Return what to say to a request whose sender is not believed (401)."""
    title, detail = _DOUBTS[doubt]
    return Refused(401, doubt.value.replace("_", "-"), title, detail)


_DOUBTS: Final = {
    Doubt.UNSIGNED: (
        "The request is not signed",
        "sign it with the key of this till (RFC 9421); a till that has none must be enrolled",
    ),
    Doubt.UNKNOWN_KEY: ("Nobody knows this key", "enrol this till with a code of the office"),
    Doubt.BAD_SIGNATURE: (
        "The signature is not of this request",
        "if this till was enrolled again elsewhere its key is no longer good: enrol it anew",
    ),
    Doubt.CLOCK: (
        "The clock of this till is off",
        "it differs from the hub's by more than five minutes: sign by hub_ms, and set the clock",
    ),
}


def digest_mismatch() -> Refused:
    """Return what to say when the body is not the one that was signed (401)."""
    return Refused(401, "digest-mismatch", "The body is not the one that was signed", "send the request again")


def busy() -> Refused:
    """Return what to say when all hands are full (503)."""
    return Refused(503, "busy", "The hub is busy", "nothing was taken; ask again later", retry_after_s=jittered(1, 4))


def store_failed(error: StoreError) -> Refused:
    """Return what to say when the database said no (503); which file or server it is stays in the log."""
    full = isinstance(error, StoreFull)
    remedy = "the office must make room on the disk of the hub" if full else "the hub writes the reason into its log"
    return Refused(
        503,
        "store",
        error.title,
        f"nothing was taken, and nothing is lost: this till asks again by itself; {remedy}",
        retry_after_s=jittered(20, 40) if full else jittered(2, 8),
    )


def our_fault() -> Refused:
    """Return what to say when this program is at fault (500)."""
    return Refused(
        500, "our-fault", "The hub made a mistake", "nothing was taken; the log of the hub says where it happened"
    )
