"""The whole table of the till session, and what holds for any sequence of inputs."""

import itertools
from typing import get_args

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pos_loyalty.core.session import (
    STAGE_SECONDS,
    AttachMember,
    BasketPriced,
    CloseVisit,
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
    OpenVisit,
    PriceBasket,
    SaleWritten,
    Session,
    Stage,
    Tell,
    TimeUp,
    VoidAsked,
    VoidBasket,
    WriteSale,
)
from pos_loyalty.core.transitions import TABLE, step
from tests.core.session_cases import INPUTS, SITUATIONS, inputs_of, outcome

EXPECTED = """
idle
    MemberFound            identified: OpenVisit
    CodeRefused            refused
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           idle: Tell not_now
    CommitAsked            idle: Tell no_basket
    SaleWritten            idle: Tell not_now
    CommitFailed           idle: Tell not_now
    VoidAsked              idle: Tell no_basket
    Dismissed              idle
    TimeUp                 idle
refused
    MemberFound            identified: OpenVisit
    CodeRefused            refused
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           refused: Tell not_now
    CommitAsked            refused: Tell no_basket
    SaleWritten            refused: Tell not_now
    CommitFailed           refused: Tell not_now
    VoidAsked              refused: Tell no_basket
    Dismissed              idle
    TimeUp                 idle
choosing, without a basket
    MemberFound            identified: OpenVisit
    CodeRefused            refused
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           choosing: Tell not_now
    CommitAsked            choosing: Tell not_now
    SaleWritten            choosing: Tell not_now
    CommitFailed           choosing: Tell not_now
    VoidAsked              choosing: Tell not_now
    Dismissed              idle
    TimeUp                 idle
choosing, with a basket
    MemberFound            basket_open: OpenVisit, AttachMember, PriceBasket
    CodeRefused            choosing: Tell parity
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           choosing: Tell not_now
    CommitAsked            choosing: Tell not_now
    SaleWritten            choosing: Tell not_now
    CommitFailed           choosing: Tell not_now
    VoidAsked              choosing: Tell not_now
    Dismissed              basket_open: PriceBasket
    TimeUp                 basket_open: PriceBasket
identified
    MemberFound            identified: CloseVisit, OpenVisit
    MemberFound, the same  identified: Tell already_here
    CodeRefused            identified: Tell parity
    CodeAmbiguous          choosing: CloseVisit
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           identified: Tell not_now
    CommitAsked            identified: Tell no_basket
    SaleWritten            identified: Tell not_now
    CommitFailed           identified: Tell not_now
    VoidAsked              identified: Tell no_basket
    Dismissed              idle: CloseVisit
    TimeUp                 idle: CloseVisit
basket_open, without a member
    MemberFound            basket_open: OpenVisit, AttachMember, PriceBasket
    CodeRefused            basket_open: Tell parity
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           priced
    CommitAsked            basket_open: Tell nothing_to_sell
    SaleWritten            basket_open: Tell not_now
    CommitFailed           basket_open: Tell not_now
    VoidAsked              idle: VoidBasket
    Dismissed              basket_open: Tell basket_is_open
    TimeUp                 basket_open
basket_open, with a member
    MemberFound            basket_open: Tell basket_has_member
    MemberFound, the same  basket_open: Tell already_here
    CodeRefused            basket_open: Tell parity
    CodeAmbiguous          basket_open: Tell basket_has_member
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           priced
    CommitAsked            basket_open: Tell nothing_to_sell
    SaleWritten            basket_open: Tell not_now
    CommitFailed           basket_open: Tell not_now
    VoidAsked              identified: VoidBasket
    Dismissed              basket_open: Tell basket_is_open
    TimeUp                 basket_open
priced, without a member
    MemberFound            basket_open: OpenVisit, AttachMember, PriceBasket
    CodeRefused            priced: Tell parity
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           priced
    CommitAsked            committing: WriteSale
    SaleWritten            priced: Tell not_now
    CommitFailed           priced: Tell not_now
    VoidAsked              idle: VoidBasket
    Dismissed              priced: Tell basket_is_open
    TimeUp                 priced
priced, with a member
    MemberFound            priced: Tell basket_has_member
    MemberFound, the same  priced: Tell already_here
    CodeRefused            priced: Tell parity
    CodeAmbiguous          priced: Tell basket_has_member
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           priced
    CommitAsked            committing: WriteSale
    SaleWritten            priced: Tell not_now
    CommitFailed           priced: Tell not_now
    VoidAsked              identified: VoidBasket
    Dismissed              priced: Tell basket_is_open
    TimeUp                 priced
committing, without a member
    MemberFound            committing: Tell busy
    CodeRefused            committing: Tell parity
    CodeAmbiguous          committing: Tell busy
    LinesChanged           committing: Tell busy
    LinesChanged, empty    committing: Tell busy
    BasketPriced           committing: Tell not_now
    CommitAsked            committing: Tell busy
    SaleWritten            farewell
    CommitFailed           priced: Tell store_full
    VoidAsked              committing: Tell busy
    Dismissed              committing: Tell busy
    TimeUp                 committing
committing, with a member
    MemberFound            committing: Tell busy
    MemberFound, the same  committing: Tell busy
    CodeRefused            committing: Tell parity
    CodeAmbiguous          committing: Tell busy
    LinesChanged           committing: Tell busy
    LinesChanged, empty    committing: Tell busy
    BasketPriced           committing: Tell not_now
    CommitAsked            committing: Tell busy
    SaleWritten            farewell: CloseVisit
    CommitFailed           priced: Tell store_full
    VoidAsked              committing: Tell busy
    Dismissed              committing: Tell busy
    TimeUp                 committing
farewell, without a member
    MemberFound            identified: OpenVisit
    CodeRefused            refused
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           farewell: Tell not_now
    CommitAsked            farewell: Tell no_basket
    SaleWritten            farewell: Tell not_now
    CommitFailed           farewell: Tell not_now
    VoidAsked              farewell: Tell no_basket
    Dismissed              idle
    TimeUp                 idle
farewell, with a member
    MemberFound            identified: OpenVisit
    MemberFound, the same  identified: OpenVisit
    CodeRefused            refused
    CodeAmbiguous          choosing
    LinesChanged           basket_open: PriceBasket
    LinesChanged, empty    basket_open
    BasketPriced           farewell: Tell not_now
    CommitAsked            farewell: Tell no_basket
    SaleWritten            farewell: Tell not_now
    CommitFailed           farewell: Tell not_now
    VoidAsked              farewell: Tell no_basket
    Dismissed              idle
    TimeUp                 idle
"""


