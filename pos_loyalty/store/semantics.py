"""What a change and a member mean, whatever keeps them: shared by every implementation of the port. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    MemberEnrolled,
    PassShown,
)
from pos_loyalty.core.events import Event, body_of, seal
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member
from pos_loyalty.core.returns import after_return
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.subjects import voucher_moves
from pos_loyalty.core.voucher_moves import issued, moved
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Answer, Change, KeyReused, Outcome, Replayed, StaleBasket

COUNTERS_KEPT = timedelta(days=31)
"""For so long a counter outlives its last day: a clock that ran ahead for a while must not make a limit new."""


def refusal(change: Change, answer: Answer | None, basket: Basket | None) -> Outcome | None:
    """Judge ``change`` against what stands: why it must not happen, or None if it may.

    ``answer`` is what was answered to its key before, ``basket`` the stored one of its basket's id. A retry is
    told its answer even when the basket has moved on.
    """
    if answer is not None and change.answer is not None:
        same = answer.digest == change.answer.digest
        return Replayed(answer=answer) if same else KeyReused(answer=answer)
    if change.basket is not None and change.basket.revision != (basket.revision if basket else 0) + 1:
        return StaleBasket(basket=basket)
    return None


def sealed(change: Change, terminal_id: str, last_seq: int) -> tuple[Event, ...]:
    """Return the events of ``change`` with their places after ``last_seq``, each read back as a proof.

    Raises:
        InvariantBroken: an event cannot be written or read; kept, it would stop every later start.
    """
    try:
        events = tuple(seal(draft, terminal_id, seq) for seq, draft in enumerate(change.events, last_seq + 1))
        for event in events:
            body_of(event)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise InvariantBroken(f"an event of this change cannot be written and read ({type(error).__name__})") from error
    return events


def shown(document: Member | None, member_id: str, pending: Iterable[Event], *, introduced: bool) -> Member | None:
    """Fold ``pending`` on the replica's ``document``; without one there is a member only if an event introduces it."""
    if document is None:
        if not introduced:
            return None
        document = Member(member_id=member_id, from_pass=True)
    return apply_all(document, pending)


def introduces(body: Body) -> bool:
    """Whether an event makes a member known of whom there is no document."""
    return isinstance(body, MemberEnrolled) or (isinstance(body, PassShown) and bool(body.name))


def voucher_now(row: VoucherRow | None, code: str, events: Iterable[Event]) -> Voucher | None:
    """Fold this till's ``events`` about the voucher ``code`` on its row, but for those that it contains."""
    applied = {} if row is None else row.applied
    voucher = None if row is None else _plain(row)
    for event in events:
        if event.seq <= applied.get(event.terminal_id, 0):
            continue
        for move in voucher_moves(body_of(event)):
            if move.code != code:
                continue
            if move.kind is VoucherMoveKind.ISSUED:
                voucher = issued(move, event.event_id, event.member_id)
            elif voucher is not None:
                voucher = moved(voucher, move)
    return voucher


def _plain(row: VoucherRow) -> Voucher:
    return Voucher(**{name: getattr(row, name) for name in Voucher.__struct_fields__})


def newest_step(events: Iterable[Event], instance_id: str) -> int:
    """Return the newest step of a rotating pass that ``events`` used up, -1 if none did."""
    shown_ = (body_of(event) for event in events)
    steps = (body.step for body in shown_ if isinstance(body, PassShown) and body.instance_id == instance_id)
    return max((step for step in steps if step is not None), default=-1)


def counters_matter_from(change: Change) -> date:
    """Return the day before which no counter matters any more, by the clock of ``change``, which has an event."""
    return min(draft.occurred_at.date() for draft in change.events) - COUNTERS_KEPT


def sale_of(event: Event, events: Iterable[Event]) -> Sale | None:
    """Return what ``event`` sold, with the ``events`` that undid some of it; None if it was no sale."""
    body = body_of(event)
    if not isinstance(body, BasketCommitted):
        return None
    sale = Sale(event_id=event.event_id, body=body, programs=event.program_versions)
    for later in events:
        undone = body_of(later)
        if isinstance(undone, BasketReturned | BasketVoided):
            sale = after_return(sale, undone)
    return sale


def is_named(member: Member, code: str) -> bool:
    """Whether ``code`` is one of the member's identifiers."""
    return any(identifier.value == code for identifier in member.identifiers)
