"""The door to the ledger: once only, bad data refused with a reason, nothing of a refused entry kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core import ledger
from pos_loyalty.core.accounts import POINTS_MAX, AccountKind
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import (
    Accrue,
    Adjust,
    AnyEntry,
    Entry,
    MergeMembers,
    OpenBalance,
    OpeningLot,
    PlaceHold,
    PostHold,
    Redeem,
    Refusal,
    RestoreRedemption,
    ReversalPolicy,
    ReverseAccrual,
    UnmergeMembers,
    VoidHold,
)
from pos_loyalty.core.posting import Posting
from pos_loyalty.errors import InvariantBroken
from tests.support.builders import uuid_of
from tests.support.counted import START, Counted, noon, reason_of

EVENT, UNKNOWN = uuid_of(999), uuid_of(998)
NOON = noon(START)
ACCRUE = Accrue(event_id=EVENT, member="m", program="club", points=10)
REDEEM = Redeem(event_id=EVENT, member="m", program="club", points=10)
HOLD = PlaceHold(event_id=EVENT, member="m", program="club", points=10, until=NOON + timedelta(hours=1))
ADJUST = Adjust(event_id=EVENT, member="m", program="club", points=10, reason="count", role="manager")
RESTORE = RestoreRedemption(event_id=EVENT, redemption=UNKNOWN)
REVERSE = ReverseAccrual(
    event_id=EVENT, accrual=UNKNOWN, member="m", program="club", points=1, policy=ReversalPolicy.UNLIMITED
)
POST = PostHold(event_id=EVENT, hold_id=UNKNOWN)


def opening(*points: int) -> OpenBalance:
    """Return an entry that opens with these lots."""
    lots = tuple(OpeningLot(points=number, earned_at=NOON) for number in points)
    return OpenBalance(event_id=EVENT, member="m", program="club", lots=lots)


@pytest.mark.parametrize(
    ("entry", "reason", "numbers"),
    [
        (replace(ACCRUE, event_id="e1"), Refusal.BAD_ID, {}),
        (replace(ACCRUE, leg="accrue/0"), Refusal.BAD_ID, {}),
        (replace(ACCRUE, points=0), Refusal.NOT_POSITIVE, {"points": 0}),
        (replace(ACCRUE, points=-5), Refusal.NOT_POSITIVE, {"points": -5}),
        (replace(ACCRUE, points=2**63), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (replace(ACCRUE, points=POINTS_MAX), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (replace(REDEEM, points=0), Refusal.NOT_POSITIVE, {"points": 0}),
        (replace(REDEEM, points=101), Refusal.NOT_ENOUGH, {"missing": 1}),
        (replace(REDEEM, points=2**63, force=True), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (replace(HOLD, points=-1), Refusal.NOT_POSITIVE, {"points": -1}),
        (replace(HOLD, points=150), Refusal.NOT_ENOUGH, {"missing": 50}),
        (replace(HOLD, until=NOON), Refusal.HOLD_TIMED_OUT, {}),
        (replace(ADJUST, points=0), Refusal.NOT_POSITIVE, {"points": 0}),
        (replace(ADJUST, points=-101), Refusal.NOT_ENOUGH, {"missing": 1}),
        (replace(ADJUST, points=-(2**63)), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (replace(ADJUST, points=2**63), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (replace(ADJUST, reason=" "), Refusal.NO_REASON, {}),
        (replace(ADJUST, role=""), Refusal.NO_ROLE, {}),
        (opening(), Refusal.NOT_POSITIVE, {"points": 0}),
        (opening(5, 0, 5), Refusal.NOT_POSITIVE, {"lot": 1, "points": 0}),
        (opening(POINTS_MAX, 1), Refusal.TOO_MANY, {"limit": POINTS_MAX}),
        (RESTORE, Refusal.UNKNOWN_REDEMPTION, {}),
        (replace(RESTORE, points=0), Refusal.NOT_POSITIVE, {"points": 0}),
        (REVERSE, Refusal.UNKNOWN_ACCRUAL, {}),
        (replace(REVERSE, accrual=uuid_of(1), program="cafe"), Refusal.UNKNOWN_ACCRUAL, {}),
        (replace(REVERSE, accrual=uuid_of(1), member="n"), Refusal.UNKNOWN_ACCRUAL, {}),
        (replace(REVERSE, points=0), Refusal.NOT_POSITIVE, {"points": 0}),
        (POST, Refusal.UNKNOWN_HOLD, {}),
        (VoidHold(event_id=EVENT, hold_id=UNKNOWN), Refusal.UNKNOWN_HOLD, {}),
        (MergeMembers(event_id=EVENT, source="m", target="m"), Refusal.SAME_MEMBER, {}),
        (UnmergeMembers(event_id=EVENT, source="m"), Refusal.NOT_MERGED, {}),
    ],
)
def test_bad_data_is_refused_with_its_reason(entry: AnyEntry, reason: Refusal, numbers: dict[str, int]) -> None:
    """With 100 points in the book, the entry is refused, says what is wrong, and leaves no trace."""
    book = Counted()
    book.earn(100)
    assert reason_of(book.refused(entry, NOON)) == (reason, numbers)


def test_a_refused_entry_may_be_written_later() -> None:
    """A refusal is not remembered: the same redemption works once the points are there."""
    book = Counted()
    book.refused(REDEEM)
    book.earn(10)
    assert book.do(REDEEM).points == 10


def test_two_legs_of_one_event_are_two_entries() -> None:
    """One sale earns twice and spends once, all by the same event."""
    book = Counted()
    for entry in (ACCRUE, replace(ACCRUE, leg="bonus", points=5), REDEEM):
        book.do(entry)
    assert book.has() == {"available": 5}


def test_every_member_has_its_own_points() -> None:
    """What one earns another cannot spend."""
    book = Counted()
    book.earn(10)
    assert book.refused(replace(REDEEM, member="n")).reason is Refusal.NOT_ENOUGH


def test_the_point_limit_counts_what_is_pending_and_held() -> None:
    """A member owns at most the limit, wherever the points are."""
    book = Counted()
    book.earn(POINTS_MAX - 3)
    book.hold(POINTS_MAX - 3)
    book.earn(2, pending_until=START + timedelta(days=1))
    book.earn(1)
    assert book.refused(replace(ACCRUE, points=1)).reason is Refusal.TOO_MANY


def test_a_moment_without_a_zone_is_a_defect() -> None:
    """Its date would be anybody's, so neither an entry nor a run takes it."""
    naive = datetime(2026, 1, 31, 12)  # noqa: DTZ001 - what must be refused
    book = Book(unit="points")
    calls: tuple[Callable[[], object], ...] = (
        lambda: ledger.perform(book, ACCRUE, naive),
        lambda: ledger.activate(book, "club", naive),
        lambda: ledger.expire(book, "club", naive),
        lambda: ledger.time_out(book, naive),
    )
    for call in calls:
        with pytest.raises(InvariantBroken, match="put it into the program's time zone"):
            call()


