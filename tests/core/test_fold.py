"""Events fold into the member document, in order, once each, and the same for hub and till."""

from collections import defaultdict
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    FieldChanged,
    GestureGranted,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    MemberErased,
    MemberMerged,
    NameChanged,
    NoteWritten,
    OccasionSet,
    PassShown,
    PointsEarned,
    PreferenceSet,
    SoldLine,
    VisitClosed,
    VisitOpened,
)
from pos_loyalty.core.events import Event
from pos_loyalty.core.fold import apply, apply_all
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import (
    USED_VOUCHERS_KEPT,
    Calendar,
    HeldPoints,
    Member,
    Note,
    Occasion,
    PersonName,
    Preference,
    Purchase,
    Title,
    Used,
    Visit,
)
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from tests.core.test_events import SAMPLES
from tests.support.builders import NOW, event, uuid_of

NOBODY = Member(member_id="m1")
CARD, PHONE = Identifier(IdentifierKind.CARD, "PL-1"), Identifier(IdentifierKind.PHONE, "+989123456789")
SARA = PersonName(given="سارا", family="رضایی", title=Title.MRS)


def after(*bodies: Body, member: Member = NOBODY) -> Member:
    """Return ``member`` with these bodies as the next events of terminal t1, a minute apart from ``NOW``."""
    last = member.applied.get("t1", 0)
    return apply_all(member, (event(body, last + i, minute=i - 1) for i, body in enumerate(bodies, 1)))


def moves(*points: int, kind: MoveKind = MoveKind.ACCRUAL) -> tuple[PointsMove, ...]:
    """Return moves on one account."""
    return tuple(PointsMove(account="points", points=number, kind=kind, source="club@1/r") for number in points)


def sale(net: int = 10_000, *points: int, names: tuple[str, ...] = ()) -> BasketCommitted:
    """Return a sale of lines with these names that moves these points."""
    lines = tuple(
        SoldLine(number=i, name=name, unit_price=net, quantity=1, gross=net, net=net) for i, name in enumerate(names)
    )
    return BasketCommitted(
        basket_id="b1", currency="IRR", gross=net, discount=0, net=net, lines=lines, moves=moves(*points)
    )


def returned(refund: int, *points: int, seq: int = 1) -> BasketReturned:
    """Return a return of goods from the sale that was event ``seq``."""
    back = moves(*points, kind=MoveKind.REVERSAL)
    return BasketReturned(
        basket_id="b1", sale_event_id=uuid_of(seq), currency="IRR", refund=refund, lines=(), moves=back
    )


# Every type


def test_enrolling_makes_a_member() -> None:
    """Name, language, identifiers (each once) and the day it happened."""
    enrolled = after(MemberEnrolled(name=SARA, language="fa", identifiers=(CARD, PHONE, CARD)))
    assert enrolled == Member(
        member_id="m1",
        name=SARA,
        language="fa",
        identifiers=(CARD, PHONE),
        enrolled_at=NOW,
        applied={"t1": 1},
    )


def test_a_name_is_corrected() -> None:
    """The new name replaces the old one whole."""
    assert after(NameChanged(name=SARA), NameChanged(name=PersonName(given="Sara"))).name == PersonName(given="Sara")


def test_plain_fields_are_corrected_and_others_are_not_touched() -> None:
    """Language and tier are plain; a balance or an id cannot be set by naming it."""
    changed = after(FieldChanged(field="language", value="ar"), FieldChanged(field="tier", value="gold"))
    assert (changed.language, changed.tier) == ("ar", "gold")
    odd = after(*(FieldChanged(field=field, value="x") for field in ("balances", "member_id", "nonsense")))
    assert odd == Member(member_id="m1", applied={"t1": 3})


def test_identifiers_are_linked_once_and_revoked() -> None:
    """The same code twice is one; a revoked one is gone, the others stay."""
    linked = after(*(IdentifierLinked(identifier=identifier) for identifier in (CARD, PHONE, CARD)))
    assert linked.identifiers == (CARD, PHONE)
    assert after(IdentifierRevoked(identifier=CARD), member=linked).identifiers == (PHONE,)
    assert after(IdentifierRevoked(identifier=CARD), member=NOBODY).identifiers == ()


