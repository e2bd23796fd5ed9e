"""What toy ledgers get wrong: points 16 to 29 of the list of lessons, as far as they are the ledger's."""

from datetime import date, datetime, timedelta, timezone

import pytest

from pos_loyalty.core import ledger
from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.entries import (
    Accrue,
    Adjust,
    MergeMembers,
    OpenBalance,
    OpeningLot,
    PostHold,
    Redeem,
    Refusal,
    ReversalPolicy,
    UnmergeMembers,
)
from pos_loyalty.core.expiry import NEVER
from tests.support.counted import START, TEHRAN, Counted, months, noon, reason_of


def day(text: str) -> date:
    """Return the date of 2026 that is written ``MM-DD``."""
    return date.fromisoformat(f"2026-{text}")


def test_point_13_what_a_hold_did_not_need_comes_back() -> None:
    """Point 13: a reward costs what it really gave; of 30 points held, 2 are spent and 28 are there again."""
    book = Counted()
    book.earn(30)
    hold = book.hold(30)
    assert book.has() == {"held": 30}
    book.do(PostHold(event_id=book.event(), hold_id=hold, points=2))
    assert book.has() == {"available": 28}


def test_point_14_pending_points_cannot_be_spent() -> None:
    """Point 14: what a basket earns cannot pay it, nor the next one, while the program keeps it pending."""
    book = Counted()
    book.earn(100, pending_until=START + timedelta(days=14))
    entry = Redeem(event_id=book.event(), member="m", program="club", points=1)
    assert reason_of(book.refused(entry)) == (Refusal.NOT_ENOUGH, {"missing": 1})


def test_point_16_a_refund_gives_back_what_was_spent_and_takes_back_what_was_earned() -> None:
    """Point 16: a sale that spent 40 and earned 10 is undone for 30 %, then for the rest, to the last point."""
    book = Counted()
    book.earn(100)
    before = book.has()
    redemption = book.spend(40).entry_id
    accrual = book.earn(10)
    book.give_back(redemption, 12)
    book.take_back(accrual, 3)
    assert book.has() == {"available": 79}
    book.give_back(redemption)
    book.take_back(accrual, 7)
    assert book.has() == before
    assert book.lots() == [(100, None), (0, None)]


def test_point_16_never_more_than_was_earned_is_taken_back() -> None:
    """Point 16: refunds that sum to more than the sale take what it earned, and then nothing."""
    book = Counted()
    book.earn(500)
    accrual = book.earn(10)
    assert [book.take_back(accrual, 8).points, book.take_back(accrual, 8).points] == [8, 2]
    assert book.has() == {"available": 500}


@pytest.mark.parametrize(
    ("policy", "accounts", "lost"),
    [
        (ReversalPolicy.ONLY_PENDING, {"available": 30}, -100),
        (ReversalPolicy.WITHIN_BALANCE, {}, -70),
        (ReversalPolicy.UNLIMITED, {"overdraft": -70}, 0),
    ],
)
def test_point_16_points_already_spent_follow_the_policy(
    policy: ReversalPolicy, accounts: dict[str, int], lost: int
) -> None:
    """Point 16: 100 earned, 70 of them spent, all taken back: the policy says who bears it, and the books show it."""
    book = Counted()
    accrual = book.earn(100)
    book.spend(70)
    taken = book.take_back(accrual, 100, policy)
    assert book.has() == accounts
    assert book.program(AccountKind.LOST) == lost
    assert (taken.forgiven + taken.short, taken.owed) == (-lost, -accounts.get("overdraft", 0))
    assert bool(taken.short) == (policy is ReversalPolicy.WITHIN_BALANCE)
    assert book.program(AccountKind.ISSUED) == 0


def test_point_17_a_reversal_appends_and_names_its_original() -> None:
    """Point 17: nothing is deleted; the transfers that undo a sale name what they undo."""
    book = Counted()
    accrual = book.earn(10)
    redemption = book.spend(4).entry_id
    before = [*book.book.transfers.values()]
    book.give_back(redemption)
    book.take_back(accrual, 10)
    after = [*book.book.transfers.values()]
    assert after[:2] == before
    assert [transfer.original for transfer in after] == ["", "", redemption, accrual]


def test_point_18_nearest_expiry_is_spent_first_then_oldest_then_what_never_expires() -> None:
    """Point 18: the order of spending, whatever the order of earning."""
    book = Counted()
    book.earn(1, NEVER)
    book.earn(2, months(6))
    book.earn(4, months(3))
    book.today += timedelta(days=1)
    book.earn(8, NEVER)
    book.today = day("02-28")
    book.earn(16, months(5))
    lots = [*book.book.lots]
    assert [use.lot_id for use in book.spend(31).uses] == [lots[2], lots[4], lots[1], lots[0], lots[3]]


