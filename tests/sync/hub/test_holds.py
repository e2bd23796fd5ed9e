"""Holds: kept for one basket, by the hub's clock alone, and ended once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.feed import Cursor, FeedPage, RowKind
from pos_loyalty.core.members import HeldPoints, Member, spendable
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.core.vouchers import VoucherStatus
from sync.hub.audit import faults
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.wire import Halt, HaltReason, HoldAnswer, HoldRequest, HoldState
from tests.sync.hub.shop import NOON, Ids, Till, back, earned, issued, outcomes, sale, used
from tests.sync.hub.stores import KINDS

OPEN, POSTED, VOIDED = HoldState.OPEN, HoldState.POSTED, HoldState.VOIDED
TIMED_OUT, REFUSED = HoldState.TIMED_OUT, HoldState.REFUSED


class MovingClock:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """Return the time."""
        return self.time

    def monotonic_ns(self) -> int:
        """Return the time since noon."""
        return (self.time - NOON) // timedelta(microseconds=1) * 1_000


@pytest.fixture
def clock() -> MovingClock:
    """Return the hub's clock."""
    return MovingClock()


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return a store that must be sound at the end."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    with opened.reading() as reading:
        assert faults(reading) == ()
    opened.close()


@pytest.fixture
def till() -> Till:
    """Return the till that asks."""
    return Till("t1", Ids())


@pytest.fixture
def other() -> Till:
    """Return another till."""
    return Till("t2", Ids(1_000))


@pytest.fixture
def hub(store: HubStore, clock: MovingClock, till: Till) -> Authority:
    """Return a hub where m1 has 50 points and a voucher."""
    hub = Authority(store, zone=UTC, clock=clock, ids=Ids(1_000_000))
    for terminal_id in ("t1", "t2"):
        hub.enrol(Terminal(terminal_id=terminal_id))
    till.did(earned(50))
    till.did(sale(vouchers=[issued("TEN")]))
    hub.push(till.request())
    return hub


def asked(number: int, points: int = 0, *, voucher: str = "", seconds: int = 600) -> HoldRequest:
    """Return a request for a hold, the same for the same number."""
    unit, member_id = ("", "") if voucher else ("points", "m1")
    name = Ids(5_000 + number)()
    return HoldRequest(hold_id=name, member_id=member_id, unit=unit, points=points, voucher=voucher, seconds=seconds)


def held(hub: Authority, request: HoldRequest, terminal_id: str = "t1") -> HoldAnswer:
    """Return the answer to a request."""
    return told(hub.hold(terminal_id, request))


def told(answer: HoldAnswer | Halt | None) -> HoldAnswer:
    """Return an answer that must be one."""
    assert isinstance(answer, HoldAnswer)
    return answer


def paid(request: HoldRequest, *amounts: int, **more: object) -> BasketCommitted:
    """Return the sale that a hold was for."""
    return replace(sale(*amounts), holds=(request.hold_id,), **more)


def document(hub: Authority, kind: RowKind, key: str) -> bytes:
    """Return one row as it goes down."""
    page = hub.feed("t2", Cursor())
    assert isinstance(page, FeedPage)
    (found,) = (row.document for row in page.rows if (row.kind, row.key) == (kind, key))
    return bytes(found or b"")


def member(hub: Authority) -> Member:
    """Return m1 as it goes down."""
    return msgspec.json.decode(document(hub, RowKind.MEMBER, "m1"), type=Member)


def voucher(hub: Authority) -> VoucherRow:
    """Return the voucher as it goes down."""
    return msgspec.json.decode(document(hub, RowKind.VOUCHER, "TEN"), type=VoucherRow)


