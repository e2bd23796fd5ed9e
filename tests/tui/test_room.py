"""What the screen does when there is more than room for it."""

import pytest

from tests.support.running_till import RunningTill
from tests.tui.screen import Screen, on_screen
from tests.tui.test_flow import greeted


async def test_the_basket_says_how_many_lines_have_no_room(till: RunningTill) -> None:
    """↑ and ↓ count what lies above and below, follow the selected line and the window, and go with the lines."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        basket = screen.app.screen.query_one("#basket")
        room = screen.app.screen.query_one("#lines").size.height
        assert not basket.border_subtitle
        for _ in range(room + 2):
            await screen.press(*"1000", "enter")
        await screen.until(lambda: basket.border_subtitle == "↑ 2 more", "two above")
        await screen.press(*["up"] * room)
        await screen.until(lambda: basket.border_subtitle == "↑ 1 more · ↓ 1 more", "one above, one below")
        await screen.press("up")
        await screen.until(lambda: basket.border_subtitle == "↓ 2 more", "two below")
        await screen.pilot.resize_terminal(80, 26)
        await screen.until(lambda: not basket.border_subtitle, "room for all")


async def test_help_says_when_there_is_a_second_page(till: RunningTill) -> None:
    """All of it fits into 80 by 24; in less, until PgDn has been there, and again after PgUp."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.press("f1")
        page = screen.app.screen.query_one("#page")
        await screen.until(lambda: page.border_subtitle == "Esc: back", "one page")
        await screen.pilot.resize_terminal(80, 20)
        await screen.until(lambda: page.border_subtitle == "PgDn: more · Esc: back", "more")
        await screen.press("pagedown")
        await screen.until(lambda: page.border_subtitle == "Esc: back", "the end")
        await screen.press("pageup")
        await screen.until(lambda: page.border_subtitle == "PgDn: more · Esc: back", "more again")


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (60, 15)])
async def test_a_sale_that_cannot_be_seen_cannot_be_paid(till: RunningTill, size: tuple[int, int]) -> None:
    """A small window holds one sentence and its keys do nothing; the sale is back with the room for it."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        await screen.press("7")
        await screen.pilot.resize_terminal(*size)
        await screen.until(lambda: screen.texts() == "The window is too small: 80×24 are needed", "one sentence")
        await screen.press("f9", "5", "enter")
        await screen.pilot.resize_terminal(80, 24)
        await screen.shows("To pay | 20,000", "#total")
        assert screen.typed == "7"
        await screen.press("backspace", "f9")
        await screen.shows("Thank you, Ms Carter", "#greeting")


@pytest.mark.parametrize(("language", "sentence"), [("fa", "پنجره کوچک است"), ("ar", "النافذة صغيرة")])
async def test_a_window_that_opens_too_small_says_so_in_the_language_of_the_screen(
    till: RunningTill, language: str, sentence: str
) -> None:
    """From the first moment, with the width before the height; and the field can be typed into afterwards."""
    async with on_screen(till.socket, language=language, size=(60, 15)) as screen:
        await screen.shows(sentence)
        assert "80×24" in screen.drawn("#small")
        await screen.pilot.resize_terminal(80, 24)
        await screen.until(lambda: bool(screen.texts("#invitation")), "the till at rest")
        await screen.press("7")
        assert screen.typed == "7"


async def test_what_is_to_pay_stands_at_the_foot_of_the_basket(till: RunningTill) -> None:
    """From the greeting on, so that it does not jump with the first line; also when the window grows."""

    def foot(screen: Screen) -> str:
        return screen.drawn("#total").rpartition("\n")[2]

    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.until(lambda: foot(screen).startswith("To pay"), "the last of two rows")
        await screen.pilot.resize_terminal(120, 40)
        await screen.until(lambda: screen.drawn("#total").count("\n") == 4, "more rows")
        await screen.until(lambda: foot(screen).startswith("To pay"), "the last of five rows")
