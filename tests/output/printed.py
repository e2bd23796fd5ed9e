"""Cards as the tests print them, and what a reader and a ruler find on them."""

import re
import zlib
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image, features

from pos_loyalty.errors import ConfigError
from pos_loyalty.i18n.languages import Language
from pos_loyalty.output.card import BARS_WIDTH_MAX, Card, Design, draw
from pos_loyalty.output.lettering import Lettering, faces
from pos_loyalty.output.symbols import Refusal, Symbol, code128, ean13, gs1_128, qr, qr_of_code


def _missing() -> str:
    """Return what this machine lacks to print cards; empty if it lacks nothing."""
    try:
        faces()
    except ConfigError as error:
        return str(error)
    return "" if features.check("fribidi") else "install the package libfribidi0"


if _missing():
    pytest.skip(f"cards cannot be printed here: {_missing()}", allow_module_level=True)

GSRN = "952012345678900007"
EAN = "2012345678903"
# As long as a pass can be at version 7 and level M.
PASS = ("PL45" + "0123456789ABCDEF $%*+-./:" * 7)[:178]


def printable(found: Symbol | Refusal) -> Symbol:
    """Return a symbol that must not have been refused."""
    assert not isinstance(found, Refusal), found
    return found


SYMBOLS = {
    "qr": printable(qr_of_code("PL-1001", "", "id.gs1.org")),
    "link": printable(qr_of_code(GSRN, "2", "id.gs1.org")),
    "pass": printable(qr(PASS)),
    "ean13": printable(ean13(EAN)),
    "code128": printable(code128("PL-1001", BARS_WIDTH_MAX)),
    "gs1-128": printable(gs1_128(GSRN, "", BARS_WIDTH_MAX)),
    "gs1-128 with 8019": printable(gs1_128(GSRN, "1234567890", BARS_WIDTH_MAX)),
}
SHOPS = {Language.EN: "Rose & Willow", Language.FA: "فروشگاه گل", Language.AR: "متجر الورد"}


def card(symbol: Symbol, name: str = "Ms Emily Carter", language: Language = Language.EN) -> Image.Image:
    """Print one card."""
    design = Design(shop=SHOPS[language], language=language, digits=language.digits)
    return draw(design, Card(name=name, tier="Gold", symbol=symbol), Lettering(language, faces()))


def read_back(picture: Image.Image) -> list[tuple[str, bytes]]:
    """Return AIM identifier and bytes of every symbol in the picture, in the order of the alphabet."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return sorted((symbol.symbology_identifier, symbol.bytes) for symbol in found)


def expected(symbol: Symbol) -> tuple[str, bytes]:
    """Return what a reader must read."""
    return f"]{symbol.aim}", symbol.payload.encode()


def pages_of(pdf: bytes) -> Iterator[Image.Image]:
    """Yield the picture on each page of one of our PDFs, by its own dictionary."""
    for found in re.finditer(
        rb"/Subtype /Image /Width (\d+) /Height (\d+) .*?/Length (\d+) >>\nstream\n", pdf, re.DOTALL
    ):
        width, height, length = map(int, found.groups())
        yield Image.frombytes("1", (width, height), zlib.decompress(pdf[found.end() : found.end() + length]))
