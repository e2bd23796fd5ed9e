"""The one place where text leaves logical order: a line as a terminal without BiDi must draw it.

Call :func:`visual_line` on a line that is already wrapped and cropped, at the last step before painting, with the
terminal's own BiDi off. What it returns is for the eye only: never store, send, search or print it.

Isolates, ZWNJ, ZWJ, LRM and the other invisible characters have their effect and are then dropped. A zero-width
joiner between emoji is dropped too, so a joined emoji in a right-to-left line falls into its parts.
"""

import re
from functools import lru_cache

from pos_loyalty.i18n.levels import bidi_class, first_strong, resolve, visual_order
from pos_loyalty.i18n.mirrors import MIRRORED
from pos_loyalty.i18n.shaping import clusters_of, shape

_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
# Scripts and controls that can move a character in a left-to-right line; ALM is inside the first range.
_MOVES = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Arabic letters, their marks, spaces and ZWNJ: text that cannot disturb a right-to-left line nor be disturbed.
_PLAIN_RTL = re.compile("[\u0620-\u064a\u066e-\u06d3][\u0620-\u065f\u066e-\u06d3\u200c ]*")
_MARKS = frozenset("\u061c\u200e\u200f")
_INVISIBLE = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})

# A screen of 40 rows and a few segments a row fits; the worst line (95 cells) holds 13 KB, so 7 MB in all.
_LINES_KEPT = 512


def needs_bidi(text: str, base: int | None = None) -> bool:
    """Whether ``text`` can look different from its logical order; under a microsecond a line.

    In a right-to-left line even plain English moves: its full stop goes to the other end.
    """
    return base == 1 or (not text.isascii() and _MOVES.search(text) is not None)


@lru_cache(maxsize=_LINES_KEPT)
def visual_line(text: str, base: int | None, *, shaping: bool = True) -> tuple[tuple[str, int], ...]:
    """Return the clusters of one line from left to right, each with its index in ``text``.

    A cluster is what one cell (or two, for wide characters) draws: a letter with its marks (so that L3 holds), lam
    with alef, mirrored where UAX #9 says so (L4). The indices map the cursor, styles and the mouse between the two
    orders.

    Args:
        text: one line, in logical order.
        base: 0 for a left-to-right line, 1 for a right-to-left one, None to let the first strong letter say
            (P2, P3; without one, 0).
        shaping: False draws plain letters, for fonts that lack the presentation forms.
    """
    if base is None:
        base = first_strong(text) or 0
    if not needs_bidi(text, base):
        return tuple(clusters_of(text))
    levels = resolve(text, base)
    items = shape(text) if shaping else clusters_of(text)
    shown = ((item[1:] if _is_invisible(text[i]) else item, i) for item, i in items)
    visible = [(_mirrored(item, levels[i]), i) for item, i in shown if item]
    return tuple(visible[k] for k in visual_order([levels[i] for _, i in visible]))


def visual(text: str, base: int | None = None, *, shaping: bool = True) -> str:
    """Return one line as a terminal draws it, for titles and table cells.

    >>> visual("abc")
    'abc'
    >>> visual("سلام (1)") == "(1) ﻡﻼﺳ"
    True
    """
    return "".join(cluster for cluster, _ in visual_line(text, base, shaping=shaping))


def isolate(text: str) -> str:
    """Return ``text`` so that it neither turns its surroundings nor is turned by them (FSI … PDI): a name.

    Embeddings, overrides and isolates inside are dropped, so a name that carries a PDI cannot break out: this is for
    a value, not for a sentence with isolates of its own.
    """
    return f"{_FSI}{text.translate(_CONTROLS)}{_PDI}"


def isolate_in(text: str, base: int) -> str:
    """Return ``text`` isolated, unless it is plainly of the direction of the line that it goes into.

    >>> isolate_in("Sara", 0) == "Sara", isolate_in("سارا", 1) == "سارا", isolate_in("سارا", 0) == isolate("سارا")
    (True, True, True)
    """
    plain = _PLAIN_RTL.fullmatch(text) is not None if base else not needs_bidi(text)
    return text if plain else isolate(text)


def isolate_ltr(text: str) -> str:
    """Return ``text`` as a left-to-right island (LRI … PDI): a phone number, card code, IBAN or ISO date.

    Without it ``+98 912 345 6789`` shows back to front in a Persian sentence, as UAX #9 prescribes.
    """
    return f"{_LRI}{text.translate(_CONTROLS)}{_PDI}"


def _mirrored(cluster: str, level: int) -> str:
    """L4."""
    return MIRRORED.get(cluster[0], cluster[0]) + cluster[1:] if level % 2 else cluster


def _is_invisible(char: str) -> bool:
    return char in _MARKS or bidi_class(char) in _INVISIBLE
