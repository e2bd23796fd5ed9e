"""Names in dots: shaped as Unicode says, cut where they must be, refused where they would come out wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFont
from PIL.ImageFont import Layout

from pos_loyalty.errors import ConfigError
from pos_loyalty.i18n.bidi import visual
from pos_loyalty.i18n.languages import Language
from pos_loyalty.output.lettering import Face, Lettering, Side, Style, cleaned, faces
from pos_loyalty.output.paper import Box
from tests.output import printed as _skips_where_nothing_can_be_printed  # noqa: F401 - imported for that

PAGE = Box(0, 0, 900, 200)
ONE_LINE = Style(size=60, size_min=20)
BEARING = 6
"""Dots that a letter keeps from its neighbours, and so from the edge."""
TWO_LINES = Style(size=60, size_min=20, lines=2)

# Says what the machine without FriBidi says of a name in each direction.
WITHOUT_FRIBIDI = """
from pos_loyalty.i18n.languages import Language
from pos_loyalty.output.lettering import Lettering, faces
for language, name in ((Language.EN, "Emily Carter"), (Language.FA, "\u0631\u0636\u0627")):
    print(Lettering(language, faces()).why_not(name))
"""


def written(
    text: str, language: Language, style: Style = ONE_LINE, box: Box = PAGE, side: Side = Side.START
) -> Image.Image:
    """Return a page with this text in the box."""
    page = Image.new("1", (PAGE.width, PAGE.height), 1)
    Lettering(language, faces()).write(page, box, text, style, side)
    return page


def ink(page: Image.Image) -> tuple[int, int, int, int]:
    """Return the smallest box that has everything black in it."""
    found = ImageChops.invert(page.convert("L")).getbbox()
    assert found is not None
    return found


def by_forms(text: str) -> Image.Image:
    """Return the text as our screen would draw it: presentation forms in the order of sight, no shaping by the font."""
    font = ImageFont.truetype(faces()[0].regular, ONE_LINE.size, layout_engine=Layout.BASIC)
    page = Image.new("1", (PAGE.width, PAGE.height), 1)
    pen = ImageDraw.Draw(page)
    pen.fontmode = "1"
    pen.text((20, 100), visual(text), 0, font, anchor="ls")
    return page


@pytest.mark.parametrize(
    "name", ["رضا", "آقای رضایی", "سارا", "السيد أحمد", "گلچهره پژمان", "علی‌اکبر", "رضا Carter", "محمد (۲)"]
)
def test_letters_join_and_stand_as_on_the_screen(name: str) -> None:
    """What raqm shapes is what our own shaping and UAX #9 give, within a dot or two of spacing."""
    ours, theirs = by_forms(name), written(name, Language.FA)
    first, second = ours.crop(ink(ours)), theirs.crop(ink(theirs))
    assert abs(first.width - second.width) <= 3
    assert abs(first.height - second.height) <= 2
    black = first.histogram()[0]
    assert abs(black - second.histogram()[0]) <= black // 50


def test_a_line_begins_where_its_language_begins() -> None:
    """At the left in English, at the right in Persian and Arabic, whatever script the name is in."""
    for name in ("Emily", "رضا"):
        assert ink(written(name, Language.EN))[0] <= BEARING
        assert PAGE.width - BEARING <= ink(written(name, Language.FA))[2] == ink(written(name, Language.AR))[2]
    left, _, right, _ = ink(written("Emily", Language.FA, side=Side.CENTRE))
    assert abs(left - (PAGE.width - right)) <= BEARING


def test_a_name_from_elsewhere_keeps_its_full_stop() -> None:
    """A Latin name on a Persian card is drawn as on an English one, only at the other side."""
    english, persian = (written("Emily Carter Jr.", language) for language in (Language.EN, Language.FA))
    assert ImageChops.logical_xor(english.crop(ink(english)), persian.crop(ink(persian))).getbbox() is None


