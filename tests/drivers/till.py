"""The other side of a reader's callbacks: collects what is delivered and waits for what is expected."""

import threading
from collections.abc import Callable

from drivers.pipeline import Reading
from pos_loyalty.core.scans import ReaderState, ReaderStatus, RefusedScan, Scan, ScanFault

DEADLINE_S = 30.0
"""For a machine under load; everything awaited here comes within a second on an idle one."""
PROMPT_S = 3.0
"""What is promised within a second or half of one, on a machine under load: whoever backs off instead takes five."""


class Till:
    """Takes readings and statuses from reader threads."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.statuses: list[ReaderStatus] = []
        self._changed = threading.Condition()

    def take_reading(self, reading: Reading) -> None:
        """Be the callback for readings."""
        with self._changed:
            self.readings.append(reading)
            self._changed.notify_all()

    def take_status(self, status: ReaderStatus) -> None:
        """Be the callback for statuses."""
        with self._changed:
            self.statuses.append(status)
            self._changed.notify_all()

    @property
    def codes(self) -> list[str]:
        """The codes delivered so far."""
        return [reading.code for reading in self.readings if isinstance(reading, Scan)]

    @property
    def faults(self) -> list[ScanFault]:
        """The faults delivered so far."""
        return [reading.fault for reading in self.readings if isinstance(reading, RefusedScan)]

    def wait_for_reading(self, number: int) -> Reading:
        """Wait for the reading with this number, counted from 1."""
        self._wait(lambda: len(self.readings) >= number)
        return self.readings[number - 1]

    def wait_for_state(self, state: ReaderState, *, after: int = 0, reader_id: str | None = None) -> ReaderStatus:
        """Wait for a status in ``state`` behind the first ``after`` ones, of one reader if it is named."""

        def matching() -> list[ReaderStatus]:
            mine = (status for status in self.statuses[after:] if reader_id in {None, status.reader_id})
            return [status for status in mine if status.state is state]

        self._wait(lambda: bool(matching()))
        return matching()[0]

    def wait_for_states(self, *states: ReaderState, after: int = 0) -> ReaderStatus:
        """Wait until ``states`` came one behind the other, whatever else came between; return the last of them.

        A reading is followed by a status of its own, which may come only when a test goes on already: behind a loss,
        a reader that is ready is ready again.
        """

        def found() -> list[ReaderStatus]:
            left, matched = list(states), []
            for status in self.statuses[after:]:
                if left and status.state is left[0]:
                    matched.append(status)
                    del left[0]
            return [] if left else matched

        self._wait(lambda: bool(found()))
        return found()[-1]

    def _wait(self, has_come: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(has_come, DEADLINE_S), (self.readings, self.statuses)
