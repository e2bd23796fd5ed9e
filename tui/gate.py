"""Where keys wait for the answer to a burst, so that they reach the screen in the order in which they were pressed.

Pure, as :mod:`tui.bursts`.
"""

from collections import deque
from typing import Generic

from tui.bursts import Burst, Bursts, S


class Gate(Generic[S]):
    """Lets typed keys in, and keeps out what a reader typed. While it is asked whose a burst was, it lets none in."""

    def __init__(self) -> None:
        self._bursts: Bursts[S] = Bursts()
        self._waiting: deque[S] = deque()
        self.asked: Burst[S] | None = None
        """The burst of which it is to be found out whether it is a code; then call :meth:`answer`."""

    @property
    def deadline_s(self) -> float | None:
        """When to call :meth:`silence` if no key comes before; None if there is nothing to wait for."""
        return None if self.asked else self._bursts.deadline_s

    def press(self, stroke: S) -> list[S]:
        """Take a key; return those that go in now."""
        if self.asked:
            self._waiting.append(stroke)
            return []
        typed, self.asked = self._bursts.press(stroke)
        return typed

    def silence(self, at_s: float) -> list[S]:
        """Say that no key came up to ``at_s``; return the keys that go in now."""
        return [] if self.asked else self._bursts.silence(at_s)

    def release(self) -> list[S]:
        """Let in what is held, because something came that is no key and must not overtake."""
        return [] if self.asked else self._bursts.release()

    def answer(self, *, is_code: bool, ends: bool = True) -> list[S]:
        """Take the answer; return the keys that go in now. Another burst may be asked about afterwards.

        Args:
            is_code: the burst was a scan and has been dealt with; else its keys were typed.
            ends: the key at its end was typed too.
        """
        burst, self.asked = self.asked, None
        typed: list[S] = []
        if burst and not is_code:
            typed += [*burst.strokes, burst.terminator] if ends else burst.strokes
        while self._waiting and self.asked is None:
            typed += self.press(self._waiting.popleft())
        return typed
