"""The render boundary: cells from left to right, whole widths, and the terminal told and untold."""

import os
import pty
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui.rtl import BIDI_EXPLICIT, BIDI_IMPLICIT, BidiMode, Writing, settled, wrapped

RTL, LTR = Writing(rtl=True), Writing(rtl=False)
PLAIN, BOLD, FILL = Style(color="red"), Style(bold=True), Style(bgcolor="blue")
_TEXT = st.text(st.sampled_from("abc 012۳۴سلامکتلا\u200c\u2068\u2069()→·漢😀\u0301\u200d\ufe0f"), max_size=60)


def text_of(segments: list[Segment]) -> str:
    """Return the cells."""
    return "".join(segment.text for segment in segments)


def test_a_line_starts_at_the_side_of_its_language() -> None:
    """Padding is on the left of a right-to-left line, on the right of the other."""
    assert text_of(LTR.cells([("abc", PLAIN)], 6, FILL)) == "abc   "
    assert text_of(LTR.cells([("abc", PLAIN)], 6, FILL, at_end=True)) == "   abc"
    assert text_of(RTL.cells([("سلام", PLAIN)], 6, FILL)) == "   ﻡﻼﺳ"
    assert text_of(RTL.cells([("سلام", PLAIN)], 6, FILL, at_end=True)) == "ﻡﻼﺳ   "


def test_styles_follow_their_letters() -> None:
    """A bold first word is bold where it is drawn."""
    segments = RTL.cells([("یک ", BOLD), ("دو", PLAIN)], 5, FILL)
    assert [(segment.text, segment.style) for segment in segments] == [("ﻭﺩ", PLAIN), (" ﮏﯾ", BOLD)]


def test_what_does_not_fit_is_cut_at_the_logical_end() -> None:
    """The beginning of a Persian line is kept, at its right."""
    assert text_of(LTR.cells([("abcdef", PLAIN)], 4, FILL)) == "abc…"
    assert text_of(RTL.cells([("دوازده", PLAIN)], 4, FILL)) == "…ﺍﻭﺩ"
    assert text_of(RTL.cells([("دو", PLAIN)], 0, FILL)) == ""


def test_columns_change_sides_with_the_language() -> None:
    """The first column is where the reader begins."""
    columns = [[Segment("1")], [Segment("2")]]
    assert text_of(LTR.across(columns)) == "12"
    assert text_of(RTL.across(columns)) == "21"


def test_somebody_s_own_words_keep_their_direction() -> None:
    """An English note on a Persian screen ends in its full stop."""
    assert text_of(RTL.cells([("Call her Em.", PLAIN)], 12, FILL, personal=True)) == "Call her Em."
    assert text_of(RTL.cells([("Call her Em.", PLAIN)], 12, FILL)) == ".Call her Em"


def test_an_escape_sequence_in_a_note_reaches_no_terminal() -> None:
    """Control characters are blanks."""
    assert text_of(LTR.cells([("a\x1b[2Jb\x9bc", PLAIN)], 9, FILL)) == "a [2Jb c "
    assert LTR.text("a\x1bb") == "a b"


def test_a_console_gets_symbols_that_its_font_has() -> None:
    """The Linux console's fonts have no check mark."""
    assert text_of(Writing(console=True).cells([("✓ ●", PLAIN)], 3, FILL)) == "+ *"


def test_left_to_the_terminal_nothing_is_reordered_or_mirrored() -> None:
    """Reordered twice a word is unreadable."""
    theirs = Writing(rtl=True, mode=BidiMode.TERMINAL)
    assert text_of(theirs.cells([("سلام", PLAIN)], 6, FILL)) == "سلام  "
    assert not theirs.mirrored


@given(text=_TEXT, width=st.integers(1, 40), rtl=st.booleans(), at_end=st.booleans(), personal=st.booleans())
def test_a_cell_is_exactly_as_wide_as_it_was_asked_to_be(
    *, text: str, width: int, rtl: bool, at_end: bool, personal: bool
) -> None:
    """Whatever is written, columns stay in line."""
    segments = Writing(rtl=rtl).cells([(text, PLAIN)], width, FILL, at_end=at_end, personal=personal)
    assert cell_len(text_of(segments)) == width


@given(text=_TEXT, width=st.integers(1, 30), lines=st.integers(1, 4))
def test_wrapping_loses_no_word(text: str, width: int, lines: int) -> None:
    """All words are there in order, on no more lines than asked for."""
    broken = wrapped(text, width, lines)
    assert " ".join(broken).split() == text.split()
    assert len(broken) <= lines


def test_no_line_begins_with_the_dot_between_two_items() -> None:
    """It stays with what it follows."""
    assert wrapped("one two · three", 7, 3) == ["one", "two ·", "three"]


def test_what_is_told_stays_with_its_name() -> None:
    """A number at the beginning of a line could be anything; only what has no room beside its name stands there."""
    assert wrapped("hat size: 38 · shoe", 13, 4) == ["hat", "size: 38 ·", "shoe"]
    assert wrapped("size: enormous", 13, 4) == ["size:", "enormous"]


def test_auto_leaves_the_order_to_terminals_that_insist() -> None:
    """Konsole, mlterm, kitty and Apple's terminal reorder whatever they are told."""
    assert settled(BidiMode.AUTO, {}) is BidiMode.APP
    for mark in ("KONSOLE_VERSION", "MLTERM", "KITTY_WINDOW_ID"):
        assert settled(BidiMode.AUTO, {mark: "1"}) is BidiMode.TERMINAL
    assert settled(BidiMode.AUTO, {"TERM_PROGRAM": "Apple_Terminal"}) is BidiMode.TERMINAL
    assert settled(BidiMode.APP, {"MLTERM": "1"}) is BidiMode.APP


def on_a_terminal(code: str) -> bytes:
    """Run ``code`` with standard error on a pty and return what reached it."""
    near, far = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stderr=far, check=False, timeout=20)
    os.close(far)
    written = b""
    while not written.endswith(b"[end]"):
        try:
            written += os.read(near, 4096)
        except OSError:  # the far end is closed: everything has been read
            break
    os.close(near)
    assert done.returncode in {0, 1}
    return written


def test_the_terminal_gets_its_habits_back_even_after_a_crash() -> None:
    """CSI 8 l on the way in, CSI 8 h on the way out, also when the block raises."""
    code = "from tui.rtl import *\nwith terminal_order(BidiMode.APP):\n  raise SystemExit(1)"
    written = on_a_terminal(code).decode()
    assert written.index(BIDI_EXPLICIT) < written.index(BIDI_IMPLICIT)
    assert BIDI_EXPLICIT not in on_a_terminal(code.replace("APP", "OFF")).decode()


def test_the_mark_of_a_selected_line_points_along_it() -> None:
    """To the left on a right-to-left screen."""
    assert text_of(RTL.cells([("▸", PLAIN)], 1, FILL)) == "◂"
    assert text_of(LTR.cells([("▸", PLAIN)], 1, FILL)) == "▸"
