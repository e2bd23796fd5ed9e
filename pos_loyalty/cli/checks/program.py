"""The program itself: its interpreter, its SQLite, and whether its import names are its own."""

import platform
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from typing import Final

from pos_loyalty import __version__
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.store.linked_sqlite import is_fixed, linked_version

_AREA = "program"
_DISTRIBUTION: Final = "pos-loyalty"
_NAMES: Final = ("pos_loyalty", "drivers", "tui", "sync")


def check_program() -> Iterator[Finding]:
    """Look at versions and import names."""
    yield Finding(_AREA, f"pos-loyalty {__version__}, Python {platform.python_version()}")
    yield _sqlite()
    yield from _names()


def _sqlite() -> Finding:
    version = linked_version()
    seen = f"SQLite {'.'.join(map(str, version))}"
    if is_fixed(version):
        return Finding(_AREA, seen)
    remedy = "this one can lose commits in WAL mode: install the wheel of pysqlite3, or SQLite 3.51.3 or newer"
    return Finding(_AREA, seen, remedy)


def _names() -> Iterator[Finding]:
    owners = packages_distributions()
    for name in _NAMES:
        others = sorted({*owners.get(name, ())} - {_DISTRIBUTION})
        if others:
            remedy = "install pos-loyalty alone in its own virtual environment; two packages overwrite each other here"
            yield Finding(_AREA, f"the import name {name} also belongs to {', '.join(others)}", remedy)
    if not any(name in owners for name in _NAMES):
        yield Finding(_AREA, "runs from a source tree (an editable install owns no names)")