def test_an_entry_of_no_known_kind_is_a_defect() -> None:
    """Somebody forgot to register it."""
    with pytest.raises(InvariantBroken, match="no rule for Entry"):
        ledger._write(Entry(event_id=EVENT, leg="x"), Posting(Book(unit="points"), NOON))


def test_entries_and_records_travel_as_json() -> None:
    """What is asked, what is answered and every record of the book read back as they were."""
    book = Counted()
    book.earn(100)
    book.do(REDEEM)
    book.hold(5)
    tables = book.book.transfers, book.book.lots, book.book.spends, book.book.holds, book.book.written
    for record in (record for table in tables for record in table.values()):
        assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
    for entry in (ACCRUE, REDEEM, HOLD, ADJUST, RESTORE, REVERSE, POST, opening(1, 2)):
        assert msgspec.json.decode(msgspec.json.encode(entry), type=AnyEntry) == entry


def test_another_program_s_night_leaves_these_lots_alone() -> None:
    """Each program has its own time zone, so each has its own nightly runs."""
    book = Counted()
    book.earn(10, pending_until=START + timedelta(days=1))
    book.today += timedelta(days=1)
    assert book.night("cafe") == (0, 0)
    assert book.night("club") == (10, 0)
    assert book.program(AccountKind.ISSUED) == -10
