"""Names and other texts in dots: in every direction, shaped, and made to fit.

Right-to-left text is shaped and put in order by raqm, which Pillow brings along, and FriBidi, which it does not: it
loads ``libfribidi.so.0`` of the system. Without that, letters would stand apart and back to front.
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image, ImageDraw, ImageFont, features
from PIL.ImageFont import FreeTypeFont, Layout

from pos_loyalty.errors import ConfigError
from pos_loyalty.i18n.bidi import needs_bidi
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.levels import first_strong
from pos_loyalty.i18n.shaping import clusters_of
from pos_loyalty.output.paper import Box

_FAMILIES: Final = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("Vazirmatn-Regular.ttf", "Vazirmatn-Bold.ttf"),
    ("NotoSansArabic-Regular.ttf", "NotoSansArabic-Bold.ttf"),
    ("NotoNaskhArabic-Regular.ttf", "NotoNaskhArabic-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
)
"""Regular and bold. The first has Latin, Persian and Arabic letters, so that names in two scripts need no other."""
_FOLDERS: Final = ("/usr/local/share/fonts", "/usr/share/fonts", "~/.local/share/fonts", "~/.fonts")
_ELLIPSIS: Final = "…"
_NOT_A_CHARACTER: Final = "\uffff"
"""No font has it, so it is drawn as whatever the font shows for what it lacks."""
_JOINERS_AND_MARKS: Final = "\u200c\u200d\u200e\u200f"
"""ZWNJ and ZWJ, which Persian spelling needs, and the marks of direction. Overrides are no part of a name."""
_SIZE_STEP: Final = 2
_WRAP_BELOW: Final = 0.75
"""A text is rather written in one more line than smaller than this."""
_TRIED: Final = 24
"""Dots of the letters by which it is seen what a font has."""


class Face(msgspec.Struct, frozen=True):
    """One typeface."""

    regular: Path
    bold: Path

    def has(self, text: str) -> bool:
        """Whether no character of ``text`` would come out as an empty box."""
        shown = {char for char in text if char.isprintable() and not char.isspace()}
        for file in {self.regular, self.bold}:
            font = _opened(file, _TRIED, Layout.BASIC)
            nothing = bytes(font.getmask(_NOT_A_CHARACTER))
            if any(bytes(font.getmask(char)) == nothing for char in shown):
                return False
        return True


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How one text of the card is written."""

    size: int
    """Of the letters in dots, if there is room."""
    size_min: int
    is_bold: bool = False
    lines: int = 1


class Side(Enum):
    """Where in its box a text stands."""

    START = "start"
    """Where a line of the card's language begins."""
    CENTRE = "centre"


def faces(files: Sequence[Path] = ()) -> tuple[Face, ...]:
    """Return the typefaces to write with: those of ``files``, else what this machine has.

    Raises:
        ConfigError: a file is no font, or there is none.
    """
    if files:
        for file in files:
            _opened(file, _TRIED)
        return tuple(Face(file, file) for file in files)
    found = dict(_installed({name for family in _FAMILIES for name in family}))
    families = [[found[name] for name in family if name in found] for family in _FAMILIES]
    if not any(families):
        raise ConfigError("no font on this machine: install the package fonts-dejavu-core, or name one with --font")
    return tuple(Face(family[0], family[-1]) for family in families if family)


def cleaned(text: str) -> str:
    """Return ``text`` on one line, without what is no part of a name.

    >>> cleaned("  Emily   Carter ")
    'Emily Carter'
    """
    kept = "".join(char if char.isprintable() or char in _JOINERS_AND_MARKS else " " for char in text)
    return " ".join(kept.split())


