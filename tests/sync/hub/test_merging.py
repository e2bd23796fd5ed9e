"""Merging at the hub: one document and one book of two, and two again, with all that may come in between."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body, MemberErased, MemberMerged, MemberUnmerged, PointsEarned, PreferenceSet
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member, Preference
from pos_loyalty.core.verdicts import Outcome, QuarantineCode
from sync.hub.audit import faults
from sync.hub.authority import Authority
from sync.hub.documents import read
from sync.hub.hub_store import HubStore
from sync.hub.kept import BookKey, RowKey
from tests.sync.hub.replica import Replica
from tests.sync.hub.shop import (
    Ids,
    Till,
    answered,
    back,
    earned,
    enrolled,
    hub_over,
    issued,
    note,
    outcomes,
    points,
    sale,
    used,
)
from tests.sync.hub.stores import KINDS

APPLIED, QUARANTINED = Outcome.APPLIED, Outcome.QUARANTINED


class World:
    """A hub and a till that pushes all it does at once."""

    def __init__(self, store: HubStore) -> None:
        self.store = store
        self.hub: Authority = hub_over(store, "t1", "t2")
        self.till = Till("t1", Ids())

    def did(self, *what: tuple[Body, str]) -> list[Outcome]:
        """Let the till do these things to these members, and push them in one batch."""
        return outcomes(self.hub.push(self.till.request(*(self.till.did(body, member) for body, member in what))))

    def member(self, member_id: str) -> Member:
        """Return a document as it stands."""
        key = RowKey(RowKind.MEMBER, member_id)
        with self.store.transaction() as step:
            row = step.rows([key])[key]
        assert row.document is not None
        document = read(RowKind.MEMBER, row.document)
        assert isinstance(document, Member)
        return document

    def is_sound(self) -> bool:
        """Whether nothing contradicts the model."""
        with self.store.reading() as reading:
            assert faults(reading) == ()
        return True


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a hub over each kind of store."""
    store = KINDS[request.param](tmp_path)
    yield World(store)
    store.close()


def test_two_become_one_with_all_they_have(world: World) -> None:
    """Name and points of the target, points and notes of the other; under the other's name only where it is."""
    world.did((enrolled("Roya"), "m1"), (sale(50), "m1"), (note("one"), "m1"), (enrolled("R."), "m2"), (sale(30), "m2"))
    assert world.did((MemberMerged(target="m1"), "m2")) == [APPLIED]
    one = world.member("m1")
    assert (one.name.given, one.balances, one.purchase_count, one.notes[0].text) == ("Roya", {"points": 80}, 2, "one")
    left = world.member("m2")
    assert (left.merged_into, left.identifiers, left.balances) == ("m1", (), {})
    assert world.is_sound()


def test_parted_at_once_each_has_what_it_had(world: World) -> None:
    """Points to the point, and the documents but for what tills are inside."""
    world.did((enrolled(), "m1"), (sale(50), "m1"), (enrolled("R."), "m2"), (sale(30), "m2"), (note("two"), "m2"))
    before = world.member("m1"), world.member("m2")
    world.did((MemberMerged(target="m1"), "m2"), (MemberUnmerged(target="m1"), "m2"))
    after = world.member("m1"), world.member("m2")
    assert [each.balances for each in after] == [{"points": 50}, {"points": 30}]
    assert [each.notes for each in after] == [each.notes for each in before]
    assert [each.parts for each in after] == [(), ()]
    assert (after[1].merged_into, after[1].book) == ("", "m1")
    assert world.is_sound()


