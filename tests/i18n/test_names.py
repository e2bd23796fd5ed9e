"""Name keys: spellings that are one name meet, others do not."""

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.i18n.names import compact_key, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("علي", "علی", id="yeh"),
        pytest.param("موسى", "موسی", id="alef maksura"),
        pytest.param("كريم", "کریم", id="kaf"),
        pytest.param("مُحَمَّد", "محمد", id="harakat"),
        pytest.param("محـــمد", "محمد", id="tatweel"),
        pytest.param("رضائی", "رضایی", id="hamza on yeh"),
        pytest.param("مؤمن", "مومن", id="hamza on waw"),
        pytest.param("أحمد", "احمد", id="hamza on alef"),
        pytest.param("آرش", "ارش", id="madda"),
        pytest.param("علاء", "علا", id="bare hamza"),
        pytest.param("فاطمة", "فاطمه", id="teh marbuta"),
        pytest.param("پروانۀ", "پروانهٔ", id="heh with yeh above"),
        pytest.param("مہدی", "مهدی", id="heh goal"),
        pytest.param("ﻋﻠﯽ", "علی", id="presentation forms"),
        pytest.param("امیر‌حسین", "امیر حسین", id="ZWNJ and space"),
        pytest.param("José", "jose", id="accent and case"),
        pytest.param("Jose\u0301", "José", id="composed and decomposed"),
        pytest.param("STRASSE", "Straße", id="casefold"),
        pytest.param("O’Neil", "o'neil", id="apostrophes"),
        pytest.param("Al-Saleh", "al saleh", id="hyphen"),
        pytest.param("  Sara\u00a0\u200f Karimi ", "sara karimi", id="spaces and marks of direction"),
        pytest.param("علی ۱۲", "علی 12", id="digits"),
        pytest.param("\u2068رضا\u2069", "رضا", id="isolates"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    """Both are found by either."""
    assert name_key(one) == name_key(other) != ""


def test_spaces_inside_a_name_do_not_matter_to_the_compact_key() -> None:
    """عبدالله and عبد الله differ in the key and meet in the compact one."""
    assert name_key("عبدالله") != name_key("عبد الله")
    assert compact_key("عبدالله") == compact_key("عبد الله") == compact_key("عبد\u200cالله") == "عبدالله"


@pytest.mark.parametrize(("one", "other"), [("حسن", "حسین"), ("زهرا", "زهره"), ("Ann", "Anne"), ("سارا", "ساره")])
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    """Folding is for spelling, not for likeness."""
    assert compact_key(one) != compact_key(other)


@given(st.text(max_size=30))
def test_folding_a_key_again_changes_nothing(text: str) -> None:
    """A key is its own key, for any text."""
    assert name_key(name_key(text)) == name_key(text)
    assert compact_key(compact_key(text)) == compact_key(text)


def test_every_character_of_the_basic_plane_has_a_stable_key() -> None:
    """No letter folds to something that would fold further."""
    keys = {char: compact_key(char) for char in map(chr, range(0x10000))}
    assert [char for char, key in keys.items() if compact_key(key) != key] == []


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_key_is_made_character_by_character(one: str, other: str) -> None:
    """The compact key of a whole is that of its parts, so a prefix typed so far finds the name."""
    assert compact_key(one + other) == compact_key(one) + compact_key(other)


def test_a_key_costs_microseconds() -> None:
    """A typical name folds in far less than the 30 µs a search of thousands can bear."""
    seconds = min(timeit.repeat(lambda: name_key("آقای محمّد رضایی کریمی"), number=200, repeat=5)) / 200
    assert seconds < 30e-6
