"""A load from the first member to the rename."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.members import Member
from pos_loyalty.errors import StoreFull
from pos_loyalty.ports import ReplicaContents
from tests.store.shop import card, person, phone, replica, sqlite_store


def crowd(count: int) -> Iterator[Member]:
    """Yield so many members, each with a card and a phone."""
    return (person(f"m{n}", f"Ali{n}", "Crowd", card(f"C{n}"), phone(f"+98912{n:07}")) for n in range(count))


def resident_mb() -> int:
    """Return the memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def test_a_load_is_told_as_it_goes_and_seen_when_it_is_whole(tmp_path: Path) -> None:
    """True if the caller hears of every thousand members, and readers see the old replica until the end."""
    with closing(sqlite_store(tmp_path)) as store:
        store.load(replica(person("old", "Old", "One", card("C1"))))
        told: list[tuple[int, str]] = []
        count = store.load(
            ReplicaContents(members=crowd(2_500)), lambda done: told.append((done, store.lookup("C1")[0].member_id))
        )
        assert (count, told) == (2_500, [(1_000, "old"), (2_000, "old"), (2_500, "old")])
        assert store.lookup("C1")[0].member_id == "m1"
        assert [m.member_id for m in store.search("ali2499", 5)] == ["m2499"]
        assert [m.member_id for m in store.search("0912 000 2499", 5)] == ["m2499"]
        assert {path.name for path in tmp_path.glob("replica*.new*")} == set()


def test_every_code_leads_home_when_runs_are_many(tmp_path: Path) -> None:
    """True if identifiers of one member that fill more than a sorted run are all there."""
    cards = tuple(card(f"C{n * 7919 % 120_011}") for n in range(120_000))
    with closing(sqlite_store(tmp_path)) as store:
        store.load(replica(person("m", "A", "B", *cards)))
        assert all(len(store.lookup(identifier.value)) == 1 for identifier in cards[::40_000])


def test_a_long_stream_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """True if the second half of a stream, 45 MB of documents, adds little to the memory in use."""
    seen: dict[int, int] = {}
    members = (replace(member, language="x" * 3_000) for member in crowd(30_000))
    with closing(sqlite_store(tmp_path)) as store:
        store.load(ReplicaContents(members=members), lambda done: seen.update({done: resident_mb()}))
    assert seen[30_000] - seen[15_000] < 20, seen


def test_a_load_without_room_leaves_the_old_replica(small_disk: Path) -> None:
    """True if a disk that fills up during a load costs the new replica only, and its room is given back."""
    with closing(sqlite_store(small_disk)) as store:
        store.load(ReplicaContents(members=crowd(100)))
        with pytest.raises(StoreFull, match=r"replica\.db; free some space"):
            store.load(ReplicaContents(members=crowd(100_000)))
        assert store.counts().members == 100
        assert store.lookup("C99")[0].member_id == "m99"
        assert store.load(ReplicaContents(members=crowd(200))) == 200
