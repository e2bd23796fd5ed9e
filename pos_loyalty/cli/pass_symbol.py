"""A pass as a QR symbol in a file of its own, for a telephone or a letter."""

from pathlib import Path
from typing import Final

from PIL import Image

from pos_loyalty.errors import InvariantBroken
from pos_loyalty.output.modules import drawn
from pos_loyalty.output.symbols import Matrix, Refusal, qr
from pos_loyalty.output.whole_file import whole_file

_MODULE_DOTS: Final = 8


def draw(text: str, file: Path) -> Matrix:
    """Write ``text`` as a PNG.

    Raises:
        ConfigError: the file cannot be written.
    """
    matrix = qr(text)
    if isinstance(matrix, Refusal):
        raise InvariantBroken(f"a pass that no QR code holds: {matrix.reason}")
    side, quiet = matrix.modules * _MODULE_DOTS, matrix.quiet * _MODULE_DOTS
    page = Image.new("1", (side, side), 1)
    page.paste(drawn(matrix.rows, _MODULE_DOTS, _MODULE_DOTS), (quiet, quiet))
    with whole_file(file) as stream:
        page.save(stream, "PNG")
    return matrix