class TestPoints:
    """Points that are kept."""

    def test_other_tills_see_that_they_are_kept(self, hub: Authority) -> None:
        """The row comes down again: the balance is the member's still, and says what of it is held, and until when."""
        before = hub.feed("t2", Cursor())
        assert isinstance(before, FeedPage)
        request = asked(1, 30)
        answer = held(hub, request)
        assert (answer.state, answer.available) == (OPEN, 20)
        assert answer.until_ms == answer.hub_ms + 600_000
        page = hub.feed("t2", before.cursor)
        assert isinstance(page, FeedPage)
        assert [row.key for row in page.rows] == ["m1"]
        shown = member(hub)
        assert shown.balances == {"points": 50}
        assert shown.held == {request.hold_id: HeldPoints(account="points", points=30, until_ms=answer.until_ms)}
        assert (spendable(shown, "points"), spendable(shown, "points", [request.hold_id])) == (20, 50)

    def test_what_is_not_there_is_refused(self, hub: Authority) -> None:
        """Two baskets cannot keep the same points; nothing of a refusal is kept, so it may be granted later."""
        assert held(hub, asked(1, 30)).state is OPEN
        refused = held(hub, asked(2, 21), "t2")
        assert (refused.state, refused.available, refused.until_ms) == (REFUSED, 20, 0)
        hub.void("t1", asked(1).hold_id)
        assert held(hub, asked(2, 21), "t2").state is OPEN

    def test_the_same_request_is_the_same_hold(self, hub: Authority, clock: MovingClock) -> None:
        """Asked again it is answered by what stands, and does not live longer for it."""
        first = held(hub, asked(1, 30))
        clock.time += timedelta(seconds=60)
        again = held(hub, asked(1, 30))
        assert (again.state, again.until_ms, again.available) == (OPEN, first.until_ms, 20)

    def test_another_request_under_its_id_is_refused(self, hub: Authority) -> None:
        """Of another till, or for something else: and the first is as it was."""
        held(hub, asked(1, 30))
        assert held(hub, asked(1, 30), "t2").state is REFUSED
        assert held(hub, asked(1, 10)).state is REFUSED
        assert member(hub).held[asked(1).hold_id].points == 30

    def test_the_sale_that_names_it_spends_it(self, hub: Authority, till: Till) -> None:
        """Whatever others hold: nothing is owed, what it did not need is there, and goods can come back under it."""
        held(hub, asked(1, 30))
        held(hub, asked(2, 20), "t2")
        sold = till.did(paid(asked(1), -25))
        assert outcomes(hub.push(till.request()))[-1] is Outcome.APPLIED
        shown = member(hub)
        assert (shown.balances, shown.overdrawn, list(shown.held)) == ({"points": 25}, (), [asked(2).hold_id])
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is POSTED
        till.did(back(sold.event_id, 25))
        hub.push(till.request())
        assert member(hub).balances == {"points": 50}

    def test_it_is_posted_once(self, hub: Authority, till: Till, other: Till) -> None:
        """A second sale that names it spends what else there is; so does the first when it comes again."""
        held(hub, asked(1, 50))
        till.did(paid(asked(1), -40))
        other.did(paid(asked(1), -40))
        hub.push(till.request())
        hub.push(other.request())
        assert outcomes(hub.push(till.request()))[-1] is Outcome.DUPLICATE
        assert (member(hub).balances, member(hub).overdrawn) == ({"points": -30}, ("points",))

    def test_two_sales_of_one_batch_post_it_once(self, hub: Authority, till: Till) -> None:
        """Within one step, too."""
        held(hub, asked(1, 50))
        till.did(paid(asked(1), -40))
        till.did(paid(asked(1), -10))
        assert outcomes(hub.push(till.request()))[-2:] == [Outcome.APPLIED] * 2
        assert (member(hub).balances, member(hub).held) == ({"points": 0}, {})

    def test_a_sale_that_does_not_need_it_gives_it_back(self, hub: Authority, till: Till) -> None:
        """The reward was taken out of the basket before it was paid."""
        held(hub, asked(1, 30))
        till.did(paid(asked(1), 7))
        hub.push(till.request())
        assert (member(hub).balances, member(hub).held) == ({"points": 57}, {})
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is VOIDED

    def test_only_the_hubs_clock_ends_it(self, hub: Authority, till: Till, clock: MovingClock) -> None:
        """A sale that says it was years ago, or will be, still spends what is held."""
        held(hub, asked(1, 30))
        held(hub, asked(2, 20), "t2")
        event = till.did(paid(asked(1), -30))
        till.journal[-1] = replace(event, occurred_at=NOON + timedelta(days=3_650))
        clock.time += timedelta(seconds=599)
        hub.push(till.request())
        assert (member(hub).balances, member(hub).overdrawn) == ({"points": 20}, ())

    def test_it_is_over_when_its_time_is(self, hub: Authority, till: Till, other: Till, clock: MovingClock) -> None:
        """Whoever touches the book ends it; the sale is a fact all the same, and what was spent meanwhile is owed."""
        held(hub, asked(1, 30))
        clock.time += timedelta(seconds=600)
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is TIMED_OUT
        other.did(sale(-50))
        hub.push(other.request())
        assert member(hub).held == {}
        till.did(paid(asked(1), -30))
        hub.push(till.request())
        assert (member(hub).balances, member(hub).overdrawn) == ({"points": -30}, ("points",))
        assert told(hub.void("t1", asked(1).hold_id)).state is TIMED_OUT
        assert held(hub, asked(1, 30)).state is TIMED_OUT

    def test_the_night_ends_what_nobody_touches(self, hub: Authority, clock: MovingClock) -> None:
        """Once: a second run finds nothing, and neither does one under a clock that was set back."""
        held(hub, asked(1, 30))
        held(hub, asked(2, 5, seconds=1_200), "t2")
        assert hub.time_out_holds() == 0
        clock.time += timedelta(seconds=601)
        assert [hub.time_out_holds(), hub.time_out_holds()] == [1, 0]
        assert list(member(hub).held) == [asked(2).hold_id]
        clock.time -= timedelta(days=2)
        assert hub.time_out_holds() == 0
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is TIMED_OUT

    def test_only_who_asked_gives_it_back(self, hub: Authority) -> None:
        """Another till is told how it stands; given back twice it is given back once."""
        held(hub, asked(1, 30))
        assert told(hub.void("t2", asked(1).hold_id)).state is OPEN
        assert [told(hub.void("t1", asked(1).hold_id)).state for _ in range(2)] == [VOIDED, VOIDED]
        assert (member(hub).held, member(hub).balances) == ({}, {"points": 50})
        assert held(hub, asked(1, 30)).state is VOIDED

    def test_a_request_that_is_overtaken_by_its_end_holds_nothing(self, hub: Authority, till: Till) -> None:
        """By its void, or by the sale that was to use it: it is answered by that end."""
        hub.void("t1", asked(1).hold_id)
        assert held(hub, asked(1, 30)).state is VOIDED
        till.did(paid(asked(2), -10))
        hub.push(till.request())
        assert held(hub, asked(2, 10)).state is POSTED
        assert member(hub).balances == {"points": 40}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"member_id": "m9"},
            {"member_id": ""},
            {"points": 0},
            {"points": 1 << 62},
            {"unit": "p\0"},
            {"unit": ""},
            {"voucher": "TEN"},
            {"hold_id": "1"},
        ],
    )
    def test_what_nothing_can_be_is_refused(self, hub: Authority, wrong: dict[str, object]) -> None:
        """Somebody unknown, nothing, more than there is, two things at once, a name that is none."""
        assert held(hub, replace(asked(1, 30), **wrong)).state is REFUSED
        assert member(hub).held == {}

    def test_names_that_are_no_holds_spoil_no_sale(self, hub: Authority, till: Till) -> None:
        """Whatever a till writes there: what was sold is booked."""
        till.did(replace(sale(-10), holds=("", "x", asked(1).hold_id.upper())))
        assert outcomes(hub.push(till.request()))[-1] is Outcome.APPLIED
        assert member(hub).balances == {"points": 40}

    def test_a_hold_of_another_member_is_left_alone(self, hub: Authority, other: Till) -> None:
        """A sale to m2 that names it spends nothing of m1's."""
        held(hub, asked(1, 30))
        other.did(paid(asked(1), -10), "m2")
        hub.push(other.request())
        assert list(member(hub).held) == [asked(1).hold_id]