def test_a_visit_is_opened_and_closed_once() -> None:
    """The first closing counts; another visit is not touched."""
    opened = after(VisitOpened(visit_id="v1", place="door"), VisitOpened(visit_id="v2", place="register"))
    assert [visit.visit_id for visit in opened.visits] == ["v2", "v1"]
    closed = after(*(VisitClosed(visit_id=visit) for visit in ("v1", "v1", "v9")), member=opened)
    assert closed.visits == (
        Visit(visit_id="v2", opened_at=NOW + timedelta(minutes=1), place="register"),
        Visit(visit_id="v1", opened_at=NOW, closed_at=NOW, place="door"),
    )
    assert closed.visit_count == 2


def test_a_sale_is_history_and_moves_points() -> None:
    """What was bought, for how much, and every account it moved."""
    bought = after(sale(10_000, -100, 7, names=("Shirt", "", "Tie")))
    assert bought.purchases == (
        Purchase(event_id=uuid_of(1), basket_id="b1", at=NOW, currency="IRR", net=10_000, items=("Shirt", "Tie")),
    )
    assert (bought.purchase_count, bought.balances) == (1, {"points": -93})


def test_voiding_a_sale_takes_everything_back() -> None:
    """Points return, the purchase stays in sight as voided, and no longer counts."""
    voided = after(
        sale(10_000, -100, 7),
        BasketVoided(basket_id="b1", sale_event_id=uuid_of(1), moves=moves(100, -7, kind=MoveKind.REVERSAL)),
    )
    assert [(purchase.status, purchase.net) for purchase in voided.purchases] == [("voided", 10_000)]
    assert (voided.purchase_count, voided.balances) == (0, {"points": 0})


def test_voiding_one_sale_leaves_another() -> None:
    """Only the sale that was named is voided; an old one beyond the kept history still counts down and moves."""
    two = after(sale(1, 1), sale(2, 2))
    voided = after(BasketVoided(basket_id="b1", sale_event_id=uuid_of(1), moves=moves(-1)), member=two)
    assert [purchase.status for purchase in voided.purchases] == ["paid", "voided"]
    forgotten = after(BasketVoided(basket_id="b0", sale_event_id=uuid_of(99), moves=moves(-5)), member=two)
    assert (forgotten.purchases, forgotten.purchase_count) == (two.purchases, 1)
    assert forgotten.balances == {"points": -2}


def test_giving_up_a_basket_is_no_part_of_history() -> None:
    """Nothing had been sold, so nothing changes but the place in the journal."""
    assert after(BasketVoided(basket_id="b1")) == Member(member_id="m1", applied={"t1": 1})


def test_returns_add_up() -> None:
    """Part of the money is a part return, all of it a return; points go back each time."""
    part = after(sale(10_000, 10), returned(4_000, -4))
    assert [(p.status, p.returned) for p in part.purchases] == [("partly_returned", 4_000)]
    assert part.balances == {"points": 6}
    whole = after(returned(6_000, -6), member=part)
    assert [(p.status, p.returned) for p in whole.purchases] == [("returned", 10_000)]
    assert (whole.balances, whole.purchase_count) == ({"points": 0}, 1)
    assert after(returned(6_000, -6, seq=9), member=part).purchases == part.purchases


def test_notes_are_kept_newest_first() -> None:
    """Who wrote what, and when."""
    assert after(NoteWritten(text="one"), NoteWritten(text="two")).notes == (
        Note(event_id=uuid_of(2), at=NOW + timedelta(minutes=1), text="two", associate_id="a1"),
        Note(event_id=uuid_of(1), at=NOW, text="one", associate_id="a1"),
    )


def test_a_preference_is_replaced_by_key_and_forgotten_when_empty() -> None:
    """One value for a key; the empty value takes the key away."""
    size, colour, larger = (Preference(key=k, value=v) for k, v in (("size", "41"), ("colour", "blue"), ("size", "42")))
    set_ = after(*(PreferenceSet(preference=preference) for preference in (size, colour, larger)))
    assert set_.preferences == (colour, larger)
    assert after(PreferenceSet(preference=Preference(key="size", value="")), member=set_).preferences == (colour,)


def test_an_occasion_is_replaced_by_kind_and_label() -> None:
    """A corrected birthday is one birthday; the daughter's is another."""
    own, daughter, corrected = (
        Occasion(kind="birthday", calendar=Calendar.JALALI, month=month, day=1, label=label)
        for month, label in ((1, ""), (5, "Sara"), (2, ""))
    )
    assert after(*(OccasionSet(occasion=one) for one in (own, daughter, corrected))).occasions == (daughter, corrected)


