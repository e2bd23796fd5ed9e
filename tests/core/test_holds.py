"""Holds: set aside, then posted, voided or timed out, once."""

from datetime import date, timedelta

import pytest

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.entries import ExtendHold, PlaceHold, PostHold, Redeem, Refusal, VoidHold
from pos_loyalty.core.lots import HoldStatus
from tests.support.counted import START, Counted, months, noon, reason_of


def test_held_points_are_neither_spent_nor_expired() -> None:
    """While the basket is open they are out of reach, also of the night that would have ended them."""
    book = Counted()
    book.earn(10, months(1))
    hold = book.hold(10, minutes=60 * 24 * 60)
    assert book.book.spendable("m", book.today) == 0
    book.today = date(2026, 3, 1)
    assert book.night() == (0, 0)
    book.do(PostHold(event_id=book.event(), hold_id=hold))
    assert book.has() == {}
    assert book.program(AccountKind.REDEEMED) == 10


def test_what_a_posted_hold_spent_can_be_given_back() -> None:
    """From then on it is a redemption under the id of the hold."""
    book = Counted()
    book.earn(10, months(1, grace_days=3))
    hold = book.hold(10)
    book.do(PostHold(event_id=book.event(), hold_id=hold, points=6))
    book.give_back(hold)
    assert book.lots() == [(10, date(2026, 3, 3))]


def test_a_part_is_posted_from_the_nearest_expiry() -> None:
    """What goes back lives longest, in its own lot."""
    book = Counted()
    book.earn(10, months(1))
    book.earn(10, months(6))
    hold = book.hold(15)
    book.do(PostHold(event_id=book.event(), hold_id=hold, points=12))
    assert [points for points, _ in book.lots()] == [0, 8]


def test_a_voided_hold_prolongs_nothing() -> None:
    """The lots come back with the last day they had, grace or not."""
    book = Counted()
    book.earn(10, months(1, grace_days=30))
    book.do(VoidHold(event_id=book.event(), hold_id=book.hold(10)))
    assert book.lots() == [(10, date(2026, 2, 28))]


@pytest.mark.parametrize("ending", ["post", "void", "time"])
def test_a_hold_ends_once(ending: str) -> None:
    """Whatever ended it first, nothing else can, and the clock cannot end it again."""
    book = Counted()
    book.earn(10)
    hold = book.hold(10)
    post, void = PostHold(event_id=book.event(), hold_id=hold), VoidHold(event_id=book.event(), hold_id=hold)
    late = noon(START) + timedelta(hours=1)
    if ending == "time":
        book.time_out(late)
    else:
        book.do(post if ending == "post" else void)
    for entry in (PostHold(event_id=book.event(), hold_id=hold), VoidHold(event_id=book.event(), hold_id=hold)):
        assert book.refused(entry).reason is Refusal.HOLD_CLOSED
    assert book.time_out(late) == 0
    statuses = {"post": HoldStatus.POSTED, "void": HoldStatus.VOIDED, "time": HoldStatus.TIMED_OUT}
    assert book.book.holds[hold].status is statuses[ending]


def test_every_end_of_a_hold_has_the_same_id() -> None:
    """Two hubs that end one hold in different ways write the same key: the second fails, whatever it is."""
    book = Counted()
    book.earn(10)
    hold = book.hold(10)
    posted, voided = Counted(book.book), Counted(book.book)
    one = posted.do(PostHold(event_id=book.event(), hold_id=hold))
    other = voided.do(VoidHold(event_id=book.event(), hold_id=hold))
    assert one.transfers == other.transfers


def test_a_hold_whose_time_is_over_is_not_posted_though_nobody_timed_it_out() -> None:
    """The moment decides, not the run; voiding gives back the same, so that is still possible."""
    book = Counted()
    book.earn(10)
    hold = book.hold(10, minutes=10)
    late = noon(START) + timedelta(minutes=10)
    assert book.refused(PostHold(event_id=book.event(), hold_id=hold), late).reason is Refusal.HOLD_TIMED_OUT
    book.do(VoidHold(event_id=book.event(), hold_id=hold), late)
    assert book.has() == {"available": 10}


@pytest.mark.parametrize(
    ("points", "reason", "numbers"),
    [(0, Refusal.NOT_POSITIVE, {"points": 0}), (11, Refusal.MORE_THAN_HELD, {"held": 10})],
)
def test_only_what_is_held_can_be_posted(points: int, reason: Refusal, numbers: dict[str, int]) -> None:
    """Not nothing, and not more."""
    book = Counted()
    book.earn(20)
    entry = PostHold(event_id=book.event(), hold_id=book.hold(10), points=points)
    assert reason_of(book.refused(entry)) == (reason, numbers)


