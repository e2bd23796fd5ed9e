"""The steps of a price document: what a sale leaves behind is there at the next, and what comes back comes back."""

from datetime import date, datetime, timedelta, timezone

import pytest

from pos_loyalty.core.entries import Refusal
from pos_loyalty.core.evaluation import Because, VoucherMoveKind
from pos_loyalty.core.price_answer import LotLeft, Standing
from pos_loyalty.core.return_requests import ReturnFaultKind
from pos_loyalty.core.vouchers import VoucherStatus
from tests.support.price_documents import CARD, CLUB, COUPON, MUG, Document, priced, shop, stepped

FIVE: Document = {"commit": {"claims": ["club/five"]}}
BACK: Document = {"return": {"sale": 1}}
MARCH = "2026-03-01T08:00:00+01:00"
EXPIRING: Document = {**CLUB, "expiry": {"months": 1, "grace_days": 7}}
TWO_LOTS = {"lots": {"club": [{"points": 40, "expires_on": "2026-02-10"}, {"points": 20}]}}


def wait(until: str) -> Document:
    """Return the step in which time passes."""
    return {"wait": {"until": until}}


def test_a_price_moves_nothing_and_a_sale_does() -> None:
    """After a price the customer stands as before; after the sale as the evaluation said."""
    before, after = stepped(shop(), {"price": {"claims": ["club/five"]}}, FIVE)
    assert (before.evaluation, before.sale, before.receipt) == (after.evaluation, None, None)
    assert before.standing == Standing(balances={"club": 60}, lots={"club": (LotLeft(points=60, program="club"),)})
    assert after.evaluation
    assert after.receipt
    assert after.standing.balances == after.receipt.balances_after == after.evaluation.balances_after == {"club": 90}
    assert (after.sale, after.standing.purchase_count, after.unbooked) == (1, 1, ())


def test_a_document_without_steps_is_the_first_price() -> None:
    """The evaluation by itself is that of a step that prices."""
    (step,) = stepped(shop(), {"price": {}})
    assert step.evaluation == priced(shop())


def test_what_a_step_says_holds_for_that_step() -> None:
    """Basket, claims, codes and declined rewards come from the step, else from the document."""
    document = shop(programs=[CLUB, MUG], claims=["club/five", {"reward": "gift/mug"}])
    small = {"lines": [{"amount": 6_000}]}
    steps: tuple[Document, ...] = (
        {"price": {}},
        {"price": {"claims": []}},
        {"price": {"declined": ["gift/mug"], "claims": []}},
        {"price": {"basket": small}},
        {"price": {"codes": ["x"]}},
    )
    found = [step.evaluation for step in stepped(document, *steps)]
    assert [each and (each.gross, each.discount, len(each.refused_codes)) for each in found] == [
        (8_700, 1_200, 0),
        (8_700, 700, 0),
        (8_000, 0, 0),
        (6_000, 500, 0),
        (8_700, 1_200, 1),
    ]


def test_the_lots_that_end_soonest_are_spent_first_and_come_back() -> None:
    """A sale takes 50 of 60 points by their last day; half of it back gives half, into the lots that live longest."""
    document = shop(programs=[CLUB], member=TWO_LOTS)
    half = {"return": {"sale": 1, "lines": [{"number": 1, "quantity": 1}]}}
    sold, returned = stepped(document, FIVE, half)
    assert sold.standing.lots["club"] == (
        LotLeft(points=10, program="club"),
        LotLeft(points=80, program="club"),
    )
    assert returned.returned
    assert returned.returned.refund == 3_750
    assert returned.standing.lots["club"] == (
        LotLeft(points=15, program="club", until=date(2026, 2, 10)),
        LotLeft(points=20, program="club"),
        LotLeft(points=40, program="club"),
    )


def test_a_sale_and_its_full_return_leave_everything_as_it_was() -> None:
    """Points, lots and vouchers are those of before, but for the coupon that was given and taken back."""
    document = shop(programs=[CLUB, COUPON, MUG], member=TWO_LOTS)
    before, sold, after, again = stepped(document, {"price": {}}, FIVE, BACK, BACK)
    assert after.standing.balances == before.standing.balances
    assert after.standing.lots == before.standing.lots
    assert [voucher.status for voucher in sold.standing.vouchers] == [VoucherStatus.ISSUED]
    assert [voucher.status for voucher in after.standing.vouchers] == [VoucherStatus.REVOKED]
    assert after.returned
    assert after.returned.complete
    assert [fault.kind for fault in again.refused] == [ReturnFaultKind.NOTHING_LEFT]
    assert again.standing == after.standing


