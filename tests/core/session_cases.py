"""Every situation a till session can be in, everything that can happen to it, and how an outcome is written."""

from msgspec.structs import replace

from pos_loyalty.core.session import (
    BasketPriced,
    CodeAmbiguous,
    CodeRefused,
    CommitAsked,
    CommitFailed,
    Dismissed,
    Effect,
    Input,
    LinesChanged,
    MemberFound,
    NoticeCode,
    SaleWritten,
    Session,
    Stage,
    Tell,
    TimeUp,
    VoidAsked,
)
from pos_loyalty.core.transitions import step

_ANONYMOUS = Session(basket_id="b1")
_MEMBER = Session(basket_id="b1", member_id="m1", visit_id="v1")
_CHOICE = Session(stage=Stage.CHOOSING, candidates=("m1", "m2"))

SITUATIONS: dict[Stage, dict[str, Session]] = {
    Stage.IDLE: {"": Session()},
    Stage.REFUSED: {"": Session(stage=Stage.REFUSED, refusal=NoticeCode.UNKNOWN_CODE)},
    Stage.CHOOSING: {"without a basket": _CHOICE, "with a basket": replace(_CHOICE, basket_id="b1")},
    Stage.IDENTIFIED: {"": Session(stage=Stage.IDENTIFIED, member_id="m1", visit_id="v1")},
} | {
    stage: {"without a member": replace(_ANONYMOUS, stage=stage), "with a member": replace(_MEMBER, stage=stage)}
    for stage in (Stage.BASKET_OPEN, Stage.PRICED, Stage.COMMITTING, Stage.FAREWELL)
}
"""The sessions that can come about, by stage and by what else makes a difference."""

SAME_MEMBER = "MemberFound, the same"
INPUTS: dict[str, Input] = {
    "MemberFound": MemberFound("m2", "v2"),
    SAME_MEMBER: MemberFound("m1", "v2"),
    "CodeRefused": CodeRefused(NoticeCode.PARITY),
    "CodeAmbiguous": CodeAmbiguous(("m3", "m4")),
    "LinesChanged": LinesChanged("b1"),
    "LinesChanged, empty": LinesChanged("b1", empty=True),
    "BasketPriced": BasketPriced(),
    "CommitAsked": CommitAsked(),
    "SaleWritten": SaleWritten(),
    "CommitFailed": CommitFailed(NoticeCode.STORE_FULL),
    "VoidAsked": VoidAsked(),
    "Dismissed": Dismissed(),
    "TimeUp": TimeUp(),
}


def inputs_of(session: Session) -> dict[str, Input]:
    """Return what can happen to ``session``; without a member on the screen nobody can be the same."""
    return {name: happened for name, happened in INPUTS.items() if session.member_id or name != SAME_MEMBER}


def outcome(session: Session, happened: Input) -> str:
    """Return next stage and effects in words: ``identified: CloseVisit, OpenVisit``."""
    after, effects = step(session, happened)
    return f"{after.stage.value}: {', '.join(map(_word, effects))}".rstrip(": ")


def _word(effect: Effect) -> str:
    return f"Tell {effect.code.value}" if isinstance(effect, Tell) else type(effect).__name__
