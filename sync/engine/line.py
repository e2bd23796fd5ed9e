"""The line of a till: push and pull side by side, and what stops both. Pure.

    (line, input, now) -> (line, effects)

What happened moves one of the two; then whatever the clock says is due is begun; then the difference is told. So a
step never leaves anything overdue behind, and a ``Wake`` never lies in the past.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from sync.engine import pull, push
from sync.engine.effects import Abandon, Effect, LineStatus, Settle, Tell, Wake, Way, Write
from sync.engine.flow import Flow, Phase, begun, going_on, roused
from sync.engine.inputs import (
    Appended,
    Failed,
    Halted,
    Hint,
    Input,
    Listens,
    NothingToSend,
    Outcome,
    Prompt,
    PullAnswered,
    PullOutcome,
    PushAnswered,
    PushOutcome,
    Quiet,
    Settled,
    Started,
    Stopped,
    Tick,
)
from sync.engine.pauses import UNKNOWN_NS, Now, about_ns
from sync.engine.pull import PullFlow
from sync.engine.push import PushFlow
from sync.engine.troubles import Trouble
from sync.wire import HaltReason

_HALTING: Final = {
    Trouble.UNAUTHENTICATED: HaltReason.UNKNOWN_TERMINAL,
    Trouble.FORBIDDEN: HaltReason.REVOKED,
}
_SERVED: Final = {None, Trouble.REFUSED, Trouble.TOO_LARGE}
"""It was the hub that said so."""
_TIMED: Final = {Phase.RESTING, Phase.WAITING}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The line between two inputs. Nothing of it is kept over a restart: what must be is in the store."""

    running: bool = False
    halt: HaltReason | None = None
    """Until a person has acted, and said ``Started``; a till that nobody knows asks again by itself."""
    again_ns: int = 0
    """When it does."""
    probe: int = 0
    """Number of the pull with which it did last; its answer ends the halt."""
    online: bool = False
    push: PushFlow = PushFlow()
    pull: PullFlow = PullFlow()

    @property
    def open(self) -> bool:
        """Whether anything may be asked."""
        return self.running and self.halt is None

    @property
    def status(self) -> LineStatus:
        """What a person should know."""
        return LineStatus(
            online=self.online,
            halt=self.halt,
            push_trouble=self.push.trouble,
            pull_trouble=self.pull.trouble,
            fresh_ns=self.pull.fresh_ns,
        )

    @property
    def wake_ns(self) -> int | None:
        """When the clock will have something to say; None: never, as things are."""
        times = [flow.until_ns for flow in (self.push, self.pull) if _is_timed(flow, open_=self.open)]
        times += [self.again_ns] if self.may_ask_again else []
        return min(times, default=None)

    @property
    def may_ask_again(self) -> bool:
        """Whether it is for the clock to say when a halted line asks again."""
        return self.running and self.halt is HaltReason.UNKNOWN_TERMINAL and self.pull.phase in _TIMED


Step = tuple[Line, tuple[Effect, ...]]


def step(line: Line, happened: Input, now: Now) -> Step:
    """Return the line after ``happened`` and what has to be done about it."""
    after, effects = _heard(line, happened, now)
    after, ended = _out_of_patience(after, now)
    after, begun_now = _due(after, now)
    effects = (*effects, *ended, *begun_now)
    if after.status != line.status:
        effects += (Tell(after.status),)
    # A timer that went off early has said its Tick and is gone, though nothing has changed.
    wake_ns = after.wake_ns
    if wake_ns is not None and (isinstance(happened, Tick) or wake_ns != line.wake_ns):
        effects += (Wake(wake_ns),)
    return after, effects


def _heard(line: Line, happened: Input, now: Now) -> Step:
    match happened:
        case Halted():
            return _halted(line, happened, happened.reason, now)
        case Failed() if happened.trouble in _HALTING:
            return _halted(line, happened, _HALTING[happened.trouble], now)
        case NothingToSend() | PushAnswered():
            return _pushed(line, happened, now)
        case PullAnswered():
            return _pulled(line, happened, now)
        case Failed() | Settled():
            return _pushed(line, happened, now) if happened.way is Way.PUSH else _pulled(line, happened, now)
        case _:
            return _prompted(line, happened, now), ()


def _prompted(line: Line, happened: Prompt, now: Now) -> Line:
    match happened:
        case Started():
            return replace(line, running=True, halt=None, push=begun(line.push, now), pull=begun(line.pull, now))
        case Stopped():
            return replace(line, running=False)
        case Appended():
            return replace(line, push=roused(line.push, now))
        case Hint() | Listens() | Quiet():
            return replace(line, pull=pull.told(line.pull, happened, now))
        case _:
            return line


