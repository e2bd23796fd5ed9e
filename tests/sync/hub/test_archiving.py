"""Old events in files: whole before the database lets go, known for ever, and checked against it."""

import shutil
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import zstandard
from msgspec.structs import replace

from pos_loyalty.core.events import encode
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.errors import StoreDamaged
from sync.hub.archiving import MANIFEST, archive, events_in, faults, listed, opened_in
from sync.hub.exporting import export
from sync.hub.hub_store import HubStore
from sync.hub.reevaluation import reevaluate
from sync.hub.sealing import keys_for
from tests.sync.hub.shop import NOON, enrolled, note, outcomes, sale
from tests.sync.hub.stores import KINDS
from tests.sync.hub.test_erasing import erase
from tests.sync.hub.test_merging import World

LATER_MS = int(NOON.timestamp() * 1_000) + 1


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a hub over each kind of store, with events that were priced again."""
    store = KINDS[request.param](tmp_path)
    world = World(store)
    world.did((enrolled("Zerxes"), "m1"), (sale(50), "m1"), (enrolled("Roya"), "m2"))
    priced(world)
    yield world
    store.close()


def priced(world: World) -> None:
    """Price again what was sold."""
    with world.store.reading() as reading:
        shop = world.hub.shop(reading)
    for _ in reevaluate(world.store, shop):
        pass


def wrong(store: HubStore, folder: Path) -> list[str]:
    """Return what is wrong with an archive."""
    with store.reading() as reading:
        return list(faults(reading, folder))


def test_what_is_archived_is_in_the_file_and_known_in_the_database(world: World, tmp_path: Path) -> None:
    """All of it, in one file of the month; sent again it is a duplicate, and the hub is sound."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    assert (file.name, file.events) == ("events-2026-03.ndjson.zst", 3)
    assert {line.event.event_id for line in events_in(folder, file)} == {e.event_id for e in world.till.journal}
    with world.store.reading() as reading:
        assert {each.event.type for each in reading.log()} == {"event.archived"}
    assert outcomes(world.hub.push(world.till.request())) == [Outcome.DUPLICATE] * 3
    assert world.is_sound()
    assert wrong(world.store, folder) == []


def test_what_is_newer_or_was_not_priced_yet_stays(world: World, tmp_path: Path) -> None:
    """The next run puts it into a file of its own beside the first, and nothing twice."""
    folder = tmp_path / "a"
    assert list(archive(world.store, 0, folder)) == []
    assert len(list(archive(world.store, LATER_MS, folder))) == 1
    world.did((note("later"), "m1"))
    assert list(archive(world.store, LATER_MS, folder)) == []
    priced(world)
    (file,) = archive(world.store, LATER_MS, folder)
    assert (file.name, file.events) == ("events-2026-03-1.ndjson.zst", 1)
    assert len(listed(folder)) == 2
    assert wrong(world.store, folder) == []


def test_an_archive_that_is_not_this_hubs_is_told_of(world: World, tmp_path: Path) -> None:
    """A file that was changed, and events that the hub does not know as archived."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    other = KINDS["memory"](tmp_path)
    assert all("which the hub does not know" in fault for fault in wrong(other, folder))
    assert len(wrong(other, folder)) == 3
    (folder / file.name).write_bytes(b"")
    assert wrong(world.store, folder) == [f"{file.name} is not what was written"]
    assert wrong(world.store, tmp_path / "none") == []


def told_of(world: World, folder: Path, member_id: str) -> list[bytes]:
    """Return the bodies of what an archive tells its hub about somebody."""
    with world.store.reading() as reading:
        return [bytes(event.body) for event in opened_in(reading, {member_id}, folder)]


def test_what_names_a_person_can_be_read_by_the_hub_alone(world: World, tmp_path: Path) -> None:
    """In the file is no name, and no digest to try names against; the hub opens it as it came, for an export too."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    lines = list(events_in(folder, file))
    assert not any(b"Zerxes" in bytes(line.event.body) + line.sealed for line in lines)
    assert {(bool(line.sealed), line.digest == "") for line in lines} == {(True, True), (False, False)}
    came = [event for event in world.till.journal if event.member_id == "m1"]
    assert told_of(world, folder, "m1") == [bytes(event.body) for event in came]
    exported = export(world.store, "m1", partial(opened_in, folder=folder))
    assert exported is not None
    assert [bytes(each) for each in exported["archived"]] == [encode(event) for event in came]


def test_who_is_erased_cannot_be_read_in_any_copy(world: World, tmp_path: Path) -> None:
    """The key is destroyed: a copy made before has goods and points and no name. Others stay, and all is sound."""
    folder, copy = tmp_path / "a", tmp_path / "copy"
    list(archive(world.store, LATER_MS, folder))
    shutil.copytree(folder, copy)
    assert erase(world) is Outcome.APPLIED
    for each in (folder, copy):
        emptied, sold = told_of(world, each, "m1")
        assert emptied == b'{"was":"member.enrolled"}'
        assert b"lines" in sold
        assert b"Roya" in b"".join(told_of(world, each, "m2"))
        assert wrong(world.store, each) == []


def test_nobody_who_is_erased_gets_a_key(world: World, tmp_path: Path) -> None:
    """Who is erased while an archive is written has no key to seal with: the words are left out."""
    erase(world)
    with world.store.transaction() as transaction:
        assert keys_for(transaction, {"m1", "m2"}, bytes)["m1"] == b""
    world.did((note("what nobody should know"), "m1"))
    priced(world)
    list(archive(world.store, LATER_MS, tmp_path / "a"))
    assert not any(b"nobody" in body for body in told_of(world, tmp_path / "a", "m1"))


def test_an_event_sealed_as_another_is_told_of(world: World, tmp_path: Path) -> None:
    """The seal names its event, so that nobody puts one person's words into another's mouth unseen."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    lines = list(events_in(folder, file))
    first, second = (line for line in lines if line.sealed)
    packed = zstandard.compress(msgspec.json.encode(replace(first, sealed=second.sealed)))
    (folder / file.name).write_bytes(packed)
    (folder / MANIFEST).write_bytes(msgspec.json.encode([replace(file, sha256=sha256(packed).hexdigest(), events=1)]))
    assert wrong(world.store, folder) == [f"{file.name}: event {first.event.event_id} is not what it was"]


def test_what_cannot_be_opened_is_never_taken_for_forgotten(world: World, tmp_path: Path) -> None:
    """A database from before the archive has no key, and a damaged file no lines: whoever asks is told so."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    with KINDS["memory"](tmp_path).reading() as other, pytest.raises(StoreDamaged, match="does not open with the key"):
        list(opened_in(other, {"m1"}, folder))
    (folder / file.name).write_bytes((folder / file.name).read_bytes()[:-9])
    with pytest.raises(StoreDamaged, match="put back a copy"):
        told_of(world, folder, "m1")
