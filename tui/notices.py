"""The one notice on the screen: the newest, for as long as it takes to read it."""

from collections.abc import Callable

from tui.rows import Role, Row

NOTICE_S = 8.0
"""How long a notice stays: two calm readings of the longest."""

_SYMBOLS = {Role.GOOD: "✓", Role.BAD: "×"}


class Notices:
    """What the cashier is told, and when it goes."""

    def __init__(
        self,
        after: Callable[[float, Callable[[], None]], object],
        changed: Callable[[], object],
        ring: Callable[[], object],
    ) -> None:
        """Make an empty board.

        Args:
            after: calls a function so many seconds later.
            changed: called when a notice has come or gone by itself.
            ring: makes a sound.
        """
        self._after, self._changed, self._ring = after, changed, ring
        self.row: Row | None = None

    def put(self, sentence: str, role: Role = Role.WARN, *, alarm: bool = True) -> None:
        """Show a notice until something else clears it."""
        self.row = Row(sentence, role, symbol=_SYMBOLS.get(role, "!"), lines=2)
        if alarm:
            self._ring()

    def tell(self, sentence: str, role: Role = Role.WARN, *, alarm: bool = True) -> None:
        """Show a notice for ``NOTICE_S``."""
        self.put(sentence, role, alarm=alarm)
        told = self.row
        self._after(NOTICE_S, lambda: self._forget(told))
        self._changed()

    def withdraw(self, sentence: str) -> None:
        """Show ``sentence`` no longer, if it is what is shown."""
        if self.row and self.row.text == sentence:
            self._forget(self.row)

    def clear(self) -> None:
        """Show none."""
        self.row = None

    def _forget(self, told: Row | None) -> None:
        if self.row is told:
            self.row = None
            self._changed()
