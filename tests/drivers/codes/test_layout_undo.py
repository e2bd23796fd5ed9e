"""What a US-mode scanner typed under a foreign layout is undone exactly, or refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.keymap import LAYOUTS
from drivers.codes.layout_undo import lost, undo
from tests.drivers import xkb

PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
XKB_NAMES = {"fa": ("ir", ""), "ar": ("ara", ""), "ar-digits": ("ara", "digits")}
EXACT = ("us", "fa", "ar", "ar-digits", "tr", "gb", "il", "ru")
LOSSY = {"fr": "[{", "de": "`=+", "es": "[{'\""}


def as_typed(text: str, layout: str) -> str:
    """Give ``text`` as it appears in a terminal; a dead key swallows itself."""
    keys = {
        us: char
        for us_rows, rows in zip(LAYOUTS["us"], LAYOUTS[layout], strict=True)
        for us, char in zip("".join(us_rows), "".join(rows), strict=True)
    }
    return "".join(keys.get(char, char) for char in text).replace("\0", "")


@pytest.mark.parametrize("layout", EXACT)
def test_all_94_printable_characters_come_back(layout: str) -> None:
    """These layouts lose nothing, so every code can be repaired."""
    assert not lost(layout)
    assert undo(as_typed(PRINTABLE, layout), layout) == PRINTABLE


@pytest.mark.parametrize(("layout", "dead"), LOSSY.items())
def test_only_the_dead_keys_are_lost(layout: str, dead: str) -> None:
    """French, German and Spanish lose what is on dead keys; everything else comes back."""
    living = "".join(char for char in PRINTABLE if char not in dead)
    assert lost(layout) == set(dead)
    assert undo(as_typed(living, layout), layout) == living


@pytest.mark.parametrize(
    ("typed", "layout", "meant"),
    [
        ('éà&é"\'(-è_çà"', "fr", "2012345678903"),
        ("چٍ۰۴۰۰", "fa", "]E0400"),
        ("'\u064f'\ufef5\u064f\u064c-42", "ar", "MEMBER-42"),
        ("MEMBER*42", "tr", "MEMBER-42"),
        ("httpsÖ--id.gs1.org-", "de", "https://id.gs1.org/"),
        ("ЬУЬИУК-42", "ru", "MEMBER-42"),
    ],
)
def test_measured_examples_come_back(typed: str, layout: str, meant: str) -> None:
    """What a scanner was seen to type on real layouts is undone."""
    assert undo(typed, layout) == meant


@pytest.mark.parametrize(("text", "layout"), [("2012345678903", "fa"), ("MEMBER-42", "ru"), ("ß2", "fr"), ("š", "us")])
def test_what_the_layout_cannot_type_is_refused(text: str, layout: str) -> None:
    """A character from nowhere means that another layout was active; nothing is guessed."""
    assert undo(text, layout) is None


@given(st.text(max_size=30), st.sampled_from(sorted(LAYOUTS)))
def test_whatever_is_undone_would_be_typed_again(text: str, layout: str) -> None:
    """Undo is an exact inverse: no text raises, and an answer typed again, with CapsLock or without, gives the text."""
    meant = undo(text, layout)
    if meant is not None:
        assert set(meant) <= {*string.printable, "\x1d"}
        typed = as_typed(meant, layout)
        assert text in {typed, "".join(other if len(other := c.swapcase()) == 1 else c for c in typed)}


@pytest.mark.skipif(
    not xkb.is_present(),
    reason=f"needs libxkbcommon0 and xkb-data {xkb.VERSION}, as in Debian 12 (apt-get install libxkbcommon0)",
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_tables_are_those_of_xkeyboard_config(layout: str) -> None:
    """Every key of every layout is derived again from this machine's data and is the same."""
    name, variant = XKB_NAMES.get(layout, (layout, ""))
    for level, rows in enumerate(LAYOUTS[layout]):
        assert [char.strip("\0") for char in "".join(rows)] == xkb.typed(name, variant, level)


def test_caps_lock_is_undone_where_it_changes_more_than_letters() -> None:
    """French digits become capitals with accents; where all it does is to invert letters they stay inverted."""
    assert undo("ÉÀ&ÉÇ", "fr") == "20129"
    assert undo("member-42", "us") == "member-42"
    assert undo("MEMBER*42", "tr") == "MEMBER-42"