def test_point_18_a_later_expiry_does_not_eat_what_was_spent() -> None:
    """Point 18: of a lot of 100, 60 are spent in time and 40 expire; not one point more."""
    book = Counted()
    book.earn(100, months(1))
    book.earn(50)
    book.spend(60)
    book.today = day("03-01")
    assert book.night() == (0, 40)
    assert book.has() == {"available": 50}


def test_point_18_months_end_where_the_month_ends() -> None:
    """Point 18: earned on 31 January for a month, good on 28 February, gone on 1 March."""
    book = Counted(today=day("01-31"))
    book.earn(10, months(1))
    book.today = day("02-28")
    assert book.night() == (0, 0)
    assert book.book.spendable("m", book.today) == 10
    book.today = day("03-01")
    assert book.book.spendable("m", book.today) == 0
    assert book.night() == (0, 10)


def test_point_18_lots_expire_by_what_they_are() -> None:
    """Point 18: earned, brought along, given or returned: every lot with points and a last day behind it expires."""
    book = Counted()
    book.earn(1, months(1))
    opening = OpeningLot(points=2, earned_at=noon(START) - timedelta(days=300), expires_on=day("02-10"))
    book.do(OpenBalance(event_id=book.event(), member="m", program="club", lots=(opening,)))
    book.do(
        Adjust(
            event_id=book.event(),
            member="m",
            program="club",
            points=4,
            reason="late parcel",
            role="manager",
            expiry=months(1),
        )
    )
    book.give_back(book.spend(7).entry_id)
    assert len(book.book.lots) == 3
    book.today = day("03-15")
    assert book.night() == (0, 7)


def test_point_18_returned_points_keep_their_lot_and_their_last_day_plus_grace() -> None:
    """Point 18: after a return there is no new lot, and the old one ends 14 days after its old end, once."""
    book = Counted()
    book.earn(100, months(1, grace_days=14))
    for _ in range(3):
        book.give_back(book.spend(60).entry_id)
        assert book.lots() == [(100, day("03-14"))]


def test_point_18_points_that_come_back_after_their_lot_expired_are_not_lost_at_once() -> None:
    """Point 18: the lot has ended and comes back to life for its grace, or at least for the day; then it ends again."""
    book = Counted()
    book.earn(100, months(1, grace_days=14))
    first, second = book.spend(30).entry_id, book.spend(30).entry_id
    book.today = day("03-02")
    assert book.night() == (0, 40)
    book.give_back(first)
    book.today = day("03-15")
    assert book.night() == (0, 30)
    book.give_back(second)
    assert book.book.spendable("m", book.today) == 30
    book.today = day("03-16")
    assert book.night() == (0, 30)
    assert book.program(AccountKind.EXPIRED) == 100


def test_point_18_a_new_policy_leaves_old_lots_alone() -> None:
    """Point 18: a lot lives by the policy it was born with, also when it is activated or returned after a change."""
    book = Counted()
    book.earn(1, months(12))
    book.earn(2, months(12), pending_until=day("02-14"))
    book.earn(4, months(1))
    book.today = day("02-14")
    book.night()
    assert [until for _, until in book.lots()] == [date(2027, 1, 31), date(2027, 2, 14), day("02-28")]


def test_point_19_pending_points_are_activated_before_anything_expires() -> None:
    """Point 19: the night begins with activation, so what is due today does not end the same night."""
    book = Counted()
    book.earn(10, months(1), pending_until=START + timedelta(days=1))
    book.today = day("06-01")
    assert book.night() == (10, 0)
    assert book.lots() == [(10, day("07-01"))]


def test_point_19_a_day_ends_in_the_time_zone_of_the_program() -> None:
    """Point 19: 21:00 UTC on the last day is past midnight in Tehran, and not yet in London."""
    book = Counted()
    book.earn(10, months(1))
    moment = datetime(2026, 2, 28, 21, tzinfo=timezone(timedelta(0)))
    assert ledger.expire(book.book, "club", moment)[1].points == 0
    assert ledger.expire(book.book, "club", moment.astimezone(TEHRAN))[1].points == 10


def test_point_19_a_clock_set_back_neither_expires_nor_revives() -> None:
    """Point 19: what expired stays expired when the date is set back, and does not expire again when it is right."""
    book = Counted()
    book.earn(10, months(1))
    for today, expired in (("03-01", 10), ("02-01", 0), ("01-01", 0), ("03-02", 0)):
        book.today = day(today)
        assert book.night() == (0, expired)
        assert book.has() == {}


