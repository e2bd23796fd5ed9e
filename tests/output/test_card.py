"""Cards as they leave the printer: read back by another program's reader, and measured in dots."""

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from pos_loyalty.i18n.languages import Language
from pos_loyalty.output.card import Card, Design, draw, texts
from pos_loyalty.output.lettering import Lettering, faces
from pos_loyalty.output.paper import A4, CARD, MARGIN_MM, dots, millimetres
from pos_loyalty.output.sheet import CARDS, places, sheets
from pos_loyalty.output.symbols import Bars
from tests.output.printed import SHOPS, SYMBOLS, card, expected, read_back

NAMES = {Language.EN: "Ms Emily Carter", Language.FA: "آقای رضا رضایی", Language.AR: "السيد أحمد المنصوري"}
LONGEST = {
    Language.EN: "Wolfeschlegelsteinhausenbergerdorff-Smythe Jr., Hubert Blaine, of the Upper Hills and Elsewhere",
    Language.FA: "علی‌اکبر محمدحسین‌زاده‌ی اصفهانی‌الاصل نوه‌ی حاج محمدابراهیم کاشانی‌پور مقدم",
    Language.AR: "عبدالرحمن بن عبدالعزيز بن محمد المنصوري البغدادي الهاشمي القرشي الشافعي",
}
LETTERS = "ABCWilgj .,-()&\u0301ابپتجچسشعغفقکگلمنهویيىةآأ ۱۲٣\u200c\u064b\u064e\u0651\u0654\u200f"
"""Of names in two directions, with marks that pile up and joiners that part."""


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return the smallest box that has everything black in it."""
    box = ImageChops.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SYMBOLS)
def test_every_symbol_is_read_back_from_the_card(name: str, language: Language) -> None:
    """In each language, with the AIM identifier that its kind must have, bytes and all."""
    printed = card(SYMBOLS[name], NAMES[language], language)
    assert read_back(printed) == [expected(SYMBOLS[name])]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SYMBOLS)
def test_the_longest_name_leaves_the_symbol_readable(name: str, language: Language) -> None:
    """It is wrapped, made smaller and cut; the code of the card is what it was."""
    printed = card(SYMBOLS[name], LONGEST[language], language)
    assert read_back(printed) == [expected(SYMBOLS[name])]


def test_a_card_is_as_large_as_a_bank_card() -> None:
    """ID-1 within the limits of ISO/IEC 7810, and nothing but black and white."""
    printed = card(SYMBOLS["qr"])
    assert (printed.size, printed.mode) == ((1011, 638), "1")
    assert 85.47 <= millimetres(CARD.width) <= 85.72
    assert 53.92 <= millimetres(CARD.height) <= 54.03


@pytest.mark.parametrize("name", SYMBOLS)
def test_nothing_is_printed_where_the_card_is_cut(name: str) -> None:
    """Three millimetres at every edge stay white."""
    left, top, right, bottom = ink(card(SYMBOLS[name], LONGEST[Language.EN]))
    margin = dots(MARGIN_MM)
    assert min(left, top, CARD.width - right, CARD.height - bottom) >= margin


@pytest.mark.parametrize("name", [name for name, symbol in SYMBOLS.items() if isinstance(symbol, Bars)])
def test_every_bar_is_whole_modules_wide(name: str) -> None:
    """What is black on paper is the pattern, each module the same number of dots, between white quiet zones."""
    symbol = SYMBOLS[name]
    assert isinstance(symbol, Bars)
    printed = card(symbol)
    (found,) = zxingcpp.read_barcodes(printed.convert("L"))
    middle = (found.position.top_left.y + found.position.bottom_left.y) // 2
    row = [printed.getpixel((x, middle)) == 0 for x in range(CARD.width)]
    first = row.index(True)
    assert "".join("01"[dark] for dark in row).strip("0") == "".join(
        ("0" if module == "0" else "1") * symbol.module for module in symbol.modules
    )
    assert first >= symbol.quiet[0] * symbol.module
    assert row[::-1].index(True) >= symbol.quiet[1] * symbol.module


@settings(max_examples=100, deadline=None)
@given(
    name=st.text(LETTERS, max_size=90) | st.text(max_size=40),
    language=st.sampled_from(Language),
    symbol=st.sampled_from(sorted(SYMBOLS)),
)
def test_no_name_leaves_its_place(name: str, language: Language, symbol: str) -> None:
    """Whatever the name is, the margins stay white, and outside of the place of the name nothing changes."""
    lettering = Lettering(language, faces())
    design = Design(shop=SHOPS[language], language=language, digits=language.digits)
    plain, named = (
        draw(design, Card(name=text, tier="Gold", symbol=SYMBOLS[symbol]), lettering) for text in ("", name)
    )
    changed = ImageChops.logical_xor(plain, named).convert("L").getbbox()
    if changed is not None:
        left, top, right, bottom = changed
        margin = dots(MARGIN_MM)
        assert min(left, top, CARD.width - right, CARD.height - bottom) >= margin
    assert read_back(named) == [expected(SYMBOLS[symbol])]


@pytest.mark.parametrize("name", SYMBOLS)
def test_a_card_from_right_to_left_is_the_mirror_image(name: str) -> None:
    """The name begins at the right margin, a square symbol stands at the left; bars stay in the middle."""
    symbol = SYMBOLS[name]
    left, right = (
        zxingcpp.read_barcodes(card(symbol, NAMES[language], language).convert("L"))[0].position
        for language in (Language.FA, Language.EN)
    )
    if isinstance(symbol, Bars):
        assert left.top_left.x == right.top_left.x
    else:
        assert left.top_right.x < CARD.width // 2 < right.top_left.x
    assert ink(card(symbol, NAMES[Language.FA], Language.FA))[2] >= CARD.width - dots(MARGIN_MM) - 4


def test_digits_of_names_are_those_of_the_language() -> None:
    """In Persian and Arabic texts; what is written in Latin letters keeps its own."""
    design = Design(shop="فروشگاه 24", language=Language.FA, digits=Language.FA.digits)
    assert texts(design, Card(name="Carter 3", tier="سطح 2", symbol=SYMBOLS["qr"])) == (
        "فروشگاه ۲۴",
        "Carter 3",
        "سطح ۲",
    )


def test_a_sheet_is_a4_and_every_card_on_it_is_read() -> None:
    """Ten cards, each in its place, and an eleventh on a sheet of its own."""
    cards = [card(symbol) for symbol in (*SYMBOLS.values(), *list(SYMBOLS.values())[: CARDS + 1 - len(SYMBOLS)])]
    first, second = sheets(cards)
    assert first.size == (2480, 3508) == (A4.width, A4.height)
    for picture, (left, top) in zip(cards, places(), strict=False):
        found = first.crop((left, top, left + CARD.width, top + CARD.height))
        # Half of a crop mark's line may lie on the first row or column; the marks themselves are outside.
        assert ImageChops.logical_xor(found, picture).getbbox() is None
    assert read_back(second) == read_back(cards[CARDS])
    # zxing finds the same code once, wherever it is.
    assert read_back(first) == sorted(expected(symbol) for symbol in (*SYMBOLS.values(), *list(SYMBOLS.values())[:3]))


def test_crop_marks_point_at_every_edge_and_stay_off_the_cards() -> None:
    """Three columns and six rows of edges, marked on both sides, at least two millimetres from any card."""
    (sheet,) = sheets([Image.new("1", (CARD.width, CARD.height), 1)])
    left, top = places()[0]
    above = [x for x in range(A4.width) if sheet.getpixel((x, top - dots(3))) == 0]
    beside = [y for y in range(A4.height) if sheet.getpixel((left - dots(3), y)) == 0]
    assert above == [left, left + CARD.width, left + 2 * CARD.width]
    assert beside == [top + row * CARD.height for row in range(6)]
    around = dots(2) - 1
    right, bottom = left + 2 * CARD.width + around, top + 5 * CARD.height + around
    assert ImageChops.invert(sheet.convert("L")).crop((left - around, top - around, right, bottom)).getbbox() is None
    assert min(*ink(sheet)[:2], A4.width - ink(sheet)[2], A4.height - ink(sheet)[3]) >= dots(5)
