"""The basket: its lines, the gifts that come with it, and what is to pay."""

from collections.abc import Iterator

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.evaluation import Evaluation, PricedLine
from pos_loyalty.i18n.bidi import isolate, isolate_in
from pos_loyalty.i18n.locales import Locale
from tui.present.rewards import reward_name
from tui.present.words import NO_WORDS, Words, called, listed
from tui.rows import BLANK, Role, Row


def lines(basket: Basket | None, selected: int | None, say: Locale, words: Words = NO_WORDS) -> tuple[Row, ...]:
    """Return the lines of the basket and the gifts added to it, or how to make the first line.

    ``selected`` counts from 0. A gift is no line of the basket: it cannot be selected.
    """
    if basket is None or not basket.lines:
        return (
            Row(say.text("Type an amount or a product code, then Enter."), Role.QUIET, lines=2),
            Row(say.text("Several of one product: 3*code"), Role.QUIET, lines=2),
        )
    bought = (
        Row(_line(line, say), end=say.figure(line.gross), symbol="▸" if i == selected else " ", selected=i == selected)
        for i, line in enumerate(basket.lines)
    )
    priced = basket.evaluation.lines if basket.evaluation else ()
    return (*bought, *(_gift(line, words, say) for line in priced if line.product_id))


def hidden(above: int, below: int, say: Locale) -> str:
    """Return how many lines of the basket lie outside its place; nothing if all are seen."""
    counted = [(mark, say.text("{n} more", n=n)) for mark, n in (("↑", above), ("↓", below)) if n]
    return " · ".join(f"{mark} {more}" for mark, more in counted)


def total(basket: Basket | None, say: Locale, room: int = 2) -> tuple[Row, ...]:
    """Return ``room`` rows: what lies between the lines and the last one, which is what is to pay.

    Each in a row of its own, or all in one with their sum where there is no room. Tax that is in the price changes
    nothing, so it is told only where a row is left.
    """
    if basket is None or not basket.lines:
        return _at_bottom([Row(say.text("To pay"), Role.QUIET, end=say.amount(0), end_role=Role.QUIET)], room)
    priced = basket.evaluation
    to_pay = priced.to_pay if priced else sum(line.gross for line in basket.lines)
    last = Row(say.text("To pay"), Role.TOTAL, end=say.amount(to_pay), end_role=Role.TOTAL)
    between = list(_between(priced, say)) if priced else []
    if len(between) < room:
        rows = [Row(what, role, end=say.amount(amount), end_role=role) for what, amount, role in between]
    else:
        # Only names may be cut off: the sum stands at the end, and the rows add up.
        together = say.amount(sum(amount for _, amount, _ in between))
        rows = [Row(listed([what for what, _, _ in between]), Role.GOOD, end=together, end_role=Role.GOOD)]
    if priced and len(rows) + 1 < room and (inside := sum(share.tax for share in priced.taxes if share.included)):
        told = Row(say.text("Tax in the price"), Role.QUIET, end=say.amount(inside), end_role=Role.QUIET)
        rows.insert(0, told)
    return _at_bottom([*rows, last], room)


def _between(priced: Evaluation, say: Locale) -> Iterator[tuple[str, int, Role]]:
    if priced.discount:
        yield say.text("Discount"), -priced.discount, Role.GOOD
    if priced.added_tax:
        yield say.text("Tax"), priced.added_tax, Role.PLAIN
    for paid in priced.payments:
        yield reward_name(paid.name, paid.reward, say), -paid.amount, Role.GOOD


def _at_bottom(rows: list[Row], room: int) -> tuple[Row, ...]:
    return (*[BLANK] * (room - len(rows)), *rows)


def _gift(line: PricedLine, words: Words, say: Locale) -> Row:
    name = isolate_in(called(words.products, line.product_id, say), say.base)
    what = say.text("{quantity} × {what}", quantity=line.quantity, what=name) if line.quantity > 1 else name
    return Row(what, Role.GOOD, end=say.text("gift"), end_role=Role.GOOD, symbol="+", kept=True)


def _line(line: BasketLine, say: Locale) -> str:
    name = isolate(line.name) if line.name else say.text("Amount")
    return say.text("{quantity} × {what}", quantity=line.quantity, what=name) if line.quantity > 1 else name
