"""A pass as a QR symbol."""

from pathlib import Path
from typing import Final

import msgspec
import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.image.pil import PilImage

from pos_loyalty.errors import ConfigError

VERSION_MAX: Final = 7
"""45 modules a side: what common scanners read at once from the screen of a telephone."""
_QUIET_MODULES: Final = 4
"""ISO/IEC 18004 §5.3.8."""
_MODULE_PIXELS: Final = 8


class Symbol(msgspec.Struct, frozen=True):
    """What was drawn."""

    version: int
    level: str
    """Of error correction: ``M`` mends 15 % of the symbol, ``L`` 7 %."""


def draw(text: str, file: Path) -> Symbol:
    """Write ``text`` as a PNG. Level L is taken only where M would need more than version 7.

    Raises:
        ConfigError: the file cannot be written.
    """
    code, level = _symbol(text, ERROR_CORRECT_M), "M"
    if code.version > VERSION_MAX:
        code, level = _symbol(text, ERROR_CORRECT_L), "L"
    try:
        with file.open("wb") as stream:
            code.make_image().save(stream, "PNG")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; look at its folder") from error
    return Symbol(code.version, level)


def _symbol(text: str, level: int) -> "qrcode.QRCode[PilImage]":
    code = qrcode.QRCode(error_correction=level, box_size=_MODULE_PIXELS, border=_QUIET_MODULES, image_factory=PilImage)
    # Without cutting it into pieces: both forms are alphanumeric from the first sign to the last.
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return code