def test_a_type_nobody_knows_is_passed_over_and_counted() -> None:
    """The document changes in nothing but its place in that journal."""
    foreign = msgspec.structs.replace(event(NoteWritten(text="x")), type="moon.landed")
    assert apply(NOBODY, foreign) == Member(member_id="m1", applied={"t1": 1})


# Order and repetition


@pytest.mark.parametrize("body", SAMPLES, ids=lambda body: type(body).__name__)
def test_the_same_event_twice_is_one_event(body: Body) -> None:
    """A second delivery returns the very document, whatever the type."""
    once = apply(NOBODY, event(body))
    assert once.applied == {"t1": 1}
    assert apply(once, event(body)) is once


@pytest.mark.parametrize("member_id", ["m2", None])
def test_events_of_others_are_ignored(member_id: str | None) -> None:
    """An event about another member, or about nobody, does not even move the place in the journal."""
    assert apply(NOBODY, event(NoteWritten(text="x"), member_id=member_id)) is NOBODY


def test_an_event_below_the_highest_seq_is_inside_already() -> None:
    """A terminal's events come in order, so a lower number has been folded before."""
    at_five = apply(NOBODY, event(NoteWritten(text="five"), seq=5))
    assert apply(at_five, event(NoteWritten(text="four"), seq=4)) is at_five
    assert len(apply(at_five, event(NoteWritten(text="other till"), seq=4, terminal_id="t2")).notes) == 2


def test_histories_are_capped_and_counts_are_not() -> None:
    """A document holds 20 purchases, 10 visits and 50 notes, the newest; the counts know of all."""
    bodies = [body for i in range(60) for body in (NoteWritten(text=str(i)), VisitOpened(visit_id=str(i), place=""))]
    member = after(*bodies, *(sale(i + 1, 1) for i in range(60)))
    assert [len(history) for history in (member.purchases, member.visits, member.notes)] == [20, 10, 50]
    assert [member.purchases[0].net, member.visits[0].visit_id, member.notes[0].text] == [60, "59", "59"]
    assert (member.purchase_count, member.visit_count, member.balances) == (60, 60, {"points": 60})


# Vouchers, uses and occasions


def voucher_move(kind: VoucherMoveKind, code: str = "C-1", **what: object) -> VoucherMove:
    """Return what happens to a voucher of the program ``next``."""
    move = VoucherMove(kind=kind, program_id="next", source="next@1/give", code=code)
    return msgspec.structs.replace(move, **what)


def earned(**what: object) -> PointsEarned:
    """Return a visit that did this."""
    return msgspec.structs.replace(PointsEarned(happening="visit"), **what)


def with_vouchers(*moves: VoucherMove) -> PointsEarned:
    """Return a visit with these vouchers."""
    return earned(vouchers=moves)


def test_a_voucher_is_the_members_until_it_is_used_and_again_when_it_comes_back() -> None:
    """Issued by its event, used once, restored by a return, and revoked only while nobody has used it."""
    kinds = VoucherMoveKind
    had = after(with_vouchers(voucher_move(kinds.ISSUED, valid_until=NOW + timedelta(days=9))))
    assert had.vouchers == (
        Voucher(
            code="C-1",
            program_id="next",
            member_id="m1",
            valid_until=NOW + timedelta(days=9),
            issued_by=uuid_of(1),
        ),
    )
    states = []
    for kind in (kinds.RESTORED, kinds.REDEEMED, kinds.REVOKED, kinds.RESTORED, kinds.REVOKED, kinds.RESTORED):
        had = after(with_vouchers(voucher_move(kind)), member=had)
        states.append(had.vouchers[0].status.value)
    assert states == ["issued", "redeemed", "redeemed", "issued", "revoked", "revoked"]


def test_money_on_a_card_of_the_member_goes_and_comes() -> None:
    """And is gone when the card is revoked."""
    card = Voucher(code="G-1", program_id="card", member_id="m1", balance=100)
    member = msgspec.structs.replace(NOBODY, vouchers=(card,))
    left = []
    for kind in (VoucherMoveKind.DEBITED, VoucherMoveKind.CREDITED, VoucherMoveKind.REVOKED):
        member = after(with_vouchers(voucher_move(kind, "G-1", amount=30)), member=member)
        left.append(member.vouchers[0].balance)
    assert left == [70, 100, 0]


