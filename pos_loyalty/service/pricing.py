"""What things cost and earn at this till: the programs, products, vouchers and counters it knows, its own clock."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.checkout import sold
from pos_loyalty.core.evaluation import Evaluation, Reason
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, GestureGranted, PointsEarned
from pos_loyalty.core.gestures import Gesture, GestureRefusal, GestureRefused, grant
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.pricing.happenings import earn_for
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import FreeItem, Happening, Program, ProgramSet
from pos_loyalty.core.return_requests import ReturnFault, ReturnRequest
from pos_loyalty.core.returns import PricedReturn, price_return, price_void, returned_body, voided_body
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.ports import Clock, Store
from pos_loyalty.service.spending import Pot, restricted, spendings
from pos_loyalty.service.trust import Customer, Trust, is_local
from pos_loyalty.service.wire import Shop

CHANNEL = "register"
"""What a program's ``channels`` call a till."""
PRICE_HOLDS_S = 300
"""A price that was shown holds so long against the clock; by then somebody has paid."""


class _Book(NamedTuple):
    """The programs and gifts of one edition, and what was made of them."""

    edition: int
    came: tuple[Program, ...]
    programs: ProgramSet
    gifts: dict[str, Product]
    happenings: frozenset[Happening]
    """Those by which anything can be earned."""


class _Seen(NamedTuple):
    """All that a price was made from, besides the basket and the clock."""

    programs: tuple[Program, ...]
    gifts: dict[str, Product]
    member: Member | None
    """Without what no price asks for: a note that comes while somebody pays must not move an hour."""
    vouchers: tuple[Voucher, ...]
    usage: Usage
    asks: bool
    """Whether the hub could be asked."""
    rights: frozenset[str]
    """Allowances that could be drawn on: their time may be over while somebody pays."""


class _Shown(NamedTuple):
    """The price that was made last, and until when it holds."""

    basket_id: str
    evaluation: Evaluation
    seen: _Seen
    until_ns: int


class ComingBack(NamedTuple):
    """A sale, and what some of its goods, or all of them, give back."""

    sale: Sale
    priced: PricedReturn


Faults = tuple[ReturnFault, ...]


