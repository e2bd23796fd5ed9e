"""What a keyboard scanner meant, when the keyboard of the till is not a US one. Pure.

A scanner that acts as a keyboard sends key numbers, as a US keyboard would to print the code. The terminal turns
them into whatever the cashier's layout has on those keys: ``2012345678903`` becomes ``éà&é"'(-è_çà"`` in France and
``42/7`` becomes ``۴۲/۷`` in Iran. This file turns it back, exactly or not at all.

Dead keys lose characters for good, and worse, swallow the next one: under a German layout ``+98`` arrives as ``8``.
``lost`` names them, so that whoever reads a code that can hold one of them knows that it cannot be trusted.

Undo first, normalize after: NFC would reorder the vowel signs that stand for E and R on an Arabic keyboard.

CapsLock inverts letters, which codes of the shop do not mind, and is left alone there. Where it changes more, as in
France, whose digits become capitals with accents, it is undone as well.
"""

from functools import cache
from typing import Final

from drivers.codes.keymap import LAYOUTS

_DEAD: Final = "\0"
_UNTOUCHED: Final = " \t\r\n\x1d"
"""The space bar, Tab and Enter are the same everywhere, and Ctrl+] (GS) carries no character of the layout."""


def undo(text: str, layout: str) -> str | None:
    """Return what a US keyboard would have typed, or ``None`` if ``layout`` cannot have produced ``text``.

    ``layout`` is a name of ``drivers.codes.keymap.LAYOUTS``.

    >>> undo("۲۰۱۲۳۴۵۶۷۸۹۰۳", "fa")
    '2012345678903'
    >>> undo("MEMBER*42", "tr")
    'MEMBER-42'
    >>> undo("ÉÀÀ&", "fr")
    '2001'
    """
    origin = _origins(layout)
    for typed in (text, _without_caps_lock(text)):
        if all(char in origin for char in typed):
            return "".join(origin[char] for char in typed)
    return None


def lost(layout: str) -> frozenset[str]:
    """Return the characters of a US keyboard that sit on dead keys of ``layout``."""
    return frozenset(us for us, typed in _pairs(layout) if typed == _DEAD)


def _without_caps_lock(text: str) -> str:
    """Swap capitals and small letters, but for letters whose other case is not one letter (German sharp s)."""
    return "".join(other if len(other := char.swapcase()) == 1 else char for char in text)


@cache
def _origins(layout: str) -> dict[str, str]:
    return {typed: us for us, typed in _pairs(layout) if typed != _DEAD} | {char: char for char in _UNTOUCHED}


def _pairs(layout: str) -> list[tuple[str, str]]:
    meant, typed = LAYOUTS["us"], LAYOUTS[layout]
    return [
        pair
        for us_rows, rows in zip(meant, typed, strict=True)
        for us_row, row in zip(us_rows, rows, strict=True)
        for pair in zip(us_row, row, strict=True)
    ]
