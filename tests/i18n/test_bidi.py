"""The line a terminal draws: golden lines by eye, and properties for everything else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.i18n.bidi import isolate, isolate_ltr, needs_bidi, visual, visual_line
from pos_loyalty.i18n.mirrors import MIRRORED

_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad"
_LINES = st.text(
    alphabet=st.one_of(
        st.sampled_from("سلامحمدرضایيگچپژهۀةءأإآؤئكکابتث" + "۰۱۲٠١٢٬٫" + "َُِّٔ" + _INVISIBLE),
        st.sampled_from("abcXYZ 0123456789()[]<>«».,:;/+-%!?،؛؟"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=40,
)
_BASES = st.sampled_from([None, 0, 1])


def _logical(text: str) -> str:
    """Undo presentation forms, so that a visual line can be written down in plain letters."""
    return "".join(unicodedata.normalize("NFKC", char)[::-1] for char in text)


@pytest.mark.parametrize(
    ("line", "drawn"),
    [
        pytest.param("سلام", "مالس", id="one word"),
        pytest.param("سلام دنیا!", "!ایند مالس", id="the mark ends at the left"),
        pytest.param("سلام (دنیا)", "(ایند) مالس", id="brackets are mirrored"),
        pytest.param("«سلام»", "«مالس»", id="guillemets are mirrored"),
        pytest.param("کد AB-12 است", "تسا AB-12 دک", id="a Latin word keeps its order"),
        pytest.param("۱۲۰٬۰۰۰ تومان", "ناموت ۱۲۰٬۰۰۰", id="a number keeps its order"),
        pytest.param("تاریخ ۱۴۰۵/۰۸/۳۰", "۱۴۰۵/۰۸/۳۰ خیرات", id="a date in Persian digits needs no isolate"),
        pytest.param("تلفن 0912-345-6789", "6789-345-0912 نفلت", id="a bare phone number is torn, as UAX #9 says"),
        pytest.param(f"تلفن {isolate_ltr('0912-345-6789')}", "0912-345-6789 نفلت", id="an isolated one is not"),
        pytest.param(f"تلفن {isolate_ltr('+98 912 345 6789')}", "+98 912 345 6789 نفلت", id="nor one with a plus"),
        pytest.param(f"{isolate('Sara K.')} آمد", "دمآ Sara K.", id="an isolated name keeps its full stop"),
        pytest.param("می‌خواهم", "مهاوخیم", id="ZWNJ is used and dropped"),
        pytest.param("۵۰٪ تخفیف (VIP)", "(VIP) فیفخت ۵۰٪", id="percent and a Latin word in brackets"),
    ],
)
def test_a_right_to_left_line_is_drawn_in_visual_order(line: str, drawn: str) -> None:
    """From left to right the terminal gets the letters a reader reads from right to left."""
    assert _logical(visual(line, 1)) == drawn


def test_a_persian_name_inside_an_english_line_turns_alone() -> None:
    """The English around an isolated name, its digits and its full stop stay where they are."""
    assert _logical(visual(f"Mr {isolate('رضایی')}, 3 visits.", 0)) == "Mr ییاضر, 3 visits."


def test_shaping_can_be_left_to_the_font() -> None:
    """Without shaping the plain letters are reordered and nothing else."""
    assert visual("لام", shaping=False) == "مال"


def test_clusters_carry_the_index_of_their_letter() -> None:
    """Cursor and styles find their way back: lam-alef counts once, marks and ZWNJ not at all."""
    assert visual_line("لَاب‌ن a", 1) == (("a", 7), (" ", 6), ("\ufee5", 5), ("\ufe8f", 3), ("\ufefb\u064e", 0))


def test_a_name_cannot_break_out_of_its_isolate() -> None:
    """Stray PDI and override characters in a value change nothing outside it."""
    spiteful = "Ann\u2069\u202eevil"
    assert visual(f"Card of {isolate(spiteful)}: 12", 0) == "Card of Annevil: 12"


def test_only_lines_that_can_move_take_the_slow_path() -> None:
    """English in an English line needs nothing; any Arabic letter, isolate or right-to-left line does."""
    assert not needs_bidi("Welcome, José — 3 visits", 0)
    assert all(map(needs_bidi, ["ا", "٣", "\u202e", "\u2067", "\ufefb", "\U0001e900", "א"]))
    assert needs_bidi("Welcome.", 1)


def test_a_mark_at_the_start_of_a_line_is_kept() -> None:
    """A mark with nothing to sit on, or on an invisible character, is still drawn."""
    assert visual("\u064eب", 1) == "\ufe8f\u064e"
    assert visual("\u200c\u064eب", 1) == "\ufe8f\u064e"


@given(_LINES, _BASES, st.booleans())
def test_indices_are_unique_and_belong_to_what_is_drawn(text: str, base: int | None, shaping: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """No place of the logical line is drawn twice, and each index is inside it."""
    indices = [i for _, i in visual_line(text, base, shaping=shaping)]
    assert len(indices) == len(set(indices))
    assert all(0 <= i < len(text) for i in indices)


@given(_LINES, _BASES)
def test_without_shaping_a_line_is_a_permutation_of_its_visible_characters(text: str, base: int | None) -> None:
    """Nothing visible is lost or added; a mirrored character counts as its mirror image."""
    drawn = [char for char in visual(text, base, shaping=False) if not _is_dropped(char)]
    kept = [char for char in text if not _is_dropped(char)]
    assert sorted(_either(char) for char in drawn) == sorted(_either(char) for char in kept)


@given(_LINES, _BASES)
def test_shaping_draws_each_visible_place_or_its_ligature(text: str, base: int | None) -> None:
    """The places drawn with shaping are those drawn without it, but for alefs inside a lam-alef."""
    plain = {i for _, i in visual_line(text, base, shaping=False)}
    shaped = {i for _, i in visual_line(text, base)}
    assert shaped <= plain
    assert all(text[i] in "اأإآٱ" for i in plain - shaped)


@given(st.text(alphabet=st.characters(max_codepoint=0x024F, exclude_categories=["Cc"])))
def test_left_to_right_text_is_drawn_as_it_is(text: str) -> None:
    """Latin text in a left-to-right line is the same object's worth of characters, in the same order."""
    assert visual(text, 0) == text


def _is_dropped(char: str) -> bool:
    return char in _INVISIBLE or unicodedata.bidirectional(char) in {"BN", "LRE", "RLE", "LRO", "RLO", "PDF"}


def _either(char: str) -> str:
    return min(char, MIRRORED.get(char, char))
