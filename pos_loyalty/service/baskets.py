"""The life of a basket, as the API offers it. One basket is at the counter at a time.

Every method takes an optional idempotency key and returns the basket as it stands on disk, the answer given the
first time, or a problem that changed nothing.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import (
    Basket,
    BasketHold,
    BasketLine,
    BasketStatus,
    LineFault,
    compose,
)
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.products import Product
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.session import CommitAsked, LinesChanged, NoticeCode, SaleWritten, Stage, VoidAsked
from pos_loyalty.core.voucher_codes import is_mistyped
from pos_loyalty.errors import InvariantBroken, StoreError
from pos_loyalty.ports import Answer
from pos_loyalty.service import faults
from pos_loyalty.service.basket_requests import unfit, with_one_more
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.guesses import Guesses
from pos_loyalty.service.holding import ROUNDS, Holding
from pos_loyalty.service.idempotency import Key, answered_before, remembering
from pos_loyalty.service.pricing import ComingBack, same_price
from pos_loyalty.service.wire import BasketRequest, Problem
from pos_loyalty.service.work import Work

Reply = Basket | Answer | Problem

_encode = msgspec.json.Encoder().encode


class Baskets:
    """What can be done with baskets."""

    def __init__(self, counter: Counter, language: str, holding: Holding) -> None:
        self._counter = counter
        self._store = counter.store
        self._pricing = counter.desk.pricing
        self._holding = holding
        self._guesses = Guesses(counter.clock)
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

    async def take_back(self, basket_id: str, wanted: Sequence[ReturnRequest], key: Key | None = None) -> Reply:
        """Take goods of a sale back; without a key the same wish twice is twice as many goods."""
        return await self._in_turn(key, lambda: self._take_back(basket_id, wanted, key))

    async def add(self, product: Product) -> Problem | None:
        """Put one more of ``product`` into the basket at the counter, opening one if need be.

        The caller has the turn. A problem of the store has been told.
        """
        return await self._add(lambda wanted: with_one_more(wanted, product))

    async def reconsider(self) -> None:
        """Price the basket at the counter anew if what the hub sent changes what the customer was shown.

        While a sale is being written its price stands: the turn comes when the basket is sold.
        """
        async with self._counter.turn:
            # Nobody asked for it, so nobody is told that it could not be done.
            with contextlib.suppress(StoreError):
                basket = self._counter.live_basket()
                if basket is not None and self._pricing.is_outdated(basket):
                    await self._change(basket, replace(basket), None)

    async def promise(self) -> None:
        """Have the hub keep what the basket at the counter spends without a new wish, as when its customer comes.

        The caller has the turn.
        """
        basket = self._counter.live_basket()
        if basket is not None and self._holding.needed(basket):
            await self._change(basket, replace(basket), None)

    def takes(self, code: str) -> bool:
        """Whether a scanned ``code`` that names neither member nor product opens something in a basket.

        While no code is tried none does, and none counts as a guess: the wait would never end for a busy scanner.

        Raises:
            StoreError: the store cannot be read.
        """
        if self._guesses.wait_s():
            return False
        here = self._counter.live_basket()
        known = self._pricing.knows(code, here.member_id if here else None)
        if not known:
            self._guesses.missed()
        return known

    async def enter(self, code: str) -> Problem | None:
        """Enter ``code`` for the basket at the counter, opening one if need be; as :meth:`add`.

        It was recognised: a coupon (GS1 255) whose digits are those of a payment card is none.
        """
        return await self._add(
            lambda wanted: replace(wanted, codes=tuple(dict.fromkeys((*wanted.codes, code)))), recognised=code
        )

    async def _add(self, change: Callable[[BasketRequest], BasketRequest], *, recognised: str = "") -> Problem | None:
        try:
            basket = await self._open(None)
            if isinstance(basket, Basket):
                wanted = change(BasketRequest.of(basket))
                basket = await self._replace(basket.basket_id, wanted, None, recognised=recognised)
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
        work.basket = self._pricing.new_basket(
            self._counter.ids(), session.member_id if here else None, session.visit_id if here else None
        )
        work.feed(LinesChanged(work.basket.basket_id, empty=True))
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    async def _replace(self, basket_id: str, wanted: BasketRequest, key: Key | None, *, recognised: str = "") -> Reply:
        basket = self._changeable(self._known(basket_id), wanted.revision)
        if isinstance(basket, Problem):
            return basket
        if (refusal := unfit(wanted, {recognised, *basket.codes}) or self._guessed(basket, wanted.codes)) is not None:
            return refusal
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
        basket = self._changeable(self._known(basket_id), None)
        return basket if isinstance(basket, Problem) else await self._change(basket, replace(basket), key)

    async def _change(self, basket: Basket, changed: Basket, key: Key | None) -> Reply:
        """Make ``basket`` the ``changed`` one and price it. What it spends is kept by the hub before it is promised."""
        self._holding.ask_anew()
        work = self._wanted(basket, changed)
        for _ in range(ROUNDS):
            needed = () if work.told else self._holding.needed(work.basket)
            if not needed:
                break
            # On disk before it is asked for: a hold that nobody remembers would keep the points for ten minutes.
            live = await self._holding.renew(basket)
            new = tuple(hold for hold in needed if hold not in live)
            noted = await self._note(basket, (*live, *new))
            if not isinstance(noted, Basket):
                return noted
            basket = noted
            work = self._wanted(basket, replace(changed, holds=await self._holding.ask(basket)))
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    def _wanted(self, basket: Basket, changed: Basket) -> Work:
        work = self._counter.work_on(basket)
        work.basket = changed if changed.lines else replace(changed, holds=(), reduced={})
        work.feed(LinesChanged(changed.basket_id, empty=not changed.lines))
        return work

    async def _note(self, basket: Basket, holds: tuple[BasketHold, ...]) -> Reply:
        work = self._counter.work_on(basket)
        work.basket = replace(basket, holds=holds)
        return await self._settle(work, None)

    async def _commit(self, basket_id: str, revision: int | None, key: Key | None) -> Reply:
        known = self._known(basket_id)
        if isinstance(known, Basket) and known.status is BasketStatus.COMMITTED:
            return await self._as_it_is(known, key)
        basket = self._changeable(known, revision)
        if isinstance(basket, Problem):
            return basket
        if self._holding.needed(basket):
            kept = await self._change(basket, replace(basket), None)
            return await self._sell(kept, basket.evaluation, key) if isinstance(kept, Basket) else kept
        return await self._sell(basket, basket.evaluation, key)

    async def _sell(self, basket: Basket, shown: Evaluation | None, key: Key | None) -> Reply:
        """Write the sale of ``basket`` if it costs what the customer was ``shown``."""
        if shown is not None and (basket.evaluation is None or not same_price(shown, basket.evaluation)):
            return faults.stale(basket)
        work = self._counter.work_on(basket)
        if basket.evaluation is not None:
            # Points, a voucher or a limit may have been used up meanwhile: the new price is shown first then.
            work.basket = self._pricing.confirmed(basket)
            if work.basket.evaluation is None or not same_price(basket.evaluation, work.basket.evaluation):
                changed = await self._change(basket, replace(basket), None)
                return faults.stale(changed) if isinstance(changed, Basket) else changed
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
            return await self._come_back(known, None, key)
        basket = self._changeable(known, None)
        if isinstance(basket, Problem):
            return basket
        work = self._counter.work_on(basket)
        work.feed(VoidAsked())
        return faults.not_possible(work.told) if work.told else await self._settle(work, key)

    async def _take_back(self, basket_id: str, wanted: Sequence[ReturnRequest], key: Key | None) -> Reply:
        known = self._known(basket_id)
        return known if isinstance(known, Problem) else await self._come_back(known, wanted, key)

    async def _come_back(self, basket: Basket, wanted: Sequence[ReturnRequest] | None, key: Key | None) -> Reply:
        """Take back what is ``wanted`` of a sale; None undoes all that is left of it."""
        receipt = basket.receipt if basket.status is BasketStatus.COMMITTED else None
        sale = self._store.sale(receipt.event_id) if receipt else None
        if sale is None:
            return faults.not_sold(basket)
        member = self._store.member(basket.member_id) if basket.member_id else None
        back = self._pricing.coming_back(sale, member, wanted)
        if not isinstance(back, ComingBack):
            return faults.bad_returns(back)
        work = self._counter.work_on(basket)
        work.take_back(back, self._pricing.voided(back) if wanted is None else self._pricing.returned(back))
        return await self._settle(work, key)

    def _guessed(self, basket: Basket, codes: tuple[str, ...]) -> Problem | None:
        """Return why codes that were not in ``basket`` before may not be tried, and count those that are unknown."""
        new = [code for code in codes if code not in basket.codes]
        if new and (seconds := self._guesses.wait_s()):
            return faults.too_many_guesses(seconds)
        unknown = [code for code in new if not self._pricing.knows(code, basket.member_id)]
        if any(is_mistyped(code) for code in unknown):
            return faults.mistyped_code()
        for _ in unknown:
            self._guesses.missed()
        return None

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
        here = self._counter.live_basket()
        if here is not None and here.basket_id == basket_id:
            return here  # as it is on disk: nothing is shown that is not
        return self._store.basket(basket_id) or faults.no_such("basket", "with this id")

    def _changeable(self, known: Basket | Problem, revision: int | None) -> Basket | Problem:
        """Return the basket if it may change now and the caller knows it as it is."""
        if isinstance(known, Problem):
            return known
        if not known.live:
            return faults.closed(known)
        if revision is not None and revision != known.revision:
            return faults.stale(known)
        here = self._counter.live_basket()
        if here is not None and here.basket_id != known.basket_id:
            return faults.not_possible(NoticeCode.BASKET_IS_OPEN)
        return known
