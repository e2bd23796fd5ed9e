"""A gesture of goodwill has a limit, a role and a reason."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import GestureGranted
from pos_loyalty.core.gestures import Gesture, GestureRefusal, GestureRefused, grant
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import Kind, Status
from tests.core.pricing.shop import basket, fixed, perk, price, program, values
from tests.support.builders import NOW
from tests.support.counter import Counter

SORRY = program(fixed(500), perk(), name="sorry", kind=Kind.GOODWILL, account="", roles={"cashier": 1_000})
WANTED = Gesture(reward="sorry/fixed", amount=700, role="cashier", reason=" late ", about="complaint-1")


def test_a_gesture_is_a_voucher_of_what_it_is_worth() -> None:
    """The member has it, and the next basket costs less by what the associate gave."""
    until = NOW + timedelta(days=30)
    given = grant(SORRY, replace(WANTED, valid_until=until), NOW, code="S-1", store_id="tehran")
    voucher = VoucherMove(
        kind=VoucherMoveKind.ISSUED,
        program_id="sorry",
        source="sorry@1/fixed",
        code="S-1",
        value=700,
        valid_until=until,
    )
    assert given == GestureGranted(
        program_id="sorry",
        reward="sorry/fixed",
        amount=700,
        role="cashier",
        reason="late",
        voucher=voucher,
        about="complaint-1",
        store_id="tehran",
    )
    counter = Counter.of(SORRY)
    counter.record(given)
    assert [(held.code, held.value, held.member_id) for held in counter.member.vouchers] == [("S-1", 700, "m1")]
    assert values(price(basket(5_000, claims=("sorry/fixed",)), SORRY, by=counter.member)) == {"sorry/fixed": 700}
    assert price(basket(5_000, claims=("sorry/fixed",)), SORRY, by=Member(member_id="m1")).applied == ()


@pytest.mark.parametrize(
    ("change", "kind", "limit"),
    [
        ({"amount": 0}, GestureRefusal.AMOUNT, 1_000),
        ({"amount": 1_001}, GestureRefusal.AMOUNT, 1_000),
        ({"role": "greeter"}, GestureRefusal.UNKNOWN_ROLE, None),
        ({"reason": " \t"}, GestureRefusal.NO_REASON, None),
        ({"reward": "sorry/perk"}, GestureRefusal.UNKNOWN_REWARD, None),
        ({"reward": "other/fixed"}, GestureRefusal.UNKNOWN_REWARD, None),
    ],
)
def test_what_cannot_be_given_is_refused(change: dict[str, object], kind: GestureRefusal, limit: int | None) -> None:
    """Beyond the role, without a reason, or of no reward that has a worth."""
    assert grant(SORRY, replace(WANTED, **change), NOW, code="S-1") == GestureRefused(kind=kind, limit=limit)


def test_only_a_goodwill_program_in_force_gives() -> None:
    """A draft does not, nor a points card with roles."""
    for program_ in (replace(SORRY, status=Status.DRAFT), replace(SORRY, kind=Kind.POINTS_CARD)):
        assert grant(program_, WANTED, NOW, code="S-1") == GestureRefused(kind=GestureRefusal.NOT_IN_FORCE)
