"""What an event is about besides its member."""

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketVoided, GestureGranted, NoteWritten, PassShown, PointsEarned
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.subjects import shared_counts, subjects, voucher_moves
from pos_loyalty.core.usage import Counted

MOVE = VoucherMove(kind=VoucherMoveKind.ISSUED, program_id="gift", source="gift@1/card", code="V")


def test_vouchers_a_pass_and_the_sale_that_is_undone_are_subjects() -> None:
    """A void is about its sale and its vouchers, a pass about itself, a note about nothing else."""
    void = BasketVoided(basket_id="b1", sale_event_id="e1", vouchers=(MOVE, MOVE))
    assert subjects(void) == ("V", "e1")
    assert subjects(PassShown(instance_id="m1@1")) == ("m1@1",)
    assert subjects(PointsEarned(happening="visit", vouchers=(MOVE,))) == ("V",)
    assert subjects(NoteWritten(text="x")) == ()


def test_a_gesture_makes_a_voucher() -> None:
    """It has one, under another name than sales have theirs."""
    gesture = GestureGranted(program_id="g", reward="g/r", amount=1, role="clerk", reason="late", voucher=MOVE)
    assert voucher_moves(gesture) == (MOVE,)


def test_counters_of_all_are_told_from_the_members_own() -> None:
    """Those of the member are in the member's document."""
    own = Counted(key="a", amount=1, scope=Scope.MEMBER)
    shared = Counted(key="b", amount=1, scope=Scope.TOTAL)
    assert shared_counts(PointsEarned(happening="visit", counts=(own, shared))) == (shared,)