class Pricing:
    """Prices baskets, and whatever else programs decide. Every method may raise ``StoreError``."""

    def __init__(self, store: Store, clock: Clock, shop: Shop, trust: Trust) -> None:
        self._store = store
        self._clock = clock
        self._zone = ZoneInfo(shop.time_zone)
        self._shop = shop
        self._trust = trust
        self._kept = _Book(-1, (), ProgramSet(), {}, frozenset())
        self._shown: _Shown | None = None

    @property
    def now(self) -> datetime:
        """The time in the store."""
        return self._clock.now().astimezone(self._zone)

    @property
    def programs(self) -> ProgramSet:
        """Every version of every program."""
        return self._book().programs

    def new_basket(self, basket_id: str, member_id: str | None = None, visit_id: str | None = None) -> Basket:
        """Return an empty basket of this store and of a register."""
        return Basket(
            basket_id=basket_id,
            currency=self._shop.currency,
            opened_at=self._clock.now(),
            member_id=member_id,
            visit_id=visit_id,
            store_id=self._shop.store_id,
            channel=CHANNEL,
        )

    def price(self, basket: Basket) -> Basket:
        """Return ``basket`` with its price as of now; the program versions it is first priced with stay with it.

        It redeems no more than this till may promise. Of what the hub keeps for the basket only what it needs stays.
        """
        book, now, seen = self._book(), self.now, self._see(basket)
        asked = replace(
            basket,
            status=BasketStatus.PRICED,
            vouchers=seen.vouchers,
            pinned=basket.pinned or tuple(p.stamp for p in book.programs.speaking(basket.currency, now)),
        )

        def reckon(wished: Basket) -> Evaluation:
            return evaluate(wished, seen.member, book.programs, now, catalogue=book.gifts, usage=seen.usage)

        priced, reduced = (reckon(asked), {}) if self._trust.alone else self._within_trust(asked, seen.member, reckon)
        self._shown = _Shown(basket.basket_id, priced, seen, self._clock.monotonic_ns() + PRICE_HOLDS_S * 1_000_000_000)
        spent = {each.pot for each in spendings(priced)}
        holds = tuple(hold for hold in basket.holds if Pot(hold.unit, hold.voucher) in spent)
        return replace(asked, evaluation=priced, reduced=reduced, holds=holds)

    def confirmed(self, basket: Basket) -> Basket:
        """Return ``basket`` with the price at which it may be sold now.

        That is the one that was shown, if points, vouchers, limits and programs are as they were then: while somebody
        pays, no hour strikes. After ``PRICE_HOLDS_S``, or a restart, it is reckoned anew.
        """
        shown = self._shown
        if (
            shown is not None
            and (shown.basket_id, shown.evaluation) == (basket.basket_id, basket.evaluation)
            and self._clock.monotonic_ns() < shown.until_ns
            and shown.seen == self._see(basket)
        ):
            return basket
        return self.price(basket)

    def is_outdated(self, basket: Basket) -> bool:
        """Whether ``basket`` has a price, and points, vouchers, limits or programs give it another one by now.

        The clock alone is no reason: prices change by it when something is put into the basket, or sold.
        """
        shown = self._shown
        if shown is None or (shown.basket_id, shown.evaluation) != (basket.basket_id, basket.evaluation):
            return False
        return shown.seen != self._see(basket) and self.price(basket).evaluation != shown.evaluation

    def sold(self, basket: Basket, priced: Evaluation, codes: Sequence[str]) -> BasketCommitted:
        """Return the fact that ``basket`` was sold as ``priced``; ``codes`` are for the vouchers it makes."""
        gifts, language = self._book().gifts, self._shop.language
        body = sold(basket, priced, self.now.date(), codes=codes, catalogue=gifts, language=language)
        member = self._store.member(basket.member_id) if basket.member_id and body.moves else None
        return replace(body, draws=self._trust.draws(basket, member, spendings(priced)))

    def knows(self, code: str, member_id: str | None) -> bool:
        """Whether ``code`` wakes a program, or is that of a voucher, good or not."""
        normal = normal_code(code)
        if normal in self.programs.by_code or self._store.voucher(normal) is not None:
            return True
        member = self._store.member(member_id) if member_id else None
        return member is not None and any(voucher.code == normal for voucher in member.vouchers)

    def coming_back(
        self, sale: Sale, member: Member | None, wanted: Sequence[ReturnRequest] | None
    ) -> ComingBack | Faults:
        """Return what ``wanted`` of ``sale`` gives back, all that is left of it if None; or why that cannot be."""
        balances, short = (member.balances, member.short) if member else ({}, {})
        found = (self._store.voucher(code) for code in dict.fromkeys(move.code for move in sale.body.vouchers))
        known = (*(member.vouchers if member else ()), *(voucher for voucher in found if voucher is not None))
        vouchers = {voucher.code: voucher for voucher in known}
        if wanted is None:
            priced = price_void(sale, self.programs, self.now, balances=balances, short=short, vouchers=vouchers)
        else:
            priced = price_return(
                sale, wanted, self.programs, self.now, balances=balances, short=short, vouchers=vouchers
            )
        return priced if isinstance(priced, tuple) else ComingBack(sale, priced)

    def returned(self, back: ComingBack) -> BasketReturned:
        """Return the fact that goods of a sale came back to this store today."""
        return returned_body(back.sale, back.priced, self.now.date(), self._shop.store_id)

    def voided(self, back: ComingBack) -> BasketVoided:
        """Return the fact that a sale was undone in this store today."""
        return voided_body(back.sale, back.priced, self.now.date(), self._shop.store_id)

    def earned_by(self, happening: Happening, member: Member) -> PointsEarned | None:
        """Return what ``member`` earns by ``happening`` now; None if that is nothing."""
        if happening not in self._book().happenings:
            return None
        basket = self.new_basket("", member.member_id)
        earned = earn_for(happening, basket, member, self.programs, self.now, usage=self._store.usage()).body
        return earned if earned.moves or earned.vouchers else None

    def earned_by_visit(self, member_id: str, visit_id: str) -> PointsEarned | None:
        """Return what a visit that begins now earns; None if that is nothing, as where no program asks for visits."""
        if Happening.VISIT not in self._book().happenings:
            return None
        member = self._store.member(member_id)
        earned = self.earned_by(Happening.VISIT, member) if member else None
        return replace(earned, about=visit_id) if earned else None

    def gesture(self, wanted: Gesture, code: str) -> GestureGranted | GestureRefused:
        """Return the fact that ``wanted`` is given now, with ``code`` for its voucher, or why it cannot be."""
        name, now = wanted.reward.partition("/")[0], self.now
        for program in self.programs.speaking(self._shop.currency, now):
            if program.program_id == name:
                return grant(program, wanted, now, code=code, store_id=self._shop.store_id)
        return GestureRefused(kind=GestureRefusal.NOT_IN_FORCE)

    def _within_trust(
        self, asked: Basket, member: Member | None, reckon: Callable[[Basket], Evaluation]
    ) -> tuple[Evaluation, dict[str, Reason]]:
        vouchers = {voucher.code: voucher for voucher in (*(member.vouchers if member else ()), *asked.vouchers)}
        programs, store_id = self.programs, self._shop.store_id
        local = frozenset(code for code, voucher in vouchers.items() if is_local(voucher, programs, store_id))
        customer = Customer(member, vouchers, local)

        def is_card(code: str) -> bool:
            return code in vouchers and vouchers[code].balance > 0

        return restricted(asked, reckon, lambda spent: self._trust.short(asked, spent, customer), is_card)

    def _see(self, basket: Basket) -> _Seen:
        member = self._store.member(basket.member_id) if basket.member_id else None
        own = {voucher.code for voucher in member.vouchers} if member else set()
        codes = dict.fromkeys(normal_code(code) for code in basket.codes)
        found = (self._store.voucher(code) for code in codes if code not in own)
        vouchers = tuple(voucher for voucher in found if voucher is not None)
        book, usage = self._book(), self._store.usage()
        rights = frozenset(self._trust.rights(member))
        return _Seen(book.came, book.gifts, _customer(member), vouchers, usage, self._trust.asks, rights)

    def _book(self) -> _Book:
        """Return the programs, looked through once for as long as the store has the same edition."""
        edition = self._store.edition
        if edition != self._kept.edition:
            came = self._store.programs()
            self._kept = _Book(edition, came, ProgramSet(came), self._gifts(came), _happenings(came))
        return self._kept

    def _gifts(self, programs: tuple[Program, ...]) -> dict[str, Product]:
        rewards = (reward for program in programs for reward in program.rewards)
        named = {gift for reward in rewards if isinstance(reward, FreeItem) for gift in reward.gifts}
        found = (self._store.product(product_id) for product_id in sorted(named))
        return {product.product_id: product for product in found if product is not None}


def _customer(member: Member | None) -> Member | None:
    return replace(member, name=PersonName(), identifiers=(), preferences=(), notes=(), applied={}) if member else None


def _happenings(programs: tuple[Program, ...]) -> frozenset[Happening]:
    rules = (rule for program in programs for rule in program.rules)
    named = (getattr(rule, "happening", None) for rule in rules)
    return frozenset(happening for happening in named if happening is not None)


def same_price(shown: Evaluation, now: Evaluation) -> bool:
    """Whether what the customer was shown is what a sale would be now: money, points and vouchers, line by line."""
    return all(getattr(shown, name) == getattr(now, name) for name in _PROMISED)


_PROMISED = ("total", "to_pay", "lines", "payments", "moves", "vouchers")
