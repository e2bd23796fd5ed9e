"""What a member is given without a purchase."""

from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from pos_loyalty.core.programs import EarnOnEvent, GiveVoucher, Happening
from pos_loyalty.ports import ProgramDocument, Store
from pos_loyalty.service.wire import Earned, GestureRequest, Granted, HappeningRequest, TillView
from tests.service.shop_of_rewards import COUPON, SORRY, VISITS, refused, shop, sold
from tests.support.running_till import RunningTill
from tests.support.small_shop import EMILY_CODE, PAYMENT_CARD, REZA, REZA_CODE, SCARF, ManualClock

GESTURE = GestureRequest(reward="sorry/credit", amount=150_000, role="seller", reason="the suit came late")
FEEDBACK = HappeningRequest(happening=Happening.FEEDBACK, about="feedback-1")


async def test_a_visit_earns_its_stamp_once_a_day(running_till: RunningTill, store: Store, clock: ManualClock) -> None:
    """The greeting shows it; coming again on the same day earns nothing, tomorrow it does."""
    store.load(shop(VISITS))
    stamps = []
    for days in (0, 0, 1):
        clock.go_on(timedelta(days=days))
        view = await running_till.client.scan(REZA_CODE)
        assert isinstance(view, TillView)
        assert view.member is not None
        stamps.append(view.member.balances.get("stamps", 0))
        await running_till.client.dismiss()
    assert stamps == [1, 1, 2]
    assert [event.type for event in store.events()].count("points.earned") == 2


async def test_a_visit_earns_nothing_where_no_program_asks_for_it(running_till: RunningTill, store: Store) -> None:
    """Then a greeting writes the visit alone."""
    store.load(shop())
    await running_till.client.scan(EMILY_CODE)
    await running_till.client.dismiss()
    assert [event.type for event in store.events()] == ["visit.opened", "visit.closed"]


async def test_feedback_earns_points_and_a_coupon(running_till: RunningTill, store: Store) -> None:
    """With a key once; the coupon has a code and pays the next sale."""
    rules = (EarnOnEvent(rule_id="points", points=5, happening=Happening.FEEDBACK),)
    thanks = structs.replace(COUPON, rules=(*COUPON.rules, GiveVoucher(rule_id="fb", happening=Happening.FEEDBACK)))
    store.load(shop(structs.replace(VISITS, rules=rules), thanks))
    answers = [await running_till.client.happened(REZA.member_id, FEEDBACK, key="fb-1") for _ in range(2)]
    assert isinstance(answers[0], Earned)
    assert answers[0] == answers[1]
    assert [(move.account, move.points) for move in answers[0].moves] == [("stamps", 5)]
    assert [event.type for event in store.events()] == ["points.earned"]
    await running_till.client.scan(REZA_CODE)
    sale = await sold(running_till, SCARF, codes=(answers[0].vouchers[0].code,))
    assert sale.receipt is not None
    assert sale.receipt.discount == 100_000


async def test_what_earns_nothing_is_not_recorded(running_till: RunningTill, store: Store) -> None:
    """No program asks for feedback here."""
    store.load(shop(VISITS))
    assert await running_till.client.happened(REZA.member_id, FEEDBACK) == Earned()
    assert store.events() == ()


async def test_a_gesture_is_a_voucher_of_the_member(running_till: RunningTill, store: Store) -> None:
    """Over the amount the associate gave, for the member alone, good for the next sale, and once for one key."""
    store.load(shop(SORRY))
    answers = [await running_till.client.gesture(REZA.member_id, GESTURE, key="sorry-1") for _ in range(2)]
    assert isinstance(answers[0], Granted)
    assert answers[0] == answers[1]
    voucher = store.voucher(answers[0].voucher.code)
    assert voucher is not None
    assert (voucher.value, voucher.member_id) == (150_000, REZA.member_id)
    await running_till.client.scan(REZA_CODE)
    sale = await sold(running_till, SCARF, claims=("sorry/credit",))
    assert sale.receipt is not None
    assert sale.receipt.discount == 150_000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": 200_001}, "not 1 to 200000"),
        ({"amount": 0}, "not 1 to 200000"),
        ({"role": "guard"}, "nobody of this role"),
        ({"reason": " "}, "has no reason"),
        ({"reward": "sorry/cash"}, "no reward of this name"),
        ({"reward": "club/credit"}, "no goodwill program"),
        ({"reward": "nothing"}, "no goodwill program"),
    ],
)
async def test_a_gesture_beyond_the_rules_is_refused(
    running_till: RunningTill, store: Store, changes: dict[str, str | int], said: str
) -> None:
    """Limit, role, reason and reward are those of the program."""
    store.load(shop(SORRY))
    problem = refused(await running_till.client.gesture(REZA.member_id, structs.replace(GESTURE, **changes)), "gesture")
    assert said in problem.detail
    assert store.events() == ()


async def test_nobody_is_given_anything(running_till: RunningTill, store: Store) -> None:
    """An unknown member is a problem at both doors."""
    store.load(shop(SORRY))
    refused(await running_till.client.gesture("m-ghost", GESTURE), "unknown-member")
    refused(await running_till.client.happened("m-ghost", FEEDBACK), "unknown-member")


async def test_no_text_of_an_award_keeps_a_payment_card(running_till: RunningTill, store: Store) -> None:
    """Every text is looked at."""
    store.load(shop(SORRY))
    for name in ("reward", "role", "reason", "about"):
        wanted = structs.replace(GESTURE, **{name: f"{PAYMENT_CARD} 12/26"})
        refused(await running_till.client.gesture(REZA.member_id, wanted), "payment-card")
    about = structs.replace(FEEDBACK, about=PAYMENT_CARD)
    refused(await running_till.client.happened(REZA.member_id, about), "payment-card")
    assert store.events() == ()


async def test_a_happening_that_nobody_knows_is_a_bad_request(running_till: RunningTill) -> None:
    """The word is one of a list, and a moment has its time zone."""
    transport = httpx.AsyncHTTPTransport(uds=str(running_till.socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        where = f"/v1/members/{REZA.member_id}"
        assert (await http.post(f"{where}/happenings", json={"happening": "sneeze"})).status_code == 400
        naive = {"reward": "a/b", "amount": 1, "role": "r", "reason": "x", "valid_until": "2026-11-21T10:00:00"}
        assert (await http.post(f"{where}/gestures", json=naive)).status_code == 400


async def test_a_program_of_a_newer_build_is_named_in_the_health(running_till: RunningTill, store: Store) -> None:
    """The till goes on with the others."""
    newer = ProgramDocument(program_id="lottery", version=2, document=b'{"kind":"lottery"}')
    store.load(structs.replace(shop(), programs=(*shop(COUPON).programs, newer)))
    assert (await running_till.client.health()).unreadable_programs == ("lottery@2",)
    await sold(running_till, SCARF)
