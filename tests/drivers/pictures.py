"""Pictures as a camera or a telephone takes them: our own printing, and what light, angle and dust make of it."""

import io
import random
from typing import Any

import zxingcpp
from PIL import Image, ImageFilter

from pos_loyalty.output.symbols import Refusal, Symbol, code128, qr_of_code
from tests.output.printed import SYMBOLS, card

MEMBER = SYMBOLS["qr"]
GREY = 200


def qr_card(code: str) -> Image.Image:
    """Return a card with this code in a QR symbol."""
    return card(printable(qr_of_code(code, "", "id.gs1.org"))).convert("L")


def bar_card(code: str) -> Image.Image:
    """Return a card with this code in bars."""
    return card(printable(code128(code, 941))).convert("L")


def printable(symbol: Symbol | Refusal) -> Symbol:
    """Return a symbol that must not have been refused."""
    assert not isinstance(symbol, Refusal), symbol
    return symbol


def drawn(text: str, kind: zxingcpp.BarcodeFormat, **options: object) -> Image.Image:
    """Return a symbol that zxing drew, on white."""
    # The stubs do not say that zxing's picture is a buffer of rows.
    picture: Any = zxingcpp.create_barcode(text, kind, **options).to_image(scale=4)
    pixels = memoryview(picture)
    height, width = pixels.shape or (0, 0)
    symbol = Image.frombytes("L", (width, height), bytes(pixels))
    page = Image.new("L", (symbol.width + 80, symbol.height + 80), 255)
    page.paste(symbol, (40, 40))
    return page


def on_a_desk(picture: Image.Image, size: tuple[int, int] = (1280, 720), angle: int = 0) -> Image.Image:
    """Return the picture of a card on a grey desk, turned by ``angle`` degrees, blurred as lenses do."""
    desk = Image.new("L", size, GREY)
    turned = picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=GREY)
    turned.thumbnail(size)
    desk.paste(turned, ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2))
    return desk.filter(ImageFilter.GaussianBlur(0.7))


def in_bad_light(picture: Image.Image) -> Image.Image:
    """Return the picture with a third of its contrast, darker to one side."""
    width, height = picture.size
    shade = Image.linear_gradient("L").resize((width, height)).point(lambda value: value // 4)
    return Image.blend(picture.point(lambda value: 60 + value // 3), shade, 0.3)


def with_dust(picture: Image.Image, share: float, seed: int) -> Image.Image:
    """Return the picture with so many of its dots turned, by a chance that is always the same."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    dusty = picture.copy()
    for _ in range(int(picture.width * picture.height * share)):
        place = chance.randrange(picture.width), chance.randrange(picture.height)
        dusty.putpixel(place, chance.choice((0, 255)))
    return dusty


def jpeg(picture: Image.Image, quality: int = 40) -> bytes:
    """Return the picture as telephones send it."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
