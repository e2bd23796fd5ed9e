"""Waiting for what a machine does in its own time, in a guest that is ten times slower than its host."""

import threading
import time
from collections.abc import Callable
from typing import Final

_WITHIN_S: Final = 60.0
_POLL_S: Final = 0.005


def wait_until(is_so: Callable[[], bool], what: str) -> float:
    """Wait until ``is_so`` and return the seconds that took.

    Raises:
        TimeoutError: it was not so in time; the message names ``what``.
    """
    began_s = time.monotonic()
    pause = threading.Event()
    while not is_so():
        if time.monotonic() - began_s > _WITHIN_S:
            raise TimeoutError(f"not within {_WITHIN_S:.0f} s: {what}")
        pause.wait(_POLL_S)
    return time.monotonic() - began_s