def named(stage: Stage, which: str) -> str:
    """Return the heading of a situation."""
    return f"{stage.value}, {which}".rstrip(", ")


CASES = {named(stage, which): session for stage, sessions in SITUATIONS.items() for which, session in sessions.items()}


def expected() -> dict[str, dict[str, str]]:
    """Return ``EXPECTED`` as situation to input to outcome."""
    table: dict[str, dict[str, str]] = {}
    for line in EXPECTED.strip().splitlines():
        if line.startswith(" "):
            happened, outcome_ = line.strip().split("  ", 1)
            table[list(table)[-1]][happened] = outcome_.strip()
        else:
            table[line] = {}
    return table


@pytest.mark.parametrize("situation", CASES)
def test_every_input_does_what_the_table_says(situation: str) -> None:
    """In this situation each of the inputs leads to the stage, the effects and the notice that stand above."""
    session = CASES[situation]
    assert {name: outcome(session, happened) for name, happened in inputs_of(session).items()} == expected()[situation]


def test_the_table_is_whole() -> None:
    """Eleven inputs times eight stages, none left out above, no situation forgotten."""
    assert list(expected()) == list(CASES)
    assert {session.stage for session in CASES.values()} == set(Stage)
    assert {type(happened) for happened in INPUTS.values()} == set(get_args(Input)) == set(TABLE)
    assert all(set(row) == set(Stage) for row in TABLE.values())
    assert len(TABLE) * len(Stage) == 88


def test_a_wish_that_is_not_granted_changes_nothing() -> None:
    """Whoever is told something finds the session as it was; only a sale that failed goes back to its price."""
    for session, (name, happened) in itertools.product(CASES.values(), INPUTS.items()):
        after, effects = step(session, happened)
        if any(isinstance(effect, Tell) for effect in effects) and name != "CommitFailed":
            assert (after, len(effects)) == (session, 1)


def test_a_face_never_stays_on_the_screen_for_ever() -> None:
    """Each stage that shows a person or a refusal without a basket ends by itself; the others are idle or work."""
    assert STAGE_SECONDS == {Stage.REFUSED: 8, Stage.CHOOSING: 60, Stage.IDENTIFIED: 180, Stage.FAREWELL: 6}
    for stage, sessions in SITUATIONS.items():
        for session in sessions.values():
            after, _ = step(session, TimeUp())
            ends = after.stage is not stage
            assert ends == (stage in STAGE_SECONDS)
            assert after.member_id is None or after.basket_id is not None


def test_every_situation_survives_a_restart_of_the_service() -> None:
    """The session in the journal is read back as it was written."""
    for session in CASES.values():
        assert msgspec.json.decode(msgspec.json.encode(session), type=Session) == session
    assert msgspec.json.encode(Session()) == b"{}"


