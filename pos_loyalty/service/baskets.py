"""The life of a basket, as the API offers it. One basket is at the counter at a time.

Every method takes an optional idempotency key and returns the basket as it stands on disk, the answer given the
first time, or a problem that changed nothing.
"""

from collections.abc import Awaitable, Callable, Iterator

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import (
    CLAIMS_MAX,
    Basket,
    BasketLine,
    BasketStatus,
    LineFault,
    LineRequest,
    compose,
)
from pos_loyalty.core.claims import spelt_out
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.products import Product
from pos_loyalty.core.session import CommitAsked, LinesChanged, NoticeCode, SaleWritten, Stage, VoidAsked
from pos_loyalty.errors import InvariantBroken, StoreError
from pos_loyalty.ports import Answer
from pos_loyalty.service import faults
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.idempotency import Key, answered_before, remembering
from pos_loyalty.service.wire import BasketRequest, Problem
from pos_loyalty.service.work import Work

TEXT_LENGTH_MAX = 200
"""Of a line's product and name and of a claim: they are kept with the basket, and names in the member's history."""

Reply = Basket | Answer | Problem

_encode = msgspec.json.Encoder().encode


class Baskets:
    """What can be done with baskets."""

    def __init__(self, counter: Counter, currency: str, language: str) -> None:
        self._counter = counter
        self._store = counter.store
        self._currency = currency
        self._language = language

    def get(self, basket_id: str) -> Reply:
        """Return one basket, whatever became of it."""
        try:
            basket = self._store.basket(basket_id)
        except StoreError as error:
            return faults.store_failed(error)
        return basket or faults.no_such("basket", "with this id")

    async def open(self, key: Key | None = None) -> Reply:
        """Open a basket for whoever is at the counter; return the one that is open if there is one."""
        return await self._in_turn(key, lambda: self._open(key))

    async def replace(self, basket_id: str, wanted: BasketRequest, key: Key | None = None) -> Reply:
        """Make the basket hold exactly what is wanted, and price it."""
        return await self._in_turn(key, lambda: self._replace(basket_id, wanted, key))

    async def price(self, basket_id: str, key: Key | None = None) -> Reply:
        """Price the basket again, as of now."""
        return await self._in_turn(key, lambda: self._reprice(basket_id, key))

    async def commit(self, basket_id: str, revision: int | None = None, key: Key | None = None) -> Reply:
        """Write the sale; a basket that is committed already is returned with its receipt."""
        return await self._in_turn(key, lambda: self._commit(basket_id, revision, key))

    async def void(self, basket_id: str, key: Key | None = None) -> Reply:
        """Give up a live basket, or undo a committed sale by reversing every point it moved."""
        return await self._in_turn(key, lambda: self._void(basket_id, key))

    async def add(self, product: Product) -> Problem | None:
        """Put one more of ``product`` into the basket at the counter, opening one if need be.

        The caller has the turn. A problem of the store has been told.
        """
        try:
            basket = await self._open(None)
            if isinstance(basket, Basket):
                wanted = BasketRequest(
                    lines=_one_more(basket.lines, product),
                    claims=basket.claims,
                    declined=basket.declined,
                    codes=basket.codes,
                )
                basket = await self._replace(basket.basket_id, wanted, None)
        except StoreError as error:
            return self._counter.store_failed(error)
        return basket if isinstance(basket, Problem) else None

    async def _in_turn(self, key: Key | None, wish: Callable[[], Awaitable[Reply]]) -> Reply:
        async with self._counter.turn:
            try:
                return answered_before(self._store, key) or await wish()
            except StoreError as error:
                return faults.store_failed(error)

    async def _open(self, key: Key | None) -> Reply:
        if (live := self._counter.live_basket()) is not None:
            return await self._as_it_is(live, key)
        work, session = self._counter.work_on(None), self._counter.session
        here = session.stage is Stage.IDENTIFIED
        work.basket = Basket(
            basket_id=self._counter.ids(),
            currency=self._currency,
            opened_at=self._counter.clock.now(),
            member_id=session.member_id if here else None,
            visit_id=session.visit_id if here else None,
        )
        work.feed(LinesChanged(work.basket.basket_id, empty=True))
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    async def _replace(self, basket_id: str, wanted: BasketRequest, key: Key | None) -> Reply:
        basket = self._current(basket_id, wanted.revision)
        if isinstance(basket, Problem):
            return basket
        if (unfit := _unfit(wanted)) is not None:
            return unfit
        lines = compose(wanted.lines, self._product, self._language)
        if bad := tuple(line for line in lines if isinstance(line, LineFault)):
            return faults.bad_lines(bad)
        made = tuple(line for line in lines if isinstance(line, BasketLine))
        changed = replace(
            basket,
            lines=made,
            claims=wanted.claims,
            declined=wanted.declined,
            codes=wanted.codes,
            status=BasketStatus.OPEN,
            evaluation=None,
        )
        return await self._change(basket, changed, key)

    async def _reprice(self, basket_id: str, key: Key | None) -> Reply:
        basket = self._current(basket_id, None)
        return basket if isinstance(basket, Problem) else await self._change(basket, replace(basket), key)

    async def _change(self, basket: Basket, changed: Basket, key: Key | None) -> Reply:
        work = self._counter.work_on(basket)
        work.basket = changed
        work.feed(LinesChanged(changed.basket_id, empty=not changed.lines))
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    async def _commit(self, basket_id: str, revision: int | None, key: Key | None) -> Reply:
        known = self._known(basket_id)
        if isinstance(known, Basket) and known.status is BasketStatus.COMMITTED:
            return await self._as_it_is(known, key)
        basket = self._current(basket_id, revision)
        if isinstance(basket, Problem):
            return basket
        if self._counter.has_other_points(basket):
            # A sale was undone meanwhile, and what was shown may cost points that are gone: show the new price first.
            changed = await self._change(basket, replace(basket), None)
            return faults.stale(changed) if isinstance(changed, Basket) else changed
        work = self._counter.work_on(basket)
        work.feed(CommitAsked())
        if work.told:
            return faults.not_possible(work.told)
        self._counter.committing(work)
        work.feed(SaleWritten())
        try:
            return await self._settle(work, key)
        finally:
            self._counter.end_commit()

    async def _void(self, basket_id: str, key: Key | None) -> Reply:
        known = self._known(basket_id)
        if isinstance(known, Problem):
            return known
        if known.status is BasketStatus.VOIDED:
            return await self._as_it_is(known, key)
        if known.status is BasketStatus.COMMITTED:
            work = self._counter.work_on(known)
            work.undo_sale()
            return await self._settle(work, key)
        basket = self._current(basket_id, None)
        if isinstance(basket, Problem):
            return basket
        work = self._counter.work_on(basket)
        work.feed(VoidAsked())
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    async def _as_it_is(self, basket: Basket, key: Key | None) -> Reply:
        """Answer with a basket that is as it was wished; a retry of this wish gets it too, whatever comes after."""
        return await self._settle(self._counter.work_on(basket), key) if key else basket

    async def _settle(self, work: Work, key: Key | None) -> Reply:
        refused = await self._counter.settle(work, remembering(key, lambda: _encode(work.basket)))
        if refused is not None:
            return refused
        if work.basket is None:
            raise InvariantBroken("a wish about a basket left no basket")
        return work.basket

    def _product(self, named: str) -> Product | None:
        """Find a product by its id as it is written, or by a code in any digits and case."""
        return self._store.product(named) or self._store.product(normal_code(named))

    def _known(self, basket_id: str) -> Basket | Problem:
        return self._store.basket(basket_id) or faults.no_such("basket", "with this id")

    def _current(self, basket_id: str, revision: int | None) -> Basket | Problem:
        """Return the basket if it may change now and the caller knows it as it is."""
        known = self._known(basket_id)
        if isinstance(known, Problem):
            return known
        if not known.live:
            return faults.closed(known)
        if revision is not None and revision != known.revision:
            return faults.stale(known)
        here = self._counter.live_basket()
        if here is not None and here.basket_id != basket_id:
            return faults.not_possible(NoticeCode.BASKET_IS_OPEN)
        return known


