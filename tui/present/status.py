"""What the till itself has to say: its shop, its readers, what waits for the hub; and the idle screen."""

from collections.abc import Sequence
from datetime import datetime

from pos_loyalty.core.scans import ReaderState, ReaderStatus
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.ports import LineState
from pos_loyalty.service.wire import Shop, TillView
from tui.present import line
from tui.present.sentences import REPLICA_RESET, notice
from tui.present.words import listed
from tui.rows import BLANK, Role, Row

READERS = {
    ReaderState.ABSENT: mark("Reader {reader}: not there, plug it in"),
    ReaderState.OPENING: mark("Reader {reader}: starting"),
    ReaderState.READY: mark("Reader {reader}: ready"),
    ReaderState.FAULTED: mark("Reader {reader}: does not work, plug it in again or call for help"),
    ReaderState.STOPPED: mark("Reader {reader}: switched off"),
}
_SYMBOLS = {
    ReaderState.ABSENT: ("○", Role.WARN),
    ReaderState.OPENING: ("○", Role.QUIET),
    ReaderState.READY: ("●", Role.GOOD),
    ReaderState.FAULTED: ("!", Role.BAD),
    ReaderState.STOPPED: ("○", Role.QUIET),
}
_WORST_FIRST = (
    ReaderState.FAULTED,
    ReaderState.ABSENT,
    ReaderState.OPENING,
    ReaderState.STOPPED,
    ReaderState.READY,
)
"""The first is the one to name where there is room for one."""

_URGENCY = (Role.QUIET, Role.GOOD, Role.WARN, Role.BAD)
"""The last goes before the others."""

STAGES = {
    Stage.IDLE: mark("ready"),
    Stage.REFUSED: mark("not accepted"),
    Stage.CHOOSING: mark("who is it?"),
    Stage.IDENTIFIED: mark("customer"),
    Stage.BASKET_OPEN: mark("sale"),
    Stage.PRICED: mark("sale"),
    Stage.COMMITTING: mark("sale"),
    Stage.FAREWELL: mark("sold"),
}


def status(shop: Shop, view: TillView, now: datetime, say: Locale) -> Row:
    """Return the top line: shop and stage, and at its end the readers and the line to the hub."""
    where = f"{isolate_in(shop.name, say.base)} · {say.text(STAGES[view.stage])}"
    # Readers that need help take the room of the age; the help of the screen has it still.
    hub, urgency = line.headline(view, now, say, brief=bool(_troubled(view.readers)))
    parts = (_condition(view, now, say), hub)
    worst = max(_alarm(view.readers), urgency, key=_URGENCY.index)
    return Row(where, Role.QUIET, end=" · ".join(part for part in parts if part), end_role=worst)


def lost(say: Locale) -> Row:
    """Return the top line while no service answers."""
    return Row(say.text("No till service"), Role.BAD, symbol="×")


def readers(statuses: Sequence[ReaderStatus], say: Locale) -> tuple[Row, ...]:
    """Return one row for each reader, a symbol and a word, the worst first; those that are ready share the last."""
    if not statuses:
        return (Row(say.text("No reader is set up: type codes and names instead."), Role.WARN, symbol="!", lines=2),)
    troubled = _troubled(statuses)
    ready = [status for status in statuses if status.state is ReaderState.READY]
    rows = tuple(_reader(status, say) for status in troubled)
    if len(ready) > 1:
        names = listed([status.reader_id for status in ready])
        symbol, role = _SYMBOLS[ReaderState.READY]
        row = Row(
            say.text("Readers {readers}: ready", readers=names), Role.QUIET, symbol=symbol, symbol_role=role, lines=2
        )
        return (*rows, row)
    return (*rows, *(_reader(status, say) for status in ready))


def invitation(shop: Shop, view: TillView, say: Locale) -> tuple[Row, ...]:
    """Return what the idle screen says: whose till this is and how to begin."""
    known = say.plural("{n} member is known here", "{n} members are known here", view.members)
    rows = (
        Row(shop.name, Role.NAME, personal=True),
        Row(say.text("Scan a card, or type a name, a phone number or a code."), lines=2),
        Row(known, Role.QUIET),
    )
    if view.replica_reset:
        return (*rows, Row(say.text(REPLICA_RESET), Role.WARN, symbol="!", lines=2))
    return rows


def refusal(view: TillView, say: Locale) -> tuple[Row, ...]:
    """Return why the last scan was not accepted; nothing but blanks otherwise."""
    if view.refusal is None:
        return (BLANK,)
    return (Row(notice(view.refusal, say), Role.BAD, symbol="×", lines=2),)


def standing(view: TillView, say: Locale, *, at_rest: bool) -> Row | None:
    """Return what somebody has to see to, for as long as nothing else is to be told; None if there is nothing.

    ``at_rest`` says that the idle screen lists the readers.
    """
    troubled = _troubled(view.readers)
    if troubled and not at_rest and view.line.state is not LineState.HALTED:
        symbol, role = _SYMBOLS[troubled[0].state]
        return Row(_said(troubled[0], say), role, symbol=symbol, lines=2)
    return line.standing(view, say)


def _condition(view: TillView, now: datetime, say: Locale) -> str:
    """Return how the readers are. Beside a line that wants to be looked at, those that are ready need no word."""
    troubled = _troubled(view.readers)
    if troubled:
        # Which one, and the remedy, have no room beside the shop and the line: they stand in the notice.
        several = say.plural("{n} reader is not ready", "{n} readers are not ready", len(troubled))
        return f"{_SYMBOLS[troubled[0].state][0]} {several}"
    ready = say.text("reader ready")
    return f"● {ready}" if view.readers and line.is_calm(view, now) else ""


def _alarm(statuses: Sequence[ReaderStatus]) -> Role:
    troubled = _troubled(statuses)
    return _SYMBOLS[troubled[0].state][1] if troubled else Role.QUIET


def _troubled(statuses: Sequence[ReaderStatus]) -> list[ReaderStatus]:
    """Return those that are not ready, the worst first."""
    troubled = [status for status in statuses if status.state is not ReaderState.READY]
    return sorted(troubled, key=lambda status: _WORST_FIRST.index(status.state))


def _reader(status: ReaderStatus, say: Locale) -> Row:
    symbol, role = _SYMBOLS[status.state]
    return Row(_said(status, say), Role.QUIET, symbol=symbol, symbol_role=role, lines=2)


def _said(status: ReaderStatus, say: Locale) -> str:
    return say.text(READERS[status.state], reader=status.reader_id)
