"""What a customer waits for: an answer within 300 ms or none, and a hub that no scanner can hammer."""

import asyncio
import threading
import time

import msgspec
import pytest

from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.ports import Held, Hold
from sync.client.enquiries import BUDGET_S, Bucket
from sync.wire import HoldAnswer, HoldRequest, HoldState, LookupAnswer, LookupRequest
from tests.sync.client.conftest import Shop
from tests.sync.client.hub_server import Trick, hanging, saying

LOOKUP, HOLDS = "/sync/1/lookup", "/sync/1/holds"
FOR_EVER_S = 30.0
AT_ONCE_S = 5.0
"""On a machine that has other things to do; whoever waits for a hub that hangs waits six times as long."""
ROW = Row(kind=RowKind.MEMBER, key="m9", partition=1, number=4, document=msgspec.Raw(b'{"member_id":"m9"}'))


def found(shop: Shop, *rows: Row) -> Trick:
    """Return what the hub says of a code."""
    return saying(shop.server.say(LookupAnswer(rows=rows, hub_ms=1)))


def held(shop: Shop, state: HoldState, available: int = 0) -> Trick:
    """Return what the hub says of a hold."""
    return saying(shop.server.say(HoldAnswer(hold_id="h1", state=state, available=available, hub_ms=1)))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have customers wait as long as a loaded machine takes, where it is not their patience that is tested."""
    for module in ("enquiries", "hub_line"):
        monkeypatch.setattr(f"sync.client.{module}.BUDGET_S", FOR_EVER_S)


@pytest.mark.usefixtures("patient")
async def test_a_code_is_answered_with_its_rows(shop: Shop) -> None:
    """Rows as the hub has them; none if nobody knows the code."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.next(LOOKUP, found(shop, ROW), found(shop))
    assert await shop.line.lookup("PL-9") == (ROW,)
    assert await shop.line.lookup("PL-8") == ()
    asked = next(asked for asked in shop.server.asked if asked.path == LOOKUP)
    assert msgspec.json.decode(asked.plain, type=LookupRequest).code == "PL-9"


async def test_a_slow_hub_costs_a_customer_300_ms(shop: Shop) -> None:
    """No answer is None, and the event loop of the till is free meanwhile."""
    release = threading.Event()
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.always[LOOKUP] = hanging(release)
    began = time.monotonic()
    answer, _ = await asyncio.gather(shop.line.lookup("PL-9"), asyncio.to_thread(int))
    took = time.monotonic() - began
    release.set()
    assert answer is None
    assert BUDGET_S == 0.3
    assert took < AT_ONCE_S


async def test_a_hub_that_is_slow_three_times_costs_nobody_anything(shop: Shop, request: pytest.FixtureRequest) -> None:
    """Then the till answers None at once, and finds out beside the counter when the hub is quick again."""
    release = threading.Event()
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.always[LOOKUP] = hanging(release)
    for _ in range(3):
        assert await shop.line.lookup("PL-9") is None
    shop.server.always[LOOKUP] = found(shop, ROW)
    request.getfixturevalue("patient")
    began = time.monotonic()
    assert await shop.line.lookup("PL-9") is None
    assert time.monotonic() - began < AT_ONCE_S
    release.set()
    async with asyncio.timeout(FOR_EVER_S):
        while await shop.line.lookup("PL-9") != (ROW,):
            await asyncio.to_thread(shop.server.wait_for, lambda: shop.server.count(LOOKUP) >= 4)


@pytest.mark.usefixtures("patient")
async def test_a_till_without_a_line_answers_at_once(shop: Shop) -> None:
    """Nothing was ever heard of the hub: None, in no time."""
    release = threading.Event()
    for path in ("/sync/1/push", "/sync/1/feed", LOOKUP):
        shop.server.always[path] = hanging(release)
    shop.did()
    line = shop.line
    began = time.monotonic()
    assert await line.lookup("PL-9") is None
    assert await line.hold(Hold(hold_id="h1", member_id="m1", unit="points", points=5)) is None
    assert time.monotonic() - began < AT_ONCE_S
    release.set()


@pytest.mark.usefixtures("patient")
async def test_a_scanner_that_has_gone_mad_hammers_nobody(shop: Shop) -> None:
    """A hundred unknown codes at once are ten questions, and five more for each second that they take."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.always[LOOKUP] = found(shop)
    began = time.monotonic()
    await asyncio.gather(*(shop.line.lookup(f"PL-{n}") for n in range(100)))
    assert 10 <= shop.server.count(LOOKUP) <= 11 + 5 * (time.monotonic() - began)


@pytest.mark.parametrize(
    ("state", "granted"),
    [(HoldState.OPEN, True), (HoldState.POSTED, True), (HoldState.REFUSED, False), (HoldState.TIMED_OUT, False)],
)
@pytest.mark.usefixtures("patient")
async def test_a_hold_is_granted_by_the_word_of_the_hub(*, shop: Shop, state: HoldState, granted: bool) -> None:
    """The basket's hold goes over with its id, and comes back with what is there beside it."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.next(HOLDS, held(shop, state, 12))
    hold = Hold(hold_id="h1", member_id="m1", unit="points", points=5)
    assert await shop.line.hold(hold) == Held(granted=granted, available=12)
    asked = next(asked for asked in shop.server.asked if asked.path == HOLDS)
    assert msgspec.json.decode(asked.plain, type=HoldRequest) == HoldRequest(
        hold_id="h1", member_id="m1", unit="points", points=5
    )


async def test_what_was_held_is_given_back_without_waiting(shop: Shop) -> None:
    """The till does not wait for the answer; the hub hears of it."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.next(f"{HOLDS}/h1/void", held(shop, HoldState.VOIDED))
    await shop.line.release("h1")
    shop.server.wait_for(lambda: shop.server.count(f"{HOLDS}/h1/void") == 1)


async def test_a_line_that_has_ended_answers_none(shop: Shop) -> None:
    """After stop nothing raises and nothing waits."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.line.stop()
    assert await shop.line.lookup("PL-9") is None
    await shop.line.release("h1")


def test_a_bucket_fills_up_with_time() -> None:
    """Three at once, then one a second."""
    bucket = Bucket(3, 1_000)
    assert [bucket.takes(0) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.takes(now) for now in (999, 1_000, 1_001, 2_500, 2_600)] == [False, True, False, True, False]
    assert [bucket.takes(1_000_000) for _ in range(4)] == [True, True, True, False]
