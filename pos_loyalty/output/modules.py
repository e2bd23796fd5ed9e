"""Modules as dots: every one of them the same whole number of dots, with no grey between them."""

from collections.abc import Sequence

from PIL import Image


def drawn(rows: Sequence[Sequence[bool]], width: int, height: int) -> Image.Image:
    """Return rows of modules, dark where they are true, each ``width`` by ``height`` dots."""
    small = Image.new("1", (len(rows[0]), len(rows)))
    small.putdata([not is_dark for row in rows for is_dark in row])
    return small.resize((small.width * width, small.height * height), Image.Resampling.NEAREST)
