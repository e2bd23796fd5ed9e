"""Corrections and opening balances."""

from datetime import date, timedelta

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.entries import Adjust, OpenBalance, OpeningLot
from tests.support.counted import START, Counted, months, noon


def correction(book: Counted, points: int) -> Adjust:
    """Return a correction by the manager."""
    return Adjust(
        event_id=book.event(),
        member="m",
        program="club",
        points=points,
        reason="wrong card",
        role="manager",
        expiry=months(1),
    )


def test_a_correction_upward_is_a_lot_of_its_own() -> None:
    """It has a last day like any other, and the program's account shows what was given."""
    book = Counted()
    book.do(correction(book, 10))
    assert book.lots() == [(10, date(2026, 2, 28))]
    assert book.program(AccountKind.ADJUSTED) == -10


def test_a_correction_downward_takes_from_lots() -> None:
    """Nearest expiry first, and below zero only when that is said."""
    book = Counted()
    book.earn(10)
    book.do(correction(book, -4))
    assert book.has() == {"available": 6}
    book.refused(correction(book, -7))
    assert book.do(replace(correction(book, -7), force=True)).owed == 1
    assert book.has() == {"overdraft": -1}
    assert book.program(AccountKind.ADJUSTED) == 11


def test_opening_balances_bring_their_lots() -> None:
    """Each keeps its age and its last day, is spent in that order, and has the grace of the entry."""
    book = Counted()
    lots = (
        OpeningLot(points=5, earned_at=noon(START)),
        OpeningLot(points=7, earned_at=noon(START) - timedelta(days=90), expires_on=date(2026, 5, 31)),
        OpeningLot(points=9, earned_at=noon(START) - timedelta(days=95), expires_on=date(2026, 5, 31)),
    )
    book.do(OpenBalance(event_id=book.event(), member="m", program="club", lots=lots, grace_days=7))
    assert book.book.expiring("m") == ((date(2026, 5, 31), 16),)
    redemption = book.spend(10).entry_id
    assert [points for points, _ in book.lots()] == [5, 6, 0]
    book.give_back(redemption)
    assert book.lots() == [(5, None), (7, date(2026, 6, 7)), (9, date(2026, 6, 7))]
    assert book.program(AccountKind.ISSUED) == -21