@given(
    st.text("ABCW ابپسرگک\u0651\u064b", max_size=60), st.sampled_from((ONE_LINE, TWO_LINES)), st.sampled_from(Language)
)
def test_a_text_stays_in_its_box(text: str, style: Style, language: Language) -> None:
    """However long it is and however high its marks pile up."""
    box = Box(100, 50, 300, 60)
    around = written(cleaned(text), language, style, box)
    around.paste(1, (box.left, box.top, box.right, box.bottom))
    assert ImageChops.invert(around.convert("L")).getbbox() is None


def test_a_long_name_is_wrapped_before_it_is_made_small() -> None:
    """Two lines of large letters are read sooner than one of small ones; one line where it nearly fits."""
    name = "Emily Carter of the Upper Hills"
    short, long = (
        ink(written(name, Language.EN, TWO_LINES)),
        ink(written(f"{name} and the Lower", Language.EN, TWO_LINES)),
    )
    assert short[3] - short[1] < ONE_LINE.size * 1.3
    assert long[3] - long[1] > ONE_LINE.size * 1.3


@pytest.mark.parametrize("word", ["A" * 200, "ع" * 200, "Emily " * 60])
@pytest.mark.parametrize("style", [ONE_LINE, TWO_LINES])
def test_what_does_not_fit_ends_with_an_ellipsis(word: str, style: Style) -> None:
    """Nobody takes a part for the whole; no letter is cut through at the edge of the box."""
    box = Box(0, 0, 300, 80)
    shown = written(cleaned(word), Language.EN, style, box)
    left, _, right, _ = ink(shown)
    assert 0 <= left <= BEARING < right <= box.width
    whole = written(cleaned(word)[:200] + "!", Language.EN, style, box)
    # What comes behind the cut changes nothing.
    assert ImageChops.logical_xor(shown, whole).getbbox() is None


def test_without_fribidi_names_from_right_to_left_are_refused(tmp_path: Path) -> None:
    """Pillow brings raqm but loads FriBidi of the system; letters apart and back to front are not printed."""
    (tmp_path / "libfribidi.so.0").touch()
    (tmp_path / "libfribidi.so").touch()
    ran = subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT_FRIBIDI],
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.splitlines() == ["", "right-to-left letters need FriBidi: install the package libfribidi0"]


def test_letters_that_no_font_has_are_refused() -> None:
    """A card with empty boxes for a name is not printed."""
    assert "--font" in Lettering(Language.EN, faces()[:1]).why_not("山田")
    assert Lettering(Language.EN, faces()[:1]).why_not("Zoë رضا ۲") == ""


def test_a_font_is_chosen_by_its_letters() -> None:
    """Of two fonts a text takes the first that has all of it."""
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSansMono.ttf"))
    whole = faces()[0].regular
    named = faces([latin, whole])
    assert named == (Face(latin, latin), Face(whole, whole))


@pytest.mark.parametrize("content", [None, b"", b"no font"])
def test_a_file_that_is_no_font_is_told(tmp_path: Path, content: bytes | None) -> None:
    """By its name, and what to name instead."""
    file = tmp_path / "letters.ttf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"letters\.ttf is no font.*TrueType"):
        faces([file])


def test_a_machine_without_fonts_is_told_which_package_has_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program ships none: the one that it needs is 2.5 MB and in every distribution."""
    monkeypatch.setattr("pos_loyalty.output.lettering._FOLDERS", (str(tmp_path),))
    with pytest.raises(ConfigError, match="fonts-dejavu-core"):
        faces()


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("  Emily\n Carter\t", "Emily Carter"),
        ("علی\u200cاکبر", "علی\u200cاکبر"),
        ("a\u202eb\x1b[31m", "a b [31m"),
        ("\0", ""),
    ],
)
def test_a_name_is_cleaned_of_what_is_not_written(given_name: str, name: str) -> None:
    """Line breaks, overrides and control characters go; the joiners of Persian spelling stay."""
    assert cleaned(given_name) == name
