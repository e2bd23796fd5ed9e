"""A whole replica instead of a million rows: fetched in pieces, checked, unpacked, and given to the store.

What has come is kept under the name of its hash beside the replica, so that a cut or a restart costs nothing but the
time it took. Nothing of it is in use before the hash is right.
"""

import os
import shutil
from collections.abc import Callable
from enum import StrEnum
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Event
from typing import Final

import httpx
import msgspec
import zstandard

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreDamaged, StoreError, StoreFull
from sync.client.calls import HubCalls
from sync.client.faults import Fault, fault_of
from sync.client.store_thread import StoreThread
from sync.engine.troubles import Trouble
from sync.wire import Halt, SnapshotOffer

_PIECE: Final = 1 << 20
_SPARE: Final = 256 << 20
"""Bytes that stay free on the disk: the journal must go on when the replica has come."""
_PARTIAL: Final = 206
_UNKNOWN_RANGE: Final = 416
_WINDOW_MAX: Final = 128 << 20
"""Memory a frame may ask for: what ``zstd --long`` uses, and more than any level without it."""


class Fetched(StrEnum):
    """What came of a try."""

    INSTALLED = "installed"
    NOT_OFFERED = "not_offered"
    """There is none, or none that this version can use: the feed has the rows as well."""
    CUT = "cut"
    """The line broke; what is here is kept for the next try."""


class SnapshotFolder:
    """The three files of a snapshot on its way: what was offered, what has come, and what it unpacks to."""

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


class Bootstrap:
    """Fetches one replica. Belongs to one event loop; the disk is used in the thread of the store."""

    def __init__(
        self,
        calls: HubCalls,
        disk: StoreThread,
        folder: Path,
        schema: int,
        install: Callable[[Path], None],
    ) -> None:
        self._calls = calls
        self._disk = disk
        self._files = SnapshotFolder(folder)
        self._schema = schema
        self._install = install
        self._over = Event()
        self.percent: int | None = None
        """How much is here, while it is fetched."""
        self.on_progress: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Unpack no further."""
        self._over.set()

    async def forget(self) -> None:
        """Remove what has come: it is of no more use."""
        await self._disk.do(self._files.clear)

    async def offer(self) -> SnapshotOffer | Fetched:
        """Ask what there is."""
        offer = await self._calls.snapshot()
        if isinstance(offer, SnapshotOffer):
            return offer if offer.schema == self._schema and offer.path.startswith("/") else Fetched.NOT_OFFERED
        return _outcome(offer)

    async def fetch(self, offer: SnapshotOffer) -> Fetched:
        """Fetch what is missing of ``offer`` and install it.

        Raises:
            StoreError: there is no room for it, or it cannot be written. What has come is kept.
        """
        try:
            fetched = await self._fetch(offer)
        except OSError as error:
            raise StoreFull(f"{self._files.folder}: {error.strerror}; the replica comes by the feed") from error
        finally:
            self._show(None)
        return fetched

    async def _fetch(self, offer: SnapshotOffer) -> Fetched:
        here = await self._disk.do(self._files.begin, offer)
        self._insist_on_room(offer, here)
        if here < offer.packed_bytes:
            fetched = await self._download(offer, here)
            if fetched is not None:
                return fetched
        try:
            await self._disk.do(self._unpack, offer)
        except StoreDamaged:
            # Another line, or another hub, under the same name. From the beginning, once more.
            await self._disk.do(self._files.clear)
            return Fetched.CUT
        await self._disk.do(self._put_in_place)
        return Fetched.INSTALLED

    async def _download(self, offer: SnapshotOffer, here: int) -> Fetched | None:
        """Fetch the rest into the part; None: it is all here."""
        async with self._calls.file(offer.path, here) as answer:
            if isinstance(answer, Fault):
                if answer.status == _UNKNOWN_RANGE:
                    await self._disk.do(self._files.clear)
                    return Fetched.CUT
                return _outcome(answer)
            if answer.status_code != _PARTIAL or not _begins_at(answer, here):
                here = 0
            return await self._take(answer, offer, here)

    async def _take(self, answer: httpx.Response, offer: SnapshotOffer, here: int) -> Fetched | None:
        with self._files.part.open("r+b" if here else "wb") as part:
            part.seek(here)
            part.truncate()
            try:
                async for piece in answer.aiter_raw():
                    here += len(piece)
                    if here > offer.packed_bytes:
                        await self._disk.do(self._files.clear)
                        return Fetched.CUT
                    await self._disk.do(part.write, piece)
                    self._show(here * 100 // max(1, offer.packed_bytes))
            except httpx.HTTPError as error:
                return _outcome(fault_of(error, answering=True))
            finally:
                part.flush()
                os.fsync(part.fileno())
        return None if here == offer.packed_bytes else Fetched.CUT

    def _insist_on_room(self, offer: SnapshotOffer, here: int) -> None:
        needed = offer.packed_bytes - here + offer.unpacked_bytes + _SPARE
        free = shutil.disk_usage(self._files.folder).free
        if free < needed:
            raise StoreFull(
                f"{self._files.folder}: the prepared replica needs {needed >> 20:,} MiB and there are {free >> 20:,}:"
                " make room; until then the rows come one by one"
            )

    def _unpack(self, offer: SnapshotOffer) -> None:
        """Check the hash of what came, and unpack it.

        Raises:
            StoreDamaged: it is not what was offered.
        """
        size = 0
        with self._files.part.open("rb") as part, self._files.unpacked.open("wb") as unpacked:
            if file_digest(part, sha256).hexdigest() != offer.sha256:
                raise StoreDamaged("the prepared replica is not the one that was offered")
            part.seek(0)
            # By pieces of what comes out and not of what goes in: 64 KiB of a bomb are two gigabytes.
            frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX).stream_reader(part)
            try:
                while piece := frame.read(_PIECE):
                    size += len(piece)
                    if self._over.is_set():
                        raise StoreError("the till stops; the replica is unpacked at the next start")
                    if size > offer.unpacked_bytes:
                        raise StoreDamaged("the prepared replica is larger than was said")
                    unpacked.write(piece)
            except zstandard.ZstdError as error:
                raise StoreDamaged("the prepared replica cannot be unpacked") from error
            unpacked.flush()
            os.fsync(unpacked.fileno())
        if size != offer.unpacked_bytes:
            raise StoreDamaged("the prepared replica is smaller than was said")

    def _put_in_place(self) -> None:
        self._install(self._files.unpacked)
        self._files.clear()

    def _show(self, percent: int | None) -> None:
        if percent != self.percent:
            self.percent = percent
            self.on_progress()


def behind(own: Cursor, offered: Cursor) -> int:
    """Return how many numbers the till is behind what a snapshot has."""
    if own.epoch not in {"", offered.epoch}:
        return 0
    return sum(max(0, number - own.at(partition)) for partition, number in offered.numbers.items())


def _outcome(refusal: Halt | Fault) -> Fetched:
    if isinstance(refusal, Halt) or refusal.trouble in {Trouble.UNEXPECTED, Trouble.REFUSED, Trouble.TOO_LARGE}:
        return Fetched.NOT_OFFERED
    return Fetched.CUT


def _begins_at(answer: httpx.Response, start: int) -> bool:
    """Return whether a part begins where it was asked to (RFC 9110, section 14.4)."""
    said: str = answer.headers.get("content-range", "")
    return said.lower().startswith(f"bytes {start}-")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
