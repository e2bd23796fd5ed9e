"""``pos-loyalty scan --image``, against a real till: what a picture of a card says is what the card says."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image

from pos_loyalty.cli import main
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.scan_picture import codes_in
from pos_loyalty.output.symbols import ean13
from pos_loyalty.sample import AMBIGUOUS_CODE
from pos_loyalty.sample.stars import EMILY, REZA
from pos_loyalty.service.client import TillClient
from tests.cli.conftest import Ran
from tests.drivers.pictures import bar_card, drawn, jpeg, on_a_desk, printable, qr_card
from tests.output.printed import EAN, GSRN, PASS, SYMBOLS, card


def scan(till: Place, *arguments: str | Path) -> Ran:
    """Run the command against the till."""
    ran = CliRunner().invoke(main, ["scan", "--socket", str(till.socket), *map(str, arguments)])
    return Ran(ran.exit_code, ran.stdout, ran.stderr)


def at_the_counter(till: Place) -> tuple[object, ...]:
    """Return what a scan changes at once; that it was written, a till tells when it was."""
    view = ask(till.socket, TillClient.till)
    return view.stage, view.member, view.candidates, view.refusal, view.notice, view.scan


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return where the picture of a test is written."""
    return tmp_path / "card.jpeg"


def test_a_picture_of_a_card_greets_its_member(till: Place, picture: Path) -> None:
    """Turned and blurred: the till shows the member as if the card had been scanned."""
    picture.write_bytes(jpeg(on_a_desk(qr_card(EMILY.code), (1600, 1200), 25)))
    ran = scan(till, "--json", "--image", picture)
    answer = msgspec.json.decode(ran.out)
    assert ran.code == Exit.OK
    assert answer["till"]["member"]["member_id"] == EMILY.member_id
    assert answer["till"]["stage"] == "identified"


@pytest.mark.parametrize(
    ("shown", "exit_code", "said"),
    [
        (bar_card(REZA.code), Exit.OK, "member: آقای رضایی"),
        (card(printable(ean13(EMILY.barcode))), Exit.OK, "member: Ms Emily Carter"),
        (qr_card(AMBIGUOUS_CODE), Exit.REFUSED, "ambiguous: the code names several people"),
        (qr_card("PL-404"), Exit.REFUSED, "unknown_code: the code names nobody"),
        (drawn("4111111111111111", zxingcpp.BarcodeFormat.QRCode), Exit.REFUSED, "payment_card: the code is a payment"),
    ],
)
def test_asking_says_whom_the_code_in_a_picture_names(
    till: Place, picture: Path, shown: Image.Image, exit_code: Exit, said: str
) -> None:
    """The same sentences and exit codes as for a code that was typed; a bank card is not repeated."""
    shown.convert("L").save(picture, quality=60)
    ran = scan(till, "--ask", "--image", picture)
    assert (ran.code, ran.out[: len(said)]) == (exit_code, said)
    assert "4111" not in ran.out + ran.err


def test_of_several_codes_none_is_scanned(till: Place, picture: Path) -> None:
    """Nobody said which was meant: each is told, and the till stays as it was."""
    before = at_the_counter(till)
    both = Image.new("L", (1011, 1276), 255)
    both.paste(qr_card(EMILY.code), (0, 0))
    both.paste(qr_card(REZA.code), (0, 638))
    both.save(picture)
    ran = scan(till, "--image", picture)
    assert (ran.code, ran.err) == (
        Exit.REFUSED,
        "2 codes in the picture: nothing was scanned; take a picture of one\n",
    )
    assert [line.split("  ")[0] for line in ran.out.splitlines()] == ["member: Ms Emily Carter", "member: آقای رضایی"]
    assert scan(till, "--ask", "--image", picture).code == Exit.OK
    assert at_the_counter(till) == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gs1-128 with 8019", f"\x1d8018{GSRN}\x1d80191234567890"),
        ("ean13", EAN),
        ("link", f"HTTPS://ID.GS1.ORG/8018/{GSRN}/8019/2"),
        ("pass", PASS),
    ],
)
def test_a_code_keeps_what_its_symbol_says(tmp_path: Path, name: str, code: str) -> None:
    """Without its AIM identifier, but FNC1 in front stays; a pass keeps its blanks."""
    card(SYMBOLS[name]).save(tmp_path / "card.png")
    assert codes_in(tmp_path / "card.png") == [code]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no picture", "no picture that can be read"),
        (jpeg(Image.new("L", (400, 300), 180)), "no code in it; hold it flat"),
    ],
)
def test_a_picture_that_says_nothing_is_told(till: Place, picture: Path, content: bytes, sentence: str) -> None:
    """Exit code 1, the file, and what to do."""
    picture.write_bytes(content)
    ran = scan(till, "--image", picture)
    assert (ran.code, f"{picture}: {sentence}" in ran.err) == (Exit.REFUSED, True)


def test_a_file_that_is_not_there_is_a_wrong_command_line(till: Place, picture: Path) -> None:
    """So are a code and a picture, and neither."""
    for arguments in (("--image", picture), ("PL-1001", "--image", __file__), ()):
        assert scan(till, *arguments).code == Exit.USAGE


def test_without_the_extra_the_remedy_is_told(till: Place, picture: Path) -> None:
    """Exit code 69: the reader of pictures does not answer."""
    qr_card("PL-1001").save(picture)
    program = "import sys; sys.modules['zxingcpp'] = None; from pos_loyalty.cli import main; main()"
    command = [sys.executable, "-P", "-c", program, "scan", "--socket", str(till.socket), "--image", str(picture)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ)
    assert (ran.returncode, "pip install 'pos-loyalty[camera]'" in ran.stderr) == (Exit.UNAVAILABLE, True)