def test_an_allowance_is_in_the_escrow_of_its_terminal() -> None:
    """What one terminal may spend without asking is out of the balance, under its name; only redemptions spend it."""
    book = Counted()
    book.earn(10)
    hold = book.hold(4, terminal="t1")
    book.hold(3, terminal="t2")
    assert book.book.balance("m", AccountKind.ESCROW, "t1") == 4
    assert book.book.balance("m", AccountKind.ESCROW, "t2") == 3
    assert book.refused(PostHold(event_id=book.event(), hold_id=hold)).reason is Refusal.IS_ALLOWANCE


def test_an_allowance_is_drawn_on_until_nothing_is_left() -> None:
    """Each redemption takes what it says and no more; the rest stays, and what is used up is over."""
    book = Counted()
    book.earn(10)
    hold = book.hold(6, terminal="t1")
    first = book.do(draw(book, 5, {hold: 4}))
    assert (book.has(), book.book.holds[hold].points) == ({"available": 3, "escrow": 2}, 2)
    book.do(draw(book, 2, {hold: 9}))
    assert (book.has(), book.book.holds[hold].status) == ({"available": 3}, HoldStatus.POSTED)
    book.give_back(first.entry_id)
    assert book.has() == {"available": 8}
    assert book.refused(VoidHold(event_id=book.event(), hold_id=hold)).reason is Refusal.HOLD_CLOSED


def test_an_allowance_that_a_redemption_does_not_need_stays_as_it_was() -> None:
    """The one before it had enough."""
    book = Counted()
    book.earn(10)
    first, second = book.hold(4, terminal="t1"), book.hold(3, terminal="t1")
    book.do(draw(book, 4, {first: 4, second: 3}))
    assert (book.has(), book.book.holds[second].points) == ({"available": 3, "escrow": 3}, 3)


def test_two_hubs_that_book_one_draw_write_the_same_row() -> None:
    """It derives from the sale and not from the allowance, so two sales are two rows and one sale is one."""
    book = Counted()
    book.earn(10)
    hold = book.hold(6, terminal="t1")
    entry = draw(book, 2, {hold: 2})
    one, other = Counted(book.book), Counted(book.book)
    assert one.do(entry).transfers == other.do(entry).transfers
    assert one.do(draw(book, 2, {hold: 2})).transfers != one.do(entry).transfers


def test_the_clock_ends_no_allowance() -> None:
    """Its time is told to the terminal alone: a draw that comes late was made in time, and is in it still."""
    book = Counted()
    book.earn(10)
    hold = book.hold(10, minutes=10, terminal="t1")
    late = noon(START) + timedelta(days=40)
    assert book.time_out(late) == 0
    assert book.do(draw(book, 6, {hold: 6}), late).owed == 0
    book.do(VoidHold(event_id=book.event(), hold_id=hold), late)
    assert book.has() == {"available": 4}


def test_an_allowance_is_drawn_on_by_its_member_alone() -> None:
    """A hold of a basket, one of another member, one that is over, one that nobody knows: nothing is drawn."""
    book = Counted()
    book.earn(10)
    basket, over = book.hold(1), book.hold(2, terminal="t1")
    allowance = book.hold(3, terminal="t1")
    book.do(VoidHold(event_id=book.event(), hold_id=over))
    book.do(draw(book, 4, {basket: 4, over: 4, "nothing": 4}))
    assert book.has() == {"available": 2, "held": 1, "escrow": 3}
    assert book.do(draw(book, 1, {allowance: 1}, member="n", force=True)).owed == 1


def test_an_allowance_keeps_no_points_alive() -> None:
    """Only points that live as long as it are set aside, so it lasts no longer than they do."""
    book = Counted()
    book.earn(10, months(1))
    book.earn(4, months(6))
    month = 60 * 24 * 40
    assert reason_of(book.refused(allowance(book, 5, minutes=month))) == (Refusal.NOT_ENOUGH, {"missing": 1})
    long = book.do(allowance(book, 4, minutes=month)).entry_id
    assert [points for points, _ in book.lots()] == [10, 0]
    short = book.do(allowance(book, 9, minutes=60 * 24)).entry_id
    assert book.refused(extension(book, short, days=40)).reason is Refusal.EXPIRING
    book.do(extension(book, short, days=20, points=1))
    book.do(extension(book, long, days=50))
    assert book.has() == {"escrow": 14}


