"""Our PDF: its size on paper, and its dots as they were; looked at by another program where there is one."""

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from pos_loyalty.output.pdf import PdfPages
from pos_loyalty.output.sheet import sheets
from tests.output.printed import SYMBOLS, card, expected, pages_of, read_back

RENDERER = shutil.which("pdftoppm") or shutil.which("gs")


def pdf_of(*pages: Image.Image) -> bytes:
    """Return a PDF with these pages."""
    stream = io.BytesIO()
    document = PdfPages(stream)
    for page in pages:
        document.add(page)
    document.finish()
    return stream.getvalue()


def rendered(pdf: bytes, folder: Path) -> list[Image.Image]:
    """Return the pages as another program draws them at 300 dots an inch."""
    file = folder / "cards.pdf"
    file.write_bytes(pdf)
    if RENDERER is None:
        pytest.skip("neither pdftoppm nor gs is here to draw a PDF")
    if RENDERER.endswith("pdftoppm"):
        command = [RENDERER, "-r", "300", "-gray", str(file), str(folder / "page")]
    else:
        command = [RENDERER, "-q", "-sDEVICE=pgmraw", "-r300", "-o", str(folder / "page-%03d.pgm"), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return [Image.open(page) for page in sorted(folder.glob("page-*"))]


def test_pages_have_the_size_of_the_card_and_of_a4() -> None:
    """85.6 by 54.0 mm and 210 by 297 mm, in points of 1/72 inch, within a fifth of a millimetre."""
    front = card(SYMBOLS["qr"])
    pdf = pdf_of(front, *sheets([front]))
    boxes = [tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)]
    millimetres = [(width / 72 * 25.4, height / 72 * 25.4) for width, height in boxes]
    assert millimetres[0] == pytest.approx((85.60, 53.98), abs=0.05)
    assert millimetres[1] == pytest.approx((210, 297), abs=0.05)


def test_the_dots_on_a_page_are_those_of_the_picture() -> None:
    """Nothing is resampled and nothing is lost: each page holds its card bit for bit."""
    cards = [card(symbol) for symbol in SYMBOLS.values()]
    held = list(pages_of(pdf_of(*cards)))
    assert len(held) == len(cards)
    for page, picture, symbol in zip(held, cards, SYMBOLS.values(), strict=True):
        assert ImageChops.logical_xor(page, picture).getbbox() is None
        assert read_back(page) == [expected(symbol)]


def test_another_program_draws_the_same_pages(tmp_path: Path) -> None:
    """Every symbol is read from pages that pdftoppm or Ghostscript drew at the resolution of a printer."""
    cards = [card(symbol) for symbol in SYMBOLS.values()]
    pages = rendered(pdf_of(*cards, *sheets(cards)), tmp_path)
    assert [read_back(page) for page in pages[:-1]] == [[expected(symbol)] for symbol in SYMBOLS.values()]
    assert read_back(pages[-1]) == sorted(map(expected, SYMBOLS.values()))
    # The height of a page is no whole number of dots for every program.
    assert all(abs(page.width - 1011) <= 1 and abs(page.height - 638) <= 1 for page in pages[:-1])


def test_every_object_stands_where_the_table_says() -> None:
    """The cross-reference table, by which a reader finds everything, has the right offsets and the right count."""
    pdf = pdf_of(card(SYMBOLS["qr"]), card(SYMBOLS["ean13"]))
    found = re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)
    assert found
    start = int(found[1])
    assert pdf[start:].startswith(b"xref\n0 9\n")
    offsets = [int(line) for line in re.findall(rb"(\d{10}) 00000 n ", pdf[start:])]
    assert [pdf[offset:].split(b" ", 1)[0] for offset in offsets] == [str(n).encode() for n in range(1, 9)]
