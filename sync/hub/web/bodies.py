"""Bodies in and out: read up to a cap, unpacked up to another, decoded; encoded and packed for who can read it.

Reading is the event loop's; all the rest costs up to a tenth of a second for the largest, and is a thread's.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.hub.web.problems import Refused, busy, digest_mismatch
from sync.packing import IDENTITY, ZSTD, Misfit, accepts_zstd, pack, unpack
from sync.signing import Signed
from sync.wire import BODY_BYTES_MAX

READ_S: Final = 30
"""For a whole body: 8 MiB take that long at 2 Mbit/s. Who drips holds a connection no longer."""

_T = TypeVar("_T")
_GONE: Final = 499
"""Nobody reads it; the log shows it."""


class Sent(NamedTuple):
    """A body as it came."""

    body: bytes
    encoding: str
    is_json: bool
    packs: bool
    """Whether the answer may be packed."""


class Room:
    """How many bytes of bodies may be here at once, whether they come or wait for a thread. One event loop's."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._taken = 0

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Keep room for one body.

        Raises:
            Refused: there is none (503).
        """
        if self._taken + size > self._bytes_max:
            raise busy()
        self._taken += size
        try:
            yield
        finally:
            self._taken -= size


def announced(request: Request, bytes_max: int = BODY_BYTES_MAX) -> int:
    """Return how large the body is said to be; one that is not said to be anything may become the largest.

    Raises:
        Refused: too large, or no number (413).
    """
    said = request.headers.get("content-length")
    if said is None:
        return bytes_max
    if not (said.isascii() and said.isdigit()) or int(said) > bytes_max:
        raise _too_large(bytes_max)
    return int(said)


async def received(request: Request, bytes_max: int = BODY_BYTES_MAX) -> Sent:
    """Read the body of ``request``.

    Raises:
        Refused: it is too large (413, by what it says or by what comes), or comes too slowly (408).
    """
    announced(request, bytes_max)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_S):
            async for piece in request.stream():
                size += len(piece)
                if size > bytes_max:
                    raise _too_large(bytes_max)
                pieces.append(piece)
    except TimeoutError:
        raise Refused(
            408, "too-slow", "The body came too slowly", f"it was not there after {READ_S} s: send less", close=True
        ) from None
    except ClientDisconnect:
        raise Refused(_GONE, "gone", "The till went away", "the body ended in its middle") from None
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Sent(
        b"".join(pieces),
        request.headers.get("content-encoding", ""),
        media == "application/json",
        accepts_zstd(request.headers.get("accept-encoding", "")),
    )


def checked(sent: Sent, signed: Signed) -> Sent:
    """Return ``sent`` if it is what was signed.

    Raises:
        Refused: it is not (401).
    """
    if not signed.is_body(sent.body):
        raise digest_mismatch()
    return sent


def decoded(sent: Sent, wanted: type[_T]) -> _T:
    """Unpack and decode a body; what ``wanted`` does not know is ignored.

    Raises:
        Refused: it cannot be read (400, 413, 415). The message says where, never what stood there.
    """
    if not sent.is_json:
        raise Refused(415, "media-type", "The body is not JSON", "send it as application/json")
    body = unpack(sent.body, sent.encoding)
    if isinstance(body, Misfit):
        raise _misfit(body)
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        raise Refused(400, "unreadable", "The body is not what was expected", _place(error)) from None
    except (msgspec.DecodeError, RecursionError):
        raise Refused(400, "unreadable", "The body is not JSON", "it cannot be parsed") from None


def answered(answer: msgspec.Struct, *, packs: bool) -> Response:
    """Return ``answer`` as JSON, packed if the asker can read that."""
    body = msgspec.json.encode(answer)
    packed = pack(body) if packs else (body, IDENTITY)
    headers = {"content-type": "application/json", "vary": "accept-encoding", "cache-control": "no-store"}
    if packed[1] == ZSTD:
        headers["content-encoding"] = ZSTD
    return Response(packed[0], headers=headers)


def _place(error: msgspec.ValidationError) -> str:
    # "Expected `int`, got `str` - at `$.events[3].seq`": kinds and a path; names of enums' values are quoted, so only
    # the path is passed on.
    _, mark, path = str(error).rpartition(" - at ")
    return f"see {path}" if mark else "a field is missing or has another kind"


def _too_large(bytes_max: int) -> Refused:
    return Refused(413, "too-large", "The body is too large", f"send at most {bytes_max} bytes", close=True)


def _misfit(misfit: Misfit) -> Refused:
    if misfit is Misfit.TOO_LARGE:
        return Refused(413, "too-large", "The body is too large unpacked", "send fewer events at once")
    if misfit is Misfit.UNKNOWN_ENCODING:
        return Refused(415, "encoding", "The body is packed in another way", "send it as it is, or with zstd")
    return Refused(400, "unreadable", "The body cannot be unpacked", f"as zstd it is {misfit.value}")
