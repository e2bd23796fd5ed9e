"""Whatever was sold and however it comes back: everything is as it was before, to the cent, the point and the lot."""

from collections import Counter as Tally
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.entries import Booked, ReversalPolicy
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.programs import GiveVoucher, Kind, Limit, LoadCard, Program, ProgramSet, Returns, Spends
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.returns import PricedReturn, after_return, price_return, returned_body
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.vouchers import VoucherStatus
from tests.core.pricing.shop import (
    ON_TOP,
    VAT,
    basket,
    cheapest,
    fixed,
    free,
    line,
    only,
    pay,
    per_money,
    per_order,
    per_point,
    per_unit,
    percent,
    program,
    promotion,
    voucher,
    vouchers,
)
from tests.support.builders import NOW
from tests.support.counter import Counter

GRACE = 14
CLAIMS = ("club/fixed", "club/per-point", "mug/free", "purse/pay", "card/pay")
LINES = st.builds(
    line,
    st.integers(1, 500),
    st.integers(1, 4),
    st.sampled_from(["coffee", "tea", ""]),
    tax=st.sampled_from([None, VAT, ON_TOP]),
)


def shop(policy: ReversalPolicy, spends: Spends = Spends.PAST) -> list[Program]:
    """Return programs of many kinds, in which everything can move at once."""
    returns = Returns(earned=policy)
    return [
        program(
            per_money(1, 30),
            fixed(150, cost=7, combines=True),
            per_point(5, combines=True),
            expiry=ExpiryPolicy(months=1, grace_days=GRACE),
            returns=returns,
            spends=spends,
        ),
        program(per_order(5), name="order", returns=returns),
        program(per_unit(1, goods=only("coffee")), name="cups", account="stamps", pending_days=7, returns=returns),
        program(free(gifts=("mug",), cost=3), name="mug", returns=returns),
        promotion(cheapest(3, goods=only("coffee")), limits=(Limit(limit_id="once", most=9),)),
        program(GiveVoucher(rule_id="give"), percent(1), name="next", kind=Kind.NEXT_ORDER, account=""),
        vouchers(percent(10, combines=True)),
        program(pay(amount=3), name="purse", kind=Kind.WALLET, account="purse"),
        program(pay(), name="card", kind=Kind.GIFT_CARD, account=""),
    ]


CARDS_FOR_LESS = (
    program(LoadCard(rule_id="load", goods=only("tea")), pay(), name="gift", kind=Kind.GIFT_CARD, account=""),
    promotion(percent(20, on="products", goods=only("tea")), name="less"),
)
"""What is called tea elsewhere is a gift card here."""


@st.composite
def baskets(draw: st.DrawFn, counter: Counter | None = None) -> Basket:
    """Return a basket with claims in any order; of a ``counter``, every card there is may pay."""
    lines = draw(st.lists(LINES, min_size=1, max_size=4))
    codes = draw(st.lists(st.sampled_from(sorted(counter.vouchers) if counter else ["V-1", "G-1"]), unique=True))
    cards = [Claim(reward="gift/pay", code=code) for code in codes if code.startswith("N")]
    claims = draw(st.lists(st.sampled_from(CLAIMS), unique=True))
    return basket(*lines, claims=(*cards, *claims), codes=tuple(codes))


def counter_of(policy: ReversalPolicy, spends: Spends = Spends.PAST) -> Counter:
    """Return a counter whose member has points of several ages, a purse, a card and a voucher."""
    counter = Counter(ProgramSet(shop(policy, spends)))
    counter.open("points", 4, 9, 40, grace_days=GRACE)
    counter.open("purse", 60)
    counter.vouchers = {"V-1": voucher("V-1"), "G-1": voucher("G-1", "card", balance=120)}
    return counter


def standing(counter: Counter) -> dict[str, object]:
    """Return all that a sale may move, but for what is over: coupons that were revoked."""
    kinds = (AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.OVERDRAFT)
    booked = {(unit, kind): counter.booked(unit, kind) for unit in ("points", "stamps", "purse") for kind in kinds}
    alive = {code: kept for code, kept in counter.vouchers.items() if kept.status is not VoucherStatus.REVOKED}
    member = counter.member
    balances = {account: points for account, points in member.balances.items() if points}
    return {"booked": booked, "vouchers": alive, "balances": balances, "used": member.used, "granted": member.granted}


