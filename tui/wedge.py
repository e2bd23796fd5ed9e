"""The wedge through the terminal: what a reader types is caught above every field, also above an open page.

``App.on_event`` sees a key before any binding and any widget does. The time of a key is that at which Textual's input
thread read it, so a screen that was busy for a moment does not turn typing into a burst.
"""

import time
from collections.abc import Sequence
from functools import partial

from textual import events

from tui.bursts import Burst
from tui.gate import Gate
from tui.rtl import WritingApp

_SOON_S = 0.001
"""A timer of Textual cannot go off at once."""


class WedgeApp(WritingApp):
    """An application whose widgets see what a person types, and never what a reader types."""

    def __init__(self, *, wedge: bool) -> None:
        """Make one; without ``wedge`` every key goes to the widgets at once."""
        super().__init__()
        self._gate: Gate[events.Key] | None = Gate() if wedge else None
        self._told: Burst[events.Key] | None = None
        self._listens = False

    async def find_out(self, burst: Burst[events.Key]) -> None:
        """Have it found out whether ``burst`` is a code, and :meth:`settle` it; until then keys wait."""
        raise NotImplementedError

    @property
    def burst(self) -> Burst[events.Key] | None:
        """The burst that waits to be settled."""
        return self._gate.asked if self._gate else None

    async def settle(self, *, is_code: bool, ends: bool = True) -> None:
        """Say what the burst was that waits, if one does: :meth:`tui.gate.Gate.answer`. Only in a message handler."""
        if self._gate and self._gate.asked:
            await self._let_in(self._gate.answer(is_code=is_code, ends=ends))

    async def on_event(self, event: events.Event) -> None:
        """Take keys to the gate first; those that come back up from a widget have been through it."""
        gate = self._gate
        if gate is None or not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key):
            await self._let_in(gate.press(event))
        else:
            # What is pasted stays pasted, even where it looks like a code: readers do not paste.
            await self._let_in(gate.release())
            await super().on_event(event)

    async def _let_in(self, keys: Sequence[events.Key]) -> None:
        for key in keys:
            await super().on_event(key)
        asked = self._gate.asked if self._gate else None
        if asked is not self._told:
            self._told = asked
            if asked:
                await self.find_out(asked)
        self._listen()

    def _listen(self) -> None:
        """See to it that what is held does not wait for a key that never comes."""
        deadline_s = self._gate.deadline_s if self._gate else None
        if deadline_s is not None and not self._listens:
            self._listens = True
            # By way of the queue, behind the keys that have been read meanwhile.
            silent = partial(self.call_later, self._fall_silent)
            self.set_timer(max(_SOON_S, deadline_s - time.monotonic()), silent)

    async def _fall_silent(self) -> None:
        self._listens = False
        if self._gate:
            await self._let_in(self._gate.silence(time.monotonic()))
