"""A reader that types into the terminal, before a real till: whose keys reach which field."""

import time
from collections.abc import AsyncIterator

import pytest
from textual import events
from textual.keys import _character_to_key

from pos_loyalty.service.wire import TillView
from tests.support.running_till import RunningTill
from tests.support.small_shop import EMILY_CODE, PAYMENT_CARD, REZA_CODE, SHARED_CODE, SHIRT_CODE
from tests.tui.screen import Screen, on_screen
from tui.bursts import Burst
from tui.messages import Answered, Lost
from tui.wishes import Read

NAMES = {"\r": "enter", "\t": "tab", "\n": "ctrl+j", "\x1d": "ctrl+right_square_bracket"}


class Keyboard:
    """One keyboard, a person's and a reader's: keys with the times at which the terminal was read."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._at_s = time.monotonic() - 30

    def reads(self, code: str, end: str = "\r") -> None:
        """Press keys as a reader does, a second after the key before."""
        self._press(code + end, 0.006, pause_s=1.0)

    def types(self, text: str) -> None:
        """Press keys as a person does, without waiting for what the screen does with them."""
        self._press(text, 0.1, pause_s=1.0)

    def _press(self, text: str, gap_s: float, *, pause_s: float) -> None:
        self._at_s += pause_s - gap_s
        for char in text:
            self._at_s += gap_s
            name = NAMES.get(char) or (char if char.isalnum() else _character_to_key(char))
            key = events.Key(name, char)
            key.time = self._at_s
            self._screen.app.post_message(key)


@pytest.fixture
async def screen(till: RunningTill) -> AsyncIterator[Screen]:
    """A screen with a reader on its keyboard."""
    async with on_screen(till.socket, wedge=True) as it:
        await it.shows("Scan a card")
        yield it


@pytest.fixture
def keyboard(screen: Screen) -> Keyboard:
    """Its keyboard."""
    return Keyboard(screen)


async def selling(screen: Screen, keyboard: Keyboard) -> None:
    """Open a basket for nobody and put an amount into it."""
    await screen.press("f4")
    await screen.shows("sale", "#status")
    keyboard.types("5000\r")
    await screen.shows("Amount", "#lines")


@pytest.mark.parametrize("end", ["\r", "\t", "\n"])
async def test_a_card_that_a_reader_types_greets(screen: Screen, keyboard: Keyboard, end: str) -> None:
    """With Enter, Tab or line feed behind it; nothing is left in the field."""
    keyboard.reads(EMILY_CODE, end)
    await screen.shows("Welcome, Ms Carter", "#greeting")
    assert screen.typed == ""


async def test_a_half_typed_name_is_not_touched_by_a_scan_that_greets_nobody(
    screen: Screen, keyboard: Keyboard
) -> None:
    """No key of the scan is in the field, its Enter has sent nothing off, and the cashier goes on typing."""
    keyboard.types("re")
    await screen.until(lambda: screen.typed == "re", "the name")
    keyboard.reads(PAYMENT_CARD)
    await screen.shows("This is a payment card")
    assert screen.typed == "re"
    keyboard.types("za")
    await screen.until(lambda: screen.typed == "reza", "the rest of the name")


async def test_a_scan_greets_while_an_amount_is_being_typed(screen: Screen, keyboard: Keyboard) -> None:
    """The customer is found and the half-typed amount stays what it was."""
    await selling(screen, keyboard)
    keyboard.types("12")
    await screen.until(lambda: screen.typed == "12", "the amount")
    keyboard.reads(EMILY_CODE)
    await screen.shows("Welcome, Ms Carter", "#greeting")
    assert screen.typed == "12"


async def test_a_scan_reaches_the_till_over_an_open_page(screen: Screen, keyboard: Keyboard) -> None:
    """The page that asks for a name has its answer, and closes."""
    await selling(screen, keyboard)
    await screen.press("f2")
    await screen.until(lambda: bool(screen.app.screen.query("#who")), "the page")
    keyboard.types("em")
    await screen.until(lambda: screen.typed == "em", "the name")
    keyboard.reads(REZA_CODE)
    await screen.shows("رضایی", "#greeting")
    assert len(screen.app.screen_stack) == 1


async def test_no_digit_of_a_scan_picks_somebody_from_a_list(screen: Screen, keyboard: Keyboard) -> None:
    """Two share a code and the cashier is asked who it is; the next card is nobody's answer to that."""
    keyboard.reads(SHARED_CODE)
    await screen.shows("Several members have this code")
    keyboard.reads(REZA_CODE)
    await screen.shows("رضایی", "#greeting")


async def test_a_scan_leaves_a_note_alone(screen: Screen, keyboard: Keyboard) -> None:
    """It is neither in the note nor does its Enter write the note down."""
    keyboard.reads(EMILY_CODE)
    await screen.shows("Welcome, Ms Carter", "#greeting")
    await screen.press("f3")
    await screen.until(lambda: bool(screen.app.screen.query("#note")), "the page")
    keyboard.types("likes green")
    await screen.until(lambda: screen.typed == "likes green", "the note")
    keyboard.reads(PAYMENT_CARD)
    await screen.until(lambda: screen.app.scene.notice is not None, "the refusal")
    assert screen.typed == "likes green"


