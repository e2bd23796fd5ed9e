"""Arabic joining, letter by letter. The golden lines were read against the joining tables of The Unicode Standard."""

import pytest

from pos_loyalty.i18n.shaping import shape


def _forms(text: str) -> str:
    return "".join(item for item, _ in shape(text))


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        pytest.param("سلام", "\ufeb3\ufefc\ufee1", id="salam: seen initial, lam-alef final, meem isolated"),
        pytest.param("محمد", "\ufee3\ufea4\ufee4\ufeaa", id="mohammad: initial, medial, medial, final"),
        pytest.param("الله", "\ufe8d\ufedf\ufee0\ufeea", id="allah: four letters, no wide ligature"),
        pytest.param("لا", "\ufefb", id="la: one glyph"),
        pytest.param("بلا", "\ufe91\ufefc", id="bela: the ligature joins the letter before"),
        pytest.param("لأ", "\ufef7", id="lam with alef and hamza"),
        pytest.param("لآ", "\ufef5", id="lam with alef and madda"),
        pytest.param("گچپژ", "\ufb94\ufb7d\ufb59\ufb8b", id="the four Persian letters"),
        pytest.param("علی", "\ufecb\ufee0\ufbfd", id="Persian yeh at the end"),
        pytest.param("علي", "\ufecb\ufee0\ufef2", id="Arabic yeh at the end"),
        pytest.param("یک", "\ufbfe\ufb8f", id="Persian yeh and keheh"),
        pytest.param("سؤال", "\ufeb3\ufe86\ufe8d\ufedd", id="waw joins only to the right"),
        pytest.param("جزء", "\ufe9f\ufeb0\ufe80", id="hamza joins nothing"),
        pytest.param("هـ", "\ufeeb\u0640", id="tatweel is joined to"),
        pytest.param("ه\u200d", "\ufeeb\u200d", id="ZWJ asks for the joining form"),
        pytest.param("فاطمة", "\ufed3\ufe8e\ufec3\ufee4\ufe94", id="teh marbuta"),
        pytest.param("Ali علی", "Ali \ufecb\ufee0\ufbfd", id="Latin is left alone"),
    ],
)
def test_letters_take_the_form_their_neighbours_ask_for(word: str, forms: str) -> None:
    """A word is drawn in its presentation forms, in logical order."""
    assert _forms(word) == forms


def test_zwnj_parts_letters() -> None:
    """In کتاب‌ها the beh ends and the heh begins, though no space is between."""
    assert _forms("کتاب‌ها") == "\ufb90\ufe98\ufe8e\ufe8f\u200c\ufeeb\ufe8e"
    assert _forms("کتابها") == "\ufb90\ufe98\ufe8e\ufe91\ufeec\ufe8e"


def test_marks_stay_on_their_letter_and_do_not_part_letters() -> None:
    """مُحَمَّد joins like محمد and each mark is in the item of its letter."""
    assert [item[0] for item, _ in shape("مُحَمَّد")] == list(_forms("محمد"))
    assert "".join(item[1:] for item, _ in shape("مُحَمَّد")) == "ُ" + "َ" + "َّ"


def test_marks_between_lam_and_alef_sit_on_the_ligature() -> None:
    """لَا is one glyph with its fatha, at the index of the lam."""
    assert shape("لَا") == [("\ufefb\u064e", 0)]


@pytest.mark.parametrize("text", ["خانهٔ", "خانۀ", "خانە\u0654"])
def test_heh_with_hamza_is_one_letter_however_written(text: str) -> None:
    """U+0647 U+0654, U+06D5 U+0654 and U+06C0 are drawn alike: as the heh that every font has."""
    assert _forms(text).endswith("\ufeea")


def test_heh_with_hamza_still_joins_nothing_after_it() -> None:
    """It ends a word, also where no space follows; DejaVu Sans Mono has no glyph of its own for it."""
    assert _forms("ۀم") == "\ufee9\ufee1"


def test_a_decomposed_alef_still_makes_the_ligature() -> None:
    """Lam, alef and U+0653 are the lam-alef with madda, and the indices skip what was merged."""
    assert shape("ل\u0627\u0653ن") == [("\ufef5", 0), ("\ufee5", 3)]
