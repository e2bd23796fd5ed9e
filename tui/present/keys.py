"""Which key does what now. The bar at the bottom and the handling of keys read the same table, so they agree.

No letter is ever the only way: under a Persian or Arabic layout letters and Ctrl+letter arrive as something else.
"""

from enum import StrEnum

import msgspec

from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import TillView
from tui.present.picks import picks
from tui.rows import BLANK, Role, Row


class Action(StrEnum):
    """What a key asks for."""

    HELP = "f1"
    FIND = "f2"
    NOTE = "f3"
    AMOUNT = "f4"
    REWARD = "f5"
    OTHER_REWARD = "f6"
    CODE = "f7"
    VOID = "f8"
    PAY = "f9"
    LANGUAGE = "f10"
    MISSING = "f12"
    BACK = "escape"

    @property
    def key(self) -> str:
        """What is printed on the key."""
        return "Esc" if self is Action.BACK else self.value.upper()


LABELS = {
    Action.HELP: mark("Help"),
    Action.FIND: mark("Find"),
    Action.NOTE: mark("Note"),
    Action.AMOUNT: mark("Amount"),
    Action.REWARD: mark("Reward"),
    Action.OTHER_REWARD: mark("Other"),
    Action.CODE: mark("Code"),
    Action.VOID: mark("Cancel"),
    Action.PAY: mark("Pay"),
    Action.LANGUAGE: mark("Language"),
    Action.MISSING: mark("Why not"),
    Action.BACK: mark("Back"),
}
"""Every action has its slot in the bar, in this order, whether it can be used now or not."""

_EXPLAINED = {
    Action.HELP: mark("this page"),
    Action.FIND: mark("find a customer by name or phone number"),
    Action.NOTE: mark("write a note about this customer"),
    Action.AMOUNT: mark("the next number is an amount; without a customer: sell"),
    Action.REWARD: mark("give the marked reward, or take it off again"),
    Action.OTHER_REWARD: mark("mark the next reward"),
    Action.CODE: mark("the next text is the code of a promotion, voucher or gift card"),
    Action.VOID: mark("cancel the basket (press twice)"),
    Action.PAY: mark("the customer has paid: write the sale"),
    Action.LANGUAGE: mark("English, Persian, Arabic"),
    Action.MISSING: mark("all programs: what they give, and what is missing for the rest"),
    Action.BACK: mark("back; the customer leaves the screen"),
}

_TYPING = (
    ("Enter", mark("add the product, code or amount that was typed")),
    ("3*", mark("before a code or amount: three of it; alone: of the marked line")),
    ("↑ ↓", mark("select a line of the basket, or a name in a list")),
    ("+ −", mark("one more, one fewer of the selected line")),
    ("Delete", mark("take the selected line out")),
    ("PgUp PgDn", mark("more about this customer")),
    ("1-9", mark("pick from a list of names")),
    ("Ctrl+Q", mark("close the screen; the till goes on")),
)


_KEY_WIDTH = 11
"""Cells of the longest key in the help, and a blank."""


class Slot(msgspec.Struct, frozen=True):
    """One place in the bar; without a label nothing can be done with that key now."""

    key: str
    label: str = ""


def allowed(view: TillView | None, *, connected: bool) -> frozenset[Action]:
    """Return what can be asked for now."""
    always = {Action.HELP, Action.LANGUAGE}
    if view is None or not connected:
        return frozenset(always)
    match view.stage:
        case Stage.IDLE:
            return frozenset(always | {Action.FIND, Action.AMOUNT})
        case Stage.REFUSED:
            return frozenset(always | {Action.FIND, Action.AMOUNT, Action.BACK})
        case Stage.CHOOSING | Stage.FAREWELL:
            return frozenset(always | {Action.BACK})
        case Stage.COMMITTING:
            return frozenset(always)
        case Stage.IDENTIFIED | Stage.BASKET_OPEN | Stage.PRICED:
            return frozenset(always | _selling(view))


def _selling(view: TillView) -> set[Action]:
    basket = view.basket
    allowed_now = {Action.AMOUNT, Action.CODE}
    if view.stage is Stage.IDENTIFIED or basket is None or not basket.lines:
        allowed_now.add(Action.BACK)
    if basket is not None:
        allowed_now.add(Action.VOID)
    if view.stage is Stage.PRICED:
        allowed_now.add(Action.PAY)
    if view.member or (basket and basket.evaluation):
        allowed_now.add(Action.MISSING)
    offered = picks(basket)
    if offered:
        allowed_now.add(Action.REWARD)
    if len(offered) > 1:
        allowed_now.add(Action.OTHER_REWARD)
    return allowed_now | ({Action.NOTE} if view.member else {Action.FIND})


def slots(now: frozenset[Action], say: Locale) -> tuple[Slot, ...]:
    """Return the bar: a slot for every action, always in the same place."""
    return tuple(Slot(action.key, say.text(label) if action in now else "") for action, label in LABELS.items())


def help_rows(say: Locale) -> tuple[Row, ...]:
    """Return the page of help: what to type and what each key does."""
    keys = ((action.key, text) for action, text in _EXPLAINED.items())
    return (
        *(_explained(key, text, say) for key, text in keys),
        BLANK,
        *(_explained(key, text, say) for key, text in _TYPING),
    )


def _explained(key: str, text: str, say: Locale) -> Row:
    return Row(say.text(text), symbol=key, symbol_role=Role.KEY, gutter=_KEY_WIDTH, lines=2)
