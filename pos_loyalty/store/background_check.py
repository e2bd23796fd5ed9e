"""SQLite's quick check of a large file, beside the work: a start never waits for it."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from pos_loyalty.errors import StoreError
from pos_loyalty.store.connections import check
from pos_loyalty.store.linked_sqlite import dbapi

_STOP_POLL_S = 0.005


class BackgroundCheck:
    """Checks ``path`` through ``connection``, which it closes, and calls ``found`` if something is wrong."""

    def __init__(self, connection: dbapi.Connection, path: Path, found: Callable[[StoreError], None]) -> None:
        self._connection = connection
        self._path = path
        self._found = found
        self._stopped = False
        self._thread = Thread(target=self._run, name=f"check-{path.name}", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the end of the check and of what it led to."""
        self._thread.join()

    def stop(self) -> None:
        """End the check, finished or not; what it has found by now is dealt with first."""
        self._stopped = True
        while self._thread.is_alive():
            # An interrupt that comes before the statement has begun is lost, hence the loop.
            with contextlib.suppress(dbapi.ProgrammingError):
                self._connection.interrupt()
            self._thread.join(_STOP_POLL_S)

    def _run(self) -> None:
        with contextlib.closing(self._connection):
            finding = check(self._connection, self._path)
        if finding is not None and not self._stopped:
            self._found(finding)
