"""Sizes on paper, and millimetres as whole dots. Pure."""

from typing import Final

import msgspec

DPI: Final = 300
_MM_PER_INCH: Final = 25.4
_POINTS_PER_INCH: Final = 72

MARGIN_MM: Final = 3.0
"""Kept free at every edge: cutting is a millimetre off at times, and corners are round."""


class Size(msgspec.Struct, frozen=True):
    """Width and height in dots."""

    width: int
    height: int

    @property
    def points(self) -> tuple[float, float]:
        """The same in points, so that one dot stays exactly one dot of a PDF."""
        return self.width * _POINTS_PER_INCH / DPI, self.height * _POINTS_PER_INCH / DPI


class Box(msgspec.Struct, frozen=True):
    """A place on a page, in dots from its upper left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    def mirrored_in(self, page: Size) -> "Box":
        """Return the place that a reader from right to left looks for it."""
        return msgspec.structs.replace(self, left=page.width - self.right)


def dots(mm: float) -> int:
    """Return the nearest whole number of dots.

    >>> dots(25.4)
    300
    """
    return round(mm * DPI / _MM_PER_INCH)


def millimetres(count: int) -> float:
    """Return how long so many dots are.

    >>> round(millimetres(4), 3)
    0.339
    """
    return count * _MM_PER_INCH / DPI


CARD: Final = Size(dots(85.60), dots(53.98))
"""ID-1 (ISO/IEC 7810). In dots it is 85.598 by 54.017 mm; the limits are 85.47 to 85.72 and 53.92 to 54.03 mm."""
A4: Final = Size(dots(210), dots(297))
