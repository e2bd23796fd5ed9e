"""The keys that mean something now, each always in its own place."""

from collections.abc import Sequence
from typing import ClassVar

from textual.strip import Strip
from textual.widget import Widget

from tui.present.keys import Slot
from tui.rtl import writing_of

_ROWS = 2


class KeyBar(Widget):
    """Two rows of slots. A key that does nothing now leaves its slot empty; nothing moves up."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._slots: tuple[Slot, ...] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """What is shown."""
        return self._slots

    def show(self, slots: Sequence[Slot]) -> None:
        """Show these slots."""
        if tuple(slots) != self._slots:
            self._slots = tuple(slots)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one row of slots."""
        writing, width = writing_of(self), self.size.width
        in_row = -(-len(self._slots) // _ROWS) or 1
        key, label = (self.get_component_rich_style(f"key-bar--{name}") for name in ("key", "label"))
        columns = []
        for n, slot in enumerate(self._slots[y * in_row : (y + 1) * in_row]):
            slot_width = width * (n + 1) // in_row - width * n // in_row
            key_width = min(slot_width, 4)
            columns.append(writing.cells([(slot.key if slot.label else "", key)], key_width, label))
            columns.append(writing.cells([(slot.label, label)], slot_width - key_width, label))
        columns = columns or [writing.cells([], width, label)]
        return Strip(writing.across(columns), width)
