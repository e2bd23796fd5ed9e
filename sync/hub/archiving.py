"""Old events out of the database and into files, a month each; what they are known by stays.

A file is NDJSON under zstd (RFC 8878), one event a line with its place and digest; ``manifest.json`` names each file
with its hash. Files are whole and on the disk before the database lets go of anything. The database keeps id, digest,
terminal and number of each event, so that the same event is known for ever, and no number is missing.

What says something of a person is sealed (:mod:`sync.hub.sealing`), for a file is copied to where nobody can write.
"""

import io
import os
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from pos_loyalty.core.erasing import EMPTIED, archived, redacted
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import PARTITIONS
from pos_loyalty.errors import StoreDamaged
from sync.hub import sealing
from sync.hub.hub_store import HubStore, Reading
from sync.hub.intake import digest_of
from sync.hub.kept import Logged
from sync.hub.reevaluation import LOOKED_AT

MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1_000
_LEVEL: Final = 9


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event in a file."""

    partition: int
    number: int
    received_ms: int
    digest: str
    """Hexadecimal; empty for what is sealed, or a phone number could be found out by trying."""
    event: Event
    """Of what is sealed only what may stay."""
    sealed: bytes = b""
    """The event as it came, for whoever has the key of its member."""


class File(msgspec.Struct, frozen=True):
    """One file of an archive."""

    name: str
    sha256: str
    events: int


_line = msgspec.json.Decoder(Line).decode
_files = msgspec.json.Decoder(tuple[File, ...]).decode
_numbers = msgspec.json.Decoder(dict[int, int]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def archive(store: HubStore, before_ms: int, folder: Path) -> Iterator[File]:
    """Put events received before a moment into ``folder``; yield each file when it, and the database, are done.

    Sales that were not priced again yet stay, and so does all that came after them. Cut off, what is in a file and not
    yet out of the database is put into another file by the next run: the same event, twice in the archive.

    Raises:
        OSError: the folder cannot be written.
    """
    with store.reading() as reading:
        found = sorted(_old(reading, before_ms), key=lambda each: each.received_ms)
        months = [(month, list(logged)) for month, logged in groupby(found, key=_month)]
    for month, logged in months:
        file = _packed(folder, _free_name(folder, month), list(_lines(store, logged)))
        _list(folder, (*listed(folder), file))
        for chunk in _chunks(logged):
            with store.transaction() as transaction:
                transaction.redact(archived(each.event, file.name) for each in chunk)
                transaction.commit()
        yield file
    store.scrub()


def listed(folder: Path) -> tuple[File, ...]:
    """Return the files that the manifest of an archive names; none where there is no manifest."""
    try:
        return _files((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        return ()


def events_in(folder: Path, file: File) -> Iterator[Line]:
    """Yield the events of a file, in the order in which the hub received them.

    Raises:
        OSError: it cannot be read.
        StoreDamaged: it is not what was written.
    """
    told = 0
    try:
        with zstandard.open(folder / file.name, "rb") as unpacked:
            for line in map(_line, io.BufferedReader(unpacked)):
                yield line
                told += 1
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise _damaged(folder, file) from error
    # A frame that was cut off ends like one that is whole.
    if told != file.events:
        raise _damaged(folder, file)


def _damaged(folder: Path, file: File) -> StoreDamaged:
    return StoreDamaged(f"{folder / file.name} is not what was written: put back a copy of it")


def opened_in(reading: Reading, members: Collection[str], folder: Path) -> Iterator[Event]:
    """Yield what an archive has about these members; of those who were erased, what may stay.

    Raises:
        OSError: it cannot be read.
        StoreDamaged: it is not what was written, or this hub does not have the key to it.
    """
    keys = {member_id: sealing.key_of(reading, member_id) for member_id in members}
    for file in listed(folder):
        for line in events_in(folder, file):
            if line.event.member_id in keys:
                event = _opened(line, keys[line.event.member_id])
                if event is None:
                    raise StoreDamaged(
                        f"{folder / file.name}: event {line.event.event_id} does not open with the key of this hub; "
                        "was its database put back to before the archive was made?"
                    )
                yield event


def faults(reading: Reading, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an archive: by file and id, never by content."""
    known = {each.event.event_id: each.digest.hex() for each in reading.log() if each.event.type in EMPTIED}
    keys: dict[str, bytes | None] = {}
    for file in listed(folder):
        if sha256((folder / file.name).read_bytes()).hexdigest() != file.sha256:
            yield f"{file.name} is not what was written"
            continue
        for line in events_in(folder, file):
            digest, member_id = known.get(line.event.event_id), line.event.member_id or ""
            if digest is None or line.digest not in {"", digest}:
                yield f"{file.name} has event {line.event.event_id}, which the hub does not know"
                continue
            if line.sealed and member_id not in keys:
                keys[member_id] = sealing.key_of(reading, member_id)
            event = _opened(line, keys.get(member_id))
            if event is None or (event.type not in EMPTIED and digest_of(event).hex() != digest):
                yield f"{file.name}: event {line.event.event_id} is not what it was"