async def test_two_cards_in_a_hurry_are_two_scans(screen: Screen, keyboard: Keyboard, till: RunningTill) -> None:
    """The second waits for the answer to the first."""
    keyboard.reads(EMILY_CODE)
    keyboard.reads(REZA_CODE)
    await screen.shows("رضایی", "#greeting")
    assert screen.typed == ""


async def test_a_person_who_types_fast_is_typing(screen: Screen, keyboard: Keyboard) -> None:
    """Also when the screen was busy and all the keys came to their turn at once."""
    keyboard.types("emily carter")
    await screen.until(lambda: screen.typed == "emily carter", "the name")
    await screen.shows("Emily Carter | Silver")


async def test_keys_that_are_no_code_are_typed_with_their_enter(screen: Screen, keyboard: Keyboard) -> None:
    """A burst that the till makes nothing of is typing: whoever is found by it is greeted."""
    keyboard.reads("emily c")
    await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_an_amount_that_came_in_a_burst_is_an_amount(screen: Screen, keyboard: Keyboard) -> None:
    """It goes into the field and is sent off, and what was typed behind it stays behind it."""
    await selling(screen, keyboard)
    keyboard.reads("250,000")
    keyboard.types("7")
    await screen.shows("Amount | 250,000", "#lines")
    assert screen.typed == "7"


async def test_what_is_pasted_is_pasted(screen: Screen, keyboard: Keyboard) -> None:
    """It stands in the field, behind what was typed before, and waits for Enter."""
    keyboard.types("no ")
    screen.app.post_message(events.Paste(f"{EMILY_CODE}\n"))
    await screen.until(lambda: screen.typed == f"no {EMILY_CODE}", "the pasted text")


async def test_without_a_till_the_characters_stand_in_the_field(
    screen: Screen, keyboard: Keyboard, till: RunningTill
) -> None:
    """Nothing is lost and nothing is sent off: Enter sends it when the till is back."""
    await till.till.stop()
    screen.app.post_message(Lost())
    keyboard.reads(EMILY_CODE)
    await screen.until(lambda: screen.typed == EMILY_CODE, "the code")


async def test_a_till_that_does_not_answer_does_not_stop_the_keyboard(
    screen: Screen, keyboard: Keyboard, till: RunningTill
) -> None:
    """A scan that waits for a slow disk is waited for, but not by whoever types."""
    async with till.till.counter.turn:
        keyboard.reads(EMILY_CODE)
        keyboard.types("re")
        await screen.until(lambda: screen.typed == "re", "the keys")
        assert "The till is slow to answer" in screen.texts()
    await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_a_till_that_was_slow_is_not_told_as_slow_when_it_has_answered(
    screen: Screen, keyboard: Keyboard, till: RunningTill
) -> None:
    """What is in the basket and what is told about it do not contradict each other."""
    await selling(screen, keyboard)
    async with till.till.counter.turn:
        keyboard.reads(SHIRT_CODE)
        await screen.shows("The till is slow to answer")
    await screen.shows("Shirt", "#lines")
    await screen.until(lambda: "The till is slow to answer" not in screen.texts(), "the end of the notice")


async def test_what_was_told_of_one_scan_goes_with_the_next(screen: Screen, keyboard: Keyboard) -> None:
    """Else a shirt stands in the basket, and below it that it is somebody else's."""
    await selling(screen, keyboard)
    keyboard.reads("PL-404")
    await screen.shows("No product and no member has this code")
    keyboard.reads(SHIRT_CODE)
    await screen.shows("Shirt", "#lines")
    assert "No product and no member has this code" not in screen.texts()


async def test_a_scan_that_the_till_never_answered_is_told(screen: Screen, keyboard: Keyboard) -> None:
    """Else it would be gone without a word, and after "nothing is lost"."""
    await selling(screen, keyboard)
    burst = Burst(tuple(events.Key(char, char) for char in EMILY_CODE), events.Key("enter", "\r"))
    screen.app.post_message(Answered(Read(burst), None, repeated=False))
    await screen.shows("The till did not answer. If nothing has happened, do it once more.")


async def test_a_till_that_goes_away_with_a_question_does_not_stop_the_keyboard(
    screen: Screen, keyboard: Keyboard, till: RunningTill
) -> None:
    """The scan is kept for when it is back."""
    async with till.till.counter.turn:
        keyboard.reads(EMILY_CODE)
        keyboard.types("re")
        await screen.until(lambda: screen.app.burst is not None, "the question")
        screen.app.post_message(Lost())
        await screen.until(lambda: screen.typed == "re", "the keys")
    await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_where_it_is_switched_off_a_reader_types_into_the_field(till: RunningTill) -> None:
    """As a shop may want whose readers all have a port of their own; no key is held for a moment."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        Keyboard(screen).reads("emily", end="")
        await screen.until(lambda: screen.typed == "emily", "the keys")


async def test_the_till_is_told_when_the_scan_came_and_when_it_was_painted(
    screen: Screen, keyboard: Keyboard, till: RunningTill
) -> None:
    """So `doctor --latency` covers the way through the terminal as well."""
    keyboard.reads(EMILY_CODE)
    view: TillView = await till.view_when(lambda view: view.scan is not None)
    assert view.scan is not None
    assert view.scan.last_byte_ns - view.scan.first_byte_ns == pytest.approx(13 * 6_000_000, abs=1_000)
    await screen.shows("Welcome, Ms Carter", "#greeting")
    await screen.until(lambda: till.till.latencies.summary is not None, "the time")
