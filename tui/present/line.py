"""The line to the hub in words: a few in the top line; a sentence where somebody has to act; all of it in the help.

Calm while all is well: what is a minute old needs no word, and nothing here ever rings.
"""

from datetime import UTC, datetime
from typing import Final

from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.service.wire import TillView
from tui.rows import BLANK, Role, Row

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS
_HOURS_UNTIL_MS: Final = 2 * _DAY_MS
"""What is older is told in days."""
CALM_MS: Final = 2 * _MINUTE_MS
"""A till on the line hears of the hub every 25 seconds; data that is older than this is worth a word."""
OLD_MS: Final = 15 * _MINUTE_MS
"""On the line and yet so old: something is wrong."""

STATES: Final = {
    LineState.ALONE: mark("no hub"),
    LineState.ONLINE: mark("online"),
    LineState.OFFLINE: mark("offline"),
    LineState.HALTED: mark("blocked"),
}
_SYMBOLS: Final = {LineState.ALONE: "", LineState.ONLINE: "● ", LineState.OFFLINE: "○ ", LineState.HALTED: "! "}
_ROLES: Final = {
    LineState.ALONE: Role.QUIET,
    LineState.ONLINE: Role.QUIET,
    LineState.OFFLINE: Role.WARN,
    LineState.HALTED: Role.BAD,
}

HALTS: Final = {
    "revoked": mark("This till was revoked: ask the office. Selling goes on, and nothing is lost."),
    "forked": mark(
        "The data of this till was put back from a backup: have it enrolled again. Selling goes on, and nothing is"
        " lost."
    ),
    "cloned": mark(
        "This till's name is used by another till: have it enrolled again. Selling goes on, and nothing is lost."
    ),
    "too_old": mark("The program of this till is too old for the hub: have it updated. Selling goes on."),
    "unknown_terminal": mark("The hub does not know this till: have it enrolled. Selling goes on."),
}
"""By ``sync.wire.HaltReason``."""
_HALTED = mark("The hub serves this till no more: call for help. Selling goes on, and nothing is lost.")

TROUBLES: Final = {
    "portal": mark("The network wants somebody to sign in, so the hub cannot be reached: call for help."),
    "tls": mark("The hub cannot prove who it is. Look whether the clock of this till is right, then call for help."),
    "store": mark("What came from the hub could not be written: the disk may be full. Call for help."),
    "unauthenticated": mark("The hub does not accept the key of this till: have it enrolled again. Selling goes on."),
    "forbidden": mark("The hub does not let this till in: ask the office. Selling goes on."),
}
"""Those of ``sync.engine.troubles.Trouble`` that a person can do something about; the others pass by themselves."""

EXPLAINED: Final = {
    LineState.ONLINE: mark("The hub answers: what other tills write is here at once."),
    LineState.OFFLINE: mark("The hub cannot be reached. Selling goes on; what is written here goes up later."),
}


def headline(view: TillView, now: datetime, say: Locale, *, brief: bool = False) -> tuple[str, Role]:
    """Return what the top line says of the hub, and how urgent that is; ``brief`` leaves out the age."""
    line = view.line
    parts = [_SYMBOLS[line.state] + say.text(STATES[line.state])]
    role = _ROLES[line.state]
    if line.state is not LineState.ALONE:
        old_ms = age_ms(line, now)
        told = age(line, now, say) if _is_worth_a_word(line, old_ms) and not brief else ""
        parts += [_progress(line, say) or told]
        parts += [_waiting(view, say)]
        if role is Role.QUIET and line.bootstrap_percent is None and (old_ms is None or old_ms >= OLD_MS):
            role = Role.WARN
    return " · ".join(part for part in parts if part), role


def is_calm(view: TillView, now: datetime) -> bool:
    """Whether there is nothing about the line that a cashier should look at."""
    line, old_ms = view.line, age_ms(view.line, now)
    is_up = line.state is LineState.ONLINE and line.bootstrap_percent is None
    return line.state is LineState.ALONE or (is_up and old_ms is not None and old_ms < CALM_MS)


def standing(view: TillView, say: Locale) -> Row | None:
    """Return the sentence about what a person has to do, as long as that is so; None if nobody has to."""
    line = view.line
    if line.state is LineState.HALTED:
        return Row(say.text(HALTS.get(line.halt, _HALTED)), Role.WARN, symbol="!", lines=2)
    if line.state is not LineState.ALONE and line.trouble in TROUBLES:
        return Row(say.text(TROUBLES[line.trouble]), Role.WARN, symbol="!", lines=2)
    if line.put_aside:
        return Row(_put_aside(line, say), Role.WARN, symbol="!", lines=2)
    return None


def explained(view: TillView, say: Locale) -> tuple[Row, ...]:
    """Return all that is known of the line, for whoever asks: the head of the help; nothing where there is no hub."""
    line = view.line
    if line.state is LineState.ALONE:
        return ()
    state = EXPLAINED.get(line.state)
    told = standing(view, say)
    rows = [Row(say.text(state), Role.HEAD, lines=2)] if state else []
    rows += [told] if told else []
    waiting = say.plural("{n} event waits for the hub", "{n} events wait for the hub", _count(view))
    facts = [_as_of(line, say), _progress(line, say), waiting]
    return (*rows, Row(" · ".join(fact for fact in facts if fact), Role.QUIET, lines=2), BLANK)


def age_ms(line: LineView, now: datetime) -> int | None:
    """Return how long ago the till had everything, by the hub's clock; None if it never did."""
    if line.fresh_ms is None:
        return None
    return max(0, int(now.timestamp() * 1_000) + line.ahead_ms - line.fresh_ms)


def age(line: LineView, now: datetime, say: Locale) -> str:
    """Return how old the data is."""
    old_ms = age_ms(line, now)
    if old_ms is None:
        return say.text("nothing from the hub yet")
    if old_ms < _HOUR_MS:
        return say.plural("data from {n} min ago", "data from {n} min ago", old_ms // _MINUTE_MS)
    if old_ms < _HOURS_UNTIL_MS:
        return say.plural("data from {n} hour ago", "data from {n} hours ago", old_ms // _HOUR_MS)
    return say.plural("data from {n} day ago", "data from {n} days ago", old_ms // _DAY_MS)


def _is_worth_a_word(line: LineView, old_ms: int | None) -> bool:
    calm_ms = CALM_MS if line.state is LineState.ONLINE else _MINUTE_MS
    return old_ms is None or old_ms >= calm_ms


def _progress(line: LineView, say: Locale) -> str:
    return "" if line.bootstrap_percent is None else say.text("{n}% of the members here", n=line.bootstrap_percent)


def _waiting(view: TillView, say: Locale) -> str:
    count = _count(view)
    return say.plural("{n} waiting", "{n} waiting", count) if count else ""


def _count(view: TillView) -> int:
    """Return how many events wait. On the line those of this second are none: they are gone before they are read."""
    line = view.line
    return line.waiting if line.state is LineState.ONLINE else max(line.waiting, view.waiting)


def _put_aside(line: LineView, say: Locale) -> str:
    return say.plural(
        "{n} event of this till has no effect yet: tell the office.",
        "{n} events of this till have no effect yet: tell the office.",
        line.put_aside,
    )


def _as_of(line: LineView, say: Locale) -> str:
    if line.fresh_ms is None:
        return say.text("nothing from the hub yet")
    moment = datetime.fromtimestamp((line.fresh_ms - line.ahead_ms) / 1_000, UTC)
    return say.text("Data as the hub had it on {day} at {time}", day=say.short_date(moment), time=say.time(moment))
