"""What ``pos-loyalty price`` does: one document in, the answer out; pure, and the same bytes for the same document."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import count, islice

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.checkout import codes_needed, receipt_of, sold, with_codes
from pos_loyalty.core.evaluation import Evaluation, VoucherMove
from pos_loyalty.core.price_answer import Answer, Faults, StepAnswer, Steps
from pos_loyalty.core.price_checks import check
from pos_loyalty.core.price_customer import Customer
from pos_loyalty.core.price_request import (
    EarnStep,
    PriceRequest,
    PriceStep,
    ReturnStep,
    Step,
    VoidStep,
    WaitStep,
)
from pos_loyalty.core.price_shop import Shop
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.pricing.happenings import earn_for
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.returns import (
    after_return,
    price_return,
    price_void,
    returned_body,
    voided_body,
)
from pos_loyalty.core.sale import Sale


def answer(request: PriceRequest, zone: tzinfo) -> Answer:
    """Return the price that ``request`` asks for, what comes of its steps, or what is wrong with it.

    ``zone`` is the store's, by whose clock and calendar everything happens.
    """
    if faults := check(request):
        return Faults(faults=faults)
    driver = _Driver(request, zone)
    if not request.steps:
        return driver.evaluate(PriceStep())
    return Steps(steps=tuple(driver.take(step) for step in request.steps))


class _Driver:
    """Goes from step to step. The request has been checked."""

    def __init__(self, request: PriceRequest, zone: tzinfo) -> None:
        self._request = request
        self._zone = zone
        self._shop = Shop.of(request)
        self._now = request.now.astimezone(zone)
        self._customer = Customer(request, self._shop, self._now)
        self._step = 0
        self._sales: list[Sale] = []
        self._pinned = request.basket.pinned

    def evaluate(self, said: PriceStep) -> Evaluation:
        """Return the price of the basket as it is at this step."""
        return self._evaluate(self._basket(said))

    def take(self, step: Step) -> StepAnswer:
        """Do one step."""
        name, said = step.said
        self._step += 1
        self._go_on(said.until if isinstance(said, WaitStep) else said.now)
        done = StepAnswer(step=name, now=self._now, standing=self._customer.standing)
        match said:
            case PriceStep():
                done = self._commit(said, done) if step.commit else self._price(said, done)
            case ReturnStep() | VoidStep():
                done = self._take_back(said, done)
            case EarnStep():
                done = self._earn(said, done)
        return replace(done, standing=self._customer.standing)

    def _go_on(self, to: datetime | None) -> None:
        if to:
            self._now = to.astimezone(self._zone)
            self._customer.until(self._now)

    def _basket(self, said: PriceStep) -> Basket:
        """Return the basket of a step: what it says, else what the document says."""
        request = self._request
        if said.basket:
            self._pinned = said.basket.pinned
        return Basket(
            basket_id=f"basket-{self._step}",
            currency=request.currency,
            opened_at=self._now,
            member_id=request.member.member_id if request.member else None,
            lines=self._shop.lines(said.basket or request.basket),
            claims=request.claims if said.claims is None else said.claims,
            declined=request.declined if said.declined is None else said.declined,
            codes=request.codes if said.codes is None else said.codes,
            vouchers=tuple(self._customer.bearer.values()),
            store_id=request.store_id,
            channel=request.channel,
            pinned=self._pinned,
        )

    def _evaluate(self, basket: Basket) -> Evaluation:
        customer, shop = self._customer, self._shop
        return evaluate(
            basket, customer.member, shop.programs, self._now, catalogue=shop.catalogue, usage=customer.usage
        )

    def _price(self, said: PriceStep, done: StepAnswer) -> StepAnswer:
        priced = self.evaluate(said)
        # Until it is sold, a basket keeps the versions it was first priced with.
        self._pinned = self._pinned or priced.programs
        return replace(done, evaluation=priced)

    def _commit(self, said: PriceStep, done: StepAnswer) -> StepAnswer:
        basket = self._basket(said)
        priced = self._evaluate(basket)
        codes = self._codes(priced.vouchers)
        body = sold(basket, priced, self._now.date(), codes=codes, catalogue=self._shop.catalogue, language="")
        event_id = self._customer.event_id(self._now)
        unbooked = self._customer.record(body, self._now)
        self._sales.append(Sale(event_id=event_id, body=body, programs=priced.programs))
        self._pinned = self._request.basket.pinned
        return replace(
            done,
            sale=len(self._sales),
            evaluation=priced,
            receipt=receipt_of(event_id, body, priced, self._now),
            unbooked=unbooked,
        )

    def _take_back(self, said: ReturnStep | VoidStep, done: StepAnswer) -> StepAnswer:
        sale, customer, programs = self._sales[said.sale - 1], self._customer, self._shop.programs
        balances, short = (customer.member.balances, customer.member.short) if customer.member else ({}, {})
        if isinstance(said, VoidStep):
            priced = price_void(sale, programs, self._now, balances=balances, short=short, vouchers=customer.vouchers)
        else:
            wanted = _wanted(said, sale)
            priced = price_return(
                sale, wanted, programs, self._now, balances=balances, short=short, vouchers=customer.vouchers
            )
        if isinstance(priced, tuple):
            return replace(done, refused=priced)
        make = voided_body if isinstance(said, VoidStep) else returned_body
        body = make(sale, priced, self._now.date(), self._request.store_id)
        self._sales[said.sale - 1] = after_return(sale, body)
        return replace(done, returned=priced, unbooked=customer.record(body, self._now))

    def _earn(self, said: EarnStep, done: StepAnswer) -> StepAnswer:
        customer = self._customer
        if customer.member is None:
            return done
        basket = replace(self._basket(PriceStep()), pinned=())
        happened = earn_for(
            said.happening, basket, customer.member, self._shop.programs, self._now, usage=customer.usage
        )
        vouchers = happened.body.vouchers
        body = replace(happened.body, vouchers=with_codes(vouchers, self._codes(vouchers)))
        return replace(done, earned=body, unearned=happened.unearned, unbooked=customer.record(body, self._now))

    def _codes(self, vouchers: Sequence[VoucherMove]) -> list[str]:
        """Return a code for every new voucher: ``S2-1`` is the first that step 2 makes, if no other has it."""
        known = self._customer.vouchers
        free = (code for number in count(1) if (code := f"S{self._step}-{number}") not in known)
        return list(islice(free, codes_needed(vouchers)))


def _wanted(said: ReturnStep, sale: Sale) -> Sequence[ReturnRequest]:
    return said.lines or [ReturnRequest(number=number, quantity=units) for number, units in sale.out.items()]