def test_what_belongs_to_others_is_not_kept() -> None:
    """A gift card was bought to be given away; a coupon that somebody found is nobody's; one without a code is none."""
    issued = VoucherMoveKind.ISSUED
    moves_ = (voucher_move(issued, line=1), voucher_move(issued, ""), voucher_move(VoucherMoveKind.REDEEMED, "X-1"))
    assert after(with_vouchers(*moves_)).vouchers == ()


def test_vouchers_that_are_over_are_kept_for_a_while() -> None:
    """The last twenty; those that can still be used are all kept."""
    count = USED_VOUCHERS_KEPT + 5
    codes = [f"C-{i}" for i in range(count)]
    open_ = voucher_move(VoucherMoveKind.ISSUED, "OPEN")
    past = (voucher_move(VoucherMoveKind.ISSUED, code, valid_until=NOW) for code in codes)
    member = after(with_vouchers(open_, *past))
    assert [voucher.code for voucher in member.vouchers] == ["OPEN", *codes[5:]]


def test_uses_are_counted_released_and_forgotten() -> None:
    """A counter of the member alone, until its last day in the store; one at nothing is none."""
    day = date(2026, 3, 21)
    counted = Counted(key="club/daily:2026-03-21", amount=2, until=day)
    shops = Counted(key="club/all", amount=5, scope=Scope.TOTAL)
    member = after(earned(counts=(counted, shops, counted), day=day))
    assert member.used == {"club/daily:2026-03-21": Used(amount=4, until=day)}
    assert after(earned(), member=member).used == member.used
    assert after(earned(day=day + timedelta(days=1)), member=member).used == {}
    released = after(earned(counts=(msgspec.structs.replace(counted, amount=-4),), day=day), member=member)
    assert released.used == {}
    assert after(earned(counts=(msgspec.structs.replace(counted, amount=-4),)), member=released).used == {}


def test_an_occasion_is_granted_on_the_day_of_the_store() -> None:
    """Without one, on that of the event; a void takes back the grant it knows of, and no later one."""
    day = date(2026, 3, 20)
    bought = msgspec.structs.replace(sale(1), granted=("day",), day=day)
    granted = after(bought, earned(granted=("visit",)))
    assert granted.granted == {"day": day, "visit": NOW.date()}
    voided = BasketVoided(basket_id="b1", sale_event_id=uuid_of(1), granted={"day": day, "visit": day})
    assert after(voided, member=granted).granted == {"visit": NOW.date()}


def test_pending_points_touch_no_balance() -> None:
    """Neither when they are earned nor when they are taken back."""
    pending = tuple(msgspec.structs.replace(move, pending_until=date(2026, 4, 4)) for move in moves(5, -3))
    assert after(earned(moves=pending + moves(2))).balances == {"points": 2}


def test_a_gesture_is_a_voucher_of_its_worth() -> None:
    """The member has it from then on."""
    made = voucher_move(VoucherMoveKind.ISSUED, "S-1", value=500)
    gesture = GestureGranted(program_id="next", reward="next/off", amount=500, role="r", reason="x", voucher=made)
    (held,) = after(gesture).vouchers
    assert (held.code, held.value, held.status) == ("S-1", 500, VoucherStatus.ISSUED)


def test_a_return_of_goods_that_cost_nothing_is_complete_when_it_says_so() -> None:
    """Money alone cannot tell; and tax on top is no part of what was spent."""
    gift = after(sale(0), returned(0))
    assert gift.purchases[0].status == "partly_returned"
    whole = msgspec.structs.replace(returned(0), complete=True)
    assert after(whole, member=gift).purchases[0].status == "returned"
    taxed = after(sale(100), msgspec.structs.replace(returned(110), added_tax=10))
    assert (taxed.purchases[0].returned, taxed.purchases[0].status) == (100, "returned")


def test_who_returned_everything_has_not_bought() -> None:
    """What is for a first purchase is for the next one; a part that came back leaves the purchase, as does a gift."""
    whole = msgspec.structs.replace(returned(6_000), complete=True)
    bought = after(sale(10_000), returned(4_000))
    assert (bought.purchase_count, after(whole, member=bought).purchase_count) == (1, 0)
    assert after(whole).purchase_count == 0, "a till that does not know the sale"


