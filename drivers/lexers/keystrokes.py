"""Key events to readings, for readers that are keyboards. Pure.

Enter, Tab and the Enter of the keypad end a reading; a second one in a row is nothing. A reader without a suffix is
framed by ``idle``, where Enter belongs to the reading unless it stands at the end, and Tab is taken for Enter.

What is not certain is refused as a whole, never delivered in part:

- The kernel keeps 64 events for us, which is less than one EAN-13 of a USB reader (84). When that overflows it drops
  the oldest and says ``SYN_DROPPED``. What is left looks whole and is another number: of 22 digits and Enter, ``1`` and
  Enter have been seen to stay. So the reading is refused; the rest of the packet is passed over up to ``SYN_REPORT``
  (``Documentation/input/event-codes.rst``), and the tail of the reading up to its end, or to a pause.
- So is a reading with a key that types nothing we know. A character is never left out.

The times are those of the kernel (``CLOCK_MONOTONIC``), so that a thread that woke up late measures no pause.
"""

from typing import Final

from drivers.lexers.framing import Frame, FrameFault, Framer, Framing
from drivers.lexers.input_events import DOWN, EV_KEY, EV_SYN, SYN_DROPPED, SYN_REPORT, UP, EventStream, InputEvent
from drivers.lexers.scan_codes import CR, Keyboard
from pos_loyalty.core.scans import ScanFault

PAUSE_MS: Final = 250
"""No reader waits this long between two keys (Bluetooth: up to 150 ms), and nobody scans again as fast after a
refusal: the tail of a lost reading has ended."""
_CREDIBLE_NS: Final = 10_000_000_000
"""An event that claims to be older than this was stamped by another clock, as in a recording."""


class KeystrokeLexer:
    """Events of one keyboard reader to frames. It holds at most one reading, and never raises."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        idle = framing.mode == "idle"
        self._pause_ns = max(PAUSE_MS, framing.idle_gap_ms if idle else 0) * 1_000_000
        self._ends = frozenset() if idle else frozenset("\r\n")
        self._start()

    def _start(self) -> None:
        self._events = EventStream()
        self._keyboard = Keyboard()
        self._framer = Framer(self._framing)
        self._last_ns = 0
        self._passing_over = False
        self._refusing = False
        self._in_doubt = False

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._framer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order."""
        return [result for event in self._events.take(data) for result in self._take(event, at_ns)]

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""
        return self._framer.silence(at_ns)

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a reading is thrown away."""
        results = self._framer.reset()
        self._start()
        return results

    def owed(self) -> bytes:
        """Give nothing: keys are not answered."""
        return b""

    def _take(self, event: InputEvent, at_ns: int) -> list[Frame | FrameFault]:
        if event.type == EV_KEY and not self._passing_over:
            if event.value == DOWN:
                return self._take_press(event.code, self._time_of(event, at_ns))
            if event.value == UP and (typed := self._keyboard.release(event.code)) != "":
                return self._keep(typed, self._time_of(event, at_ns))
        elif event.type == EV_SYN and event.code == SYN_REPORT:
            self._passing_over = False
        elif event.type == EV_SYN and event.code == SYN_DROPPED:
            return self._take_loss(self._time_of(event, at_ns))
        return []

    def _time_of(self, event: InputEvent, at_ns: int) -> int:
        return max(self._last_ns, event.at_ns if at_ns - _CREDIBLE_NS < event.at_ns <= at_ns else at_ns)

    def _take_press(self, key: int, now_ns: int) -> list[Frame | FrameFault]:
        results = self._notice_pause(now_ns)
        return results + self._keep(self._keyboard.press(key), now_ns)

    def _take_loss(self, now_ns: int) -> list[Frame | FrameFault]:
        results = self._notice_pause(now_ns)
        self._passing_over = self._in_doubt = True
        return results + self._refuse(ScanFault.LOST_EVENTS, now_ns)

    def _notice_pause(self, now_ns: int) -> list[Frame | FrameFault]:
        results = self._framer.silence(now_ns)
        if self._framer.deadline_ns is None and now_ns - self._last_ns >= self._pause_ns:
            self._refusing = False
            if self._in_doubt:
                self._keyboard.release_all()
                self._in_doubt = False
        self._last_ns = now_ns
        return results

    def _keep(self, typed: str | None, now_ns: int) -> list[Frame | FrameFault]:
        if typed is None:
            return self._refuse(ScanFault.UNREADABLE, now_ns)
        # Tab by its number (Alt+009) or as Ctrl+I ends a reading too, and the framer knows CR and LF.
        typed = CR if typed == "\t" else typed
        if not self._refusing:
            return self._framer.receive(typed.encode(), now_ns) if typed else []
        if typed in self._ends:
            self._refusing = False
            if self._in_doubt:
                # Still in doubt: a CapsLock that ends behind Enter would now be taken for one that begins.
                self._keyboard.release_all()
        return []

    def _refuse(self, fault: ScanFault, now_ns: int) -> list[Frame | FrameFault]:
        """Refuse the reading that goes on now: once, however much of it is wrong."""
        if self._refusing:
            return []
        self._refusing = True
        cut = self._framer.reset()
        return [FrameFault(fault, b"", cut[0].first_byte_ns if cut else now_ns, now_ns)]
