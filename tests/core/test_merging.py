"""Documents of two who are one person, and two again: nothing is lost, and each gets back exactly what is theirs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import (
    Body,
    IdentifierLinked,
    MemberEnrolled,
    MemberErased,
    MemberMerged,
    MemberUnmerged,
    NameChanged,
    NoteWritten,
    OccasionSet,
    PointsEarned,
    PreferenceSet,
    TierAssessed,
    VisitClosed,
    VisitOpened,
)
from pos_loyalty.core.fold import apply
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import NOTES_KEPT, Member, Note, Occasion, PersonName, Preference, Used, Visit
from pos_loyalty.core.merging import forwarded, merged, parted
from pos_loyalty.core.tiers import TierState
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from pos_loyalty.errors import InvariantBroken
from tests.core.test_fold import CARD, PHONE, SARA, moves
from tests.support.builders import NOW, event, uuid_of

DAY = date(2026, 3, 21)
BIRTHDAY = Occasion(kind="birthday", month=3, day=21)


def note(number: int, minute: int = 0) -> Note:
    """Return a remark."""
    return Note(event_id=uuid_of(number), at=NOW + timedelta(minutes=minute), text=f"note {number}")


OLD = Member(
    member_id="old",
    name=PersonName(given="S."),
    language="fa",
    tier="gold",
    tier_terms={"club": TierState(tier_id="gold", since=DAY)},
    identifiers=(CARD,),
    balances={"points": 5, "stamps": 2},
    short={"points": 1},
    vouchers=(Voucher(code="V1", program_id="gift", member_id="old"),),
    used={"a": Used(amount=1, until=DAY), "b": Used(amount=2), "c": Used(amount=1, until=DAY)},
    granted={"birthday": DAY},
    segments=("vip",),
    preferences=(Preference(key="size", value="40"), Preference(key="colour", value="blue")),
    occasions=(BIRTHDAY,),
    notes=(note(2, 2), note(1, 1)),
    visits=(Visit(visit_id="v1", opened_at=NOW),),
    visit_count=7,
    purchase_count=3,
    enrolled_at=NOW - timedelta(days=9),
    from_pass=True,
    applied={"t1": 5, "t2": 2},
)
NEW = Member(
    member_id="new",
    name=SARA,
    identifiers=(PHONE, CARD),
    balances={"points": 10},
    used={"a": Used(amount=4, until=DAY + timedelta(days=1)), "c": Used(amount=4)},
    granted={"birthday": DAY - timedelta(days=365)},
    preferences=(Preference(key="size", value="41"),),
    occasions=(replace(BIRTHDAY, day=22),),
    notes=(note(3, 3),),
    visit_count=1,
    enrolled_at=NOW,
    applied={"t1": 3, "t3": 1},
)
ONE = merged(NEW, OLD)
LEFT = replace(OLD, book="new")


def test_one_document_has_what_both_had() -> None:
    """Lists are joined newest first, counters and points added; what only one can have is the target's own."""
    assert (ONE.member_id, ONE.name, ONE.language, ONE.tier) == ("new", SARA, "fa", "gold")
    assert ONE.identifiers == (PHONE, CARD)
    assert (ONE.balances, ONE.short) == ({"points": 15, "stamps": 2}, {"points": 1})
    assert ONE.used == {
        "a": Used(amount=5, until=DAY + timedelta(days=1)),
        "b": Used(amount=2),
        "c": Used(amount=5),
    }
    assert ONE.granted == {"birthday": DAY}
    assert {each.key: each.value for each in ONE.preferences} == {"size": "41", "colour": "blue"}
    assert [each.day for each in ONE.occasions] == [22]
    assert [each.event_id for each in ONE.notes] == [uuid_of(3), uuid_of(2), uuid_of(1)]
    assert (ONE.visit_count, ONE.purchase_count, ONE.enrolled_at) == (8, 3, NOW - timedelta(days=9))
    assert (ONE.from_pass, ONE.segments, ONE.tier_terms) == (False, ("vip",), OLD.tier_terms)
    assert ONE.applied == {"t1": 5, "t2": 2, "t3": 1}


