"""A whole replica instead of a million rows: fetched in pieces, unpacked meanwhile, checked, and given to the store.

What has come is kept under the name of its hash beside the replica, so that a cut or a restart costs nothing but the
time it took.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Final

import httpx

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreDamaged, StoreFull, StoreTooNew
from sync.client.arriving import Arrival, SnapshotFolder
from sync.client.calls import HubCalls
from sync.client.faults import Fault, fault_of
from sync.client.store_thread import StoreThread
from sync.engine.troubles import Trouble
from sync.wire import Halt, SnapshotOffer

_SPARE: Final = 256 << 20
"""Bytes that stay free on the disk: the journal must go on when the replica has come."""
_PARTIAL: Final = 206
_UNKNOWN_RANGE: Final = 416

_log = logging.getLogger(__name__)


class Fetched(StrEnum):
    """What came of a try."""

    INSTALLED = "installed"
    NOT_OFFERED = "not_offered"
    """There is none, or none that this version can use: the feed has the rows as well."""
    UNSOUND = "unsound"
    """It came as it was offered, and the store cannot use it: it would be no better the second time."""
    NOT_SERVED = "not_served"
    """The hub serves this till no more, or does not know it; what is here is kept until that has been seen to."""
    CUT = "cut"
    """The line broke; what is here is kept for the next try."""


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
        self._arrival: Arrival | None = None
        self._unsound = ""
        """Hash of one that the store could not use."""
        self.percent: int | None = None
        """How much is here, while it is fetched."""
        self.on_progress: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Unpack no further."""
        self._over.set()

    def announce(self) -> None:
        """Say that a replica comes, before anything of it is here and before anything stands still for it."""
        self._show(0)

    async def forget(self) -> None:
        """Remove what has come: it is of no more use."""
        await self._disk.do(self._clear)

    async def offer(self) -> SnapshotOffer | Fetched:
        """Ask what there is."""
        offer = await self._calls.snapshot()
        if isinstance(offer, SnapshotOffer):
            return offer if self._is_of_use(offer) else Fetched.NOT_OFFERED
        return _outcome(offer)

    async def fetch(self, offer: SnapshotOffer) -> Fetched:
        """Fetch what is missing of ``offer`` and install it.

        Raises:
            StoreError: there is no room for it, or it cannot be written. What has come is kept.
        """
        try:
            return await self._fetch(offer)
        except StoreDamaged:
            # Another line, or another hub, under the same name. From the beginning, once more.
            await self._disk.do(self._clear)
            return Fetched.CUT
        except (OSError, StoreFull) as error:
            # The part is kept; what it unpacks to is the larger of the two, and sales need the room.
            await self._disk.do(self._files.unpacked.unlink, missing_ok=True)
            if isinstance(error, StoreFull):
                raise
            raise StoreFull(f"{self._files.folder}: {error.strerror}; the replica comes by the feed") from error
        finally:
            self._show(None)

    async def _fetch(self, offer: SnapshotOffer) -> Fetched:
        arrival, here = await self._disk.do(self._begun, offer)
        self._show_how_much(arrival.packed_bytes, offer)
        while arrival.packed_bytes < here and await self._disk.do(arrival.take_up):
            self._show_how_much(arrival.packed_bytes, offer)
        if arrival.missing_bytes:
            fetched = await self._download(arrival)
            if isinstance(fetched, Fetched):
                return fetched
            arrival = fetched
        return await self._disk.do(self._put_in_place, arrival)

    def _is_of_use(self, offer: SnapshotOffer) -> bool:
        return offer.schema == self._schema and offer.path.startswith("/") and offer.sha256 != self._unsound

    def _begun(self, offer: SnapshotOffer) -> tuple[Arrival, int]:
        """Return how far ``offer`` has come, and what of it is here: after a restart that is to be unpacked anew."""
        # One that fails on the way is forgotten by that, and made anew from its part.
        arrival, self._arrival = self._arrival, None
        if arrival is not None and arrival.offer.sha256 == offer.sha256:
            self._insist_on_room(arrival.room_bytes)
            return arrival, arrival.packed_bytes
        here = self._files.begin(offer)
        arrival = Arrival(self._files, offer, self._over)
        self._insist_on_room(arrival.room_bytes - here)
        return arrival, here

    async def _download(self, arrival: Arrival) -> Arrival | Fetched:
        """Fetch the rest of ``arrival``; return what is whole then, which is another one if it had to begin anew."""
        async with self._calls.file(arrival.offer.path, arrival.packed_bytes) as answer:
            if isinstance(answer, Fault):
                if answer.status == _UNKNOWN_RANGE:
                    raise StoreDamaged("the hub has less of the prepared replica than came from it")
                self._arrival = arrival
                return _outcome(answer)
            if answer.status_code != _PARTIAL or not _begins_at(answer, arrival.packed_bytes):
                arrival = await self._disk.do(self._begun_anew, arrival)
            return await self._take(answer, arrival)

    async def _take(self, answer: httpx.Response, arrival: Arrival) -> Arrival | Fetched:
        """Take what comes; each piece is unpacked while the next one is on its way."""
        here = arrival.packed_bytes
        unpacking = asyncio.ensure_future(asyncio.sleep(0))
        cut = None
        try:
            async for piece in answer.aiter_raw():
                here += len(piece)
                self._show_how_much(here, arrival.offer)
                await unpacking
                unpacking = asyncio.ensure_future(self._disk.do(arrival.take, piece))
        except httpx.HTTPError as error:
            cut = _outcome(fault_of(error, answering=True))
        await unpacking
        if cut is None and not arrival.missing_bytes:
            return arrival
        self._arrival = arrival
        return cut or Fetched.CUT

    def _insist_on_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._files.folder).free
        if free < needed + _SPARE:
            raise StoreFull(
                f"{self._files.folder}: the prepared replica needs {needed + _SPARE >> 20:,} MiB and there are"
                f" {free >> 20:,}: make room; until then the rows come one by one"
            )

    def _put_in_place(self, arrival: Arrival) -> Fetched:
        made, fetched = arrival.finish(), Fetched.INSTALLED
        try:
            self._install(made)
        except (StoreDamaged, StoreTooNew) as error:
            _log.warning("%s: %s", error.title, error)
            self._unsound, fetched = arrival.offer.sha256, Fetched.UNSOUND
        self._clear()
        return fetched

    def _begun_anew(self, arrival: Arrival) -> Arrival:
        if not arrival.packed_bytes:
            return arrival
        self._clear()
        self._files.begin(arrival.offer)
        return Arrival(self._files, arrival.offer, self._over)

    def _clear(self) -> None:
        self._arrival = None
        self._files.clear()

    def _show_how_much(self, here: int, offer: SnapshotOffer) -> None:
        self._show(min(100, here * 100 // max(1, offer.packed_bytes)))

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
    if isinstance(refusal, Halt) or refusal.trouble in {Trouble.UNAUTHENTICATED, Trouble.FORBIDDEN}:
        return Fetched.NOT_SERVED
    if refusal.trouble in {Trouble.UNEXPECTED, Trouble.REFUSED, Trouble.TOO_LARGE}:
        return Fetched.NOT_OFFERED
    return Fetched.CUT


def _begins_at(answer: httpx.Response, start: int) -> bool:
    """Return whether a part begins where it was asked to (RFC 9110, section 14.4)."""
    said: str = answer.headers.get("content-range", "")
    return said.lower().startswith(f"bytes {start}-")