def test_point_19_two_hubs_that_expire_the_same_lot_write_the_same_transfer() -> None:
    """Point 19: the id of an expiry derives from the lot alone, so a unique key lets it in once."""
    book = Counted()
    book.earn(10, months(1))
    one, _ = ledger.expire(book.book, "club", noon(day("03-01")))
    other, _ = ledger.expire(book.book, "club", noon(day("04-01")))
    assert [*one.transfers] == [*other.transfers]


def test_point_20_the_life_of_pending_points_begins_when_they_are_activated() -> None:
    """Point 20: earned on 31 January, activated on 14 February, good for a month from then."""
    book = Counted()
    book.earn(10, months(1), pending_until=day("02-14"))
    assert book.lots() == [(10, None)]
    book.today = day("02-13")
    assert book.night() == (0, 0)
    book.today = day("02-14")
    assert book.night() == (10, 0)
    assert book.lots() == [(10, day("03-14"))]


def test_point_20_a_refund_takes_pending_points_first() -> None:
    """Point 20: the sale earned 10 at once and 20 pending; a refund of 25 leaves 5, and none of them pending."""
    book = Counted()
    accrual = book.earn(10)
    bonus = Accrue(event_id=accrual, leg="bonus", member="m", program="club", points=20, pending_until=day("02-14"))
    book.do(bonus)
    book.take_back(accrual, 25)
    assert book.has() == {"available": 5}


def test_point_21_spending_lowers_the_balance_and_not_what_was_collected() -> None:
    """Point 21: a tier may look at either; returns count against both, and a period has an end."""
    book = Counted()
    book.earn(100)
    accrual = book.earn(20)
    book.spend(90)
    book.take_back(accrual, 5)
    since, before = noon(START), noon(START + timedelta(days=365))
    assert book.book.balance("m") == 25
    assert book.book.collected("m", since, before) == 115
    assert book.book.collected("m", before, before + timedelta(days=365)) == 0
    assert book.book.collected("n", since, before) == 0


def test_point_22_two_redemptions_of_the_same_points_are_one_and_a_refusal() -> None:
    """Point 22: the second till is told what is missing; the first, asking again, gets its first answer."""
    book = Counted()
    book.earn(100)
    first = Redeem(event_id=book.event(), member="m", program="club", points=100)
    answer = book.do(first)
    second = Redeem(event_id=book.event(), member="m", program="club", points=100)
    assert reason_of(book.refused(second)) == (Refusal.NOT_ENOUGH, {"missing": 100})
    again = ledger.perform(book.book, first, noon(START))[1]
    assert again == type(answer)(
        entry_id=answer.entry_id, points=100, transfers=answer.transfers, uses=answer.uses, again=True
    )


def test_point_23_a_retry_after_a_cut_line_earns_nothing_more() -> None:
    """Point 23: the same event sent five times is one accrual; with another content it is refused."""
    book = Counted()
    entry = Accrue(event_id=book.event(), member="m", program="club", points=100)
    for _ in range(5):
        book.attempt(entry)
    other = Accrue(event_id=entry.event_id, member="m", program="club", points=101)
    assert book.refused(other).reason is Refusal.ID_REUSED
    assert book.has() == {"available": 100}


def test_point_24_the_past_is_not_refused_and_the_shortfall_is_owed() -> None:
    """Point 24: goods that left the shop offline are booked; the member owes 40, and the next accrual nets it."""
    book = Counted()
    book.earn(60)
    assert book.spend(100, force=True).owed == 40
    assert book.has() == {"overdraft": -40}
    book.earn(30)
    assert book.has() == {"overdraft": -10}
    book.earn(30)
    assert book.has() == {"available": 20}


def test_point_26_a_parked_basket_does_not_hold_for_ever() -> None:
    """Point 26: what a basket holds comes back when its time is over, and resuming it cannot spend it twice."""
    book = Counted()
    book.earn(100)
    hold = book.hold(100, minutes=10)
    assert book.time_out(noon(START) + timedelta(minutes=9)) == 0
    assert book.time_out(noon(START) + timedelta(minutes=10)) == 100
    assert book.refused(PostHold(event_id=book.event(), hold_id=hold)).reason is Refusal.HOLD_CLOSED
    assert book.has() == {"available": 100}


def test_point_29_a_merge_sums_and_can_be_undone() -> None:
    """Point 29: two cards of one person become one; undone, each has its own lots with their old last days."""
    book = Counted()
    book.earn(10, months(3), member="old")
    book.earn(20, months(1))
    book.do(MergeMembers(event_id=book.event(), source="old", target="m"))
    assert book.has() == book.has("old") == {"available": 30}
    assert book.lots() == [(10, day("04-30")), (20, day("02-28"))]
    book.do(UnmergeMembers(event_id=book.event(), source="old"))
    assert (book.has("old"), book.has()) == ({"available": 10}, {"available": 20})
