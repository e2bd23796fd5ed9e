"""What one scan, one key or one answer from the store does to the till session.

    (session, input) -> (session, effects)

A table with a row for every input and a column for every stage; nothing here looks anything up, writes anything or
knows the time. The service feeds it what happened, performs the effects, and shows the result. The rules behind
the table:

* A scan never destroys work. With a basket open it adds the member, or says why it cannot; a wrong or refused code
  is told and changes nothing.
* A basket belongs to one member. A second card on the same basket is told, never swapped: points to the wrong card
  are the oldest trick at a till.
* Nothing is said to be sold before the store has it on disk. While that is under way every other wish waits.
* A face left on the screen is a leak: every stage that shows a person without a basket ends by itself
  (``STAGE_SECONDS``).
"""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.session import (
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

Step = tuple[Session, tuple[Effect, ...]]


def step(session: Session, happened: Input) -> Step:
    """Return the session after ``happened`` and what has to be done about it."""
    return TABLE[type(happened)][session.stage](session, happened)


def resume(saved: Session, basket: Basket | None) -> Session:
    """Return the session to go on with after a restart, given its basket as it stands on disk.

    The disk decides: a sale that was written is over, a basket that is still live is on the counter again.
    """
    if basket is None or basket.status is BasketStatus.VOIDED:
        here = replace(saved, basket_id=None)
        return replace(here, stage=Stage.IDENTIFIED) if _is_person_shown(here) else Session()
    if basket.status is BasketStatus.COMMITTED:
        return Session()
    stage = Stage.PRICED if basket.status is BasketStatus.PRICED else Stage.BASKET_OPEN
    return Session(stage=stage, member_id=basket.member_id, visit_id=basket.visit_id, basket_id=basket.basket_id)


def _is_person_shown(session: Session) -> bool:
    return session.member_id is not None and session.stage not in (Stage.FAREWELL, Stage.IDLE)


def _tell(code: NoticeCode) -> Callable[[Session, Input], Step]:
    def told(session: Session, _: Input) -> Step:
        return session, (Tell(code),)

    return told


def _stay(session: Session, _: Input) -> Step:
    return session, ()


def _leave(session: Session) -> tuple[Effect, ...]:
    if session.member_id and session.visit_id:
        return (CloseVisit(session.member_id, session.visit_id),)
    return ()


def _go_idle(session: Session, _: Input) -> Step:
    return Session(), _leave(session)


def _forget(_session: Session, _: Input) -> Step:
    return Session(), ()


def _greet(_session: Session, found: MemberFound) -> Step:
    here = Session(stage=Stage.IDENTIFIED, member_id=found.member_id, visit_id=found.visit_id)
    return here, (OpenVisit(found.member_id, found.visit_id),)


def _greet_2nd(session: Session, found: MemberFound) -> Step:
    if session.member_id == found.member_id:
        return session, (Tell(NoticeCode.ALREADY_HERE),)
    here, effects = _greet(session, found)
    return here, (*_leave(session), *effects)


def _join(session: Session, found: MemberFound) -> Step:
    if session.member_id is not None:
        same = session.member_id == found.member_id
        return session, (Tell(NoticeCode.ALREADY_HERE if same else NoticeCode.BASKET_HAS_MEMBER),)
    here = replace(session, stage=Stage.BASKET_OPEN, member_id=found.member_id, visit_id=found.visit_id, candidates=())
    who = (found.member_id, found.visit_id)
    return here, (OpenVisit(*who), AttachMember(*who), PriceBasket())


def _choose(session: Session, found: MemberFound) -> Step:
    return _join(session, found) if session.basket_id else _greet(session, found)


def _refuse(_session: Session, refused: CodeRefused) -> Step:
    return Session(stage=Stage.REFUSED, refusal=refused.why), ()


def _told(session: Session, refused: CodeRefused) -> Step:
    return session, (Tell(refused.why),)


def _reask(session: Session, refused: CodeRefused) -> Step:
    return _told(session, refused) if session.basket_id else _refuse(session, refused)


def _ask(session: Session, ambiguous: CodeAmbiguous) -> Step:
    asked = Session(stage=Stage.CHOOSING, basket_id=session.basket_id, candidates=ambiguous.candidates)
    return asked, ()


def _ask_new(_session: Session, ambiguous: CodeAmbiguous) -> Step:
    return _ask(Session(), ambiguous)


def _ask_2nd(session: Session, ambiguous: CodeAmbiguous) -> Step:
    asked, _ = _ask_new(session, ambiguous)
    return asked, _leave(session)


def _ask_join(session: Session, ambiguous: CodeAmbiguous) -> Step:
    if session.member_id is not None:
        return session, (Tell(NoticeCode.BASKET_HAS_MEMBER),)
    return _ask(session, ambiguous)


def _start(_session: Session, changed: LinesChanged) -> Step:
    return _change(Session(), changed)


def _change(session: Session, changed: LinesChanged) -> Step:
    here = replace(session, stage=Stage.BASKET_OPEN, basket_id=changed.basket_id, candidates=())
    return here, () if changed.empty else (PriceBasket(),)


def _price(session: Session, _: BasketPriced) -> Step:
    return replace(session, stage=Stage.PRICED), ()


def _commit(session: Session, _: CommitAsked) -> Step:
    return replace(session, stage=Stage.COMMITTING), (WriteSale(),)


def _thank(session: Session, _: SaleWritten) -> Step:
    return replace(session, stage=Stage.FAREWELL), _leave(session)


def _keep(session: Session, failed: CommitFailed) -> Step:
    return replace(session, stage=Stage.PRICED), (Tell(failed.why),)


def _void(session: Session, _: VoidAsked) -> Step:
    here = replace(session, stage=Stage.IDENTIFIED, basket_id=None) if session.member_id else Session()
    return here, (VoidBasket(),)


def _unask(session: Session, _: Dismissed | TimeUp) -> Step:
    return replace(session, stage=Stage.BASKET_OPEN, candidates=()) if session.basket_id else Session(), (
        (PriceBasket(),) if session.basket_id else ()
    )


_busy = _tell(NoticeCode.BUSY)
_none = _tell(NoticeCode.NO_BASKET)
_not_now = _tell(NoticeCode.NOT_NOW)
_unsold = _tell(NoticeCode.NOTHING_TO_SELL)
_open = _tell(NoticeCode.BASKET_IS_OPEN)

_COLUMNS = tuple(Stage)


def _row(*cells: Callable[..., Step]) -> Mapping[Stage, Callable[..., Step]]:
    return dict(zip(_COLUMNS, cells, strict=True))


# fmt: off
TABLE: Mapping[type[Input], Mapping[Stage, Callable[..., Step]]] = {
    #                   IDLE        REFUSED     CHOOSING    IDENTIFIED  BASKET_OPEN PRICED      COMMITTING  FAREWELL
    MemberFound:   _row(_greet,     _greet,     _choose,    _greet_2nd, _join,      _join,      _busy,      _greet),
    CodeRefused:   _row(_refuse,    _refuse,    _reask,     _told,      _told,      _told,      _told,      _refuse),
    CodeAmbiguous: _row(_ask_new,   _ask_new,   _ask,       _ask_2nd,   _ask_join,  _ask_join,  _busy,      _ask_new),
    LinesChanged:  _row(_start,     _start,     _change,    _change,    _change,    _change,    _busy,      _start),
    BasketPriced:  _row(_not_now,   _not_now,   _not_now,   _not_now,   _price,     _price,     _not_now,   _not_now),
    CommitAsked:   _row(_none,      _none,      _not_now,   _none,      _unsold,    _commit,    _busy,      _none),
    SaleWritten:   _row(_not_now,   _not_now,   _not_now,   _not_now,   _not_now,   _not_now,   _thank,     _not_now),
    CommitFailed:  _row(_not_now,   _not_now,   _not_now,   _not_now,   _not_now,   _not_now,   _keep,      _not_now),
    VoidAsked:     _row(_none,      _none,      _not_now,   _none,      _void,      _void,      _busy,      _none),
    Dismissed:     _row(_stay,      _forget,    _unask,     _go_idle,   _open,      _open,      _busy,      _forget),
    TimeUp:        _row(_stay,      _forget,    _unask,     _go_idle,   _stay,      _stay,      _stay,      _forget),
}
# fmt: on
