"""The one widget that draws text: rows in, cells out."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.rows import Role, Row
from tui.rtl import Writing, wrapped, writing_of

_GAP = 2
"""Cells between the text of a row and the text at its end."""


class Pane(Widget):
    """A fixed place on the screen. What it shows is replaced, never moved: nothing is mounted to greet somebody."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pane--{role.value}" for role in Role} | {"pane--selected"}

    class Hides(Message):
        """Other lines than before, or more or fewer, have no room above or below."""

        def __init__(self, pane: "Pane", above: int, below: int) -> None:
            super().__init__()
            self.pane = pane
            self.above = above
            self.below = below

        @property
        def control(self) -> "Pane":
            """The pane, for ``@on`` with a selector."""
            return self.pane

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._heading = self._foot = ""
        self._strips: list[Strip] = []
        self._drawn: tuple[int, Writing, int] | None = None
        self._generation = 0
        self._top = 0
        self._kept: tuple[int, int] | None = None
        self._hidden = (0, 0)

    def show(self, rows: Sequence[Row], *, heading: str = "", foot: str = "") -> None:
        """Draw these rows from now on, with a heading and a foot in the border where there is one."""
        if (tuple(rows), heading, foot) == (self._rows, self._heading, self._foot):
            return
        if heading != self._heading or not rows:
            self._top = 0
        self._rows, self._heading, self._foot = tuple(rows), heading, foot
        self.redraw()

    def redraw(self) -> None:
        """Draw again: the rows, or the writing of the screen, have changed."""
        self._generation += 1
        entitle(self, self._heading, self._foot)
        self.refresh()
        self._tell_hidden()

    def to_top(self) -> None:
        """Show the first row again."""
        if self._top:
            self._top = 0
            self.refresh()
            self._tell_hidden()

    def page(self, step: int) -> bool:
        """Show what lies further down (1) or up (-1); return whether there was anything."""
        furthest = max(0, len(self._lines()) - self.size.height)
        top = min(furthest, max(0, self._top + step * max(1, self.size.height - 1)))
        moved = top != self._top
        self._top = top
        if moved:
            self.refresh()
            self._tell_hidden()
        return moved

    def on_resize(self) -> None:
        """Count anew what has no room."""
        self._tell_hidden()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, in logical order."""
        return self._rows

    def render_line(self, y: int) -> Strip:
        """Return one line, ready for the terminal."""
        lines = self._lines()
        line = y + self._offset(lines)
        return lines[line] if line < len(lines) else Strip.blank(self.size.width, self._style(None))

    def _tell_hidden(self) -> None:
        if not self.size:
            return
        lines = self._lines()
        above = self._offset(lines)
        hidden = (above, max(0, len(lines) - above - self.size.height))
        if hidden != self._hidden:
            self._hidden = hidden
            self.post_message(self.Hides(self, *hidden))

    def _offset(self, lines: Sequence[Strip]) -> int:
        if self._kept is None:
            return min(self._top, max(0, len(lines) - 1))
        first, last = self._kept
        top = min(self._top, max(0, len(lines) - self.size.height))
        self._top = min(max(top, last - self.size.height + 1), first)
        return self._top

    def _lines(self) -> list[Strip]:
        state = (self.size.width, writing_of(self), self._generation)
        if self._drawn != state:
            self._strips = []
            kept: list[int] = []
            for row in self._rows:
                strips = self._row(row)
                if row.selected or row.kept:
                    kept += range(len(self._strips), len(self._strips) + len(strips))
                self._strips += strips
            self._kept = (kept[0], kept[-1]) if kept else None
            self._drawn = state
        return self._strips

    def _row(self, row: Row) -> list[Strip]:
        width = self.size.width
        mark = min(row.gutter, width) if row.symbol else 0
        if row.folds and row.end and mark + cell_len(row.text) + _GAP + cell_len(row.end) > width:
            below = replace(row, text=row.end, role=row.end_role, end="", symbol=row.symbol and " ", folds=False)
            return [*self._row(replace(row, end="", folds=False)), *self._row(below)]
        writing, fill = writing_of(self), self._style(None, selected=row.selected)
        end = cell_len(row.end) + _GAP if row.end else 0
        room = max(0, width - end - mark)
        strips = []
        for n, text in enumerate(wrapped(row.text, room, row.lines) if row.lines > 1 else [row.text]):
            columns: list[list[Segment]] = []
            if mark:
                symbol_style = self._style(row.symbol_role or row.role, selected=row.selected)
                columns.append(writing.cells([(row.symbol if n == 0 else "", symbol_style)], mark, fill))
            style = self._style(row.role, selected=row.selected)
            columns.append(writing.cells([(text, style)], room, fill, personal=row.personal))
            if end:
                end_style = self._style(row.end_role, selected=row.selected)
                pieces = [(row.end if n == 0 else "", end_style)]
                columns.append(writing.cells(pieces, min(end, width), fill, at_end=True))
            strips.append(Strip(writing.across(columns), width))
        return strips

    def _style(self, role: Role | None, *, selected: bool = False) -> Style:
        style = self.get_component_rich_style(f"pane--{(role or Role.PLAIN).value}")
        return style + self.get_component_rich_style("pane--selected") if selected else style

    def notify_style_update(self) -> None:
        """Forget cells drawn in colours that no longer hold."""
        super().notify_style_update()
        self._generation += 1


def entitle(widget: Widget, heading: str, foot: str = "") -> None:
    """Put a heading at the start of the upper border of ``widget`` and a foot at the end of the lower one."""
    writing = writing_of(widget)
    widget.styles.border_title_align = "right" if writing.mirrored else "left"
    widget.styles.border_subtitle_align = "left" if writing.mirrored else "right"
    widget.border_title = _bracketless(writing.text(heading)) if heading else None
    widget.border_subtitle = _bracketless(writing.text(foot)) if foot else None


def _bracketless(text: str) -> str:
    """Border titles are markup to Textual, so a square bracket needs its escape."""
    return text.replace("[", r"\[")
