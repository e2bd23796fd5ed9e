"""The answer to a whole price document as lines of plain text: one evaluation, or step by step what came of it."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from pos_loyalty.cli.explained import INDENT, Explanation, labelled
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.price_answer import Standing, StepAnswer, Steps
from pos_loyalty.core.price_request import PriceRequest, PriceStep
from pos_loyalty.core.price_shop import Shop
from pos_loyalty.core.programs import Kind, reward_key
from pos_loyalty.core.return_requests import ReturnFaultKind
from pos_loyalty.core.returns import PricedReturn
from pos_loyalty.i18n.amounts import DisplayUnit
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from tui.present.words import Words, listed

_STEPS = {
    "price": mark("Priced"),
    "commit": mark("Sold"),
    "return": mark("Returned"),
    "void": mark("Undone"),
    "wait": mark("Waited"),
    "earn": mark("Earned without a purchase"),
}
_REFUSALS = {
    ReturnFaultKind.NOTHING_NAMED: mark("nothing was said to come back"),
    ReturnFaultKind.UNKNOWN_LINE: mark("the sale has no such line"),
    ReturnFaultKind.QUANTITY: mark("the quantity must be one at least"),
    ReturnFaultKind.TOO_MANY: mark("more than are left of the sale"),
    ReturnFaultKind.UNKNOWN_CARD: mark("that gift card is not of this sale, or is back already"),
    ReturnFaultKind.VOIDED: mark("the sale was undone"),
    ReturnFaultKind.NOTHING_LEFT: mark("everything has come back before"),
}


def explained(
    request: PriceRequest, answer: Evaluation | Steps, zone: tzinfo, language: Language, unit: DisplayUnit
) -> Iterator[str]:
    """Yield the answer to ``request`` for a reader of ``language``; ``zone`` is that of the store."""
    say = Locale.of(language, currency=request.currency, zone=zone, display_unit=unit)
    shop = Shop.of(request)
    if isinstance(answer, Evaluation):
        tell = Explanation(say, _words(request, request.now))
        yield from tell.price(answer, shop.lines(request.basket, language), answer.vouchers)
        return
    for number, (step, done) in enumerate(zip(request.steps, answer.steps, strict=True), 1):
        said = step.said[1]
        basket = said.basket if isinstance(said, PriceStep) and said.basket else request.basket
        tell = Explanation(say, _words(request, done.now))
        if number > 1:
            yield ""
        yield listed((f"{say.number(number)}. {say.text(_STEPS[done.step])}", say.date(done.now), say.time(done.now)))
        if done.evaluation:
            vouchers = done.receipt.vouchers if done.receipt else done.evaluation.vouchers
            yield from tell.price(done.evaluation, shop.lines(basket, language), vouchers)
        yield from _rest(done, tell)


def _rest(done: StepAnswer, tell: Explanation) -> Iterator[str]:
    """Yield what a step is beside its price: what came back or was earned, and how the customer stands after it."""
    say = tell.say
    if done.returned:
        yield from _returned(done.returned, tell)
    if done.earned:
        yield from tell.section(say.text("Points"), tell.points(done.earned.moves))
        yield from tell.section(say.text("Vouchers"), map(tell.voucher, done.earned.vouchers))
    yield from tell.unearned(done.unearned)
    for fault in done.refused:
        yield labelled(say.text("Not taken back"), say.text(_REFUSALS[fault.kind]))
    for refusal in done.unbooked:
        yield labelled(say.text("The ledger refused an entry"), refusal.reason.value)
    yield from tell.section(say.text("After this step"), _standing(done.standing, tell))


def _returned(back: PricedReturn, tell: Explanation) -> Iterator[str]:
    say = tell.say
    yield labelled(say.text("Given back"), say.amount(back.refund))
    for paid in back.payments_back:
        yield f"{INDENT}{paid.code or paid.account}: {say.amount(paid.amount)}"
    yield labelled(say.text("Paid out"), say.amount(back.to_refund))
    if back.gifts_out:
        numbers = ", ".join(map(say.number, back.gifts_out))
        yield labelled(say.text("Gifts that have not come back, by line"), numbers)
    yield from tell.section(say.text("Points"), tell.points(back.moves))
    yield from tell.section(say.text("Vouchers"), map(tell.voucher, back.vouchers))


def _standing(standing: Standing, tell: Explanation) -> Iterator[str]:
    say = tell.say
    for account, points in standing.balances.items():
        yield say.text("{account}: {points}", account=account, points=tell.amount_of(points, account))
        for lot in standing.lots[account]:
            amount = tell.amount_of(lot.points, account)
            pending = say.text("available from {date}", date=say.date(lot.pending_until)) if lot.pending_until else ""
            until = say.text("until {date}", date=say.date(lot.until)) if lot.until else ""
            yield INDENT + listed((amount, pending, until))


def _words(request: PriceRequest, now: datetime) -> Words:
    programs = request.programs
    return Words(
        now=now,
        rewards={reward_key(program, reward): reward.name for program in programs for reward in program.rewards},
        tiers={tier.tier_id: tier.name for program in programs for tier in program.tiers},
        products={product.product_id: product.name for product in request.products},
        units={program.account: program.unit for program in programs if program.account and program.unit},
        wallets=frozenset(program.account for program in programs if program.kind is Kind.WALLET),
    )
