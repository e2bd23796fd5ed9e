"""Give the terminal back after a screen that could not do so itself."""

import sys
import termios
from collections.abc import Callable
from typing import Final

_OURS_AGAIN: Final = (
    "\x1b[?2026l"  # draw at once (synchronised output)
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[<u"  # no reports of focus, pastes, sizes; keys as they were
    "\x1b[?1049l\x1b[?25h\x1b[0m"  # the ordinary page, with a cursor and without colours
    "\x1b[8h"  # the terminal orders right-to-left text itself (ECMA-48 §7.2.1, BDSM)
)


def restorer() -> Callable[[], None]:
    """Note how the terminal is; return what puts it back so. A screen ends raw mode itself unless it is killed."""
    was = termios.tcgetattr(sys.stdin)

    def restore() -> None:
        sys.stderr.write(_OURS_AGAIN)
        sys.stderr.flush()
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, was)

    return restore