class Lettering:
    """Writes on cards of one language."""

    def __init__(self, language: Language, among: Sequence[Face]) -> None:
        self._language = language
        self._faces = among

    def why_not(self, text: str) -> str:
        """Say why ``text`` cannot be written on this machine; empty if it can."""
        if self._face(text) is None:
            return "no font has all of its characters: name one that has them with --font"
        if needs_bidi(text) and not features.check("raqm"):
            return "right-to-left letters need FriBidi: install the package libfribidi0"
        return ""

    def write(self, page: Image.Image, box: Box, text: str, style: Style, side: Side = Side.START) -> None:
        """Write ``text``, which can be written, into ``box`` and nowhere else."""
        face = self._face(text)
        if not text or face is None:
            return
        font, lines = self._fitted(text, box, style, face.bold if style.is_bold else face.regular)
        tile = Image.new("1", (box.width, box.height), 1)
        pen = ImageDraw.Draw(tile)
        rise, pitch = self._rise(font, lines), _pitch(font)
        for number, line in enumerate(lines):
            left, _, right, _ = self._extent(font, line)
            free = box.width - (right - left)
            indent = free // 2 if side is Side.CENTRE else free if self._language.base_level else 0
            at = (indent - left, rise + number * pitch)
            pen.text(at, line, 0, font, anchor="ls", direction=_direction(line), language=self._tongue)
        page.paste(tile, (box.left, box.top))

    def _fitted(self, text: str, box: Box, style: Style, file: Path) -> tuple[FreeTypeFont, list[str]]:
        """Return the lines of ``text`` in the largest letters that fit; cut short if not even the smallest do."""
        for count in range(1, style.lines + 1):
            least = style.size_min if count == style.lines else round(style.size * _WRAP_BELOW)
            for size in range(style.size, least - 1, -_SIZE_STEP):
                font = _opened(file, size)
                lines = self._wrapped(font, text, box.width)
                if len(lines) <= count and self._fits(font, lines, box):
                    return font, lines
        font = _opened(file, style.size_min)
        lines = self._wrapped(font, text, box.width)
        kept = [*lines[: style.lines - 1], " ".join(lines[style.lines - 1 :])]
        shown = [self._cut(font, line, box.width) for line in kept if line]
        cut = next((n for n, line in enumerate(shown, 1) if line != kept[n - 1]), len(shown))
        return font, shown[:cut]

    def _wrapped(self, font: FreeTypeFont, text: str, width: int) -> list[str]:
        """Return ``text`` in lines no wider than ``width``, but for words that are wider by themselves."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._width(font, longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def _cut(self, font: FreeTypeFont, text: str, width: int) -> str:
        """Return as much of ``text`` as fits, with an ellipsis for the rest."""
        if self._width(font, text) <= width:
            return text
        ends = [start for _, start in clusters_of(text)]
        most = bisect_right(ends, width, key=lambda end: self._width(font, text[:end].rstrip() + _ELLIPSIS))
        return text[: ends[max(0, most - 1)]].rstrip() + _ELLIPSIS

    def _fits(self, font: FreeTypeFont, lines: Sequence[str], box: Box) -> bool:
        fall = max(font.getmetrics()[1], self._extent(font, lines[-1])[3])
        height = self._rise(font, lines) + (len(lines) - 1) * _pitch(font) + fall
        return height <= box.height and all(self._width(font, line) <= box.width for line in lines)

    def _rise(self, font: FreeTypeFont, lines: Sequence[str]) -> int:
        """Return how far the first line reaches up: hamza on alef goes above what fonts say of themselves."""
        return max(font.getmetrics()[0], -self._extent(font, lines[0])[1])

    def _width(self, font: FreeTypeFont, line: str) -> int:
        left, _, right, _ = self._extent(font, line)
        return right - left

    def _extent(self, font: FreeTypeFont, line: str) -> tuple[int, int, int, int]:
        """Return where the ink of a line is, from the point where it begins on its base line."""
        box = font.getbbox(line, "1", _direction(line), language=self._tongue, anchor="ls")
        left, top, right, bottom = box
        return floor(left), floor(top), ceil(right), ceil(bottom)

    @property
    def _tongue(self) -> str | None:
        """The language by which a font chooses among its forms, where anything can."""
        return self._language.value if features.check("raqm") else None

    def _face(self, text: str) -> Face | None:
        return next((face for face in self._faces if face.has(text)), None)


def _direction(line: str) -> str | None:
    """Return how a line runs by itself (UAX #9, P2 and P3): a name from elsewhere keeps its full stop at its end."""
    if not features.check("raqm"):
        return None
    return "rtl" if first_strong(line) else "ltr"


def _pitch(font: FreeTypeFont) -> int:
    """Return the dots from one line to the next."""
    return sum(font.getmetrics())


@cache
def _opened(file: Path, size: int, engine: Layout | None = None) -> FreeTypeFont:
    try:
        return ImageFont.truetype(file, size, layout_engine=engine)
    except OSError as error:
        raise ConfigError(f"{file} is no font that can be read: name a TrueType or OpenType file") from error


def _installed(names: set[str]) -> Iterator[tuple[str, Path]]:
    """Yield the fonts of this machine with these file names; of two with one name the later folder wins."""
    for folder in _FOLDERS:
        for place, _, files in os.walk(Path(folder).expanduser()):
            yield from ((name, Path(place, name)) for name in names & set(files))
