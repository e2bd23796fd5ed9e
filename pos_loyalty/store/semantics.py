"""What a change and a member mean, whatever keeps them: shared by every implementation of the port. Pure."""

from collections.abc import Iterable

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event, body_of, seal
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Answer, Change, KeyReused, Outcome, Replayed, StaleBasket


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


def shown(document: Member | None, member_id: str, pending: Iterable[Event], *, enrolled: bool) -> Member | None:
    """Fold ``pending`` on the replica's ``document``; without one there is a member only if this till enrolled it."""
    if document is None:
        if not enrolled:
            return None
        document = Member(member_id=member_id)
    return apply_all(document, pending)


def is_named(member: Member, code: str) -> bool:
    """Whether ``code`` is one of the member's identifiers."""
    return any(identifier.value == code for identifier in member.identifiers)
