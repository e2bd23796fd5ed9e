"""Events, and a line that is spoken to.

talk = Talk().said(Started()).asks(Send(1, 1_000, BATCH_BYTES_MAX), Fetch(1)).wakes(30)
"""

from typing import Self

import msgspec

from pos_loyalty.core.events import Event
from pos_loyalty.core.ids import part_of
from sync.engine.effects import Effect, LineStatus, Send, Tell, Wake
from sync.engine.inputs import Input, Tick
from sync.engine.line import Line, step
from sync.engine.pauses import CHANCES, Now
from tests.support.builders import NOW, uuid_of

SECOND = 1_000_000_000


def event(seq: int, terminal_id: str = "till-1") -> Event:
    """Return the same event for the same number."""
    return Event(
        event_id=uuid_of(seq),
        terminal_id=terminal_id,
        seq=seq,
        occurred_at=NOW,
        type="visit.opened",
        part=part_of(terminal_id),
        body=msgspec.Raw(b'{"visit_id":"v"}'),
    )


def ids(*seqs: int) -> tuple[str, ...]:
    """Return the ids of these events."""
    return tuple(uuid_of(seq) for seq in seqs)


class Talk:
    """One line, and the time. The clock stands still unless it is moved; every draw is in the middle."""

    def __init__(self, line: Line | None = None) -> None:
        self.line = line or Line()
        self.now = Now(1_000 * SECOND, CHANCES // 2)
        self._wants: tuple[Effect, ...] = ()

    def said(self, *happened: Input) -> Self:
        """Tell the line what happened, one after the other; what it wants is what the last one made it want."""
        for each in happened:
            self.line, self._wants = step(self.line, each, self.now)
            assert all(effect.at_ns > self.now.ns for effect in self._wants if isinstance(effect, Wake))
        return self

    def later(self, seconds: float) -> Self:
        """Let time pass, and let the line know."""
        self.now = self.now._replace(ns=self.now.ns + round(seconds * SECOND))
        return self.said(Tick())

    def asks(self, *effects: Effect) -> Self:
        """Assert what the last input made the line want, in this order, but for the timer and the screen."""
        assert tuple(effect for effect in self._wants if not isinstance(effect, Tell | Wake)) == effects
        return self

    def wakes(self, seconds: float | None) -> Self:
        """Assert after how long the timer is to go off; None: the last input did not set it."""
        wanted = [] if seconds is None else [self.now.ns + round(seconds * SECOND)]
        assert [effect.at_ns for effect in self._wants if isinstance(effect, Wake)] == wanted
        return self

    def tells(self, **fields: object) -> Self:
        """Assert what the screen is told now, where it differs from a line that was never started."""
        told = [effect.status for effect in self._wants if isinstance(effect, Tell)]
        assert told == [LineStatus(**fields)]  # type: ignore[arg-type]  # the fields are the test's to name
        return self

    def untold(self) -> Self:
        """Assert that the screen was not told anything."""
        assert not [effect for effect in self._wants if isinstance(effect, Tell)]
        return self

    def sends(self) -> list[Send]:
        """Return the pushes that the last input made the line want."""
        return [effect for effect in self._wants if isinstance(effect, Send)]
