"""The front of one member card.

The ground is white to the edges, so that nothing shows where a cut is a little off. Square symbols stand at the end of
the lines, bars below them. A card in Persian or Arabic is the mirror image, but for the symbol.
"""

from typing import Final

import msgspec
from PIL import Image

from pos_loyalty.i18n.digits import Digits, write
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.levels import first_strong
from pos_loyalty.output.lettering import Lettering, Side, Style, cleaned
from pos_loyalty.output.modules import drawn
from pos_loyalty.output.paper import CARD, MARGIN_MM, Box, dots
from pos_loyalty.output.symbols import Bars, Matrix, Symbol

_MARGIN: Final = dots(MARGIN_MM) + 1
_INNER: Final = Box(_MARGIN, _MARGIN, CARD.width - 2 * _MARGIN, CARD.height - 2 * _MARGIN)
BARS_WIDTH_MAX: Final = _INNER.width
"""Dots that bars may take, their quiet zones included."""
_SQUARE_MAX: Final = dots(37)
_QR_MODULE_MAX: Final = 11
"""Dots; 0.93 mm, of the 0.99 mm that GS1 allows."""
_GAP: Final = dots(2)
_LITTLE_GAP: Final = dots(0.7)
_SHOP: Final = Style(size=48, size_min=28)
_NAME: Final = Style(size=72, size_min=32, is_bold=True, lines=2)
_TIER: Final = Style(size=42, size_min=26)
_CODE: Final = Style(size=32, size_min=18)
_SHOP_ROW: Final = 60
_TIER_ROW: Final = 54
_CODE_ROW: Final = 42
_NAME_AREA: Final = 180


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """What all cards of the shop have in common."""

    shop: str
    language: Language
    digits: Digits
    """Of names and tiers in right-to-left scripts. Codes keep 0-9, which is what readers and keys send."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What one card says."""

    name: str
    tier: str
    symbol: Symbol


def texts(design: Design, card: Card) -> tuple[str, str, str]:
    """Return shop, name and tier as they are written."""
    shop, name, tier = (cleaned(text) for text in (design.shop, card.name, card.tier))
    return _in_digits(shop, design.digits), _in_digits(name, design.digits), _in_digits(tier, design.digits)


def draw(design: Design, card: Card, lettering: Lettering) -> Image.Image:
    """Return the card in black (0) and white (1); each text stays in its place, whatever it is."""
    page = Image.new("1", (CARD.width, CARD.height), 1)
    above = Box(_INNER.left, _INNER.top, _INNER.width, _SHOP_ROW)
    shop, name, tier = texts(design, card)
    lettering.write(page, above, shop, _SHOP)
    if isinstance(card.symbol, Bars):
        left = _draw_bars(page, card.symbol, lettering)
    else:
        left = _draw_matrix(page, card.symbol, design.language, lettering)
    name_box = Box(left.left, left.top, left.width, min(_NAME_AREA, left.height - _TIER_ROW))
    lettering.write(page, name_box, name, _NAME)
    lettering.write(page, Box(left.left, left.bottom - _TIER_ROW, left.width, _TIER_ROW), tier, _TIER)
    return page


def _draw_bars(page: Image.Image, bars: Bars, lettering: Lettering) -> Box:
    """Draw bars at the foot of the card, what they say below them; return the place that is left for the name."""
    foot = Box(_INNER.left, _INNER.bottom - _CODE_ROW, _INNER.width, _CODE_ROW)
    top = foot.top - bars.guard - bars.height
    left = _INNER.left + (_INNER.width - bars.width) // 2
    at = left + bars.quiet[0] * bars.module
    every = tuple(module != "0" for module in bars.modules)
    guards = tuple(module == "G" for module in bars.modules)
    page.paste(drawn((every,), bars.module, bars.height), (at, top))
    if bars.guard:
        page.paste(drawn((guards,), bars.module, bars.guard), (at, top + bars.height))
    lettering.write(page, foot, bars.text, _CODE, Side.CENTRE)
    name_top = _INNER.top + _SHOP_ROW + _LITTLE_GAP
    return Box(_INNER.left, name_top, _INNER.width, top - _GAP - name_top)


def _draw_matrix(page: Image.Image, matrix: Matrix, language: Language, lettering: Lettering) -> Box:
    """Draw a QR code at the end of the lines, what it says beside it; return the place that is left for the name."""
    module = min(_QR_MODULE_MAX, _SQUARE_MAX // matrix.modules)
    side, quiet = matrix.modules * module, matrix.quiet * module
    place = Box(_INNER.right - side, _INNER.bottom - side, side, side)
    beside = Box(_INNER.left, _INNER.top + _SHOP_ROW + _GAP, _INNER.width - side - _GAP, 0)
    if language.base_level:
        place, beside = place.mirrored_in(CARD), beside.mirrored_in(CARD)
    page.paste(drawn(matrix.rows, module, module), (place.left + quiet, place.top + quiet))
    foot = Box(beside.left, _INNER.bottom - _CODE_ROW, beside.width, _CODE_ROW)
    lettering.write(page, foot, matrix.text, _CODE)
    return Box(beside.left, beside.top, beside.width, foot.top - beside.top)


def _in_digits(text: str, digits: Digits) -> str:
    return write(text, digits) if first_strong(text) else text