def test_what_comes_under_the_old_name_is_the_ones_and_goes_back(world: World) -> None:
    """A till that had not heard sells and writes: points, purchase and note are there at once, and are parted again."""
    world.did((enrolled(), "m1"), (sale(50), "m1"), (enrolled("R."), "m2"), (MemberMerged(target="m1"), "m2"))
    assert world.did((sale(7), "m2"), (note("late"), "m2"), (sale(1), "m1")) == [APPLIED] * 3
    one = world.member("m1")
    assert (one.balances, one.purchase_count, one.notes[0].text) == ({"points": 58}, 3, "late")
    world.did((MemberUnmerged(target="m1"), "m2"))
    assert world.member("m1").balances == {"points": 51}
    assert world.member("m2").balances == {"points": 7}
    assert world.did((sale(2), "m2"), (sale(-51), "m1")) == [APPLIED] * 2
    assert world.member("m2").balances == {"points": 9}
    assert world.member("m1").balances == {"points": 0}
    assert world.is_sound()


def test_what_was_spent_of_both_is_spent(world: World) -> None:
    """The one spends what came from the other; parted, that one gets what is left of it."""
    world.did((sale(50), "m1"), (sale(30), "m2"), (MemberMerged(target="m1"), "m2"), (sale(-60), "m1"))
    assert world.member("m1").balances == {"points": 20}
    world.did((MemberUnmerged(target="m1"), "m2"))
    assert world.member("m1").balances["points"] + world.member("m2").balances["points"] == 20
    assert world.is_sound()


def test_goods_of_the_old_name_come_back(world: World) -> None:
    """A return names the sale that was the other's: its points are taken from the one."""
    world.did((sale(30), "m2"))
    sold = world.till.journal[-1]
    world.did((sale(50), "m1"), (MemberMerged(target="m1"), "m2"))
    assert world.did((back(sold.event_id, -30), "m1")) == [APPLIED]
    assert world.member("m1").balances == {"points": 50}
    assert world.did((sale(-50), "m2")) == [APPLIED]
    assert world.member("m1").balances == {"points": 0}
    assert world.is_sound()


def test_a_voucher_of_the_old_name_is_used_by_the_one(world: World) -> None:
    """It is in the one's document; used, it is used when they are parted."""
    world.did((sale(5, vouchers=[issued("V")]), "m2"), (MemberMerged(target="m1"), "m2"))
    assert [each.code for each in world.member("m1").vouchers] == ["V"]
    world.did((sale(5, vouchers=[used("V")]), "m1"), (MemberUnmerged(target="m1"), "m2"))
    assert [str(each.status) for each in world.member("m2").vouchers] == ["redeemed"]


def test_three_are_one_and_the_middle_one_leaves_with_the_first(world: World) -> None:
    """Points of all three are where their members are."""
    world.did((sale(1), "m1"), (sale(20), "m2"), (sale(300), "m3"))
    world.did((MemberMerged(target="m2"), "m1"), (MemberMerged(target="m3"), "m2"))
    assert world.member("m3").balances == {"points": 321}
    world.did((sale(4000), "m1"))
    assert world.member("m3").balances == {"points": 4321}
    world.did((MemberUnmerged(target="m3"), "m2"))
    assert (world.member("m2").balances, world.member("m3").balances) == ({"points": 4021}, {"points": 300})
    world.did((MemberUnmerged(target="m2"), "m1"), (MemberMerged(target="m3"), "m1"))
    assert (world.member("m2").balances, world.member("m3").balances) == ({"points": 20}, {"points": 4301})
    assert world.is_sound()


def test_who_was_parted_takes_in_the_one_with_the_books(world: World) -> None:
    """Merged, parted, and merged the other way round: whatever either name brings is in one book, and in the row."""
    world.did((enrolled("Roya"), "m1"), (sale(50), "m1"), (enrolled("R."), "m2"), (sale(30), "m2"))
    for body, member in ((MemberMerged(target="m2"), "m1"), (MemberUnmerged(target="m2"), "m1")):
        assert world.did((body, member)) == [APPLIED]
    assert world.did((MemberMerged(target="m1"), "m2"), (sale(5), "m1"), (sale(7), "m2")) == [APPLIED] * 3
    assert world.member("m1").balances == {"points": 92}
    assert world.is_sound()


