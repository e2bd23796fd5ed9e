"""All configured readers of a terminal, started and stopped together."""

import time
from collections.abc import Callable, Sequence

from drivers.codes.reading_settings import SHOP_AS_DELIVERED, ReadingSettings
from drivers.misconfiguration import problems
from drivers.pipeline import Reading
from drivers.reader import Reader
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderStatus, Signal
from pos_loyalty.errors import ConfigError

_STOP_TIMEOUT_S = 2.0
"""Readers end within milliseconds; only a callback that hangs can take longer, and is left behind."""


class ReaderSupervisor:
    """Keeps every configured reader open through unplugging, replugging and faults.

    ``on_reading`` gets each ``Scan`` and ``RefusedScan``, ``on_status`` each change of a reader's state and, after a
    reading, its counters. Both are called from the thread of that reader, so they must be safe to call from several
    threads and should only hand over: while one runs, its reader waits (the system buffers 4 KiB meanwhile).
    """

    def __init__(
        self,
        readers: Sequence[ReaderSettings],
        on_reading: Callable[[Reading], None],
        on_status: Callable[[ReaderStatus], None],
        reading: ReadingSettings = SHOP_AS_DELIVERED,
    ) -> None:
        """Prepare the readers.

        Raises:
            ConfigError: the settings contradict each other or cannot be right.
        """
        found = problems(readers)
        if found:
            raise ConfigError("; ".join(found))
        self._readers = [Reader(settings, reading, on_reading, on_status) for settings in readers]

    def start(self) -> None:
        """Start one thread per reader and return at once."""
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Stop all readers and wait for them; a stopped supervisor is not started again."""
        for reader in self._readers:
            reader.ask_to_stop()
        deadline_s = time.monotonic() + _STOP_TIMEOUT_S
        for reader in self._readers:
            reader.join(max(0.0, deadline_s - time.monotonic()))

    def signal(self, reader_id: str, signal: Signal) -> None:
        """Let whoever holds a reader know; safe from any thread. One that is closed, or set to none, hears nothing."""
        for reader in self._readers:
            if reader.status.reader_id == reader_id:
                reader.signal(signal)

    def statuses(self) -> tuple[ReaderStatus, ...]:
        """State and counters of every reader at this moment, in the order of the configuration."""
        return tuple(reader.status for reader in self._readers)
