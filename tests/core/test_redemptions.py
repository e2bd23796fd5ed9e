"""Spending and giving back, lot by lot."""

from datetime import date, timedelta

import pytest

from pos_loyalty.core.entries import Refusal, RestoreRedemption, ReversalPolicy
from pos_loyalty.core.lots import Use, last_taken
from tests.support.counted import START, Counted, months


@pytest.mark.parametrize(
    ("points", "kept", "back"),
    [
        (0, (("a", 3), ("b", 4)), ()),
        (1, (("a", 3), ("b", 3)), (("b", 1),)),
        (4, (("a", 3),), (("b", 4),)),
        (5, (("a", 2),), (("b", 4), ("a", 1))),
        (7, (), (("b", 4), ("a", 3))),
    ],
)
def test_what_was_taken_last_comes_back_first(
    points: int, kept: tuple[tuple[str, int], ...], back: tuple[tuple[str, int], ...]
) -> None:
    """A part of what was taken is split off from the end."""
    uses = (Use("a", 3), Use("b", 4))
    assert last_taken(uses, points) == (tuple(Use(*use) for use in kept), tuple(Use(*use) for use in back))


def test_a_part_that_comes_back_is_the_part_that_lives_longest() -> None:
    """Of 30 points from two lots, the 10 that come back are of the lot that expires later."""
    book = Counted()
    book.earn(20, months(1))
    book.earn(20, months(6))
    book.give_back(book.spend(30).entry_id, 10)
    assert [points for points, _ in book.lots()] == [0, 20]


def test_what_is_past_its_last_day_cannot_be_spent_before_the_night_has_run() -> None:
    """The run may be late; the last day is not. What has happened all the same takes it before it makes debts."""
    book = Counted()
    book.earn(10, months(1))
    book.earn(5)
    book.today = date(2026, 3, 1)
    assert book.book.spendable("m", book.today) == 5
    outcome = book.spend(17, force=True)
    assert [use.points for use in outcome.uses] == [5, 10]
    assert book.has() == {"overdraft": -2}


def test_returning_what_was_owed_forgives_the_debt_first() -> None:
    """60 were there and 40 owed: 50 come back as the debt and 10 points."""
    book = Counted()
    book.earn(60)
    redemption = book.spend(100, force=True).entry_id
    book.give_back(redemption, 50)
    assert book.has() == {"available": 10}
    book.give_back(redemption)
    assert book.has() == {"available": 60}


def test_a_debt_that_was_netted_comes_back_to_the_lot_that_paid_it() -> None:
    """The lot that paid the debt is one of those the redemption was taken from, with its own last day."""
    book = Counted()
    redemption = book.spend(40, force=True).entry_id
    book.earn(100, months(1))
    assert book.lots() == [(60, date(2026, 2, 28))]
    book.give_back(redemption)
    assert book.lots() == [(100, date(2026, 2, 28))]


def test_the_lot_that_paid_a_debt_counts_as_taken_last() -> None:
    """60 were there, a later accrual paid the 40 that were owed: half comes back to that one before the other."""
    book = Counted()
    book.earn(60)
    redemption = book.spend(100, force=True).entry_id
    book.earn(40, months(1))
    book.give_back(redemption, 50)
    assert [points for points, _ in book.lots()] == [10, 40]


def test_points_that_come_back_pay_other_debts() -> None:
    """A reversal left a debt; what a return gives back nets it at once."""
    book = Counted()
    accrual = book.earn(100)
    redemption = book.spend(100).entry_id
    book.take_back(accrual, 70, ReversalPolicy.UNLIMITED)
    assert book.has() == {"overdraft": -70}
    book.give_back(redemption)
    assert book.has() == {"available": 30}


def test_points_that_become_available_pay_debts() -> None:
    """Pending points do not cover a debt; once active they do."""
    book = Counted()
    book.earn(100, pending_until=START + timedelta(days=1))
    book.spend(30, force=True)
    assert book.has() == {"pending": 100, "overdraft": -30}
    book.today += timedelta(days=1)
    book.night()
    assert book.has() == {"available": 70}


def test_a_reversal_is_no_redemption() -> None:
    """Only what was spent can be given back."""
    book = Counted()
    reversal = book.take_back(book.earn(10), 5).entry_id
    entry = RestoreRedemption(event_id=book.event(), redemption=reversal)
    assert book.refused(entry).reason is Refusal.UNKNOWN_REDEMPTION


def test_nothing_comes_back_twice() -> None:
    """A second full return, by another event, finds nothing left."""
    book = Counted()
    book.earn(10)
    redemption = book.spend(10).entry_id
    book.give_back(redemption)
    entry = RestoreRedemption(event_id=book.event(), redemption=redemption)
    assert book.refused(entry).reason is Refusal.NOTHING_LEFT
