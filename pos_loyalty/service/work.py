"""What one input leaves to be done: effects performed in memory, to be written as one change.

Nothing is read or written here. The till feeds a :class:`Work`, then hands its change to the store, and takes over
the session and basket only as the outcome allows.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.checkout import codes_needed, receipt_of, return_receipt_of, with_codes
from pos_loyalty.core.evaluation import VoucherMove
from pos_loyalty.core.event_bodies import BasketReturned, BasketVoided, Body, PointsEarned, VisitClosed, VisitOpened
from pos_loyalty.core.events import Draft
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
from pos_loyalty.ports import Answer, Change, Ids, VoucherCodes
from pos_loyalty.service.pricing import ComingBack, Pricing


class Desk(NamedTuple):
    """What every piece of work of one till needs."""

    terminal_id: str
    ids: Ids
    voucher_codes: VoucherCodes
    pricing: Pricing


class Work:
    """The consequences of one input, collected before anything is written."""

    def __init__(self, session: Session, basket: Basket | None, *, now: datetime, desk: Desk) -> None:
        self.session = session
        self.basket = basket
        self.told: NoticeCode | None = None
        """Why the wish was not granted, if it was not."""
        self._before = basket
        self._now = now
        self._desk = desk
        self._drafts: list[Draft] = []
        self.moves_points = False
        """Whether the member's document says something else afterwards that a screen shows."""

    @property
    def touches_basket(self) -> bool:
        """Whether the basket is not as it was."""
        return self.basket is not self._before

    @property
    def empty(self) -> bool:
        """Whether there is nothing that has to reach the disk."""
        return not self._drafts and not self.touches_basket

    @property
    def released(self) -> tuple[str, ...]:
        """What the hub need not keep any more: the sale ends its own holds."""
        before, after = self._before, self.basket
        if before is None or not before.live or after is None or after.status is BasketStatus.COMMITTED:
            return ()
        needed = after.holds if after.live else ()
        return tuple(hold.hold_id for hold in before.holds if all(hold.hold_id != one.hold_id for one in needed))

    def feed(self, happened: Input) -> None:
        """Let the session take ``happened`` and perform what follows."""
        self.session, effects = step(self.session, happened)
        for effect in effects:
            self._perform(effect)

    def record(self, body: Body, member_id: str | None, programs: tuple[str, ...] = ()) -> str:
        """Add an event; return its id."""
        draft = Draft(
            event_id=self._desk.ids(),
            occurred_at=self._now,
            body=body,
            member_id=member_id,
            part=part_of(member_id or self._desk.terminal_id),
            program_versions=programs,
        )
        self._drafts.append(draft)
        return draft.event_id

    def earn(self, earned: PointsEarned, member_id: str) -> tuple[str, PointsEarned]:
        """Add what a member earns by something that is no purchase; return the id of the event, and what it says."""
        self.moves_points = True
        written = replace(earned, vouchers=with_codes(earned.vouchers, self._codes_for(earned.vouchers)))
        return self.record(written, member_id), written

    def take_back(self, back: ComingBack, body: BasketReturned | BasketVoided) -> None:
        """Add the fact that goods of the basket came back, and its receipt; a void ends the basket."""
        basket = self._held()
        event_id = self.record(body, basket.member_id, back.sale.programs)
        given = return_receipt_of(event_id, back.sale, back.priced, self._now)
        status = BasketStatus.VOIDED if isinstance(body, BasketVoided) else basket.status
        self.basket = replace(basket, status=status, returns=(*basket.returns, given))

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
                self._open_visit(effect)
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
        self.basket = self._desk.pricing.price(basket)
        self.feed(BasketPriced())

    def _open_visit(self, effect: OpenVisit) -> None:
        self.record(VisitOpened(visit_id=effect.visit_id, place="register"), effect.member_id)
        earned = self._desk.pricing.earned_by_visit(effect.member_id, effect.visit_id)
        if earned is not None:
            self.earn(earned, effect.member_id)

    def _write_sale(self) -> None:
        basket = self._held()
        priced = basket.evaluation
        if priced is None:
            raise InvariantBroken(f"basket {basket.basket_id} is to be sold and has no price")
        sale = self._desk.pricing.sold(basket, priced, self._codes_for(priced.vouchers))
        event_id = self.record(sale, basket.member_id, priced.programs)
        receipt = receipt_of(event_id, sale, priced, self._now)
        self.basket = replace(basket, status=BasketStatus.COMMITTED, receipt=receipt)

    def _codes_for(self, vouchers: tuple[VoucherMove, ...]) -> list[str]:
        return [self._desk.voucher_codes() for _ in range(codes_needed(vouchers))]
