"""A person who was erased: nothing that names them is left, and everything that must be known again still is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import IdentifierLinked, MemberErased, MemberMerged, MemberUnmerged
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.erasing import forget
from sync.hub.kept import RowKey
from sync.hub.terminals import OFFICE
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import Ids, Till, enrolled, hub_over, note, outcomes, sale, unknown
from tests.sync.hub.stores import KINDS, sqlite_hub
from tests.sync.hub.test_merging import World

NAME, SAID, NUMBER = "Zerxes", "his wife must not know", "+989120009911"
WORDS = (NAME.encode(), SAID.encode(), NUMBER.encode())
PHONE = IdentifierLinked(identifier=Identifier(IdentifierKind.PHONE, NUMBER))
DUPLICATE, APPLIED, QUARANTINED = Outcome.DUPLICATE, Outcome.APPLIED, Outcome.QUARANTINED


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a hub over each kind of store, with a till that told it of a person."""
    store = KINDS[request.param](tmp_path)
    world = World(store)
    tell(world)
    yield world
    store.close()


def tell(world: World) -> None:
    """Let the till tell of somebody: who it is, what was said, and what was bought."""
    world.did((enrolled(NAME), "m1"), (PHONE, "m1"), (note(SAID), "m1"), (sale(50), "m1"), (note("other"), "m2"))
    foreign = unknown(world.till, b'{"text":"%s"}' % SAID.encode())
    spoilt = replace(world.till.did(note()), body=Raw(b'{"text":["%s"]}' % SAID.encode()))
    world.till.journal[-1] = spoilt
    assert outcomes(world.hub.push(world.till.request(foreign, spoilt))) == [APPLIED, QUARANTINED]


def erase(world: World, member_id: str = "m1", number: int = 1) -> Outcome:
    """Let the office erase somebody, and finish it."""
    hub_over(world.store, OFFICE)
    office = Till(OFFICE, Ids(9_000_000 + number))
    event = office.did(MemberErased(reason="asked"), member_id)
    (outcome,) = outcomes(world.hub.push(office.request(replace(event, seq=number))))
    for _ in forget(world.store):
        pass
    return outcome


def said(world: World) -> list[Event]:
    """Return all events that the hub keeps, put aside or not."""
    with world.store.reading() as reading:
        return [each.event for each in reading.log()] + [each.event for each in reading.quarantine()]


def test_nothing_that_names_the_person_is_left(world: World) -> None:
    """Document, log and quarantine have no name, number or note; goods and points stay, and the hub is sound."""
    assert erase(world) is APPLIED
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)
    assert rows_in(world.store)[RowKey(RowKind.MEMBER, "m1")].document is None
    assert [event.type for event in said(world)].count("basket.committed") == 1
    assert any(b"other" in bytes(event.body) for event in said(world))
    assert world.is_sound()


def test_not_a_byte_is_left_in_the_files(tmp_path: Path) -> None:
    """What was erased is in no page, free or not, of the file, nor in its log."""
    store = sqlite_hub(tmp_path / "hub.db")
    world = World(store)
    tell(world)
    found = [word for word in WORDS for file in tmp_path.iterdir() if word in file.read_bytes()]
    assert set(found) == set(WORDS)
    erase(world)
    found = [word for word in WORDS for file in tmp_path.iterdir() if word in file.read_bytes()]
    assert found == []
    store.close()
    assert not [word for word in WORDS for file in tmp_path.iterdir() if word in file.read_bytes()]


def test_a_till_that_sends_it_all_again_is_told_that_it_is_there(world: World) -> None:
    """Dedupe lives on digests: a re-offer after a fall-back brings nothing back."""
    erase(world)
    again = outcomes(world.hub.push(world.till.request()))
    assert again == [DUPLICATE] * 6 + [QUARANTINED]
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)


def test_what_comes_late_is_taken_out_as_it_comes(world: World) -> None:
    """A till that was away wrote a note: it is acknowledged, and what it said is kept nowhere."""
    erase(world)
    assert world.did((note(SAID), "m1"), (sale(7), "m1")) == [APPLIED] * 2
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)
    assert rows_in(world.store)[RowKey(RowKind.MEMBER, "m1")].document is None
    assert world.is_sound()


def test_tills_lose_the_document(world: World) -> None:
    """The tombstone comes down the feed, and the checksum goes with it."""
    replica = Replica(world.hub, "t2")
    replica.pull_all()
    assert RowKey(RowKind.MEMBER, "m1") in replica.documents()
    erase(world)
    replica.pull_all()
    assert RowKey(RowKind.MEMBER, "m1") not in replica.documents()


def test_a_person_of_two_names_is_erased_under_both(world: World) -> None:
    """Whoever was merged is the same person; what comes late about either is taken out."""
    world.did((note(SAID), "m3"), (MemberMerged(target="m1"), "m3"))
    assert erase(world, "m3") is APPLIED
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)
    world.did((note(SAID), "m3"), (note(SAID), "m1"))
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)
    assert {key.key for key, row in rows_in(world.store).items() if row.document is None} == {"m1", "m3"}
    assert world.is_sound()


def test_points_of_others_are_found_through_somebody_who_was_erased(world: World) -> None:
    """Two shared a book and were parted; its keeper was merged elsewhere and erased, and the other still has points."""
    world.did((sale(20), "m4"), (MemberMerged(target="m5"), "m4"), (MemberUnmerged(target="m5"), "m4"))
    world.did((MemberMerged(target="m6"), "m5"))
    erase(world, "m5")
    world.did((sale(1), "m4"))
    assert world.member("m4").balances == {"points": 21}
    assert world.is_sound()


def test_only_the_office_erases(world: World) -> None:
    """A till that says so is not believed: a stolen one would empty the shop."""
    assert world.did((MemberErased(), "m1")) == [QUARANTINED]
    assert rows_in(world.store)[RowKey(RowKind.MEMBER, "m1")].document is not None


def test_an_erasure_that_was_cut_off_goes_on(world: World) -> None:
    """The document goes at once; the log is cleaned in steps, and a step that was not made is made by the next run."""
    hub_over(world.store, OFFICE)
    office = Till(OFFICE, Ids(9_000_000))
    office.did(MemberErased(), "m1")
    world.hub.push(office.request())
    assert next(forget(world.store)) == 4
    assert any(word in bytes(event.body) for event in said(world) for word in WORDS)
    assert list(forget(world.store)) == [1]
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)
    assert list(forget(world.store)) == []


def test_a_long_log_is_gone_through_piece_by_piece(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a piece, all of it is gone through."""
    monkeypatch.setattr("sync.hub.erasing._CHUNK", 2)
    erase(world)
    assert not any(word in bytes(event.body) for event in said(world) for word in WORDS)


def test_a_merge_with_somebody_who_is_gone_is_put_aside(world: World) -> None:
    """There is nothing to merge with."""
    erase(world)
    assert world.did((MemberMerged(target="m1"), "m2"), (MemberMerged(target="m2"), "m1")) == [QUARANTINED] * 2
    with world.store.reading() as reading:
        assert faults(reading) == ()
