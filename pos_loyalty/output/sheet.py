"""Ten cards on a sheet of A4, with crop marks in its margins. The cards touch, so that one cut parts two."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from PIL import Image, ImageDraw

from pos_loyalty.output.paper import A4, CARD, dots

COLUMNS: Final = 2
ROWS: Final = 5
CARDS: Final = COLUMNS * ROWS
_LEFT: Final = (A4.width - COLUMNS * CARD.width) // 2
_TOP: Final = (A4.height - ROWS * CARD.height) // 2
_MARK_GAP: Final = dots(2)
"""So that no mark is left on a card that is cut a little large."""
_MARK_LENGTH: Final = dots(4)
"""The marks end 7 mm from the edge of the sheet; office printers leave 5 mm at most."""


def places() -> list[tuple[int, int]]:
    """Return the upper left corners of the cards, in dots, row by row."""
    return [(_LEFT + column * CARD.width, _TOP + row * CARD.height) for row in range(ROWS) for column in range(COLUMNS)]


def sheets(cards: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """Yield sheets of ten cards, the last with what is left; each is drawn when it is asked for."""
    rest = iter(cards)
    while batch := list(islice(rest, CARDS)):
        yield _sheet(batch)


def _sheet(cards: list[Image.Image]) -> Image.Image:
    page = Image.new("1", (A4.width, A4.height), 1)
    for card, place in zip(cards, places(), strict=False):
        page.paste(card, place)
    pen = ImageDraw.Draw(page)
    for column in range(COLUMNS + 1):
        x = _LEFT + column * CARD.width
        for edge in (_TOP - _MARK_GAP - _MARK_LENGTH, _TOP + ROWS * CARD.height + _MARK_GAP):
            pen.line((x, edge, x, edge + _MARK_LENGTH), fill=0)
    for row in range(ROWS + 1):
        y = _TOP + row * CARD.height
        for edge in (_LEFT - _MARK_GAP - _MARK_LENGTH, _LEFT + COLUMNS * CARD.width + _MARK_GAP):
            pen.line((edge, y, edge + _MARK_LENGTH, y), fill=0)
    return page
