"""One line to type in. The text is logical and its own; only the drawing is not.

Textual's ``Input`` is not used: its arrow keys, selection and scrolling stand in the way of the keys of a till, and
it cannot draw right-to-left text (facts in docs/howto/terminal.md). Whatever is typed stays until it was granted.
"""

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from pos_loyalty.i18n.shaping import clusters_of
from tui.rtl import Piece, writing_of

_JOINERS = frozenset("\u200c\u200d")
"""The zero-width non-joiner, Shift+Space on a Persian keyboard, is part of how many words are spelt; it and the joiner
are format characters (Unicode category Cf), which Python does not call printable."""
TEXT_MAX = 600
"""Characters. A code has at most 512 and the service answers for the length of a note."""


class Entry(Widget, can_focus=True):
    """A field with a prompt, a hint while it is empty, and a cursor.

    ``movable`` gives the arrow keys to the cursor; else they belong to the screen around it. ``pick`` may take a
    digit that chooses from a list instead of being typed; it returns whether it did.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"entry--{name}" for name in ("prompt", "hint", "cursor", "text")}

    class Typed(Message):
        """The text has changed."""

        def __init__(self, entry: "Entry") -> None:
            super().__init__()
            self.entry = entry

        @property
        def control(self) -> "Entry":
            """The field, for ``@on`` with a selector."""
            return self.entry

    class Entered(Typed):
        """Enter was pressed; the field keeps its text until :meth:`Entry.take`."""

    def __init__(self, *, movable: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.movable = movable
        self.pick: Callable[[int], bool] | None = None
        self._text = self._prompt = self._hint = ""
        self._cursor = 0
        self._given_back = False

    @property
    def text(self) -> str:
        """What was typed, in logical order."""
        return self._text

    def ask(self, prompt: str, hint: str = "") -> None:
        """Show another prompt and hint; the text stays."""
        if (prompt, hint) != (self._prompt, self._hint):
            self._prompt, self._hint = prompt, hint
            self.refresh()

    def put(self, text: str, *, given_back: bool = False) -> None:
        """Replace the text. One that is ``given_back`` can be edited, or is replaced by simply typing on."""
        self._given_back = given_back
        self._text, self._cursor = text[:TEXT_MAX], len(text[:TEXT_MAX])
        self.refresh()
        self.post_message(self.Typed(self))

    def take(self) -> str:
        """Return the text and leave the field empty."""
        text = self._text
        if text:
            self.put("")
        return text

    def on_key(self, event: events.Key) -> None:
        """Edit; keys that mean nothing here go on to the screen."""
        if self._edit(event):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text as if it had been typed."""
        event.stop()
        self._insert(" ".join(event.text.split()))

    def _edit(self, event: events.Key) -> bool:
        typed = event.character if event.is_printable or event.character in _JOINERS else None
        if typed:
            if self._picked(typed):
                return True
            if not self._wanted(typed):
                return False
            self._insert(typed)
        elif event.key == "enter":
            self.post_message(self.Entered(self))
        elif event.key in {"backspace", "ctrl+h"} and self._text:
            self._erase()
        elif event.key == "ctrl+u" and self._text:
            self.put("")
        elif self.movable and event.key in {"left", "right", "home", "end"}:
            self._move(event.key)
        else:
            return False
        return True

    def _picked(self, typed: str) -> bool:
        return self.pick is not None and typed.isdecimal() and len(typed) == 1 and self.pick(int(typed))

    def _wanted(self, typed: str) -> bool:
        # In an empty field + and - belong to the selected line; a code may hold them further on.
        return self.movable or bool(self._text) or typed not in {"+", "-"}

    def _insert(self, typed: str) -> None:
        if self._given_back:
            self._text, self._cursor = "", 0
        room = TEXT_MAX - len(self._text)
        self._text = self._text[: self._cursor] + typed[:room] + self._text[self._cursor :]
        self._cursor += len(typed[:room])
        self._changed()

    def _erase(self) -> None:
        before = clusters_of(self._text[: self._cursor])
        if before:
            start = before[-1][1]
            self._text = self._text[:start] + self._text[self._cursor :]
            self._cursor = start
            self._changed()

    def _changed(self) -> None:
        self._given_back = False
        self.refresh()
        self.post_message(self.Typed(self))

    def _move(self, key: str) -> None:
        forward = "left" if writing_of(self).mirrored else "right"
        stops = [start for _, start in clusters_of(self._text)] + [len(self._text)]
        here = stops.index(self._cursor) if self._cursor in stops else len(stops) - 1
        step = {"home": -len(stops), "end": len(stops)}.get(key, 1 if key == forward else -1)
        self._cursor = stops[min(len(stops) - 1, max(0, here + step))]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line, or one of the lines of a field that is higher than one."""
        writing, width = writing_of(self), self.size.width
        fill = self.get_component_rich_style("entry--text")
        gutter = min(cell_len(self._prompt) + 1, width // 2) if self._prompt else 0
        prompts = [(self._prompt if y == 0 else "", self.get_component_rich_style("entry--prompt"))]
        lines = self._broken(width - gutter)
        columns = [
            writing.cells(prompts, gutter, fill),
            writing.cells(lines[y] if y < len(lines) else [], width - gutter, fill),
        ]
        return Strip(writing.across(columns), width)

    def _broken(self, width: int) -> list[list[Piece]]:
        cursor = self.get_component_rich_style("entry--cursor")
        plain = self.get_component_rich_style("entry--hint" if self._given_back else "entry--text")
        if not self._text:
            hint = self.get_component_rich_style("entry--hint")
            return [[(" ", cursor), (f" {self._hint}", hint)]]
        if self.size.height > 1:
            return self._several(width, plain, cursor)
        start = 0
        while cell_len(self._text[start : self._cursor]) >= width and start < self._cursor:
            start += 1
        return [self._styled(start, len(self._text), plain, cursor)]

    def _several(self, width: int, plain: Style, cursor: Style) -> list[list[Piece]]:
        lines = [self._styled(start, end, plain, cursor) for start, end in _breaks(self._text, width)]
        return lines[-self.size.height :]

    def _styled(self, start: int, end: int, plain: Style, cursor: Style) -> list[Piece]:
        if not (start <= self._cursor < end or self._cursor == end == len(self._text)):
            return [(self._text[start:end], plain)]
        under = self._text[self._cursor : self._cursor + 1] or " "
        return [
            (self._text[start : self._cursor], plain),
            (under, cursor),
            (self._text[self._cursor + 1 : end], plain),
        ]


def _breaks(text: str, width: int) -> list[tuple[int, int]]:
    """Return where each line of ``text`` starts and ends; unlike for reading, no blank is dropped."""
    spans: list[tuple[int, int]] = []
    start, room = 0, max(1, width - 1)
    while len(text) - start > room:
        blank = text.rfind(" ", start, start + room)
        end = blank + 1 if blank > start else start + room
        spans.append((start, end))
        start = end
    return [*spans, (start, len(text))]
