"""Past baskets, priced twice: with the current programs and with a draft. Nothing is written anywhere."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program, ProgramSet, Scope, Status
from pos_loyalty.core.simulation.baskets import Customer, PastBasket
from pos_loyalty.core.simulation.purse import Purse
from pos_loyalty.core.simulation.tally import Change, Side, Simulation, swing
from pos_loyalty.core.usage import Usage


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A past basket that can be priced."""

    number: int
    """Its line in the file."""
    past: PastBasket
    lines: tuple[BasketLine, ...]
    now: datetime
    """In the zone of the store."""


class World:
    """One set of programs, and what customers would have by now if it had always been in force."""

    def __init__(
        self, programs: Iterable[Program], catalogue: Mapping[str, Product], currency: str, *, eager: bool
    ) -> None:
        self._programs = ProgramSet(programs)
        self._policies = {program.stamp: program.expiry for program in self._programs.programs}
        self._catalogue = catalogue
        self._currency = currency
        self._eager = eager
        self._purses: dict[str, Purse] = {}
        self._used: dict[str, int] = {}
        self.side = Side()

    def sell(self, ready: Ready) -> Evaluation:
        """Price one basket and keep what it gives and takes."""
        past, today = ready.past, ready.now.date()
        basket = Basket(
            basket_id=str(ready.number),
            currency=self._currency,
            opened_at=ready.now,
            lines=ready.lines,
            claims=past.claims,
            codes=past.codes,
            store_id=past.store_id,
            channel=past.channel,
        )
        customer = past.customer
        purse = self._purse(customer, today) if customer else None
        speaking = self._programs.speaking(self._currency, ready.now)
        if purse is not None:
            purse.assess(speaking, today)
        member = purse.member(customer, today) if purse and customer else None
        usage = Usage(used=self._used)
        priced = evaluate(basket, member, self._programs, ready.now, catalogue=self._catalogue, usage=usage)
        if self._eager and priced.claimable:
            basket = replace(basket, claims=(*past.claims, *_all_of(priced)))
            priced = evaluate(basket, member, self._programs, ready.now, catalogue=self._catalogue, usage=usage)
        self.side.count(priced)
        for count in priced.counts:
            if count.scope is not Scope.MEMBER:
                self._used[count.key] = self._used.get(count.key, 0) + count.amount
        if purse is not None:
            purse.keep(priced, today, self._policies)
            purse.assess(speaking, today)
        return priced

    def _purse(self, customer: Customer, today: date) -> Purse:
        if customer.member_id not in self._purses:
            self._purses[customer.member_id] = Purse(customer, today)
        return self._purses[customer.member_id]


class Replay:
    """Two worlds, side by side, fed with the same baskets in the order of their time."""

    def __init__(
        self,
        current: Sequence[Program],
        draft: Sequence[Program],
        catalogue: Mapping[str, Product],
        *,
        eager: bool = False,
    ) -> None:
        """Put the programs of ``draft`` in the place of those in ``current`` that have the same name; others stay.

        They are taken as published, unless retired, and without the dates of their validity, which mostly lie ahead;
        conditions on dates and hours in ``only`` count. With ``eager`` customers use every reward and voucher they can
        at once, which is the most the programs can cost; without, only what the past baskets claim. Draft is not empty,
        and of one currency.
        """
        currency = draft[0].currency
        named = {program.program_id for program in draft}
        rest = [program for program in current if program.program_id not in named]
        tried = [
            replace(program, status=Status.PUBLISHED, valid_from=None, valid_until=None)
            for program in draft
            if program.status is not Status.RETIRED
        ]
        self._current = World(current, catalogue, currency, eager=eager)
        self._draft = World([*rest, *tried], catalogue, currency, eager=eager)
        self._paid: dict[str, list[tuple[int, int]]] = {}

    def sell(self, ready: Ready) -> None:
        """Price one basket in both worlds."""
        customer = ready.past.customer
        name = customer.member_id if customer else f"basket {ready.number}"
        totals = (self._current.sell(ready).total, self._draft.sell(ready).total)
        self._paid.setdefault(name, []).append(totals)

    def result(self) -> Simulation:
        """Return what all baskets so far come to."""
        changes = [
            Change(
                customer=name,
                baskets=len(paid),
                before=sum(before for before, _ in paid),
                after=sum(after for _, after in paid),
            )
            for name, paid in self._paid.items()
        ]
        saved = [before - after for paid in self._paid.values() for before, after in paid]
        return Simulation(
            current=self._current.side,
            draft=self._draft.side,
            winners=swing(changes, saved, 1),
            losers=swing(changes, saved, -1),
            unchanged=sum(not change.saved for change in changes),
        )


def _all_of(priced: Evaluation) -> Iterable[Claim]:
    """Return a claim for all that could be had, the first gifts of those that leave a choice."""
    return (Claim(reward=offer.reward, gifts=offer.gifts[: offer.choose]) for offer in priced.claimable)