def test_a_pass_names_a_member_of_whom_there_is_no_document() -> None:
    """Whoever has a document stays as it says, and an enrolment is more than any pass."""
    shown = PassShown(instance_id="m1@1795000000", name="خانم رضایی", tier="gold")
    from_pass = after(shown, member=Member(member_id="m1", from_pass=True))
    assert (from_pass.name, from_pass.tier, from_pass.from_pass) == (PersonName(given="خانم رضایی"), "gold", True)
    known = Member(member_id="m1", name=SARA, tier="silver")
    assert (after(shown, member=known).name, after(shown, member=known).tier) == (SARA, "silver")
    assert after(PassShown(instance_id="m1@1795000000", step=7), member=from_pass).name == from_pass.name
    enrolled = after(MemberEnrolled(name=SARA), member=from_pass)
    assert (enrolled.name, enrolled.from_pass) == (SARA, False)


BODIES_DRAWN = st.sampled_from(
    (
        *(body for body in SAMPLES if not isinstance(body, MemberMerged | MemberErased)),
        sale(5, 3),
        BasketVoided(basket_id="b1", sale_event_id=uuid_of(1), moves=moves(-3)),
        returned(5, -3),
        PreferenceSet(preference=Preference(key="size.shirt", value="")),
    )
)


@st.composite
def journals(draw: st.DrawFn) -> list[Event]:
    """Draw events of two terminals about two members, each terminal's in order of ``seq``."""
    last: dict[str, int] = defaultdict(int)
    drawn = []
    for _ in range(draw(st.integers(0, 12))):
        terminal = draw(st.sampled_from(["t1", "t2"]))
        last[terminal] += 1
        member_id = draw(st.sampled_from(["m1", "m1", "m2"]))
        drawn.append(event(draw(BODIES_DRAWN), last[terminal], member_id=member_id, terminal_id=terminal))
    return drawn


@given(journals(), st.integers(0, 12))
def test_folding_in_two_goes_is_folding_in_one(events: list[Event], cut: int) -> None:
    """What the hub folded and what the till folds on top make the document that all of it makes."""
    whole = apply_all(NOBODY, events)
    assert apply_all(apply_all(NOBODY, events[:cut]), events[cut:]) == whole
    assert apply_all(whole, events) is whole
    # The till may offer events that the hub had already folded.
    assert apply_all(apply_all(NOBODY, events[:cut]), events) == whole


@given(journals())
def test_a_folded_member_survives_the_wire(events: list[Event]) -> None:
    """A document can go down to another till between any two events."""
    member = NOBODY
    for one in events:
        member = apply(member, one)
        assert msgspec.json.decode(msgspec.json.encode(member), type=Member) == member


@given(journals())
def test_balances_are_the_sum_of_all_moves(events: list[Event]) -> None:
    """Every point in a balance can be found in an event."""
    expected: dict[str, int] = defaultdict(int)
    for one in events:
        body = msgspec.json.decode(one.body)
        for move in body.get("moves", ()) if one.member_id == "m1" else ():
            expected[move["account"]] += move["points"]
    assert apply_all(NOBODY, events).balances == expected


def test_a_sale_ends_the_holds_that_it_names() -> None:
    """What was kept for it is spent by it; what is kept for others stays."""
    held = {name: HeldPoints(account="points", points=5) for name in ("mine", "other")}
    member = after(replace(sale(10_000, -5), holds=("mine",)), member=Member(member_id="m1", held=held))
    assert list(member.held) == ["other"]


def test_a_sale_draws_on_an_allowance_and_leaves_the_rest() -> None:
    """What it took is gone from what is set aside, and one that is used up is no more; so does a second sale."""
    held = {name: HeldPoints(account="points", points=5, terminal="till-a") for name in ("here", "there")}
    once = after(replace(sale(10_000, -3), draws={"here": 3}), member=Member(member_id="m1", held=held))
    assert {name: each.points for name, each in once.held.items()} == {"here": 2, "there": 5}
    twice = after(
        replace(sale(10_000, -7), draws={"here": 2, "there": 5, "nowhere": 1}), member=replace(once, applied={})
    )
    assert twice.held == {}


def test_a_draw_gives_nothing_and_takes_only_what_the_sale_redeems() -> None:
    """What a faulty till says of it adds no points, and touches neither another account nor what is for a basket."""
    held = {
        "here": HeldPoints(account="points", points=5, terminal="till-a"),
        "basket": HeldPoints(account="points", points=5),
        "stamps": HeldPoints(account="stamps", points=5, terminal="till-a"),
    }
    nonsense = {"here": -3, "basket": 2, "stamps": 2}
    known = Member(member_id="m1", held=held)
    assert after(replace(sale(10_000, -3), draws=nonsense), member=known).held == held
    assert after(replace(sale(10_000, 3), draws={"here": 3}), member=known).held == held
