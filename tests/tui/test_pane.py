"""The widget that draws rows."""

from textual.app import ComposeResult

from tui.rows import Row
from tui.rtl import WritingApp
from tui.widgets.pane import Pane


class _Alone(WritingApp):
    CSS = "Pane { width: 8; height: 3; }"

    def compose(self) -> ComposeResult:
        """One pane of three lines."""
        yield Pane()


def _drawn(pane: Pane) -> str:
    return "".join(pane.render_line(y).text.strip() for y in range(pane.size.height))


async def test_kept_rows_stay_on_the_screen() -> None:
    """The marked reward is seen though the rewards before it fill the pane, and then the first one again."""
    async with _Alone().run_test() as pilot:
        pane = pilot.app.query_one(Pane)
        for kept, seen in (("c", "abc"), ("de", "cde"), ("ef", "def"), ("d", "def"), ("a", "abc")):
            pane.show([Row(letter, kept=letter in kept) for letter in "abcdef"])
            assert _drawn(pane) == seen


async def test_rows_that_became_fewer_leave_no_gap() -> None:
    """What was scrolled away comes back when there is room for it."""
    async with _Alone().run_test() as pilot:
        pane = pilot.app.query_one(Pane)
        pane.show([Row(letter, kept=letter == "f") for letter in "abcdef"])
        assert _drawn(pane) == "def"
        pane.show([Row(letter, kept=letter == "c") for letter in "abc"])
        assert _drawn(pane) == "abc"


async def test_two_texts_without_room_beside_each_other_fold() -> None:
    """The second goes below the first, clear of the symbol; with room they share a line."""
    async with _Alone().run_test() as pilot:
        pane = pilot.app.query_one(Pane)
        pane.show([Row("abcde", end="fgh", symbol="·", folds=True)])
        assert [pane.render_line(y).text.rstrip() for y in (0, 1)] == ["· abcde", "  fgh"]
        pane.show([Row("a", end="bcd", folds=True)])
        assert pane.render_line(0).text == "a    bcd"