def test_parted_at_once_both_are_as_they_were() -> None:
    """Nothing of the one is left at the other, but that one keeps the points of both."""
    assert parted(ONE, "old") == (NEW, LEFT)


def test_what_is_left_under_the_old_name_says_where_the_member_is() -> None:
    """No name, no identifier, no history; and what of which till is inside."""
    assert forwarded(OLD, "new") == Member(member_id="old", merged_into="new", applied=OLD.applied)
    assert apply(OLD, event(MemberMerged(target="new"), 9, member_id="old")).merged_into == "new"


def test_one_document_keeps_no_more_than_any_other() -> None:
    """Of two long histories the newest are shown, and each keeps its own."""
    many = replace(OLD, notes=tuple(note(number, number) for number in range(NOTES_KEPT, 0, -1)))
    joined = merged(replace(NEW, notes=many.notes), many)
    assert len(joined.notes) == NOTES_KEPT
    assert len(parted(joined, "old")[1].notes) == NOTES_KEPT


def test_an_event_goes_to_whom_it_names_and_is_shown_at_once() -> None:
    """A till that had not heard wrote a note about the old name: it is in the document, and goes back when parted."""
    noted = apply(ONE, event(NoteWritten(text="late"), 9, member_id="old", minute=9))
    assert noted.notes[0].text == "late"
    assert noted.applied["t1"] == 9
    assert apply(noted, event(NoteWritten(text="late"), 9, member_id="old")) is noted
    staying, leaving = parted(noted, "old")
    assert leaving.notes[0].text == "late"
    assert staying.notes == NEW.notes


def test_a_name_that_comes_late_is_not_the_name_of_the_target() -> None:
    """The one who was merged may be renamed; what is shown stays what the target is called."""
    renamed = apply(ONE, event(NameChanged(name=PersonName(given="X")), 9, member_id="old"))
    assert renamed.name == SARA
    assert parted(renamed, "old")[1].name.given == "X"


def test_points_shown_are_those_last_heard_and_what_came_since() -> None:
    """The ledger says what a document shows; parts only know what was asked."""
    told = replace(ONE, balances={"points": 100})
    assert apply(told, event(PointsEarned(happening="visit", moves=moves(7)), 9, member_id="old")).balances == {
        "points": 107
    }


def test_a_voucher_that_was_used_as_one_is_used_when_parted() -> None:
    """Who goes takes it along as it is by then."""
    used = replace(ONE, vouchers=(replace(OLD.vouchers[0], status=VoucherStatus.REDEEMED),))
    seen = apply(used, event(NoteWritten(text="x"), 9, member_id="new"))
    assert parted(seen, "old")[1].vouchers[0].status is VoucherStatus.REDEEMED


def test_who_was_merged_first_goes_along_with_whom_it_was_merged_into() -> None:
    """Three are one; the middle one leaves and takes the first, which can leave it in turn."""
    three = merged(Member(member_id="third", name=SARA), ONE)
    assert [part.member_id for part in three.parts] == ["third", "new", "old"]
    staying, leaving = parted(three, "new")
    assert staying == Member(member_id="third", name=SARA)
    assert replace(parted(leaving, "old")[0], book="") == NEW
    without_first, first = parted(three, "old")
    assert replace(first, book="") == OLD
    assert replace(parted(without_first, "new")[1], book="") == NEW


def test_who_joins_one_that_is_part_of_another_goes_with_that_one() -> None:
    """The merge named the old member, which is part of the new one by now."""
    late = Member(member_id="late", name=SARA)
    three = merged(ONE, late, into="old")
    staying, leaving = parted(three, "old")
    assert staying == NEW
    assert [part.member_id for part in leaving.parts] == ["old", "late"]


