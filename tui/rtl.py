"""The one render boundary: here a logical line becomes cells from left to right, and nowhere else.

Everything on the screen is drawn by :class:`~tui.widgets.pane.Pane` through :meth:`Writing.cells`, after wrapping and
cropping, one cell of a row at a time, so that neighbouring columns cannot run into each other. Containers with
:class:`Mirrored` lay out from the right when the screen's language asks for it. The terminal is told to keep its
hands off (``CSI 8 l``: bidirectional support mode BDSM explicit, ECMA-48 §8.3.16 and §7.2.1; VTE obeys, xterm, tmux
and foot need no telling) and is given its habits back on every way out.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region, Size
from textual.layout import DockArrangeResult
from textual.widget import Widget

from pos_loyalty.i18n.bidi import visual_line

BIDI_EXPLICIT, BIDI_IMPLICIT = "\x1b[8l", "\x1b[8h"
_ELLIPSIS = "…"
# The console fonts of Linux have 256 or 512 glyphs and none of these (Arabic-VGA32x16.psf.gz).
_CONSOLE = str.maketrans({"●": "*", "○": "o", "✓": "+", "★": "*", "→": ">", "…": ".", "▸": ">", "−": "-"})
# Our marks point along the line; Unicode gives these no mirrored property.
_POINTERS = str.maketrans({"▸": "◂"})
# A note is somebody's text: an escape sequence in it must not reach the terminal.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
# Rich counts a joined emoji as two cells and U+2764 U+FE0F as two; xterm draws the parts, and the one in one cell.
_ZWJ = "\u200d"
_UNDRAWN = _CONTROLS | dict.fromkeys(range(0xFE00, 0xFE10))
_JOINED_EMOJI = re.compile(f"(?<![\u0620-\u06ff]){_ZWJ}")

Piece = tuple[str, Style]


class BidiMode(StrEnum):
    """Who puts right-to-left text in order."""

    AUTO = "auto"
    """``terminal`` where the terminal is known to insist on doing it itself, else ``app``."""
    APP = "app"
    TERMINAL = "terminal"
    """Nothing is reordered or mirrored here, and the terminal is told to do it."""
    OFF = "off"
    """Nobody is told anything: for looking at what comes out."""


_INSISTING = ("KONSOLE_VERSION", "MLTERM", "KITTY_WINDOW_ID")
"""Konsole 22.12, mlterm 3.9 and kitty reorder whatever they are told; each has a switch or a better neighbour, see
docs/howto/terminal.md. Reordered twice, a word is unreadable; reordered once, by them, only columns move."""


def settled(mode: BidiMode, environment: Mapping[str, str] = os.environ) -> BidiMode:
    """Return ``mode`` with ``auto`` decided by the marks that terminals leave in the environment."""
    if mode is not BidiMode.AUTO:
        return mode
    insists = any(name in environment for name in _INSISTING) or environment.get("TERM_PROGRAM") == "Apple_Terminal"
    return BidiMode.TERMINAL if insists else BidiMode.APP


@dataclass(frozen=True, slots=True)
class Writing:
    """How logical lines reach the cells of this terminal."""

    rtl: bool = False
    """The language of the screen runs from right to left."""
    mode: BidiMode = BidiMode.APP
    console: bool = False
    """A Linux console: its font lacks our symbols."""

    @property
    def mirrored(self) -> bool:
        """Whether lines start at the right edge."""
        return self.rtl and self.mode is BidiMode.APP

    def text(self, text: str, *, personal: bool = False) -> str:
        """Return one line as it must be drawn, for border titles."""
        return "".join(segment.text for segment in self._ordered([(_drawable(text), Style.null())], personal=personal))

    def cells(
        self, pieces: Sequence[Piece], width: int, fill: Style, *, at_end: bool = False, personal: bool = False
    ) -> list[Segment]:
        """Return one line, or one column of it, as exactly ``width`` cells.

        Args:
            pieces: logical text with its styles.
            width: cells to fill; what does not fit is cut at the logical end and marked by an ellipsis.
            fill: style of the cells that no text covers.
            at_end: flush with the end of the line (left in a right-to-left screen) instead of its start.
            personal: the text brings its own direction.
        """
        fitted = _fit([(_drawable(text), style) for text, style in pieces], width)
        segments = self._ordered(fitted, personal=personal)
        lack = width - sum(cell_len(segment.text) for segment in segments)
        if lack <= 0:
            return segments
        padding = Segment(" " * lack, fill)
        return [padding, *segments] if at_end != self.mirrored else [*segments, padding]

    def across(self, columns: Sequence[list[Segment]]) -> list[Segment]:
        """Return the columns of a line, first one first, side by side as this screen reads."""
        ordered = reversed(columns) if self.mirrored else columns
        return [segment for column in ordered for segment in column]

    def _ordered(self, pieces: Sequence[Piece], *, personal: bool) -> list[Segment]:
        if self.console:
            pieces = [(text.translate(_CONSOLE), style) for text, style in pieces]
        if self.mode is not BidiMode.APP:
            return [Segment(text, style) for text, style in pieces if text]
        if self.rtl:
            pieces = [(text.translate(_POINTERS), style) for text, style in pieces]
        line = "".join(text for text, _ in pieces)
        styles = [style for text, style in pieces for _ in text]
        segments: list[Segment] = []
        run: list[str] = []
        current = Style.null()
        for cluster, i in visual_line(line, None if personal else int(self.rtl)):
            if run and styles[i] is not current:
                segments.append(Segment("".join(run), current))
                run = []
            current = styles[i]
            run.append(cluster)
        if run:
            segments.append(Segment("".join(run), current))
        return segments


def _drawable(text: str) -> str:
    """Return ``text`` with one cell, or two, for every character that takes any."""
    return _JOINED_EMOJI.sub("", text.translate(_UNDRAWN))


def _width(text: str) -> int:
    # Rich gives no cell to what follows a joiner; after an Arabic letter it only chooses the form.
    return cell_len(text.replace(_ZWJ, ""))


def _fit(pieces: Sequence[Piece], width: int) -> list[Piece]:
    room = width
    if sum(_width(text) for text, _ in pieces) <= room:
        return [*pieces]
    fitted: list[Piece] = []
    room -= 1
    for text, style in ((text.replace(_ZWJ, ""), style) for text, style in pieces):
        if (length := cell_len(text)) > room:
            fitted.append((f"{set_cell_size(text, room).rstrip()}{_ELLIPSIS}", style))
            break
        fitted.append((text, style))
        room -= length
    return fitted if width > 0 else []


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """Break logical ``text`` at blanks into at most ``lines`` lines of ``width`` cells; the last holds the rest."""
    broken: list[str] = []
    words = _words(text, width)
    while words and len(broken) < lines - 1:
        line, room = words.pop(0), width
        room -= _width(line)
        while words and _width(words[0]) < room:
            room -= _width(words[0]) + 1
            line = f"{line} {words.pop(0)}"
        broken.append(line)
    return [*broken, " ".join(words)] if words or not broken else broken


def _words(text: str, width: int) -> list[str]:
    """Split at blanks, but leave a dot between two items with the first, and what follows a colon with it."""
    words: list[str] = []
    for word in text.split():
        if words and (word == "·" or (words[-1].endswith(":") and _width(f"{words[-1]} {word}") <= width)):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


class WritingApp(App[None]):
    """An application whose widgets know how lines reach the terminal."""

    writing = Writing()


def writing_of(widget: Widget) -> Writing:
    """Return how lines of ``widget`` reach the terminal."""
    app = widget.app
    return app.writing if isinstance(app, WritingApp) else Writing()


class Mirrored(Widget):
    """Lays its children out from the right while the screen reads from right to left."""

    _mirror: tuple[DockArrangeResult, DockArrangeResult] | None = None

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:  # noqa: FBT001, FBT002 - Textual's signature
        """Return the places of the children, each as far from the right edge as it was from the left."""
        result = super().arrange(size, optimal)
        if optimal or not writing_of(self).mirrored:
            return result
        if self._mirror is None or self._mirror[0] is not result:
            self._mirror = (result, _mirror(result, size))
        return self._mirror[1]


def _mirror(result: DockArrangeResult, size: Size) -> DockArrangeResult:
    placements = [
        place
        if place.overlay
        else place._replace(
            region=Region(size.width - place.region.right, place.region.y, place.region.width, place.region.height)
        )
        for place in result.placements
    ]
    return DockArrangeResult(placements, result.widgets, result.scroll_spacing)


@contextmanager
def terminal_order(mode: BidiMode) -> Iterator[None]:
    """Tell the terminal who orders the text, and give it its own habits back on the way out, crash or not."""
    if mode is BidiMode.OFF or sys.__stderr__ is None or not sys.__stderr__.isatty():
        yield
        return
    _tell(BIDI_EXPLICIT if mode is BidiMode.APP else BIDI_IMPLICIT)
    try:
        yield
    finally:
        _tell(BIDI_IMPLICIT)


def _tell(sequence: str) -> None:
    # Textual draws on stderr; the switch has to travel on the same wire, in order.
    if sys.__stderr__ is not None:
        sys.__stderr__.write(sequence)
        sys.__stderr__.flush()
