"""Whatever a price document says, it is answered: with a price, with what came of its steps, or with its faults."""

import json
from datetime import UTC
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_loyalty.core.documents import Form
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.price_answer import Faults, Steps
from pos_loyalty.core.price_request import read_request
from pos_loyalty.core.price_steps import answer
from tests.support.mutations import almost
from tests.support.price_documents import CARD, CLUB, COUPON, MUG, shop

SHOP = shop(
    time_zone="",
    programs=[
        {
            **CLUB,
            "pending_days": 3,
            "expiry": {"months": 1, "grace_days": 7, "round_up": "quarter"},
            "limits": [{"limit_id": "daily", "most": 3, "each": "day"}],
            "only": {"when": {"from_date": "2020-01-01"}},
            "tiers": [{"tier_id": "gold", "name": {"en": "Gold"}, "at": 100}],
        },
        {**COUPON, "stacking": {"group": "g", "priority": 2}},
        CARD,
        MUG,
    ],
    groups=[{"group_id": "g", "mode": "first"}],
    member={
        "member_id": "sara",
        "balances": {"stamps": -3},
        "lots": {
            "club": [{"points": 60, "expires_on": "2026-02-10"}, {"points": 9, "earned_at": "2025-12-01T00:00:00Z"}]
        },
        "tier": "gold",
        "segments": ["vip"],
        "occasions": [{"kind": "birthday", "calendar": "jalali", "month": 12, "day": 30}],
        "vouchers": [{"code": "a1", "program_id": "next", "valid_until": "2027-01-01T00:00:00Z"}],
        "used": {"club/daily:2026-01-31": {"amount": 1, "until": "2026-01-31"}},
        "granted": {"club": "2025-01-31"},
        "purchase_count": 2,
    },
    vouchers=[{"code": "c1", "program_id": "gc", "balance": 2_000}],
    usage={"used": {"club/budget": 1}, "slices": {"club/budget": 5}},
    basket={"lines": [{"product": "shirt", "quantity": 2}, {"product": "card"}, {"amount": 350}], "pinned": ["club@1"]},
    claims=["club/five", {"reward": "gift/mug", "gifts": ["mug"]}],
    codes=["C1", "nothing"],
)
STEPS = {
    **SHOP,
    "steps": [
        {"price": {}},
        {"commit": {}},
        {"earn": {"happening": "visit", "now": "2026-02-03T00:00:00Z"}},
        {"return": {"sale": 1, "lines": [{"number": 1, "quantity": 1}]}},
        {"wait": {"until": "2026-03-01T08:00:00+01:00"}},
        {"commit": {"basket": {"lines": [{"product": "shirt"}]}, "codes": ["s2-1"], "claims": []}},
        {"void": {"sale": 1}},
        {"return": {"sale": 2}},
    ],
}


def answered(document: object) -> Evaluation | Steps | Faults:
    """Return the answer to a document, which can be written as JSON."""
    request = read_request(json.dumps(document).encode(), Form.JSON)
    if isinstance(request, tuple):
        found: Evaluation | Steps | Faults = Faults(faults=request)
    else:
        found = answer(request, request.now.tzinfo or UTC)
    assert msgspec.json.decode(msgspec.json.encode(found))
    return found


def holds_together(priced: Evaluation) -> bool:
    """Whether the sums of an evaluation are what they say, and nothing is below zero."""
    return (
        priced.gross - priced.discount == priced.net == sum(line.net for line in priced.lines)
        and priced.total - sum(paid.amount for paid in priced.payments) == priced.to_pay
        and min(priced.net, priced.to_pay, priced.discount, *(line.net for line in priced.lines), 0) == 0
    )


def test_the_documents_are_right_before_they_are_spoilt() -> None:
    """Both are answered without a fault."""
    assert isinstance(answered(SHOP), Evaluation)
    assert isinstance(answered(STEPS), Steps)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from((SHOP, STEPS)).flatmap(almost))
def test_a_document_that_is_almost_right_is_answered(document: dict[str, Any]) -> None:
    """Dropped, swapped, repeated, renamed and odd values give faults with a place, or a price that holds together."""
    match answered(document):
        case Faults(faults=faults):
            assert faults
            assert all(fault.path.startswith("$") and fault.message for fault in faults)
        case Evaluation() as priced:
            assert holds_together(priced)
        case Steps(steps=steps):
            assert all(holds_together(step.evaluation) for step in steps if step.evaluation)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )
)
def test_any_json_is_answered(document: object) -> None:
    """A tree that is no price document at all has faults."""
    assert isinstance(answered(document), Faults)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """So have bytes of any kind, as JSON and as TOML."""
    for form in Form:
        found = read_request(data, form)
        assert isinstance(found, tuple)
        assert found