def _pushed(line: Line, happened: PushOutcome, now: Now) -> Step:
    if not _is_expected(line.push, happened):
        return line, ()
    flow, writes = push.heard(line.push, happened, now)
    after = replace(line, push=flow, online=_is_online(line, happened, flow))
    return after, _settle(Way.PUSH, flow, writes)


def _pulled(line: Line, happened: PullOutcome, now: Now) -> Step:
    if not _is_expected(line.pull, happened):
        return line, ()
    flow, writes = pull.heard(line.pull, happened, now)
    after = replace(line, pull=flow, online=_is_online(line, happened, flow))
    if line.halt and happened.number == line.probe:
        after = _asked_again(after, happened, now)
    if isinstance(happened, Settled) and happened.reopened:
        after = replace(after, push=roused(after.push, now))
    return after, _settle(Way.PULL, flow, writes)


def _halted(line: Line, happened: Halted | Failed, reason: HaltReason, now: Now) -> Step:
    """Stop asking until a person has acted. What is under way the other way may end."""
    trouble = happened.trouble if isinstance(happened, Failed) else None
    after = replace(line, halt=reason, again_ns=now.ns + about_ns(UNKNOWN_NS, now.chance), online=trouble is None)
    if happened.way is Way.PUSH and _is_expected(line.push, happened):
        return replace(after, push=going_on(replace(line.push, trouble=trouble), now)), ()
    if happened.way is Way.PULL and _is_expected(line.pull, happened):
        return replace(after, pull=going_on(replace(line.pull, trouble=trouble), now)), ()
    return line, ()


def _asked_again(line: Line, happened: PullOutcome, now: Now) -> Line:
    """Go on with everything if the hub knows the till now; else wait as long as before."""
    if isinstance(happened, PullAnswered):
        return replace(line, halt=None, push=begun(line.push, now))
    return replace(line, again_ns=now.ns + about_ns(UNKNOWN_NS, now.chance))


def _is_expected(flow: Flow, happened: Outcome) -> bool:
    """Return whether this is the outcome the flow waits for, and not a late or a doubled one."""
    if happened.number != flow.number:
        return False
    match happened:
        case Settled():
            return flow.phase is Phase.SETTLING
        case Failed(trouble=Trouble.STORE):
            return flow.phase in {Phase.ASKING, Phase.SETTLING}
        case _:
            return flow.phase is Phase.ASKING


def _is_online(line: Line, happened: Outcome, flow: Flow) -> bool:
    """Return whether the hub was there, which an outcome that is the till's own affair says nothing about."""
    own_affair = isinstance(happened, NothingToSend | Settled) or flow.trouble is Trouble.STORE
    return line.online if own_affair else flow.trouble in _SERVED


def _settle(way: Way, flow: Flow, writes: tuple[Write, ...]) -> tuple[Effect, ...]:
    return (Settle(way, flow.number, writes),) if writes else ()


def _out_of_patience(line: Line, now: Now) -> Step:
    """End the tries that take too long."""
    effects: tuple[Effect, ...] = ()
    for way, flow in ((Way.PUSH, line.push), (Way.PULL, line.pull)):
        if flow.phase is Phase.ASKING and flow.until_ns <= now.ns:
            ended = Failed(way=way, number=flow.number, trouble=Trouble.TIMEOUT)
            line, _ = _heard(line, ended, now)
            effects += (Abandon(way, flow.number),)
    return line, effects


def _due(line: Line, now: Now) -> Step:
    """Begin what the clock says is due."""
    effects: tuple[Effect, ...] = ()
    if line.open and _is_due(line.push, now):
        flow, send = push.send(line.push, now)
        line, effects = replace(line, push=flow), (send,)
    if line.open and _is_due(line.pull, now):
        pulling, fetch = pull.fetch(line.pull, now)
        line, effects = replace(line, pull=pulling), (*effects, fetch)
    if line.may_ask_again and line.again_ns <= now.ns:
        pulling, fetch = pull.fetch(line.pull, now)
        line, effects = replace(line, pull=pulling, probe=pulling.number), (*effects, fetch)
    return line, effects


def _is_due(flow: Flow, now: Now) -> bool:
    return flow.phase in _TIMED and flow.until_ns <= now.ns


def _is_timed(flow: Flow, *, open_: bool) -> bool:
    return flow.phase is Phase.ASKING or (open_ and flow.phase in _TIMED)
