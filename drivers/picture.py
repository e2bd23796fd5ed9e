"""Bar codes in pictures, by zxing-cpp, which is native code and an extra (``pip install 'pos-loyalty[camera]'``).

What comes out is what a reader would send: the AIM identifier and the data, FNC1 as GS. The library's own text of GS1
data is not used: it has brackets and no separators, ``(8018)...``.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps

from drivers.codes.eci import UTF_8
from drivers.codes.symbology import describe
from pos_loyalty.errors import ReaderError

Zxing = Any
"""The module, loaded when the first picture is looked at: it takes 30 ms, and few tills have a camera."""

MISSING: Final = (
    "zxing-cpp is not installed, which reads codes in pictures: pip install 'pos-loyalty[camera]' "
    "(in a checkout: make extras)"
)
_FORMATS: Final = "EANUPC,Code128,Code39,Code93,Codabar,ITF,DataBar,QRCode,DataMatrix,Aztec,PDF417"
"""What a shop meets. Symbologies that nobody expects are found in stripes of a shirt."""
_SIDE_MAX: Final = 3000
"""Dots; a picture of a telephone has more, and no symbol in it needs them."""
_ANGLES: Final = (30, 60)
"""Degrees. Bars are looked for along the lines and columns of the picture, and found up to some 20 degrees off."""
_SIDE_MIN: Final = 600
"""Smaller pictures are looked at in double size too."""


@cache
def library() -> Zxing:
    """Return zxing-cpp.

    Raises:
        ReaderError: it is not installed.
    """
    try:
        return importlib.import_module("zxingcpp")
    except ImportError as error:
        raise ReaderError(MISSING) from error


def payloads(picture: Image.Image) -> list[bytes]:
    """Return what a reader would send of each symbol in a grey picture (mode ``L``), each once, from the top down.

    Raises:
        ReaderError: zxing-cpp is not installed.
    """
    zxing = library()
    formats = zxing.barcode_formats_from_str(_FORMATS)
    found = zxing.read_barcodes(picture, formats, text_mode=zxing.TextMode.Plain)
    found.sort(key=lambda symbol: (symbol.position.top_left.y, symbol.position.top_left.x))
    return list(dict.fromkeys(_payload(symbol) for symbol in found))


def payloads_in(file: Path) -> list[bytes] | None:
    """Return the same of a file, looked at harder than a camera has time for; ``None`` if it is no picture.

    Raises:
        ReaderError: zxing-cpp is not installed.
    """
    picture = _opened(file)
    if picture is None:
        return None
    return next((found for view in _views(picture) if (found := payloads(view))), [])


def _opened(file: Path) -> Image.Image | None:
    try:
        with Image.open(file) as picture:
            picture.draft("L", (_SIDE_MAX, _SIDE_MAX))
            opaque = picture.convert("RGBA") if "transparency" in picture.info or "A" in picture.mode else picture
            # Codes are drawn on what is not there, which is white on every screen.
            if opaque.mode == "RGBA":
                opaque = Image.alpha_composite(Image.new("RGBA", opaque.size, "white"), opaque)
            grey = opaque.convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    grey.thumbnail((_SIDE_MAX, _SIDE_MAX))
    return grey


def _views(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture as it is, then clearer, larger, turned; each is made if the ones before showed nothing."""
    yield picture
    clear = ImageOps.autocontrast(picture, cutoff=2)
    yield clear
    if max(clear.size) < _SIDE_MIN:
        clear = ImageOps.scale(clear, 2, Image.Resampling.BICUBIC)
        yield clear
    for angle in _ANGLES:
        yield clear.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def _payload(symbol: Any) -> bytes:  # noqa: ANN401 - the library is loaded late, so its types are not known
    data: bytes = symbol.bytes
    try:
        data.decode()
    except UnicodeDecodeError:
        # Another character set, which the symbol names or the library guesses; what it says of it is text.
        data = symbol.text.encode()
    aim: str = symbol.symbology_identifier
    named = describe(aim[1:])
    if named and named.is_extended:
        # So it says that backslashes are doubled and character sets named, and the data are neither.
        data = b"\\%06d" % UTF_8 + data.replace(b"\\", b"\\\\")
    return aim.encode() + data
