"""Price documents for tests: complete shops, with only what matters to the test said in it."""

import json
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.documents import Form
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.price_answer import Answer, Faults, StepAnswer, Steps
from pos_loyalty.core.price_request import read_request
from pos_loyalty.core.price_steps import answer

Document = dict[str, Any]

NOW = "2026-01-31T10:00:00+01:00"
CLUB: Document = {
    "program_id": "club",
    "version": 1,
    "name": {"en": "Club"},
    "currency": "EUR",
    "account": "club",
    "rules": [
        {"kind": "per_money", "rule_id": "per-euro", "points": 1, "amount": 100},
        {"kind": "on_event", "rule_id": "visit", "happening": "visit", "points": 5},
    ],
    "rewards": [{"kind": "fixed_off", "reward_id": "five", "name": {"en": "5 off"}, "amount": 500, "cost": 50}],
}
COUPON: Document = {
    "program_id": "next",
    "version": 1,
    "kind": "next_order",
    "name": {"en": "Next time"},
    "currency": "EUR",
    "rules": [{"kind": "give_voucher", "rule_id": "coupon", "days": 30, "after_days": 1}],
    "rewards": [{"kind": "percent_off", "reward_id": "ten", "name": {"en": "10 % off"}, "percent": 10}],
}
CARD: Document = {
    "program_id": "gc",
    "version": 1,
    "kind": "gift_card",
    "name": {"en": "Gift card"},
    "currency": "EUR",
    "rules": [{"kind": "load_card", "rule_id": "load", "goods": {"products": ["card"]}}],
    "rewards": [{"kind": "pay", "reward_id": "pay", "name": {"en": "Gift card"}}],
}
MUG: Document = {
    "program_id": "gift",
    "version": 1,
    "kind": "gift_with_purchase",
    "name": {"en": "A mug"},
    "currency": "EUR",
    "rewards": [
        {
            "kind": "free_item",
            "reward_id": "mug",
            "name": {"en": "A mug"},
            "gifts": ["mug"],
            "needs": {"amount": 7_000},
        }
    ],
}


def shop(**more: object) -> Document:
    """Return a shop with shirts, cards and mugs, a club, a member with 60 points, and two shirts in the basket."""
    return {
        "currency": "EUR",
        "now": NOW,
        "time_zone": "Europe/Berlin",
        "categories": [{"category_id": "goods"}, {"category_id": "clothes", "parent": "goods"}],
        "taxes": [{"tax_id": "vat", "percent": 19}, {"tax_id": "deposit", "percent": 7, "included": False}],
        "products": [
            {
                "product_id": "shirt",
                "codes": ["4006381333931", "sh 1"],
                "name": {"en": "Shirt"},
                "unit_price": 4_000,
                "category": "clothes",
                "tags": ["new"],
                "tax": "vat",
            },
            {"product_id": "mug", "unit_price": 700, "tax": "deposit"},
            {"product_id": "card", "unit_price": 2_500},
        ],
        "programs": [CLUB],
        "member": {"balances": {"club": 60}},
        "basket": {"lines": [{"product": "shirt", "quantity": 2}]},
        **more,
    }


def asked(document: Document) -> Answer:
    """Return the answer to ``document``, in the time zone it names."""
    request = read_request(json.dumps(document).encode(), Form.JSON)
    if isinstance(request, tuple):
        return Faults(faults=request)
    return answer(request, ZoneInfo(request.time_zone) if request.time_zone else request.now.tzinfo or UTC)


def priced(document: Document) -> Evaluation:
    """Return the evaluation of a document without steps."""
    found = asked(document)
    assert isinstance(found, Evaluation), found
    return found


def stepped(document: Document, *steps: Document) -> tuple[StepAnswer, ...]:
    """Return what came of each of ``steps``."""
    found = asked({**document, "steps": list(steps)})
    assert isinstance(found, Steps), found
    return found.steps


def refused(document: Document) -> tuple[DocumentFault, ...]:
    """Return the faults of a document that is wrong."""
    found = asked(document)
    assert isinstance(found, Faults), found
    return found.faults
