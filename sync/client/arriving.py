"""A prepared replica as it arrives: hashed and unpacked piece by piece, so that little is left to do after the last.

    replica.snapshot.json   what was offered
    replica.snapshot.part   what has come of it, as it came: a restart takes it up from there
    replica.snapshot.db     what that unpacks to; a restart makes it anew from the part

Nothing of it is in use before the hash of the whole is right; until then the bytes are anybody's.
"""

import os
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import IO, Final, cast

import msgspec
import zstandard

from pos_loyalty.errors import StoreDamaged, StoreError
from sync.wire import SnapshotOffer

_PIECE: Final = 1 << 20
_SYNCED_EVERY: Final = 16 << 20
"""Bytes. So little is left to bring to the disk at the end, and a sale waits for no more than that meanwhile."""
_WINDOW_MAX: Final = 128 << 20
"""Memory a frame may ask for: what ``zstd --long`` uses, and more than any level without it."""


class SnapshotFolder:
    """Where the three files are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.part = folder / "replica.snapshot.part"
        self.offer = folder / "replica.snapshot.json"
        self.unpacked = folder / "replica.snapshot.db"

    def begin(self, offer: SnapshotOffer) -> int:
        """Make ready for ``offer``; return how much of it is here already."""
        if self._offered() != offer.sha256:
            self.clear()
            self.offer.write_bytes(msgspec.json.encode(offer))
            _sync(self.offer)
            _sync(self.folder)
        return self.part.stat().st_size if self.part.exists() else 0

    def clear(self) -> None:
        """Forget everything."""
        for path in (self.part, self.offer, self.unpacked):
            path.unlink(missing_ok=True)

    def _offered(self) -> str | None:
        try:
            return msgspec.json.decode(self.offer.read_bytes(), type=SnapshotOffer).sha256
        except (OSError, msgspec.DecodeError):
            return None


class Arrival:
    """One offer on its way. It holds no file open between two calls; after one that raised it is of no more use."""

    def __init__(self, files: SnapshotFolder, offer: SnapshotOffer, over: Event) -> None:
        """``over`` ends it when the till stops."""
        self.offer = offer
        self.packed_bytes = 0
        """So much has come and is unpacked."""
        self._files = files
        self._digest = sha256()
        self._target = _Target(files.unpacked, offer.unpacked_bytes, over)
        # By pieces of what comes out and not of what goes in: 64 KiB of a bomb are two gigabytes.
        frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX)
        # All that it asks of a file is that it can be written.
        self._frame = frame.stream_writer(cast("IO[bytes]", self._target), write_size=_PIECE)
        self._synced = 0
        files.unpacked.unlink(missing_ok=True)

    @property
    def missing_bytes(self) -> int:
        """Of the packed file."""
        return self.offer.packed_bytes - self.packed_bytes

    @property
    def room_bytes(self) -> int:
        """What the rest will take of the disk, at most."""
        return self.missing_bytes + self.offer.unpacked_bytes - self._target.size

    def take_up(self) -> bool:
        """Unpack the next piece of what came before a restart; return whether there was one.

        Piece by piece, since what is sold meanwhile waits for the same thread.

        Raises:
            StoreDamaged: it is no part of what was offered.
            OSError: the disk said no.
        """
        with self._files.part.open("rb") as part:
            part.seek(self.packed_bytes)
            piece = part.read(_PIECE)
        self._unpack(piece)
        return bool(piece)

    def take(self, piece: bytes) -> None:
        """Keep and unpack what comes next.

        Raises:
            StoreDamaged: it cannot be what was offered.
            OSError: the disk said no.
        """
        with self._files.part.open("ab") as part:
            part.write(piece)
        self._unpack(piece)

    def finish(self) -> Path:
        """Return the unpacked file, whole and on disk.

        Raises:
            StoreDamaged: it is not what was offered.
            OSError: the disk said no.
        """
        if self._digest.hexdigest() != self.offer.sha256:
            raise StoreDamaged("the prepared replica is not the one that was offered")
        if self._target.size != self.offer.unpacked_bytes:
            raise StoreDamaged("the prepared replica is smaller than was said")
        _sync(self._files.unpacked)
        return self._files.unpacked

    def _unpack(self, piece: bytes) -> None:
        self.packed_bytes += len(piece)
        if self.missing_bytes < 0:
            raise StoreDamaged("more came than was offered of the prepared replica")
        self._digest.update(piece)
        try:
            self._frame.write(piece)
        except zstandard.ZstdError as error:
            raise StoreDamaged("the prepared replica cannot be unpacked") from error
        if self._target.size - self._synced > _SYNCED_EVERY:
            self._synced = self._target.size
            _sync(self._files.part)
            _sync(self._files.unpacked)


class _Target:
    """Takes what comes out of the frame, and no more than was said."""

    def __init__(self, path: Path, size_max: int, over: Event) -> None:
        self.size = 0
        self._path = path
        self._size_max = size_max
        self._over = over

    def write(self, piece: bytes) -> int:
        if self._over.is_set():
            raise StoreError("the till stops; the prepared replica is taken up at the next start")
        self.size += len(piece)
        if self.size > self._size_max:
            raise StoreDamaged("the prepared replica is larger than was said")
        with self._path.open("ab") as unpacked:
            unpacked.write(piece)
        return len(piece)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
