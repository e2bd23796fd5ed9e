"""Facts become entries, and entries are written once, into the book of their points."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind, derive
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import (
    Accrue,
    Booked,
    Redeem,
    Refusal,
    Refused,
    RestoreRedemption,
    ReversalPolicy,
    ReverseAccrual,
)
from pos_loyalty.core.evaluation import MoveKind, PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, PointsEarned
from pos_loyalty.core.expiry import NEVER, ExpiryPolicy
from pos_loyalty.core.programs import Program, ProgramSet, Returns, Spends
from pos_loyalty.core.settlement import (
    Due,
    entries_of_happening,
    entries_of_return,
    entries_of_sale,
    entries_of_void,
    settle,
)
from pos_loyalty.errors import InvariantBroken
from tests.core.pricing.shop import per_money, program
from tests.support.builders import NOW, uuid_of

SALE, BACK = uuid_of(1), uuid_of(2)
MONTH = ExpiryPolicy(months=1)
CLUB = program(per_money(1, 1), expiry=MONTH, returns=Returns(earned=ReversalPolicy.UNLIMITED))


def move(points: int, source: str = "club@1/per-money", **what: object) -> PointsMove:
    """Return a move of this source on the account ``points``."""
    return replace(PointsMove(account="points", points=points, kind=MoveKind.ACCRUAL, source=source), **what)


def sale(*moves: PointsMove) -> BasketCommitted:
    """Return a sale that moved these points."""
    return BasketCommitted(basket_id="b1", currency="EUR", gross=0, discount=0, net=0, lines=(), moves=moves)


def returned(*moves: PointsMove) -> BasketReturned:
    """Return a return that moved these points."""
    return BasketReturned(basket_id="b1", sale_event_id=SALE, currency="EUR", refund=0, lines=(), moves=moves)


def entries(body: BasketCommitted, *programs: Program, offline: bool = False) -> tuple[Due, ...]:
    """Return the entries of a sale under these programs."""
    return entries_of_sale(SALE, "m1", body, ProgramSet(programs), offline=offline)


def test_a_sale_spends_and_then_earns() -> None:
    """An accrual has the expiry of its version and the day it is pending until; each is named by its source."""
    day = date(2026, 4, 4)
    body = sale(move(5, pending_until=day), move(-3, "club@1/off"))
    spend = Redeem(event_id=SALE, leg="spend:club@1:off", member="m1", program="club", points=3)
    accrual = Accrue(
        event_id=SALE,
        leg="earn:club@1:per-money",
        member="m1",
        program="club",
        points=5,
        expiry=MONTH,
        pending_until=day,
    )
    assert entries(body, CLUB) == (Due("points", spend), Due("points", accrual))


def test_a_basket_that_may_spend_what_it_earns_earns_first() -> None:
    """Else the points would not be there to be spent."""
    both = replace(CLUB, spends=Spends.BOTH)
    kinds = [type(due.entry) for due in entries(sale(move(-3, "club@1/off"), move(5)), both)]
    assert kinds == [Accrue, Redeem]


def test_moves_of_one_source_are_one_entry() -> None:
    """A reward that was given twice is one redemption; what adds up to nothing is none."""
    body = sale(move(-3, "club@1/off"), move(-4, "club@1/off"), move(0))
    assert [due.entry for due in entries(body)] == [
        Redeem(event_id=SALE, leg="spend:club@1:off", member="m1", program="club", points=7)
    ]


def test_a_version_that_nobody_knows_lets_points_live_for_ever() -> None:
    """Nothing that was earned is lost because a program is gone."""
    (due,) = entries(sale(move(5)))
    assert isinstance(due.entry, Accrue)
    assert due.entry.expiry is NEVER


def test_point_24_a_sale_made_offline_is_recorded_as_it_happened() -> None:
    """Point 24: what it lacked is owed; asked beforehand, the ledger would have refused."""
    body = sale(move(-3, "club@1/off"))
    books, (refused,) = settle({}, entries(body), NOW)
    assert refused == Refused(Refusal.NOT_ENOUGH, {"missing": 3})
    books, (owed,) = settle(books, entries(body, offline=True), NOW)
    assert isinstance(owed, Booked)
    assert (owed.owed, books["points"].balance("m1", AccountKind.OVERDRAFT)) == (3, -3)


def test_a_return_gives_back_before_it_takes_back() -> None:
    """Each names what it undoes: a redemption by its entry, an accrual by its event; the policy is of its version."""
    body = returned(move(-4, forgiven=2), move(3, "club@1/off"))
    assert entries_of_return(BACK, "m1", body, ProgramSet([CLUB])) == (
        Due(
            "points",
            RestoreRedemption(
                event_id=BACK,
                leg="restore:club@1:off",
                redemption=derive(SALE, "spend:club@1:off"),
                points=3,
            ),
        ),
        Due(
            "points",
            ReverseAccrual(
                event_id=BACK,
                leg="reverse:club@1:per-money",
                accrual=SALE,
                member="m1",
                program="club",
                points=6,
                policy=ReversalPolicy.UNLIMITED,
            ),
        ),
    )
    reversal = entries_of_return(BACK, "m1", body, ProgramSet())[1].entry
    assert isinstance(reversal, ReverseAccrual)
    assert reversal.policy is ReversalPolicy.WITHIN_BALANCE


def test_a_void_is_a_return_of_all_that_was_left() -> None:
    """Given up before payment it writes nothing; a void of the first kind, all reversals, is understood too."""
    moves = (move(3, "club@1/off", kind=MoveKind.REVERSAL), move(-5, kind=MoveKind.REVERSAL))
    voided = BasketVoided(basket_id="b1", sale_event_id=SALE, moves=moves)
    kinds = [type(due.entry) for due in entries_of_void(BACK, "m1", voided, ProgramSet())]
    assert kinds == [RestoreRedemption, ReverseAccrual]
    assert entries_of_void(BACK, "m1", BasketVoided(basket_id="b1"), ProgramSet()) == ()


def test_a_happening_earns() -> None:
    """A visit is an accrual like any other."""
    body = PointsEarned(happening="visit", moves=(move(2),))
    (due,) = entries_of_happening(SALE, "m1", body, ProgramSet([CLUB]))
    assert due == Due(
        "points",
        Accrue(event_id=SALE, leg="earn:club@1:per-money", member="m1", program="club", points=2, expiry=MONTH),
    )


def test_points_22_and_23_an_event_that_is_settled_twice_is_settled_once() -> None:
    """Points 22 and 23: the second answer is the first, and the books stay; a refusal stops nothing."""
    stamps = move(1, "cups@1/cup", account="stamps")
    written = entries(sale(move(-9, "club@1/off"), move(5), stamps), CLUB)
    books, outcomes = settle({"points": Book(unit="points")}, written, NOW)
    assert [isinstance(outcome, Booked) for outcome in outcomes] == [False, True, True]
    assert {unit: book.balance("m1") for unit, book in books.items()} == {"points": 5, "stamps": 1}
    again, answers = settle(books, written[1:], NOW + timedelta(days=1))
    assert again == books
    assert [isinstance(answer, Booked) and answer.again for answer in answers] == [True, True]


def test_a_moment_without_a_zone_is_refused() -> None:
    """Its date would be anybody's."""
    with pytest.raises(InvariantBroken, match="without a zone"):
        settle({}, entries(sale(move(5))), NOW.replace(tzinfo=None))