def test_a_void_undoes_what_is_left_of_a_sale() -> None:
    """It gives back all that was paid; a void of a void is refused."""
    sold, undone, again = stepped(shop(), FIVE, {"void": {"sale": 1}}, {"void": {"sale": 1}})
    assert sold.receipt
    assert undone.returned
    assert undone.returned.to_refund == sold.receipt.to_pay
    assert undone.standing.balances == {"club": 60}
    assert [fault.kind for fault in again.refused] == [ReturnFaultKind.VOIDED]


def test_new_vouchers_have_the_number_of_the_step_in_their_code() -> None:
    """A card bought in step 2 pays in step 3, in any spelling, and the coupon with it; the receipt has the codes."""
    document = shop(programs=[CARD, COUPON], basket={"lines": [{"product": "card", "quantity": 2}]})
    later = {"commit": {"basket": {"lines": [{"amount": 3_000}]}, "codes": ["s۲-1", "S2-3"], "now": MARCH}}
    _, sold, paid = stepped(document, wait("2026-02-01T00:00:00+01:00"), {"commit": {}}, later)
    assert sold.receipt
    assert [(move.kind, move.code) for move in sold.receipt.vouchers] == [
        (VoucherMoveKind.ISSUED, "S2-1"),
        (VoucherMoveKind.ISSUED, "S2-2"),
        (VoucherMoveKind.ISSUED, "S2-3"),
    ]
    assert paid.receipt
    assert (paid.receipt.net, paid.receipt.to_pay) == (2_700, 200)
    assert {voucher.code: (voucher.balance, voucher.status) for voucher in paid.standing.vouchers} == {
        "S2-1": (0, VoucherStatus.ISSUED),
        "S2-2": (2_500, VoucherStatus.ISSUED),
        "S2-3": (0, VoucherStatus.REDEEMED),
        "S3-1": (0, VoucherStatus.ISSUED),
    }


def test_a_new_code_is_never_one_that_is_there() -> None:
    """A voucher of the document that is called as a new one would be keeps its code to itself."""
    taken = [{"code": "s1-1", "program_id": "next"}]
    (sold,) = stepped(shop(programs=[COUPON], vouchers=taken), {"commit": {}})
    assert [voucher.code for voucher in sold.standing.vouchers] == ["S1-1", "S1-2"]


def test_a_customer_who_is_not_known_buys_and_pays_by_card() -> None:
    """Without a member there are no points, but vouchers go from step to step; nothing else earns."""
    document = shop(programs=[CLUB, CARD, COUPON], basket={"lines": [{"product": "card"}]})
    del document["member"]
    pay = {"commit": {"basket": {"lines": [{"amount": 1_000}]}, "codes": ["S1-1"]}}
    sold, paid, visited, back = stepped(
        document, {"commit": {}}, pay, {"earn": {"happening": "visit"}}, {"void": {"sale": 2}}
    )
    assert [voucher.code for voucher in sold.standing.vouchers] == ["S1-1", "S1-2"]
    assert paid.receipt
    assert paid.receipt.to_pay == 0
    assert paid.standing.vouchers[0].balance == 1_500
    assert (visited.earned, visited.standing) == (None, paid.standing)
    assert back.standing.vouchers[0].balance == 2_500


def test_points_become_available_and_expire_while_time_passes() -> None:
    """Pending points begin their life on their day, however late it is looked at, and end after it."""
    document = shop(programs=[{**EXPIRING, "pending_days": 14}], member={})
    sold, waited, over = stepped(document, {"commit": {}}, wait(MARCH), wait("2026-03-15T00:00:00+01:00"))
    assert (sold.standing.balances, sold.standing.pending) == ({"club": 0}, {"club": 80})
    assert sold.standing.lots["club"] == (LotLeft(points=80, program="club", pending_until=date(2026, 2, 14)),)
    assert waited.standing.balances == {"club": 80}
    assert waited.standing.lots["club"] == (LotLeft(points=80, program="club", until=date(2026, 3, 14)),)
    assert (over.standing.balances, over.standing.lots["club"]) == ({"club": 0}, ())


def test_a_step_at_a_later_time_has_its_nights_too() -> None:
    """What expired before a sale cannot be spent in it."""
    (late,) = stepped(shop(member=TWO_LOTS), {"commit": {"claims": ["club/five"], "now": MARCH}})
    assert late.evaluation
    assert late.evaluation.balances_before == {"club": 20}
    assert late.now == datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=1)))
    assert [held.reward for held in late.evaluation.withheld if held.claimed] == ["club/five"]


def test_a_clock_that_is_set_back_revives_nothing() -> None:
    """Points that expired stay so when the time is put back before their last day."""
    late, early = stepped(shop(member=TWO_LOTS), wait(MARCH), wait("2026-01-01T00:00:00+01:00"))
    assert late.standing.balances == early.standing.balances == {"club": 20}


def test_points_past_their_last_day_are_gone_from_the_start() -> None:
    """Lots that the document brings in late are expired before anything is priced."""
    lots = {"lots": {"club": [{"points": 40, "earned_at": "2025-01-01T00:00:00Z", "expires_on": "2026-01-30"}]}}
    assert priced(shop(member=lots)).balances_before == {"club": 0}


