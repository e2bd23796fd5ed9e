"""Keys mean what they mean on a US keyboard, and what nobody can tell is not guessed."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.scan_codes import Keyboard
from tests.drivers.keyboard_reader import (
    CAPS_LOCK,
    ENTER,
    KEYCAPS,
    KEYPAD,
    KEYPAD_ENTER,
    LEFT_ALT,
    LEFT_CTRL,
    LEFT_SHIFT,
    NUM_LOCK,
    RIGHT_SHIFT,
    TAB,
    Stroke,
    controlled,
    numbered,
    pressed,
    typed,
)

HEADER = Path("/usr/include/linux/input-event-codes.h")


def meant(strokes: list[Stroke], keyboard: Keyboard | None = None) -> str | None:
    """Give what strokes type; ``None`` if one of them cannot be told."""
    keyboard = keyboard or Keyboard()
    parts = [keyboard.press(key) if value else keyboard.release(key) for key, value in strokes]
    return None if None in parts else "".join(part or "" for part in parts)


@pytest.mark.parametrize("caps_lock", [False, True])
def test_every_printing_key_types_what_is_printed_on_it(*, caps_lock: bool) -> None:
    """All 94 printable characters and the space, with CapsLock and without."""
    text = "".join(chr(code) for code in range(0x20, 0x7F))
    assert meant(typed(text, caps_lock=caps_lock, end=None)) == text


@pytest.mark.skipif(not HEADER.exists(), reason="the headers of the kernel are not installed")
def test_keys_have_the_numbers_of_the_kernel() -> None:
    """Letters, digits and modifiers have the codes of linux/input-event-codes.h."""
    codes = {name: int(code) for name, code in re.findall(r"#define KEY_(\w+)\s+(\d+)", HEADER.read_text())}
    assert all(meant(pressed(codes[char.upper()])) == char for char in string.ascii_lowercase + string.digits)
    assert all(meant(pressed(codes[f"KP{digit}"])) == digit for digit in string.digits)
    signs = ("KPASTERISK", "KPMINUS", "KPPLUS", "KPDOT", "KPSLASH", "KPEQUAL", "KPCOMMA")
    assert "".join(meant(pressed(codes[name])) or "" for name in signs) == "*-+./=,"
    for shift in ("LEFTSHIFT", "RIGHTSHIFT"):
        assert meant([(codes[shift], 1), *pressed(codes["A"])]) == "A"
    for ctrl in ("LEFTCTRL", "RIGHTCTRL"):
        assert meant([(codes[ctrl], 1), *pressed(codes["RIGHTBRACE"])]) == "\x1d"
    for alt in ("LEFTALT", "RIGHTALT"):
        assert meant([(codes[alt], 1), *pressed(codes["KP6"], codes["KP5"]), (codes[alt], 0)]) == "A"
    ends = [codes[name] for name in ("ENTER", "KPENTER", "TAB")]
    assert meant([*pressed(*ends, codes["CAPSLOCK"], codes["A"])]) == "\r\r\rA"


def test_caps_lock_turns_letters_only_and_shift_turns_them_back() -> None:
    """``Member-42`` typed with CapsLock on, as a reader does that knows of it and as one that does not."""
    keyboard = Keyboard()
    assert meant([*pressed(CAPS_LOCK), *typed("Member-42", end=None)], keyboard) == "mEMBER-42"
    assert meant(pressed(CAPS_LOCK), keyboard) == ""
    assert meant(typed("Member-42", end=None), keyboard) == "Member-42"


def test_one_shift_is_held_while_the_other_goes_up() -> None:
    """Both Shift keys down and one let go is still Shift."""
    strokes = [(LEFT_SHIFT, 1), (RIGHT_SHIFT, 1), (LEFT_SHIFT, 0), *pressed(30), (RIGHT_SHIFT, 0), *pressed(30)]
    assert meant(strokes) == "Aa"


def test_the_keypad_types_digits_whatever_num_lock_is() -> None:
    """NumLock and Shift change no digit: a reader has no cursor keys to mean."""
    digits = pressed(*KEYPAD.values())
    expected = "".join(KEYPAD)
    assert meant(digits) == expected
    assert meant([*pressed(NUM_LOCK), *digits, *pressed(NUM_LOCK)]) == expected
    assert meant([(LEFT_SHIFT, 1), *digits, (LEFT_SHIFT, 0)]) == expected


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, TAB])
def test_three_keys_end_a_reading(end: int) -> None:
    """Enter, the Enter of the keypad and Tab, with Shift still down or not."""
    assert meant(pressed(end)) == "\r"
    assert meant([(LEFT_SHIFT, 1), *pressed(end)]) == "\r"


@pytest.mark.parametrize(
    ("char", "control"),
    [("]", "\x1d"), ("m", "\r"), ("J", "\n"), ("i", "\t"), ("[", "\x1b"), ("^", "\x1e"), ("@", "\0")],
)
def test_ctrl_makes_the_control_character_of_a_terminal(char: str, control: str) -> None:
    """``Ctrl+]`` is FNC1 as GS; letters of either case mean the same."""
    assert meant(controlled(char)) == control


@pytest.mark.parametrize(
    ("number", "char"),
    [
        *(("65", "A"), ("065", "A"), ("0065", "A"), ("013", "\r"), ("029", "\x1d"), ("0233", "é"), ("0128", "€")),
        *(("1587", "س"), ("01587", "س"), ("128077", "👍")),
    ],
)
def test_alt_and_a_number_are_a_character(number: str, char: str) -> None:
    """ASCII below 128, Windows-1252 with a leading zero up to 255, Unicode above."""
    assert meant(numbered(number)) == char


@pytest.mark.parametrize("number", ["0", "233", "130", "0129", "55296", "1114112", "99999999", "123456789"])
def test_a_number_that_is_no_certain_character_is_not_guessed(number: str) -> None:
    """NUL, a number of an unknown code page, a surrogate, and what is past the end of Unicode."""
    assert meant(numbered(number)) is None


def test_alt_without_a_number_types_nothing() -> None:
    """Alt pressed and let go, alone or both, is no character."""
    assert meant(pressed(LEFT_ALT, 100)) == ""


@pytest.mark.parametrize("key", [1, 14, 59, 86, 87, 102, 103, 111, 113, 125, 183, 240, 0, 0x2FF])
def test_a_key_that_types_nothing_known_is_not_left_out(key: int) -> None:
    """Esc, Backspace, function keys, the key beside the left Shift of ISO keyboards, volume and the like."""
    assert meant(pressed(key)) is None


def test_letters_and_digits_with_alt_or_ctrl_are_not_guessed() -> None:
    """Alt and a letter is a menu, Ctrl and a digit is nothing that a terminal has."""
    assert meant([(LEFT_ALT, 1), *pressed(30)]) is None
    assert meant([(LEFT_CTRL, 1), *pressed(2)]) is None


def test_releasing_everything_forgets_modifiers_locks_and_numbers() -> None:
    """After lost events nothing is held, and CapsLock is off."""
    keyboard = Keyboard()
    strokes = [*pressed(CAPS_LOCK), (LEFT_SHIFT, 1), (LEFT_CTRL, 1), (LEFT_ALT, 1), *pressed(KEYPAD["6"])]
    assert meant(strokes, keyboard) == ""
    keyboard.release_all()
    assert meant([*pressed(30), *numbered("65")], keyboard) == "aA"


@given(st.lists(st.tuples(st.integers(0, 0xFFFF) | st.sampled_from([*KEYCAPS, *KEYPAD.values()]), st.booleans())))
def test_no_keys_raise_and_every_text_can_be_sent(strokes: list[tuple[int, bool]]) -> None:
    """Whatever is pressed and released in whatever order is nothing, or text that UTF-8 can hold."""
    keyboard = Keyboard()
    for key, is_down in strokes:
        text = keyboard.press(key) if is_down else keyboard.release(key)
        assert text is None or len(text.encode()) <= 4