def _unfit(wanted: BasketRequest) -> Problem | None:
    """Return why ``wanted`` may not be kept. A claim that is no reward's name is kept, with the reason."""
    gifts = (claim.gifts for claim in spelt_out(wanted.claims))
    for named in (wanted.claims, wanted.declined, *gifts):
        if len(named) > CLAIMS_MAX:
            return faults.too_many_claims(len(named))
    if len(wanted.codes) > faults.CODES_MAX:
        return faults.too_many_codes(len(wanted.codes))
    refusals = (faults.unfit_text(what, text, 0, TEXT_LENGTH_MAX) for what, text in _texts(wanted))
    return next((refusal for refusal in refusals if refusal is not None), None)


def _texts(wanted: BasketRequest) -> Iterator[tuple[str, str]]:
    """Yield every text of ``wanted`` that would be kept with the basket, and what it is."""
    for line in wanted.lines:
        yield "product", line.product
        yield "line", line.name
    for claim in spelt_out(wanted.claims):
        yield "reward", claim.reward
        yield "code", claim.code
        yield from (("gift", gift) for gift in claim.gifts)
    yield from (("reward", reward) for reward in wanted.declined)
    yield from (("code", code) for code in wanted.codes)


def _one_more(lines: tuple[BasketLine, ...], product: Product) -> tuple[LineRequest, ...]:
    wanted = [
        LineRequest(product=line.product_id, quantity=line.quantity + (line.product_id == product.product_id))
        if line.product_id
        else LineRequest(amount=line.unit_price, name=line.name, quantity=line.quantity)
        for line in lines
    ]
    if all(line.product_id != product.product_id for line in lines):
        wanted.append(LineRequest(product=product.product_id))
    return tuple(wanted)