def test_a_debt_is_paid_by_what_is_earned() -> None:
    """A balance below zero is a debt in the ledger; the next points net it."""
    in_debt, sold = stepped(shop(member={"balances": {"club": -30}}), {"price": {}}, {"commit": {}})
    assert in_debt.standing.balances == {"club": -30}
    assert sold.standing.balances == {"club": 50}


def test_points_of_a_program_that_is_not_there_are_kept() -> None:
    """An account that no program has is shown as it is."""
    (step,) = stepped(shop(member={"balances": {"stamps": 3, "none": 0}}), {"price": {}})
    assert step.standing.balances == {"stamps": 3, "none": 0}
    assert step.standing.lots["stamps"] == (LotLeft(points=3, program="opening"),)


def test_a_basket_keeps_the_versions_it_was_priced_with() -> None:
    """A new version that comes into force between price and sale is for the next basket."""
    newer = {**CLUB, "version": 2, "valid_from": MARCH, "rules": []}
    document = shop(programs=[CLUB, newer])
    late = {"commit": {"now": MARCH}}
    first, second = stepped(document, {"price": {}}, late, {"price": {}})[1:]
    assert [step.evaluation and step.evaluation.programs for step in (first, second)] == [("club@1",), ("club@2",)]
    fresh = {"commit": {"now": MARCH, "basket": document["basket"]}}
    pinned = {"price": {"basket": {"lines": [{"amount": 1}], "pinned": ["club@1"]}}}
    found = [step.evaluation and step.evaluation.programs for step in stepped(document, {"price": {}}, fresh, pinned)]
    assert found == [("club@1",), ("club@2",), ("club@1",)]


def test_limits_count_from_step_to_step_and_are_released() -> None:
    """A use is counted for the member or for all, and given back with the sale."""
    for per in ("member", "total"):
        limited = {**MUG, "limits": [{"limit_id": "once", "most": 1, "per": per}]}
        first, second, _, third = stepped(
            shop(programs=[limited], claims=["gift/mug"]), {"commit": {}}, {"price": {}}, BACK, {"price": {}}
        )
        given = [len(step.evaluation.applied) for step in (first, second, third) if step.evaluation]
        assert given == [1, 0, 1]


def test_a_visit_earns() -> None:
    """Something that is no purchase earns points, which are booked like others, and vouchers with a code."""
    coupon = {**COUPON, "rules": [*COUPON["rules"], {"kind": "give_voucher", "rule_id": "v", "happening": "visit"}]}
    document = shop(programs=[CLUB, coupon])
    visited, later = stepped(document, {"earn": {"happening": "visit"}}, {"earn": {"happening": "visit", "now": MARCH}})
    assert visited.earned
    assert [move.points for move in visited.earned.moves] == [5]
    assert [voucher.code for voucher in visited.standing.vouchers] == ["S1-1"]
    assert (visited.standing.balances, later.standing.balances) == ({"club": 65}, {"club": 70})


def test_what_the_ledger_refuses_is_said() -> None:
    """Points beyond the largest number there may be are not booked, and the answer says so."""
    (sold,) = stepped(shop(member={"balances": {"club": 10**15}}), {"commit": {}})
    assert [refusal.reason for refusal in sold.unbooked] == [Refusal.TOO_MANY]
    assert sold.standing.balances == {"club": 10**15}


def test_the_same_steps_give_the_same_answer() -> None:
    """Ids, codes and order follow from the document alone."""
    document = shop(programs=[CLUB, COUPON, CARD, MUG], member=TWO_LOTS)
    steps = (FIVE, {"earn": {"happening": "visit"}}, BACK, wait(MARCH))
    assert stepped(document, *steps) == stepped(document, *steps)


@pytest.mark.parametrize(("line", "added"), [("shirt", 0), ("mug", 49)])
def test_tax_on_top_comes_back_too(line: str, added: int) -> None:
    """What a return gives is what was paid, with the tax that came on top."""
    document = shop(basket={"lines": [{"product": line}]})
    sold, back = stepped(document, {"commit": {}}, BACK)
    assert sold.receipt
    assert back.returned
    assert back.returned.added_tax == added
    assert back.returned.refund == sold.receipt.total


def test_what_earns_nothing_says_why_not() -> None:
    """A rule for the visit whose hour has not come gives a reason instead of points."""
    (_, visit), late = CLUB["rules"], {"when": {"from_date": "2027-01-01"}}
    (step,) = stepped(shop(programs=[{**CLUB, "rules": [{**visit, "only": late}]}]), {"earn": {"happening": "visit"}})
    assert step.earned
    assert step.earned.moves == ()
    assert [why.reason.code for why in step.unearned] == [Because.NOT_YET]