def test_whoever_shares_a_book_is_found_after_it_moved(world: World) -> None:
    """Parted, two share a book; that book's member is merged into a third, and the other still has its points."""
    world.did((sale(1), "m1"), (sale(20), "m2"), (MemberMerged(target="m1"), "m2"), (MemberUnmerged(target="m1"), "m2"))
    world.did((MemberMerged(target="m3"), "m1"))
    assert world.member("m3").balances == {"points": 1}
    world.did((sale(300), "m2"))
    assert world.member("m2").balances == {"points": 320}
    world.did((MemberMerged(target="m4"), "m2"), (sale(4000), "m4"))
    assert world.member("m4").balances == {"points": 4320}
    assert world.member("m3").balances == {"points": 1}
    world.did((sale(50000), "m3"))
    assert world.member("m3").balances == {"points": 50001}
    assert world.is_sound()


def test_points_of_a_kind_that_is_newer_than_the_merge_are_the_ones(world: World) -> None:
    """Stamps begin after the merge; under the old name they are the one's all the same, and are parted."""
    world.did((sale(5), "m1"), (sale(5), "m2"), (MemberMerged(target="m1"), "m2"))
    stamps = replace(points(3), account="stamps", source="card@1/stamp")
    world.did((earned(1), "m1"), (PointsEarned(happening="visit", moves=(stamps,)), "m2"))
    assert world.member("m1").balances == {"points": 11, "stamps": 3}
    world.did((MemberUnmerged(target="m1"), "m2"))
    assert world.member("m2").balances["stamps"] == 3
    assert world.is_sound()


@pytest.mark.parametrize(
    ("before", "body", "member_id"),
    [
        ([], MemberMerged(target="m1"), "m1"),
        ([(MemberMerged(target="m1"), "m2")], MemberMerged(target="m3"), "m2"),
        ([(MemberMerged(target="m1"), "m2")], MemberMerged(target="m2"), "m1"),
        ([], MemberUnmerged(target="m1"), "m2"),
        ([(MemberMerged(target="m1"), "m2")], MemberUnmerged(target="m3"), "m2"),
    ],
    ids=["itself", "twice", "in a circle", "never merged", "another"],
)
def test_what_makes_no_sense_is_put_aside(
    world: World, before: list[tuple[Body, str]], body: Body, member_id: str
) -> None:
    """It is kept for a person to look at, and neither document nor book is touched."""
    world.did((sale(5), "m1"), (sale(6), "m2"), *before)
    documents = world.member("m1"), world.member("m2")
    verdict = answered(world.hub.push(world.till.request(world.till.did(body, member_id))))[0]
    assert (verdict.outcome, verdict.code) == (QUARANTINED, QuarantineCode.REFUSED)
    assert (world.member("m1"), world.member("m2")) == documents
    assert world.is_sound()


def test_a_batch_with_a_merge_in_its_middle_is_answered_in_its_order(world: World) -> None:
    """Every event has its verdict, and the same batch again is all duplicates."""
    events = [
        world.till.did(body, member)
        for body, member in ((sale(5), "m1"), (sale(6), "m2"), (MemberMerged(target="m1"), "m2"), (sale(7), "m2"))
    ]
    request = world.till.request(*events)
    assert [each.event_id for each in answered(world.hub.push(request))] == [each.event_id for each in events]
    assert outcomes(world.hub.push(request)) == [Outcome.DUPLICATE] * 4
    assert world.member("m1").balances == {"points": 18}


def test_of_a_member_nobody_heard_of_the_merge_stands(world: World) -> None:
    """Its enrolment is in the outbox of another till: it comes into the one's document, which keeps its own name."""
    world.did((enrolled("Roya"), "m1"), (MemberMerged(target="m1"), "m2"))
    other = Till("t2", Ids(5_000))
    events = (
        other.did(enrolled("R."), "m2"),
        other.did(PreferenceSet(preference=Preference(key="size", value="41")), "m2"),
    )
    assert outcomes(world.hub.push(other.request(*events))) == [APPLIED] * 2
    one = world.member("m1")
    assert (one.name.given, [each.value for each in one.preferences]) == ("Roya", ["41"])
    world.did((MemberUnmerged(target="m1"), "m2"))
    assert world.member("m2").name.given == "R."
    assert world.is_sound()


