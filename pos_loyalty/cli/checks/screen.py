"""Whether this terminal can show the screen."""

import locale
import os
from collections.abc import Iterator
from typing import Final

from pos_loyalty.cli.checks.finding import Finding

_AREA = "screen"
_REORDERING: Final = {"KONSOLE_VERSION": "Konsole", "MLTERM": "mlterm", "KITTY_WINDOW_ID": "kitty"}
"""Terminals that put right-to-left text in order themselves, whatever a program says; by a variable they set."""


def check_screen() -> Iterator[Finding]:
    """Look at character set, kind of terminal and right-to-left text."""
    charset = locale.nl_langinfo(locale.CODESET)
    wrong = "names in Persian and Arabic need UTF-8: set LANG=C.UTF-8 in the environment of the screen"
    yield Finding(_AREA, f"character set {charset}", "" if charset.upper() == "UTF-8" else wrong)
    term = os.environ.get("TERM", "")
    known = term not in ("", "dumb", "unknown")
    yield Finding(_AREA, f"TERM is {term or 'not set'}", "" if known else "open the screen in a real terminal")
    for variable, name in _REORDERING.items():
        if variable in os.environ:
            advice = 'switch its BiDi off, or set bidi = "terminal" (docs/howto/terminal.md)'
            yield Finding(_AREA, f"{name} puts right-to-left words in order itself", advice)
