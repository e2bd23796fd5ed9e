"""Codes in pictures: of our own cards, of symbols another program drew, turned, dim and dusty; and of nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageOps

from drivers.codes.reading import read
from drivers.codes.reading_settings import ReadingSettings
from drivers.picture import payloads, payloads_in
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.output.symbols import Symbol
from tests.drivers.pictures import MEMBER, bar_card, drawn, in_bad_light, jpeg, on_a_desk, qr_card, with_dust
from tests.output.printed import GSRN, SYMBOLS, card

CARD_NUMBER = "4111111111111111"
WITHOUT_ZXING = """
import sys
sys.modules["zxingcpp"] = None
from pathlib import Path
from drivers.picture import payloads_in
from pos_loyalty.errors import ReaderError
try:
    payloads_in(Path(sys.argv[1]))
except ReaderError as error:
    print(error)
"""


def sent(symbol: Symbol) -> bytes:
    """Return what a reader sends of a symbol."""
    return f"]{symbol.aim}{symbol.payload}".encode()


@pytest.mark.parametrize("name", SYMBOLS)
@pytest.mark.parametrize("angle", [0, 7, 90, 180, 211])
def test_every_card_is_read_from_a_picture(tmp_path: Path, name: str, angle: int) -> None:
    """Turned, blurred, in the size that telephones take; FNC1 is GS, and the AIM identifier stands in front."""
    file = tmp_path / "card.jpeg"
    file.write_bytes(jpeg(on_a_desk(card(SYMBOLS[name]).convert("L"), (1600, 1200), angle), quality=70))
    assert payloads_in(file) == [sent(SYMBOLS[name])]


@pytest.mark.parametrize("scale", [0.35, 0.6, 2])
def test_size_does_not_matter(tmp_path: Path, scale: float) -> None:
    """From a card far away to one that fills the picture."""
    file = tmp_path / "card.png"
    ImageOps.scale(card(MEMBER).convert("L"), scale, Image.Resampling.BICUBIC).save(file)
    assert payloads_in(file) == [sent(MEMBER)]


def test_bad_light_dust_and_small_files_do_not_matter(tmp_path: Path) -> None:
    """A third of the contrast, one dot in a hundred wrong, and JPEG of low quality."""
    plain = on_a_desk(card(MEMBER).convert("L"), angle=12)
    file = tmp_path / "card.jpeg"
    for picture in (in_bad_light(plain), with_dust(plain, 0.01, seed=3), ImageOps.invert(plain)):
        file.write_bytes(jpeg(picture))
        assert payloads_in(file) == [sent(MEMBER)]


def test_what_is_not_read_is_never_another_code() -> None:
    """With more and more dust there is the code, or there is none."""
    plain = on_a_desk(bar_card("PL-1001"))
    seen = {payload for seed in range(12) for payload in payloads(with_dust(plain, 0.004 * seed, seed))}
    assert seen == {b"]C0PL-1001"}


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [
        ("042100005264", "UPCA", b"]E00042100005264"),
        ("04252614", "UPCE", b"]E00042100005264"),
        ("96385074", "EAN8", b"]E496385074"),
        ("PL-1001", "Code39", b"]A0PL-1001"),
        ("A1234B", "Codabar", b"]F0A1234B"),
        ("PL-1001", "DataMatrix", b"]d1PL-1001"),
        ("PL-1001", "PDF417", b"]L2PL-1001"),
        ("PL-1001", "Aztec", b"]z0PL-1001"),
        ("PL\\1001", "QRCode", b"]Q1PL\\1001"),
        ("رضا", "QRCode", "]Q1رضا".encode()),
    ],
)
def test_symbols_of_another_printer_are_what_a_reader_sends(text: str, kind: str, payload: bytes) -> None:
    """Article numbers in 13 digits, text in UTF-8 whatever character set the symbol names."""
    assert payloads(drawn(text, getattr(zxingcpp.BarcodeFormat, kind))) == [payload]


@pytest.mark.parametrize("character_set", ["ISO-8859-6", "windows-1256", "UTF-8"])
def test_a_symbol_with_a_character_set_of_its_own_is_text(character_set: str) -> None:
    """Extended channels (ECI): the name of a contact comes out as it was written."""
    found = payloads(
        drawn("MECARD:N:رضا;TEL:+989121234567;;", zxingcpp.BarcodeFormat.QRCode, options=f"eci={character_set}")
    )
    decision = read(found[0], "camera", ReadingSettings())
    assert (decision.outcome, decision.fields["name"]) == (Outcome.CONTACT, "رضا")


def test_several_codes_come_from_the_top_down(tmp_path: Path) -> None:
    """Each once, even if it is there twice."""
    page = Image.new("L", (1011, 3 * 638), 255)
    for row, code in enumerate(("PL-1002", "PL-1001", "PL-1002")):
        page.paste(qr_card(code), (0, row * 638))
    page.save(tmp_path / "cards.png")
    assert payloads_in(tmp_path / "cards.png") == [b"]Q1PL-1002", b"]Q1PL-1001"]


def test_a_member_is_decided_from_a_picture() -> None:
    """The GSRN and the instance of a GS1-128, by the identifier that only the picture can tell."""
    (found,) = payloads(card(SYMBOLS["gs1-128 with 8019"]).convert("L"))
    decision = read(found, "camera", ReadingSettings())
    assert (decision.outcome, decision.fields) == (Outcome.MEMBER, {"number": GSRN, "instance": "1234567890"})


@pytest.mark.parametrize("kind", ["QRCode", "Code128", "DataMatrix"])
def test_the_number_of_a_bank_card_is_refused(kind: str) -> None:
    """In a picture as anywhere, and nothing of it is in the answer."""
    (found,) = payloads(drawn(CARD_NUMBER, getattr(zxingcpp.BarcodeFormat, kind)))
    decision = read(found, "camera", ReadingSettings())
    assert decision.outcome is Outcome.PAYMENT_CARD
    assert CARD_NUMBER not in repr(decision)


def test_codes_on_nothing_are_codes_on_white(tmp_path: Path) -> None:
    """A transparent PNG, as web pages offer passes, is drawn on white."""
    picture = card(MEMBER).convert("L")
    picture.putalpha(ImageOps.invert(picture))
    picture.save(tmp_path / "card.png")
    assert payloads_in(tmp_path / "card.png") == [sent(MEMBER)]


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg(card(MEMBER).convert("L"))[:300]])
def test_what_is_no_picture_is_none(tmp_path: Path, content: bytes) -> None:
    """Neither is a picture that was cut."""
    (tmp_path / "card.jpeg").write_bytes(content)
    assert payloads_in(tmp_path / "card.jpeg") is None
    assert payloads_in(tmp_path / "missing.png") is None


def test_a_picture_without_a_code_has_none(tmp_path: Path) -> None:
    """An empty desk is an empty list, and no fault."""
    Image.new("L", (200, 100), 180).save(tmp_path / "desk.png")
    assert payloads_in(tmp_path / "desk.png") == []


def test_without_the_extra_the_remedy_is_told(tmp_path: Path) -> None:
    """zxing-cpp is native code and not on every till."""
    qr_card("PL-1001").save(tmp_path / "card.png")
    command = [sys.executable, "-P", "-c", WITHOUT_ZXING, str(tmp_path / "card.png")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=os.environ)
    assert "pip install 'pos-loyalty[camera]'" in ran.stdout
