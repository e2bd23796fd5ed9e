"""Ending with the terminal, where no signal says that it is gone.

SIGHUP reaches only those whose controlling terminal it was. A screen that was started on somebody else's terminal
would otherwise read its end for ever, at the cost of a whole core.
"""

import os
import select
import signal
from threading import Thread


def end_with_terminal(descriptor: int = 0) -> None:
    """Send this process SIGTERM when the other end of the terminal behind ``descriptor`` is closed.

    Does nothing if there is no terminal. Waiting costs nothing: poll(2) wakes for a hang-up that nobody asked for.
    """
    if os.isatty(descriptor):
        Thread(target=_wait_and_end, args=(descriptor,), name="hang-up", daemon=True).start()


def _wait_and_end(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
