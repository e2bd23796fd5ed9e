"""Old events in files: whole before the database lets go, known for ever, and checked against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_loyalty.core.verdicts import Outcome
from sync.hub.archiving import archive, events_in, faults, forget_in, listed
from sync.hub.hub_store import HubStore
from sync.hub.reevaluation import reevaluate
from tests.sync.hub.shop import NOON, enrolled, note, outcomes, sale
from tests.sync.hub.stores import KINDS
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


def test_an_archive_forgets_and_is_whole_again(world: World, tmp_path: Path) -> None:
    """What one person's events said is out of the file; twice is once; others stay."""
    folder = tmp_path / "a"
    (file,) = archive(world.store, LATER_MS, folder)
    assert [forget_in(folder, {"m1"}), forget_in(folder, {"m1"})] == [1, 0]
    bodies = b"".join(bytes(line.event.body) for line in events_in(folder, file))
    assert b"Zerxes" not in bytes(bodies)
    assert b"Roya" in bodies
    assert wrong(world.store, folder) == []