class TestVouchers:
    """A voucher that is kept."""

    def test_it_is_kept_for_one_basket(self, hub: Authority, till: Till) -> None:
        """Nobody else gets it; its row says so; the sale uses it, and then it is used."""
        answer = held(hub, asked(1, voucher="TEN"))
        assert (answer.state, answer.available) == (OPEN, 0)
        assert held(hub, asked(2, voucher="TEN"), "t2").state is REFUSED
        assert (voucher(hub).held, voucher(hub).held_until_ms) == (asked(1).hold_id, answer.until_ms)
        till.did(paid(asked(1), vouchers=(used("TEN"),)))
        hub.push(till.request())
        assert (voucher(hub).held, voucher(hub).status) == ("", VoucherStatus.REDEEMED)
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is POSTED
        assert held(hub, asked(3, voucher="TEN"), "t2").state is REFUSED

    def test_given_back_or_timed_out_it_is_anybodys(self, hub: Authority, clock: MovingClock) -> None:
        """The hold that had it has ended as it ended, whatever becomes of the next."""
        held(hub, asked(1, voucher="TEN"))
        assert told(hub.void("t1", asked(1).hold_id)).state is VOIDED
        assert voucher(hub).held == ""
        assert held(hub, asked(2, voucher="TEN"), "t2").state is OPEN
        clock.time += timedelta(seconds=600)
        assert held(hub, asked(3, voucher="TEN")).state is OPEN
        states = [told(hub.hold_of("t1", asked(number).hold_id)).state for number in (1, 2, 3)]
        assert states == [VOIDED, TIMED_OUT, OPEN]
        assert told(hub.void("t2", asked(2).hold_id)).state is TIMED_OUT
        assert voucher(hub).held == asked(3).hold_id

    def test_a_clock_that_is_set_back_opens_none_again(self, hub: Authority, clock: MovingClock) -> None:
        """Of two baskets that had it one after the other only the later has it still."""
        held(hub, asked(1, voucher="TEN"))
        clock.time += timedelta(seconds=3_600)
        held(hub, asked(2, voucher="TEN"), "t2")
        clock.time -= timedelta(seconds=3_600)
        assert [told(hub.hold_of("t1", asked(number).hold_id)).state for number in (1, 2)] == [TIMED_OUT, OPEN]

    def test_a_sale_that_comes_too_late_is_a_fact_all_the_same(
        self, hub: Authority, till: Till, other: Till, clock: MovingClock, store: HubStore
    ) -> None:
        """The voucher was used elsewhere meanwhile: the second use is a loss."""
        held(hub, asked(1, voucher="TEN"))
        clock.time += timedelta(seconds=600)
        other.did(sale(vouchers=[used("TEN")]))
        hub.push(other.request())
        till.did(paid(asked(1), vouchers=(used("TEN"),)))
        hub.push(till.request())
        with store.reading() as reading:
            assert [loss.terminal_id for loss in reading.losses()] == ["t1"]
        assert told(hub.hold_of("t1", asked(1).hold_id)).state is TIMED_OUT

    @pytest.mark.parametrize("days", [-1, 1])
    def test_one_that_is_not_good_today_is_not_kept(self, hub: Authority, till: Till, days: int) -> None:
        """Over already, or not begun; nor one that nobody knows."""
        span = {"valid_until": NOON - timedelta(days=1)} if days < 0 else {"valid_from": NOON + timedelta(days=1)}
        till.did(sale(vouchers=[replace(issued("LATER"), **span)]))
        hub.push(till.request())
        assert held(hub, asked(1, voucher="LATER")).state is REFUSED
        assert held(hub, asked(2, voucher="NONE")).state is REFUSED


def test_only_tills_that_are_served_get_anything(hub: Authority) -> None:
    """A stranger is told to enrol; nothing is kept, voided or told."""
    for answer in (hub.hold("t9", asked(1, 30)), hub.void("t9", asked(1).hold_id), hub.hold_of("t9", "x")):
        assert isinstance(answer, Halt)
        assert answer.reason is HaltReason.UNKNOWN_TERMINAL
    assert hub.hold_of("t1", asked(1).hold_id) is None
    assert member(hub).held == {}
