"""A prepared replica as it arrives: whole on disk after the last byte, or not there at all."""

import os
from collections.abc import Callable
from hashlib import sha256, shake_128
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreDamaged, StoreError
from sync.client.arriving import Arrival, SnapshotFolder
from sync.wire import SnapshotOffer

CONTENT = b"".join(sha256(n.to_bytes(2, "big")).digest() for n in range(2_000))
PACKED = zstandard.ZstdCompressor(write_checksum=True).compress(CONTENT)
MIB = 1 << 20


def offer(packed: bytes = PACKED, unpacked_bytes: int = len(CONTENT)) -> SnapshotOffer:
    """Return the offer of a packed file."""
    return SnapshotOffer(
        path="/whole.zst",
        sha256=sha256(packed).hexdigest(),
        packed_bytes=len(packed),
        unpacked_bytes=unpacked_bytes,
        schema=3,
        cursor=Cursor(epoch="e1"),
    )


@pytest.fixture
def files(tmp_path: Path) -> SnapshotFolder:
    """Return where the files go."""
    return SnapshotFolder(tmp_path)


def begun(files: SnapshotFolder, offered: SnapshotOffer) -> Arrival:
    """Return an arrival as a start of the till begins it."""
    here = files.begin(offered)
    arrival = Arrival(files, offered, Event())
    while arrival.packed_bytes < here:
        assert arrival.take_up()
    return arrival


def test_it_is_unpacked_while_it_comes(files: SnapshotFolder) -> None:
    """Before its last piece has come, nearly everything is in the file."""
    content = shake_128().digest(2 * MIB)
    packed = zstandard.compress(content)
    arrival = begun(files, offer(packed, len(content)))
    for start in range(0, len(packed) - MIB // 4, MIB // 16):
        arrival.take(packed[start : start + MIB // 16])
    assert files.unpacked.stat().st_size > MIB
    arrival.take(packed[arrival.packed_bytes :])
    assert arrival.finish().read_bytes() == content


def test_what_is_taken_up_goes_to_the_disk_as_it_is_unpacked(
    files: SnapshotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each piece no more than was said is left for the end to sync."""
    monkeypatch.setattr("sync.client.arriving._PIECE", MIB // 4)
    monkeypatch.setattr("sync.client.arriving._SYNCED_EVERY", MIB)
    content = shake_128().digest(4 * MIB)
    packed = zstandard.compress(content)
    files.begin(offer(packed, len(content)))
    files.part.write_bytes(packed)
    synced: list[int] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        sync(handle)
        if os.fstat(handle).st_ino == files.unpacked.stat().st_ino:
            synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr("os.fsync", noted)
    begun(files, offer(packed, len(content)))
    assert len(synced) >= 3
    assert all(later - earlier <= 1.5 * MIB for earlier, later in pairwise([0, *synced, len(content)]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, len(PACKED) - 1), max_size=4, unique=True), st.integers(0, 3_000))
def test_a_till_may_be_killed_at_any_byte(
    tmp_path_factory: pytest.TempPathFactory, kills: list[int], torn: int
) -> None:
    """What is in the part is taken up; what was unpacked of more or of less counts for nothing."""
    files = SnapshotFolder(tmp_path_factory.mktemp("till"))
    arrival = begun(files, offer())
    for kill in sorted(kills):
        arrival.take(PACKED[arrival.packed_bytes : kill])
        # Written to the part, and not unpacked when it ended.
        with files.part.open("ab") as part:
            part.write(PACKED[arrival.packed_bytes : kill + torn])
        arrival = begun(files, offer())
    arrival.take(PACKED[arrival.packed_bytes :])
    assert arrival.finish().read_bytes() == CONTENT


def test_a_full_disk_costs_what_it_did_not_take(files: SnapshotFolder) -> None:
    """When there is room again, the part that was written is taken up."""
    arrival = begun(files, offer())
    files.unpacked.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        arrival.take(PACKED[:50_000])
    arrival = begun(files, offer())
    assert arrival.packed_bytes == 50_000
    arrival.take(PACKED[50_000:])
    assert arrival.finish().read_bytes() == CONTENT


def test_a_bomb_takes_no_more_room_than_was_said(files: SnapshotFolder) -> None:
    """A gigabyte of nothing in 32 KiB: it is found after the first piece that is too much."""
    bomb = zstandard.compress(bytes(1 << 30))
    arrival = begun(files, offer(bomb, 2 * MIB))
    with pytest.raises(StoreDamaged, match="larger than was said"):
        arrival.take(bomb)
    assert files.unpacked.stat().st_size <= 2 * MIB


def _ended_early() -> tuple[SnapshotOffer, bytes]:
    return offer(PACKED[:-100]), PACKED[:-100]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: (offer(), b"<html>" + PACKED[6:]), "cannot be unpacked"),
        (lambda: (offer(), PACKED + b"!"), "more came"),
        (lambda: (offer(), PACKED[:-1] + bytes([PACKED[-1] ^ 1])), "cannot be unpacked"),
        (lambda: (offer(zstandard.compress(CONTENT)), PACKED[: len(zstandard.compress(CONTENT))]), "not the one"),
        (_ended_early, "smaller than was said"),
    ],
)
def test_what_is_not_what_was_offered_is_refused(
    files: SnapshotFolder, made: Callable[[], tuple[SnapshotOffer, bytes]], reason: str
) -> None:
    """No page of a portal, no byte too much, none that fell over on the way, no other replica, and no half of one."""
    offered, sent = made()
    arrival = begun(files, offered)
    with pytest.raises(StoreDamaged, match=reason):  # noqa: PT012 - either call may find it
        arrival.take(sent)
        arrival.finish()


def test_a_till_that_stops_unpacks_no_further(files: SnapshotFolder) -> None:
    """What is on the disk is taken up by the next start."""
    over = Event()
    files.begin(offer())
    arrival = Arrival(files, offer(), over)
    over.set()
    with pytest.raises(StoreError, match="the till stops"):
        arrival.take(PACKED[:60_000])
    assert begun(files, offer()).packed_bytes == 60_000
