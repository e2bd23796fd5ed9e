"""Bodies on the wire: zstd (RFC 8878) or as they are, and no more than was agreed. Pure but for zstandard.

Whoever reads a body must give it here as it was sent. A client library that unpacks by itself (httpx does, as soon as
zstandard is installed) knows no cap: read its raw bytes.
"""

from enum import StrEnum
from typing import Final, NamedTuple

import zstandard

from sync.wire import BODY_BYTES_MAX, UNPACKED_BYTES_MAX

ZSTD: Final = "zstd"
IDENTITY: Final = "identity"

_WORTH_PACKING: Final = 512
"""Bytes. Below that a frame saves nothing that a packet would notice."""
_LEVEL: Final = 3
_PIECE: Final = 512
"""Bytes unpacked at once. Four bytes can become 128 KiB, so a bomb is 16 MiB over the cap when it is found; larger
pieces are no faster."""
_WINDOW_MAX: Final = 8 << 20
"""Memory that a frame may ask for: what RFC 8878 (section 3.1.1.1.2) has everybody support, and no more."""


class Packed(NamedTuple):
    """A body as it is sent."""

    body: bytes
    encoding: str
    """For ``Content-Encoding``: ``zstd`` or ``identity``, the second of which need not be sent."""


class Misfit(StrEnum):
    """Why a body cannot be unpacked."""

    TOO_LARGE = "too_large"
    """As it was sent, or unpacked."""
    UNKNOWN_ENCODING = "unknown_encoding"
    TRUNCATED = "truncated"
    TRAILING = "trailing"
    """Something follows the frame."""
    UNREADABLE = "unreadable"
    """Not zstd, of another dictionary, or its window is too large."""


def pack(body: bytes) -> Packed:
    """Return ``body`` packed if that is worth it, as one frame that says its size and carries a checksum."""
    if len(body) < _WORTH_PACKING:
        return Packed(body, IDENTITY)
    return Packed(zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body), ZSTD)


def unpack(sent: bytes, encoding: str = "") -> bytes | Misfit:
    """Return what was packed, or why it cannot be had; never more than the caps of :mod:`sync.wire`.

    ``encoding`` is the value of ``Content-Encoding``, empty if there was none.
    """
    if len(sent) > BODY_BYTES_MAX:
        return Misfit.TOO_LARGE
    match encoding.strip().lower():
        case "" | "identity":
            return sent
        case "zstd":
            return _unpacked(sent)
        case _:
            return Misfit.UNKNOWN_ENCODING


def accepts_zstd(accept_encoding: str) -> bool:
    """Return whether the value of an ``Accept-Encoding`` names zstd (RFC 9110, section 12.5.3)."""
    for offer in accept_encoding.split(","):
        name, *parameters = (part.strip().lower() for part in offer.split(";"))
        if name == ZSTD:
            return not any(each.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for each in parameters)
    return False


def _unpacked(sent: bytes) -> bytes | Misfit:
    frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX).decompressobj()
    pieces: list[bytes] = []
    size = 0
    for start in range(0, len(sent), _PIECE):
        try:
            piece = frame.decompress(sent[start : start + _PIECE])
        except zstandard.ZstdError:
            return Misfit.UNREADABLE
        size += len(piece)
        if size > UNPACKED_BYTES_MAX:
            return Misfit.TOO_LARGE
        pieces.append(piece)
        if frame.eof:
            rest = frame.unused_data or sent[start + _PIECE :]
            return Misfit.TRAILING if rest else b"".join(pieces)
    return Misfit.TRUNCATED