@pytest.mark.parametrize("who", ["new", "stranger"])
def test_nobody_is_parted_who_was_not_merged(who: str) -> None:
    """The target itself, or somebody else: an error of ours."""
    with pytest.raises(InvariantBroken, match="parted"):
        parted(ONE, who)


def test_the_till_parts_and_forgets_by_the_same_events() -> None:
    """What is pending is shown at once: the target without the other, the erased without anything."""
    staying = apply(ONE, event(MemberUnmerged(target="new"), 9, member_id="old"))
    assert replace(staying, applied={}) == replace(NEW, applied={})
    gone = apply(ONE, event(MemberErased(), 9, member_id="new"))
    assert gone == Member(member_id="new", applied=ONE.applied | {"t1": 9})


def test_one_who_is_part_of_somebody_cannot_be_merged_again_unseen() -> None:
    """The hub refuses it, and a till shows no effect."""
    again = apply(ONE, event(MemberMerged(target="m9"), 9, member_id="old"))
    assert replace(again, applied={}) == replace(ONE, applied={})


def test_a_member_has_the_ids_of_all_who_were_merged_into_it() -> None:
    """Its own alone, where nobody was."""
    assert set(ONE.ids) == {"new", "old"}
    assert OLD.ids == ("old",)


def test_a_voucher_of_one_is_the_others_as_well() -> None:
    """A name that was merged is a name of the member."""
    assert ONE.is_called("old")
    assert ONE.is_called("new")
    assert not ONE.is_called("stranger")
    assert not ONE.is_called(None)


def test_a_tier_is_written_down_with_its_term_and_taken_back() -> None:
    """The hub's nightly word: which tier, since when, how long; and in none."""
    raised = apply(
        NEW, event(TierAssessed(program_id="club", unit="points", tier_id="gold", since=DAY), 9, member_id="new")
    )
    assert (raised.tier, raised.tier_terms) == ("gold", {"club": TierState(tier_id="gold", since=DAY)})
    lowered = apply(raised, event(TierAssessed(program_id="club", unit="points", since=DAY), 10, member_id="new"))
    assert (lowered.tier, lowered.tier_terms) == ("", {})


HAPPENED: tuple[Body, ...] = (
    MemberEnrolled(name=SARA, identifiers=(CARD,)),
    NameChanged(name=PersonName(given="X")),
    IdentifierLinked(identifier=Identifier(IdentifierKind.QR, "Q")),
    NoteWritten(text="n"),
    VisitOpened(visit_id="v", place="door"),
    VisitClosed(visit_id="v"),
    PreferenceSet(preference=Preference(key="size", value="42")),
    PreferenceSet(preference=Preference(key="size", value="")),
    OccasionSet(occasion=BIRTHDAY),
    PointsEarned(happening="visit", moves=moves(3)),
)
_steps = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(HAPPENED)), max_size=8)


@given(_steps, _steps, _steps)
def test_merged_and_parted_is_as_if_it_had_never_been(
    before: list[tuple[str, Body]], between: list[tuple[str, Body]], after: list[tuple[str, Body]]
) -> None:
    """Whatever happens to either, before, while they are one and since: each has what it would have had alone."""
    alone = {name: Member(member_id=name) for name in "ab"}
    apart, seq = dict(alone), 0

    def happen(steps: list[tuple[str, Body]], to: dict[str, Member], whose: dict[str, str]) -> None:
        nonlocal seq
        for name, body in steps:
            seq += 1
            happened = event(body, seq, member_id=name, minute=seq)
            alone[name] = apply(alone[name], happened)
            to[whose[name]] = apply(to[whose[name]], happened)

    own = {"a": "a", "b": "b"}
    happen(before, apart, own)
    one = {"b": merged(apart["b"], apart["a"])}
    happen(between, one, {"a": "b", "b": "b"})
    apart["b"], apart["a"] = parted(one["b"], "a")
    happen(after, apart, own)
    assert apart == alone | {"a": replace(alone["a"], book="b")}
