"""Prepared replicas: one file for all tills of a scope, made now and then, offered until the next one is there.

    <folder>/<sha256>.zst    the packed replica; it never changes under its name
    <folder>/offer.json      a SnapshotOffer, put there by a rename once the file is on disk
    <folder>/scope-<hash>/   the same of one scope

The last two files are kept: a till may be in the middle of the one before.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from re import compile as pattern
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec
import zstandard

from pos_loyalty.core.feed import Cursor, Row
from sync.hub.feed import Scoped, page
from sync.hub.hub_store import HubStore, Reading
from sync.hub.scopes import ALL
from sync.wire import PAGE_ROWS_MAX, SnapshotOffer

ROUTE: Final = "/sync/1/snapshots/"
"""Under the address of the hub; the name of the file follows."""

_KEPT: Final = 2
_OFFER: Final = "offer.json"
_SCOPE: Final = "scope-"
_FILE: Final = pattern(r"[0-9a-f]{64}\.zst")
_SCRATCH: Final = "build-"
_SCRATCH_S: Final = 24 * 3_600
"""A build takes minutes. What is older was left behind by a power cut, and is as large as the database."""
_PIECE: Final = 1 << 20
_LEVEL: Final = 3

Write = Callable[[Path, Iterable[Row], Cursor, Mapping[int, int], int], None]
"""Writes a replica: file, rows that are there, cursor, checksums of its partitions, time of the hub in milliseconds."""
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much; the last is 0 where nobody knows."""


class Replica(NamedTuple):
    """How a replica is written, and which schema that gives."""

    write: Write
    schema: int


def build(
    store: HubStore, folder: Path, replica: Replica, now_ms: int, progress: Progress, scope: str = ALL
) -> SnapshotOffer:
    """Write a replica of all that a scope has at one moment, pack it, and offer it from then on.

    ``folder`` is that of :func:`folder_of`; ``scope`` is what it is kept under.

    Raises:
        StoreError: the hub's database, or the replica that is written, said no; the offer is the one before.
        OSError: the disk did; the same.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
        plain, packed = Path(scratch, "replica.db"), Path(scratch, "replica.zst")
        with store.reading() as reading:
            cursor, checksums = _end(reading, scope)
            total = sum(cursor.numbers.values())
            rows = _rows(reading, scope, now_ms, lambda done: progress("reading", done, total))
            replica.write(plain, rows, cursor, checksums, now_ms)
        digest = _pack(plain, packed, lambda done: progress("packing", done, plain.stat().st_size))
        name = f"{digest}.zst"
        offer = SnapshotOffer(
            path=ROUTE + name,
            sha256=digest,
            packed_bytes=packed.stat().st_size,
            unpacked_bytes=plain.stat().st_size,
            schema=replica.schema,
            cursor=cursor,
        )
        packed.replace(folder / name)
        announced = Path(scratch, _OFFER)
        announced.write_bytes(msgspec.json.encode(offer))
        _sync(announced)
        _sync(folder)
        announced.replace(folder / _OFFER)
        _sync(folder)
    _clear(folder, name)
    return offer


def folder_of(folder: Path, scope: str) -> Path:
    """Return the folder of one scope's replicas."""
    return folder / f"{_SCOPE}{sha256(scope.encode()).hexdigest()[:32]}" if scope else folder


def clear_scopes(folder: Path, scopes: Iterable[str]) -> None:
    """Remove what was prepared for scopes other than these.

    Raises:
        OSError: the folder cannot be written.
    """
    wanted = {folder_of(folder, scope) for scope in scopes}
    for path in folder.glob(f"{_SCOPE}*"):
        if path not in wanted:
            rmtree(path)


def offered(folder: Path) -> SnapshotOffer | None:
    """Return what is offered in ``folder``; None if there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / _OFFER).read_bytes(), type=SnapshotOffer)
    except (OSError, msgspec.MsgspecError):
        return None


def file_of(folder: Path, name: str) -> Path | None:
    """Return the file of that name, if it is one of a snapshot."""
    path = folder / name
    return path if _FILE.fullmatch(name) and path.is_file() else None


def _end(reading: Reading, scope: str) -> tuple[Cursor, Mapping[int, int]]:
    scoped = Scoped(reading, scope, reading.counters())
    return scoped.end(), {partition: scoped.checksum(partition) for partition in scoped.end().numbers}


def _rows(reading: Reading, scope: str, now_ms: int, progress: Callable[[int], None]) -> Iterator[Row]:
    """Yield all rows that are there, at their newest."""
    cursor, more = Cursor(), True
    while more:
        read = page(reading, cursor, now_ms, PAGE_ROWS_MAX, scope)
        yield from (row for row in read.rows if row.document is not None)
        cursor, more = read.cursor, read.more
        progress(sum(cursor.numbers.values()))


def _pack(plain: Path, packed: Path, progress: Callable[[int], None]) -> str:
    """Pack a file and return the hash of what became of it, on disk by then."""
    digest = sha256()
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj(size=plain.stat().st_size)
    done = 0
    # All members are in it: for whoever serves it alone, even when the folder was made for everybody.
    with plain.open("rb") as source, open(packed, "wb", opener=_for_owner) as target:
        while piece := source.read(_PIECE):
            done += len(piece)
            _write(compressor.compress(piece), target.write, digest.update)
            progress(done)
        _write(compressor.flush(), target.write, digest.update)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(piece: bytes, *takers: Callable[[bytes], object]) -> None:
    for take in takers:
        take(piece)


def _clear(folder: Path, newest: str) -> None:
    """Remove all files but the newest ones, and what builds that were cut off have left."""
    files = [path for path in folder.iterdir() if _FILE.fullmatch(path.name) and path.name != newest]
    files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in files[_KEPT - 1 :]:
        path.unlink(missing_ok=True)
    now_s = (folder / newest).stat().st_mtime
    for path in folder.glob(f"{_SCRATCH}*/"):
        if now_s - path.stat().st_mtime > _SCRATCH_S:
            rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
