"""What a screen shows, as data: rows of text with a role. ``present`` makes them, widgets draw them.

All text is in logical order.
"""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a text means; ``theme.tcss`` says how that looks. A symbol or a word always says it too."""

    PLAIN = "plain"
    NAME = "name"
    LEAD = "lead"
    """What to say to this person now."""
    HEAD = "head"
    QUIET = "quiet"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    TOTAL = "total"
    KEY = "key"
    TYPED = "typed"


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row: a text at the start of the line, perhaps another at its end."""

    text: str = ""
    role: Role = Role.PLAIN
    end: str = ""
    end_role: Role = Role.PLAIN
    symbol: str = ""
    """One cell before the text; wrapped lines stay clear of it."""
    symbol_role: Role | None = None
    """The role of the text, unless given."""
    gutter: int = 2
    """Cells kept for the symbol, where there is one."""
    lines: int = 1
    """Wraps to at most so many lines; what does not fit ends in an ellipsis."""
    folds: bool = False
    """Where both texts have no room beside each other, the one at the end goes on lines of its own."""
    selected: bool = False
    """Drawn on a band, and kept on the screen."""
    kept: bool = False
    """Stays on the screen where there are more rows than lines."""
    personal: bool = False
    """Somebody's own words: the text has the direction of its first letter, not that of the screen."""


BLANK = Row()
