"""An evaluation as lines of plain text, in logical order: a terminal or a pager puts right-to-left words in order.

Parts of a line stand side by side, never one inside the other: a value is isolated from the words around it, and what
was isolated inside it would be lost.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.evaluation import (
    AppliedReward,
    ClaimableReward,
    Evaluation,
    Payment,
    PointsMove,
    PricedLine,
    Reason,
    TaxShare,
    Unearned,
    VoucherMove,
    VoucherMoveKind,
)
from pos_loyalty.core.products import in_language
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from tui.present.reasons import reason
from tui.present.words import Names, Words, called, counted_points, listed

INDENT = "  "

_VOUCHERS = {
    VoucherMoveKind.ISSUED: mark("new"),
    VoucherMoveKind.REDEEMED: mark("used"),
    VoucherMoveKind.DEBITED: mark("{amount} taken from it"),
    VoucherMoveKind.CREDITED: mark("{amount} put back on it"),
    VoucherMoveKind.RESTORED: mark("good again"),
    VoucherMoveKind.REVOKED: mark("no longer good"),
}


class Explanation:
    """Tells one reader about prices in one shop."""

    def __init__(self, say: Locale, words: Words) -> None:
        self.say = say
        self._words = words

    def price(self, priced: Evaluation, lines: Iterable[BasketLine], vouchers: Iterable[VoucherMove]) -> Iterator[str]:
        """Yield all of an evaluation: goods, sums, what was given and earned, why not the rest, how it was chosen.

        ``vouchers`` are its moves: those of a sale know the codes of new ones.
        """
        say = self.say
        yield from self.section(say.text("Basket"), self._goods(priced, lines))
        yield from self._sums(priced)
        yield from self.section(say.text("Rewards given"), self._applied(priced.applied))
        yield from self.section(say.text("Paid with"), map(self._payment, priced.payments))
        yield from self.section(say.text("Points"), (*self.points(priced.moves), *self._balances(priced)))
        yield from self.section(say.text("Vouchers"), map(self.voucher, vouchers))
        yield from self.section(say.text("Can be had for the asking"), map(self._claimable, priced.claimable))
        yield from self.section(say.text("Not given, and why"), self._withheld(priced))
        yield from self.unearned(priced.unearned)
        yield self._choice(priced)

    def section(self, title: str, lines: Iterable[str]) -> Iterator[str]:
        """Yield a title and the lines under it; nothing if there are none."""
        found = [INDENT + line for line in lines]
        if found:
            yield title
            yield from found

    def points(self, moves: Iterable[PointsMove]) -> Iterator[str]:
        """Yield every move of points with its arithmetic and its source."""
        for move in moves:
            why = self._why(move.reason, move.account) if move.reason else ""
            points = self.amount_of(move.points, move.account)
            yield listed((points, why, self._from(move.pending_until), self._own(move.source)))

    def voucher(self, move: VoucherMove) -> str:
        """Return what becomes of one voucher."""
        say = self.say
        is_loaded = move.kind is VoucherMoveKind.ISSUED and move.amount
        what = say.text(_VOUCHERS[move.kind], amount=say.amount(move.amount))
        return listed(
            (
                labelled(self._own(move.code or move.program_id), what),
                say.amount(move.amount) if is_loaded else "",
                self._from(move.valid_from),
                say.text("until {date}", date=say.date(move.valid_until)) if move.valid_until else "",
                self._own(move.source),
            )
        )

    def unearned(self, rules: Iterable[Unearned]) -> Iterator[str]:
        """Yield the rules that give nothing, and why not."""
        why = (labelled(self._own(rule.source), self._why(rule.reason, rule.account)) for rule in rules)
        yield from self.section(self.say.text("Earned nothing, and why"), why)

    def amount_of(self, points: int, account: str) -> str:
        """Return so many points of an account by their name; those of a wallet as money."""
        return counted_points(points, account, self._words, self.say)

    def _why(self, why: Reason, account: str = "") -> str:
        return reason(why, self.say, self._words, account)

    def _from(self, day: date | None) -> str:
        return self.say.text("available from {date}", date=self.say.date(day)) if day else ""

    def _goods(self, priced: Evaluation, lines: Iterable[BasketLine]) -> Iterator[str]:
        names = {given.reward: given.name for given in priced.applied}
        by_number = {line.number: line for line in lines}
        for line in priced.lines:
            yield labelled(self._what(line, by_number.get(line.number)), self.say.amount(line.gross))
            for share in line.discounts:
                name = self._named(names, share.reward)
                yield f"{INDENT}{name}: {self.say.amount(-share.amount)}"

    def _what(self, line: PricedLine, sold: BasketLine | None) -> str:
        """Return how many of what; ``sold`` is None for a gift that came by itself."""
        if sold is None:
            name, quantity = self._named(self._words.products, line.product_id), line.quantity
        else:
            name, quantity = self._own(sold.name) if sold.name else self.say.text("Amount"), sold.quantity
        return f"{self.say.number(quantity)} × {name}"

    def _sums(self, priced: Evaluation) -> Iterator[str]:
        say = self.say
        if priced.discount:
            yield labelled(say.text("Discount"), say.amount(-priced.discount))
        yield from map(self._tax, priced.taxes)
        if priced.total != priced.to_pay:
            yield labelled(say.text("Total"), say.amount(priced.total))
        yield labelled(say.text("To pay"), say.amount(priced.to_pay))

    def _tax(self, share: TaxShare) -> str:
        say = self.say
        amount, name = say.amount(share.tax), share.tax_id
        if share.included:
            return say.text("Tax {name}, in the price: {amount}", name=name, amount=amount)
        return say.text("Tax {name}, on top: {amount}", name=name, amount=amount)

    def _applied(self, applied: Iterable[AppliedReward]) -> Iterator[str]:
        for given in applied:
            yield listed(
                (
                    labelled(self._title(given.name, given.reward), self.say.amount(-given.value)),
                    self._cost(given.cost, given.account),
                    self._why(given.reason, given.account),
                    self._own(given.code) if given.code else "",
                    self._own(given.source),
                )
            )

    def _payment(self, paid: Payment) -> str:
        left = self.amount_of(paid.left, paid.account) if paid.account else self.say.amount(paid.left)
        amount = labelled(self._title(paid.name, paid.reward), self.say.amount(paid.amount))
        return listed((amount, self.say.text("{left} left", left=left), self._own(paid.source)))

    def _balances(self, priced: Evaluation) -> Iterator[str]:
        for account, after in priced.balances_after.items():
            before = priced.balances_before[account]
            yield self.say.text("{account}: {before} → {after}", account=account, before=before, after=after)

    def _claimable(self, offer: ClaimableReward) -> str:
        amount = labelled(self._title(offer.name, offer.reward), self.say.amount(-offer.value))
        gifts = " / ".join(self._named(self._words.products, gift) for gift in offer.gifts)
        return listed((amount, self._cost(offer.cost, offer.account), gifts))

    def _withheld(self, priced: Evaluation) -> Iterator[str]:
        say = self.say
        for held in priced.withheld:
            why = self._why(held.reason, held.account)
            asked = say.text("asked for") if held.claimed else ""
            yield listed((labelled(self._title(held.name, called(self._words.rewards, held.reward, say)), why), asked))
        for code in priced.refused_codes:
            yield labelled(say.text("Code {number}", number=code.index + 1), self._why(code.reason))

    def _choice(self, priced: Evaluation) -> str:
        choice = priced.choice
        if priced.dearer_by:
            return self.say.text(
                "Without the rewards that were asked for, {amount} less would be to pay.",
                amount=self.say.amount(priced.dearer_by),
            )
        if choice is None:
            return self.say.text("There was nothing to choose: no legal combination leaves less to pay.")
        if choice.optimal:
            return self.say.plural(
                "{n} combination was weighed: no legal one leaves less to pay.",
                "{n} combinations were weighed: no legal one leaves less to pay.",
                choice.combinations,
            )
        return self.say.text(
            "There were too many combinations to weigh them all. None can bring the price below {amount}.",
            amount=self.say.amount(choice.bound),
        )

    def _named(self, names: Names, one: str) -> str:
        return self._own(called(names, one, self.say))

    def _title(self, texts: dict[str, str], otherwise: str) -> str:
        return self._own(in_language(texts, self.say.language) or otherwise)

    def _own(self, text: str) -> str:
        """Return words of the document so that they do not disturb ours."""
        return isolate_in(text, self.say.base)

    def _cost(self, points: int, account: str) -> str:
        return self.amount_of(points, account) if points else ""


def labelled(name: str, value: str) -> str:
    """Return a value under its name, in the order of every language."""
    return f"{name}: {value}"