def _opened(line: Line, key: bytes | None) -> Event | None:
    return sealing.opened(line.event, line.sealed, key) if line.sealed else line.event


def _lines(store: HubStore, logged: Sequence[Logged]) -> Iterator[Line]:
    """Yield what is written of events; the keys that seal them are in the database before."""
    for chunk in _chunks(logged):
        personal = {each.event.event_id for each in chunk if sealing.is_personal(each.event)}
        members = {each.event.member_id or "" for each in chunk if each.event.event_id in personal}
        with store.transaction() as transaction:
            keys = sealing.keys_for(transaction, members, os.urandom)
            transaction.commit()
        for each in chunk:
            line = Line(each.partition, each.number, each.received_ms, each.digest.hex(), each.event)
            yield _sealed(line, keys[each.event.member_id or ""]) if each.event.event_id in personal else line


def _sealed(line: Line, key: bytes) -> Line:
    content = sealing.sealed(line.event, key, sealing.nonce_from(os.urandom)) if key else b""
    return msgspec.structs.replace(line, digest="", event=redacted(line.event), sealed=content)


def _chunks(logged: Sequence[Logged]) -> Iterator[Sequence[Logged]]:
    return (logged[first : first + _CHUNK] for first in range(0, len(logged), _CHUNK))


def _old(reading: Reading, before_ms: int) -> Iterator[Logged]:
    memo = reading.memo(LOOKED_AT)
    priced = _numbers(memo.document) if memo else {}
    for partition in range(PARTITIONS):
        number, last = 0, priced.get(partition, 0)
        while piece := reading.log_above(partition, number, _CHUNK):
            number = piece[-1].number
            old = (each for each in piece if each.received_ms < before_ms and each.number <= last)
            yield from (each for each in old if each.event.type not in EMPTIED)


def _month(logged: Logged) -> str:
    return f"{datetime.fromtimestamp(logged.received_ms / 1_000, UTC):%Y-%m}"


def _free_name(folder: Path, month: str) -> str:
    taken = {file.name for file in listed(folder)}
    names = (f"events-{month}{f'-{again}' if again else ''}.ndjson.zst" for again in range(len(taken) + 1))
    return next(name for name in names if name not in taken)


def _packed(folder: Path, name: str, lines: Sequence[Line]) -> File:
    packed = zstandard.compress(b"".join(_encode(line) + b"\n" for line in lines), _LEVEL)
    _put(folder, name, packed)
    return File(name, sha256(packed).hexdigest(), len(lines))


def _list(folder: Path, files: Sequence[File]) -> None:
    _put(folder, MANIFEST, _encode(tuple(files)))


def _put(folder: Path, name: str, data: bytes) -> None:
    """Write a file whole or not at all, and durably."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = folder / f".{name}.new"
    with beside.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
