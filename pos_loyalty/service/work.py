"""What one input leaves to be done: effects performed in memory, to be written as one change.

Nothing is read or written here. The till feeds a :class:`Work`, then hands its change to the store, and takes over
the session and basket only as the outcome allows.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus, Receipt
from pos_loyalty.core.evaluation import Evaluation, MoveKind
from pos_loyalty.core.events import (
    BasketCommitted,
    BasketVoided,
    Body,
    Draft,
    SoldLine,
    VisitClosed,
    VisitOpened,
)
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.session import (
    AttachMember,
    BasketPriced,
    CloseVisit,
    Effect,
    Input,
    NoticeCode,
    OpenVisit,
    PriceBasket,
    Session,
    Tell,
    VoidBasket,
    WriteSale,
)
from pos_loyalty.core.transitions import step
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Answer, Change, Ids

Pricer = Callable[[Basket], Evaluation]


class Work:
    """The consequences of one input, collected before anything is written."""

    def __init__(
        self, session: Session, basket: Basket | None, *, now: datetime, ids: Ids, terminal_id: str, pricer: Pricer
    ) -> None:
        self.session = session
        self.basket = basket
        self.told: NoticeCode | None = None
        """Why the wish was not granted, if it was not."""
        self._before = basket
        self._now = now
        self._ids = ids
        self._terminal_id = terminal_id
        self._price = pricer
        self._drafts: list[Draft] = []

    @property
    def touches_basket(self) -> bool:
        """Whether the basket is not as it was."""
        return self.basket is not self._before

    @property
    def empty(self) -> bool:
        """Whether there is nothing that has to reach the disk."""
        return not self._drafts and not self.touches_basket

    def feed(self, happened: Input) -> None:
        """Let the session take ``happened`` and perform what follows."""
        self.session, effects = step(self.session, happened)
        for effect in effects:
            self._perform(effect)

    def record(self, body: Body, member_id: str | None, programs: tuple[str, ...] = ()) -> str:
        """Add an event; return its id."""
        draft = Draft(
            event_id=self._ids(),
            occurred_at=self._now,
            body=body,
            member_id=member_id,
            part=part_of(member_id or self._terminal_id),
            program_versions=programs,
        )
        self._drafts.append(draft)
        return draft.event_id

    def undo_sale(self) -> None:
        """Void a committed basket: every point it moved moves back."""
        basket, receipt = self._held(), self._held().receipt
        if receipt is None:
            raise InvariantBroken(f"basket {basket.basket_id} is committed and has no receipt")
        moves = tuple(replace(move, points=-move.points, kind=MoveKind.REVERSAL) for move in receipt.moves)
        body = BasketVoided(basket_id=basket.basket_id, sale_event_id=receipt.event_id, moves=moves)
        self.record(body, basket.member_id)
        self.basket = replace(basket, status=BasketStatus.VOIDED)

    def change(self, answer: Callable[[], Answer] | None = None) -> Change:
        """Return everything as one durable change; a changed basket gets the next revision.

        ``answer`` makes the answer to an idempotency key once the basket is final.
        """
        if self.touches_basket and self.basket is not None:
            revision = self._before.revision if self._before else 0
            self.basket = replace(self.basket, revision=revision + 1)
        changed = self.basket if self.touches_basket else None
        return Change(
            events=tuple(self._drafts),
            basket=changed,
            session=msgspec.json.encode(self.session),
            answer=answer() if answer else None,
        )

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Tell():
                self.told = effect.code
            case OpenVisit():
                self.record(VisitOpened(visit_id=effect.visit_id, place="register"), effect.member_id)
            case CloseVisit():
                self.record(VisitClosed(visit_id=effect.visit_id), effect.member_id)
            case AttachMember():
                self.basket = replace(self._held(), member_id=effect.member_id, visit_id=effect.visit_id)
            case PriceBasket():
                self._price_basket()
            case VoidBasket():
                basket = self._held()
                self.record(BasketVoided(basket_id=basket.basket_id), basket.member_id)
                self.basket = replace(basket, status=BasketStatus.VOIDED)
            case WriteSale():
                self._write_sale()

    def _held(self) -> Basket:
        if self.basket is None:
            raise InvariantBroken(f"the session is at {self.session.stage.value} and there is no basket")
        return self.basket

    def _price_basket(self) -> None:
        basket = self._held()
        if not basket.lines:
            self.basket = replace(basket, status=BasketStatus.OPEN, evaluation=None)
            return
        self.basket = replace(basket, status=BasketStatus.PRICED, evaluation=self._price(basket))
        self.feed(BasketPriced())

    def _write_sale(self) -> None:
        basket = self._held()
        priced = basket.evaluation
        if priced is None:
            raise InvariantBroken(f"basket {basket.basket_id} is to be sold and has no price")
        event_id = self.record(_sale(basket, priced), basket.member_id, priced.programs)
        receipt = Receipt(
            event_id=event_id,
            basket_id=basket.basket_id,
            committed_at=self._now,
            currency=basket.currency,
            gross=priced.gross,
            discount=priced.discount,
            net=priced.net,
            moves=priced.moves,
            balances_before=priced.balances_before,
            balances_after=priced.balances_after,
        )
        self.basket = replace(basket, status=BasketStatus.COMMITTED, receipt=receipt)


def _sale(basket: Basket, priced: Evaluation) -> BasketCommitted:
    lines = tuple(
        SoldLine(
            number=line.number,
            product_id=line.product_id,
            name=line.name,
            unit_price=line.unit_price,
            quantity=line.quantity,
            gross=share.gross,
            net=share.net,
            discounts={discount.reward: discount.amount for discount in share.discounts},
        )
        for line, share in zip(basket.lines, priced.lines, strict=True)
    )
    return BasketCommitted(
        basket_id=basket.basket_id,
        visit_id=basket.visit_id,
        currency=basket.currency,
        gross=priced.gross,
        discount=priced.discount,
        net=priced.net,
        lines=lines,
        moves=priced.moves,
    )