def owned(counter: Counter, unit: str) -> int:
    """Return what the books say the member has, less what is owed."""
    return counter.booked(unit) + counter.booked(unit, AccountKind.OVERDRAFT)


def parts(data: st.DataObject, sale: Sale) -> list[ReturnRequest]:
    """Return some of what is left of ``sale``: at least one unit."""
    out = sale.out
    numbers = data.draw(st.lists(st.sampled_from(sorted(out)), min_size=1, unique=True))
    return [ReturnRequest(number=number, quantity=data.draw(st.integers(1, out[number]))) for number in numbers]


def by_source(steps: list[PricedReturn], sign: int) -> Tally[str]:
    """Return what came back (``sign`` 1), or was taken or forgiven (-1), by source."""
    points: Tally[str] = Tally()
    for move in (move for step in steps for move in step.moves):
        whole = sign * (move.points - move.forgiven - move.short)
        if whole > 0:
            points[move.source] += whole
    return points


@settings(max_examples=60, deadline=None)
@given(st.data(), baskets(), st.sampled_from(ReversalPolicy))
def test_commit_and_full_return_restore_every_balance_and_lot(
    data: st.DataObject, bought: Basket, policy: ReversalPolicy
) -> None:
    """In any split of returns, with a void at the end or not; and no step gives or takes more than there was.

    The last day of what was spent is the old one with its grace, of all other lots the old one.
    """
    counter = counter_of(policy)
    before, lots = standing(counter), counter.lots()
    sale = counter.sell(bought)
    spent_from = {use.lot_id for each in counter.outcomes if isinstance(each, Booked) for use in each.uses}
    earned: Tally[str] = Tally()
    spent: Tally[str] = Tally()
    for move in sale.body.moves:
        (earned if move.points > 0 else spent)[move.source] += abs(move.points)
    steps: list[PricedReturn] = []
    ends_with_void = data.draw(st.booleans())
    while sale.out and not (ends_with_void and len(steps) == 2):
        sale, step = counter.take_back(sale, *parts(data, sale))
        steps.append(step)
        assert by_source(steps, 1) <= spent
        assert by_source(steps, -1) <= earned
        assert counter.member.balances == {unit: owned(counter, unit) for unit in counter.member.balances}
    if sale.out:
        steps.append(counter.void(sale))
    assert sum(step.refund for step in steps) == sale.body.net + sale.body.added_tax
    assert sum(step.to_refund for step in steps) == sale.body.to_pay
    assert by_source(steps, 1) == spent
    assert by_source(steps, -1) == earned
    if policy is not ReversalPolicy.ONLY_PENDING:
        assert standing(counter) == before
        assert counter.lots() == lots
    for lot in counter.books["points"].lots.values():
        assert lot.expires_on is not None or lot.program == "order"
        if lot.expires_on and lot.until:
            assert lot.until - lot.expires_on == timedelta(days=GRACE * (lot.lot_id in spent_from))


@settings(max_examples=30, deadline=None)
@given(st.data(), baskets())
def test_points_that_pay_their_own_basket_come_back_too(data: st.DataObject, bought: Basket) -> None:
    """With ``spends = "both"`` the balance is as before as well, in the books and in the document."""
    counter = counter_of(ReversalPolicy.WITHIN_BALANCE, Spends.BOTH)
    before = standing(counter)
    sale = counter.sell(bought)
    while sale.out:
        sale, _ = counter.take_back(sale, *parts(data, sale))
    assert standing(counter) == before


