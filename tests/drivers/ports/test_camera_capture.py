"""Pictures as cameras send them; the calls of the kernel are tried in tests/vm/test_camera.py."""

import pytest
from PIL import Image, ImageChops

from drivers.picture import payloads
from drivers.ports.camera_capture import _Form, _in_grey
from tests.drivers.pictures import jpeg, qr_card

CARD = qr_card("PL-1001").resize((640, 404))
PADDING = 32
"""Bytes that a driver puts behind each line."""


def form(code: bytes, bytes_per_pixel: int, padding: int = 0) -> _Form:
    """Return how the card comes."""
    return _Form(code, CARD.width, CARD.height, CARD.width * bytes_per_pixel + padding)


def lines(picture: Image.Image, padding: int) -> bytes:
    """Return the grey bytes of each line, with as many behind them."""
    data = picture.tobytes()
    return b"".join(
        data[start : start + picture.width] + bytes(padding) for start in range(0, len(data), picture.width)
    )


def with_colour(grey: bytes) -> bytes:
    """Return pairs of brightness and colour, as YUYV has them."""
    return bytes(byte for value in grey for byte in (value, 128))


@pytest.mark.parametrize("padding", [0, PADDING])
def test_brightness_is_taken_out_of_each_format(padding: int) -> None:
    """Dot for dot, whatever stands behind the lines and beside the brightness."""
    sent = {
        form(b"GREY", 1, padding): lines(CARD, padding),
        form(b"NV12", 1, padding): lines(CARD, padding) + bytes(CARD.width * CARD.height // 2),
        form(b"YUYV", 2, 2 * padding): with_colour(lines(CARD, padding)),
    }
    for how, data in sent.items():
        picture = _in_grey(how, data)
        assert picture
        assert ImageChops.difference(picture, CARD).getbbox() is None


def test_jpeg_is_read_too() -> None:
    """Most webcams send nothing else in this size."""
    picture = _in_grey(form(b"MJPG", 0), jpeg(CARD))
    assert picture
    assert payloads(picture) == [b"]Q1PL-1001"]


@pytest.mark.parametrize("code", [b"GREY", b"NV12", b"YUYV", b"MJPG"])
def test_half_a_picture_is_none(code: bytes) -> None:
    """A cable that is pulled ends in the middle of a picture, and that is no code."""
    whole = jpeg(CARD) if code == b"MJPG" else CARD.tobytes()
    for data in (b"", whole[: len(whole) // 2], b"\xff\xd8 no JPEG"):
        assert _in_grey(form(code, 2 if code == b"YUYV" else 1), data) is None