def test_an_allowance_is_extended_and_never_less() -> None:
    """It lasts at least as long as it was said to, and points that are put to it are drawn in the order of all."""
    book = Counted()
    book.earn(5, months(6))
    hold = book.do(allowance(book, 5, minutes=60 * 24 * 3)).entry_id
    book.earn(5, months(3))
    book.do(extension(book, hold, days=1, points=3))
    known = book.book.holds[hold]
    assert (known.points, known.until) == (8, noon(START) + timedelta(days=3))
    book.do(draw(book, 3, {hold: 3}))
    assert [points for points, _ in book.lots()] == [0, 2]
    book.do(VoidHold(event_id=book.event(), hold_id=hold))
    assert [points for points, _ in book.lots()] == [5, 2]
    assert book.refused(extension(book, hold, days=9)).reason is Refusal.HOLD_CLOSED


def test_what_is_held_for_a_basket_is_not_extended() -> None:
    """Nor what nobody has."""
    book = Counted()
    book.earn(10)
    assert book.refused(extension(book, book.hold(5), days=1)).reason is Refusal.NO_ALLOWANCE
    assert book.refused(extension(book, "nothing", days=1)).reason is Refusal.UNKNOWN_HOLD


def allowance(book: Counted, points: int, minutes: int) -> PlaceHold:
    """Return that points are to be set aside for a terminal."""
    until = noon(book.today) + timedelta(minutes=minutes)
    return PlaceHold(event_id=book.event(), member="m", program="club", points=points, until=until, terminal="t1")


def extension(book: Counted, hold: str, days: int, points: int = 0) -> ExtendHold:
    """Return that an allowance is to last longer."""
    return ExtendHold(event_id=book.event(), hold_id=hold, until=noon(book.today) + timedelta(days=days), points=points)


def draw(book: Counted, points: int, draws: dict[str, int], *, member: str = "m", force: bool = False) -> Redeem:
    """Return that points are spent, some of them out of allowances."""
    return Redeem(event_id=book.event(), member=member, program="club", points=points, draws=draws, force=force)


def redeem(book: Counted, points: int, *holds: str, member: str = "m", force: bool = False) -> Redeem:
    """Return that points are spent for which some were held."""
    return Redeem(event_id=book.event(), member=member, program="club", points=points, holds=holds, force=force)


def test_a_redemption_spends_what_was_held_for_it_first() -> None:
    """The rest comes out of what is there, all of it under the id of the redemption, by which it can come back."""
    book = Counted()
    book.earn(10, months(1))
    book.earn(10, months(6))
    hold = book.hold(8)
    spent = book.do(redeem(book, 12, hold, hold))
    assert book.book.holds[hold].status is HoldStatus.POSTED
    assert (book.has(), spent.owed) == ({"available": 8}, 0)
    book.give_back(spent.entry_id)
    assert [points for points, _ in book.lots()] == [10, 10]


def test_what_a_redemption_does_not_need_goes_back() -> None:
    """Of the hold that it needs in part, and of the one that it does not need at all; both are over."""
    book = Counted()
    book.earn(20)
    part, whole = book.hold(8), book.hold(7)
    book.do(redeem(book, 5, part, whole))
    assert book.has() == {"available": 15}
    assert (book.book.holds[part].status, book.book.holds[whole].status) == (HoldStatus.POSTED, HoldStatus.VOIDED)


def test_a_redemption_cannot_spend_what_is_held_no_more() -> None:
    """Voided, over by the clock, unknown, or another member's: as if it were not named."""
    book = Counted()
    book.earn(20)
    book.earn(10, member="n")
    voided, over = book.hold(5), book.hold(5, minutes=1)
    book.do(VoidHold(event_id=book.event(), hold_id=voided))
    late = noon(START) + timedelta(minutes=1)
    entry = redeem(book, 16, voided, over, "nothing")
    assert reason_of(book.refused(entry, late)) == (Refusal.NOT_ENOUGH, {"missing": 1})
    assert reason_of(book.refused(redeem(book, 11, over, member="n"))) == (Refusal.NOT_ENOUGH, {"missing": 1})
    assert book.do(redeem(book, 16, over, force=True), late).owed == 1
    book.time_out(late)
    assert book.has() == {"available": 4}


def test_what_is_held_is_spent_though_its_last_day_is_over() -> None:
    """It was good when it was set aside."""
    book = Counted()
    book.earn(10, months(1))
    hold = book.hold(10, minutes=60 * 24 * 60)
    book.today = date(2026, 3, 1)
    assert book.do(redeem(book, 10, hold)).owed == 0