@settings(max_examples=40, deadline=None)
@given(st.data(), baskets())
def test_points_that_are_set_aside_go_back_with_the_goods(data: st.DataObject, bought: Basket) -> None:
    """Whatever is held for baskets and terminals meanwhile: in the end every balance is as before, and none is short.

    After each step the document, which does not know what is held, has what the books have.
    """
    counter = counter_of(ReversalPolicy.WITHIN_BALANCE)
    before = standing(counter)
    sale = counter.sell(bought)
    holds = list[str]()
    while sale.out:
        if most := max(0, owned(counter, "points")):
            holds.append(
                counter.set_aside(data.draw(st.integers(1, most)), data.draw(st.sampled_from(("", "t1", "t2"))))
            )
        sale, _ = counter.take_back(sale, *parts(data, sale))
        book = counter.books["points"]
        held = sum(hold.points for hold in book.holds.values())
        assert counter.member.balances["points"] == owned(counter, "points") + held
    for hold in data.draw(st.permutations(holds)):
        counter.gives_up(hold)
    assert standing(counter) == before
    assert not any(spend.short for spend in counter.books["points"].spends.values())


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([ReversalPolicy.WITHIN_BALANCE, ReversalPolicy.UNLIMITED]))
def test_nobody_gains_or_loses_by_buying_and_returning(data: st.DataObject, policy: ReversalPolicy) -> None:
    """Sales and returns in any order, points spent that others earned, cards sold at a discount and spent at once.

    In the end everything is back: not a cent has changed hands, and every balance is as before. A card that has paid
    for something comes back after that: alone it would be no money.
    """
    counter = counter_of(policy)
    counter.programs = ProgramSet([*counter.programs.programs, *CARDS_FOR_LESS])
    balances, cash, sales = counter.member.balances, 0, list[Sale]()
    for _ in range(data.draw(st.integers(2, 6))):
        i = data.draw(st.integers(-1, len(sales) - 1))
        if i < 0 or not sales[i].out or _is_spent(counter, sales[i]):
            sales.append(counter.sell(data.draw(baskets(counter))))
            cash -= sales[-1].body.to_pay or 0
        else:
            sales[i], back = counter.take_back(sales[i], *parts(data, sales[i]))
            cash += back.to_refund
    while left := [i for i, sale in enumerate(sales) if sale.out and not _is_spent(counter, sale)]:
        i = data.draw(st.sampled_from(left))
        sales[i], back = counter.take_back(sales[i])
        cash += back.to_refund
    assert not any(sale.out for sale in sales)
    assert cash == 0
    assert sum(card.balance for card in counter.vouchers.values()) == 120
    assert counter.member.balances == {unit: owned(counter, unit) for unit in counter.member.balances}
    assert {unit: points for unit, points in counter.member.balances.items() if points} == balances
    assert counter.member.short == {}


def _is_spent(counter: Counter, sale: Sale) -> bool:
    """Whether a card of ``sale`` has paid for something that is not back."""
    cards = [(counter.vouchers[move.code], move.amount) for move in sale.body.vouchers if move.line]
    return any(card.status is VoucherStatus.ISSUED and card.balance < face for card, face in cards)


@settings(max_examples=60, deadline=None)
@given(st.data(), baskets())
def test_one_by_one_gives_and_takes_the_same_as_at_once(data: st.DataObject, bought: Basket) -> None:
    """For any part of a sale: the same money to the same cards, the same points; whatever order the units come in."""
    counter = counter_of(ReversalPolicy.UNLIMITED)
    sale = counter.sell(bought)
    wanted = parts(data, sale)
    at_once = price_return(sale, wanted, counter.programs, NOW, vouchers=counter.vouchers)
    assert isinstance(at_once, PricedReturn)
    units = [request.number for request in wanted for _ in range(request.quantity)]
    steps: list[PricedReturn] = []
    for number in data.draw(st.permutations(units)):
        request = [ReturnRequest(number=number)]
        step = price_return(sale, request, counter.programs, NOW, vouchers=counter.vouchers)
        assert isinstance(step, PricedReturn)
        sale = after_return(sale, returned_body(sale, step, NOW.date()))
        steps.append(step)
    assert sum(step.refund for step in steps) == at_once.refund
    assert _paid_back(steps) == _paid_back([at_once])
    assert by_source(steps, 1) == by_source([at_once], 1)
    assert by_source(steps, -1) == by_source([at_once], -1)


def _paid_back(steps: list[PricedReturn]) -> Tally[str]:
    back: Tally[str] = Tally()
    for payment in (payment for step in steps for payment in step.payments_back):
        back[payment.source] += payment.amount
    return back