def test_rows_of_both_come_down_at_once(world: World) -> None:
    """A till that reads the feed to its end has the one with everything and the other with nothing."""
    world.did((enrolled(), "m1"), (enrolled("R."), "m2"))
    replica = Replica(world.hub, "t2")
    replica.pull_all()
    world.did((MemberMerged(target="m1"), "m2"))
    replica.pull_all()
    documents = replica.documents()
    assert b'"merged_into":"m1"' in documents[RowKey(RowKind.MEMBER, "m2")]
    assert b'"parts"' in documents[RowKey(RowKind.MEMBER, "m1")]
    replica.check_against(world.store)


def test_the_book_of_the_source_is_empty_and_the_targets_has_all(world: World) -> None:
    """Nothing is in two books."""
    world.did((sale(5), "m1"), (sale(6), "m2"), (MemberMerged(target="m1"), "m2"))
    with world.store.reading() as reading:
        assert reading.postings_of(BookKey("m2", "points")) == []
        assert [each.document for each in reading.records_of(BookKey("m2", "points"))] == [b"[]"]


def test_sales_beside_merges_are_booked_once_each(world: World) -> None:
    """One till merges and parts two members over and over while another sells to them: not a point is lost."""
    merging, selling = Till("t1", Ids(10_000), nonce="a"), Till("t2", Ids(20_000), nonce="b")
    told: list[list[Outcome]] = []

    def push(till: Till, *what: tuple[Body, str]) -> None:
        told.append(outcomes(world.hub.push(till.request(*(till.did(body, member) for body, member in what)))))

    def merge_and_part() -> None:
        for _ in range(6):
            push(merging, (MemberMerged(target="m1"), "m2"))
            push(merging, (MemberUnmerged(target="m1"), "m2"))

    def sell() -> None:
        for _ in range(25):
            push(selling, (sale(1), "m2"), (sale(100), "m1"))

    threads = [Thread(target=merge_and_part), Thread(target=sell)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {outcome for each in told for outcome in each} == {APPLIED}
    assert world.member("m1").balances == {"points": 2500}
    assert world.member("m2").balances == {"points": 25}
    assert (world.member("m1").purchase_count, world.member("m2").purchase_count) == (25, 25)
    assert world.is_sound()


@pytest.mark.parametrize(
    ("body", "member_id"),
    [
        (MemberMerged(target="m1"), None),
        (MemberUnmerged(target="m1"), None),
        (MemberErased(), None),
        (MemberMerged(target=""), "m2"),
        (MemberMerged(target="a\0b"), "m2"),
    ],
    ids=["merge of nobody", "part nobody", "erase nobody", "into nobody", "NUL"],
)
def test_what_names_nobody_cannot_be_read(world: World, body: Body, member_id: str | None) -> None:
    """It is put aside, and what comes behind it is taken."""
    events = (world.till.did(body, member_id), world.till.did(note(), "m1"))
    verdicts = answered(world.hub.push(world.till.request(*events)))
    assert [each.outcome for each in verdicts] == [QUARANTINED, APPLIED]
    assert verdicts[0].code is QuarantineCode.UNREADABLE


def test_a_merge_that_our_own_fault_chokes_on_stops_nobody(world: World) -> None:
    """A document that cannot be read: the merge is put aside whole, and what comes behind it is taken."""
    world.did((sale(5), "m1"), (sale(6), "m2"))
    with world.store.transaction() as step:
        (row,) = step.rows([RowKey(RowKind.MEMBER, "m2")]).values()
        step.put_rows([replace(row, document=Raw(b'{"member_id":"m2","visit_count":"many"}'))])
        step.commit()
    assert world.did((MemberMerged(target="m1"), "m2"), (note(), "m1")) == [QUARANTINED, APPLIED]
    with world.store.reading() as reading:
        assert [book.member_id for book in reading.books()] == ["m1", "m2"]
        assert reading.postings_of(BookKey("m2", "points"))
