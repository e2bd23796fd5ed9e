"""Earning and taking back, where several lots or members are in one event."""

from datetime import timedelta

import pytest

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.entries import Accrue, Redeem, ReversalPolicy, ReverseAccrual, VoidHold
from tests.support.counted import START, Counted, months


def test_a_reversal_takes_the_sale_s_own_lot_before_others() -> None:
    """Though another lot expires sooner, what the sale earned goes first, then the nearest expiry."""
    book = Counted()
    book.earn(10, months(1))
    accrual = book.earn(10, months(6))
    book.earn(10, months(3))
    book.spend(15)
    assert [points for points, _ in book.lots()] == [0, 10, 5]
    book.take_back(accrual, 4)
    assert [points for points, _ in book.lots()] == [0, 6, 5]
    book.spend(9)
    book.take_back(accrual, 6)
    assert book.has() == {}
    assert book.program(AccountKind.LOST) == -4


def test_only_pending_means_the_pending_points_of_this_sale() -> None:
    """Another sale's pending points are not touched: its own return must find them."""
    book = Counted()
    spent = book.earn(10)
    book.earn(20, pending_until=START + timedelta(days=1))
    book.take_back(spent, 10, ReversalPolicy.ONLY_PENDING)
    assert book.has() == {"available": 10, "pending": 20}


def test_pending_points_that_were_all_taken_back_never_become_available() -> None:
    """The lot is activated empty."""
    book = Counted()
    accrual = book.earn(10, pending_until=START + timedelta(days=1))
    book.take_back(accrual, 10)
    book.today += timedelta(days=1)
    assert book.night() == (0, 0)
    assert book.has() == {}


def test_two_members_that_earned_by_one_event_are_reversed_apart() -> None:
    """A referral rewards both; taking back one's points leaves the other's."""
    book = Counted()
    event = book.event()
    for member, leg in (("m", "friend"), ("n", "referrer")):
        book.do(Accrue(event_id=event, leg=leg, member=member, program="club", points=10))
    back = ReverseAccrual(
        event_id=book.event(),
        accrual=event,
        member="n",
        program="club",
        points=50,
        policy=ReversalPolicy.UNLIMITED,
    )
    assert book.do(back).points == 10
    assert (book.has("m"), book.has("n")) == ({"available": 10}, {})


def test_pending_until_today_is_available_today() -> None:
    """A day that has come needs no night."""
    book = Counted()
    book.earn(10, pending_until=START)
    assert book.has() == {"available": 10}


@pytest.mark.parametrize("terminal", ["", "t1"])
def test_what_is_set_aside_is_owed_and_not_lost(terminal: str) -> None:
    """Goods come back while their points are held: they are gone when these come back, and were never spent."""
    book = Counted()
    accrual = book.earn(10)
    hold = book.hold(4, terminal=terminal)
    back = book.take_back(accrual, 10)
    assert (back.owed, back.short, back.forgiven) == (4, 0, 0)
    assert book.book.spendable("m", book.today) == 0
    book.do(VoidHold(event_id=book.event(), hold_id=hold))
    assert (book.has(), book.program(AccountKind.LOST)) == ({}, 0)


def test_what_is_set_aside_covers_what_is_owed_once() -> None:
    """The second return finds it owed already; what was really spent is short, as ever."""
    book = Counted()
    first, second = book.earn(10), book.earn(10)
    book.spend(12)
    hold = book.hold(8, terminal="t1")
    assert [(back.owed, back.short) for back in (book.take_back(first, 5), book.take_back(second, 10))] == [
        (5, 0),
        (3, 7),
    ]
    book.do(VoidHold(event_id=book.event(), hold_id=hold))
    assert (book.has(), book.program(AccountKind.LOST)) == ({}, -7)


def test_what_is_drawn_of_an_allowance_after_its_goods_came_back_is_paid_later() -> None:
    """A till that has not heard of it lets the points be spent: the next ones go for them."""
    book = Counted()
    accrual = book.earn(10)
    hold = book.hold(4, terminal="t1")
    book.take_back(accrual, 10)
    draw = Redeem(event_id=book.event(), member="m", program="club", points=4, force=True, draws={hold: 4})
    assert book.do(draw).owed == 0
    assert book.has() == {"overdraft": -4}
    book.earn(6)
    assert book.has() == {"available": 2}