MEMBERS = st.sampled_from(["m1", "m2", "m3"])
NOTICES = st.sampled_from(NoticeCode)


class AtTheTill(RuleBasedStateMachine):
    """Anything may happen in any order; ids are new where the service makes new ones."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.numbers = itertools.count(1)
        self.open_visits: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.ended: set[str] = set()

    def happens(self, happened: Input) -> None:
        """Take one step and check each effect against what was there before."""
        before = self.session
        self.session, effects = step(before, happened)
        self.stages_follow(before, happened)
        for effect in effects:
            self.check(before, effect)
        basket, member = self.session.basket_id, self.session.member_id
        if basket and member:
            assert self.owners.setdefault(basket, member) == member

    def stages_follow(self, before: Session, happened: Input) -> None:
        """Only an answer from the store ends a commit; only a price makes a priced basket."""
        if before.stage is Stage.COMMITTING and self.session.stage is not Stage.COMMITTING:
            assert isinstance(happened, SaleWritten | CommitFailed)
        if self.session.stage is Stage.PRICED and before.stage is not Stage.PRICED:
            assert isinstance(happened, BasketPriced | CommitFailed)
        if isinstance(happened, SaleWritten) and before.stage is Stage.COMMITTING:
            self.ended.add(before.basket_id or "")

    def check(self, before: Session, effect: Effect) -> None:
        """Let one effect be performed only where it may be."""
        match effect:
            case OpenVisit():
                assert not self.open_visits
                self.open_visits[effect.visit_id] = effect.member_id
            case CloseVisit():
                assert self.open_visits.pop(effect.visit_id) == effect.member_id
            case AttachMember():
                assert before.basket_id is not None
                assert before.member_id is None
                assert (self.session.member_id, self.session.visit_id) == (effect.member_id, effect.visit_id)
            case PriceBasket():
                assert self.session.stage is Stage.BASKET_OPEN
            case WriteSale():
                assert before.stage is Stage.PRICED
                assert self.session.stage is Stage.COMMITTING
            case VoidBasket():
                assert before.stage in {Stage.BASKET_OPEN, Stage.PRICED}
                assert self.session.basket_id is None
                self.ended.add(before.basket_id or "")

    @rule(member=MEMBERS)
    def member_found(self, member: str) -> None:
        """A card is scanned."""
        self.happens(MemberFound(member, f"v{next(self.numbers)}"))

    @rule(why=NOTICES)
    def code_refused(self, why: NoticeCode) -> None:
        """A code names nobody."""
        self.happens(CodeRefused(why))

    @rule(candidates=st.lists(MEMBERS, min_size=2, max_size=3, unique=True))
    def code_ambiguous(self, candidates: list[str]) -> None:
        """A code names several."""
        self.happens(CodeAmbiguous(tuple(candidates)))

    @rule(empty=st.booleans())
    def lines_changed(self, *, empty: bool) -> None:
        """The basket at the counter changes, or a new one is opened; after a farewell it is always a new one."""
        here = None if self.session.stage is Stage.FAREWELL else self.session.basket_id
        self.happens(LinesChanged(here or f"b{next(self.numbers)}", empty=empty))

    @rule(
        happened=st.sampled_from([BasketPriced(), CommitAsked(), SaleWritten(), VoidAsked(), Dismissed(), TimeUp()])
        | st.builds(CommitFailed, NOTICES)
    )
    def anything_else(self, happened: Input) -> None:
        """Keys, prices, answers of the store and the clock."""
        self.happens(happened)

    @invariant()
    def the_session_is_whole(self) -> None:
        """What belongs to a stage is there, and what does not is not."""
        here, stage = self.session, self.session.stage
        if stage in {Stage.IDLE, Stage.REFUSED}:
            assert (here.member_id, here.visit_id, here.basket_id) == (None, None, None)
        assert bool(here.candidates) == (stage is Stage.CHOOSING)
        assert (here.refusal is not None) == (stage is Stage.REFUSED)
        assert (here.member_id is None) == (here.visit_id is None)
        if stage is Stage.IDENTIFIED:
            assert (here.member_id is not None, here.basket_id) == (True, None)
        if stage is Stage.CHOOSING:
            assert here.member_id is None
        if stage in {Stage.BASKET_OPEN, Stage.PRICED, Stage.COMMITTING}:
            assert here.basket_id is not None
            assert here.basket_id not in self.ended

    @invariant()
    def whoever_is_here_has_an_open_visit(self) -> None:
        """The open visit is that of the member on the screen; at the farewell it has been closed."""
        here = self.session
        expected_ = {here.visit_id: here.member_id} if here.member_id and here.stage is not Stage.FAREWELL else {}
        assert self.open_visits == expected_


AtTheTill.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAtTheTill = AtTheTill.TestCase
