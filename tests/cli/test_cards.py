"""``pos-loyalty card``: rows in, cards out that another program reads; and nothing at all where one is wrong."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.sample.stars import EMILY, REZA
from tests.output.printed import EAN, GSRN, pages_of, read_back

CSV = f"""member_id,name,tier,code
{EMILY.member_id},Ms Emily Carter,Gold,{EMILY.code}
{REZA.member_id},آقای رضا رضایی,طلایی,{REZA.code}
"""


def run(*arguments: str | Path, given: str | bytes | None = None) -> Result:
    """Run the command as a user does."""
    outcome = CliRunner().invoke(main, ["card", "--shop", "Rose", *map(str, arguments)], input=given)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome


def printed(file: Path) -> list[tuple[str, bytes]]:
    """Return what a reader reads from a PNG."""
    with Image.open(file) as picture:
        return read_back(picture)


@pytest.mark.parametrize(
    ("symbol", "code", "more", "read"),
    [
        ("qr", "PL-1001", (), ("]Q1", b"PL-1001")),
        ("qr", "pl-۱۰۰۱", (), ("]Q1", b"PL-1001")),
        ("qr", GSRN, ("--instance", "2"), ("]Q1", f"HTTPS://ID.GS1.ORG/8018/{GSRN}/8019/2".encode())),
        ("qr", GSRN, ("--link-domain", "Shop.example"), ("]Q1", f"HTTPS://SHOP.EXAMPLE/8018/{GSRN}".encode())),
        ("ean13", EAN, (), ("]E0", EAN.encode())),
        ("code128", "PL-1001", (), ("]C0", b"PL-1001")),
        ("gs1-128", GSRN, ("--instance", "2"), ("]C1", f"8018{GSRN}\x1d80192".encode())),
    ],
)
def test_one_card_is_printed_from_options(
    tmp_path: Path, symbol: str, code: str, more: tuple[str, ...], read: tuple[str, bytes]
) -> None:
    """A PNG in the size of a bank card at 300 dots an inch, for this user alone, with the code in its symbol."""
    file = tmp_path / "card.png"
    outcome = run("--symbol", symbol, "--name", "Ms Carter", "--code", code, *more, file)
    assert (outcome.exit_code, outcome.stdout) == (Exit.OK, f"{file}: 1 card\n")
    assert printed(file) == [read]
    with Image.open(file) as picture:
        assert (picture.size, picture.mode) == ((1011, 638), "1")
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_many_cards_come_from_csv(tmp_path: Path) -> None:
    """As a spreadsheet saves it, byte order mark and all; one page for each card, in their order."""
    file = tmp_path / "cards.pdf"
    outcome = run(file, given=b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode())
    assert (outcome.exit_code, outcome.stdout) == (Exit.OK, f"{file}: 2 cards\n")
    pages = [read_back(page) for page in pages_of(file.read_bytes())]
    assert pages == [[("]Q1", EMILY.code.encode())], [("]Q1", REZA.code.encode())]]


def test_many_cards_come_from_json_lines(tmp_path: Path) -> None:
    """A folder gets a PNG for each page; a blank line is no card."""
    lines = [json.dumps({"name": "Ms Carter", "code": f"PL-{number}"}) for number in (1001, 1002)]
    assert run(tmp_path / "cards", given="\n\n".join(lines)).exit_code == Exit.OK
    files = sorted((tmp_path / "cards").iterdir())
    assert [file.name for file in files] == ["0001.png", "0002.png"]
    assert [printed(file) for file in files] == [[("]Q1", b"PL-1001")], [("]Q1", b"PL-1002")]]


def test_ten_cards_fill_a_sheet(tmp_path: Path) -> None:
    """Eleven need two; every one is read from the pages."""
    lines = [json.dumps({"name": "Ms Carter", "code": f"PL-{number}"}) for number in range(1001, 1012)]
    assert run("--sheets", "--language", "ar", tmp_path / "cards.pdf", given="\n".join(lines)).exit_code == Exit.OK
    first, second = pages_of((tmp_path / "cards.pdf").read_bytes())
    assert read_back(first) == [("]Q1", f"PL-{number}".encode()) for number in range(1001, 1011)]
    assert read_back(second) == [("]Q1", b"PL-1011")]


@pytest.mark.parametrize("base", ["45", "32"])
def test_a_pass_is_signed_printed_read_and_verified(tmp_path: Path, base: str) -> None:
    """What a scanner reads from the card is a good pass of the member, in the base that the shop's scanners need."""
    runner, keys = CliRunner(), str(tmp_path / "keys")
    assert runner.invoke(main, ["pass", "keys", "new", "--keys", keys]).exit_code == Exit.OK
    outcome = run("--symbol", "pass", "--keys", keys, "--base", base, tmp_path / "cards.pdf", given=CSV)
    assert outcome.exit_code == Exit.OK, outcome.output
    for page, member in zip(pages_of((tmp_path / "cards.pdf").read_bytes()), (EMILY, REZA), strict=True):
        ((aim, code),) = read_back(page)
        verified = runner.invoke(main, ["pass", "verify", "--keys", keys, "--json", "-"], input=code)
        assert (aim, code[:4], verified.exit_code) == ("]Q1", f"PL{base}".encode(), Exit.OK)
        assert json.loads(verified.stdout)["claims"]["member_id"] == member.member_id


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--symbol", "ean13", "--code", "2012345678904"), "the check digit is wrong"),
        (("--symbol", "ean13", "--code", "4006381333931"), "all others are products"),
        (("--symbol", "gs1-128", "--code", GSRN[:-1] + "0"), "the check digit of the GSRN is wrong"),
        (("--code", "4111 1111 1111 1111"), "the number of a bank card"),
        (("--code", "https://id.gs1.org/01/04006381333931"), "a till would take it for a product"),
        (("--code", "PLV-7KQ2M4ZX7"), "a till would take it for a voucher"),
        (("--code", "PLV-7KQ2M4ZX8"), "no till would take it: the check character"),
        (("--code", "https://elsewhere.example/8018/" + GSRN), "no till would take it"),
        (("--code", ""), "expected ASCII letters"),
        (("--code", "PL-1001", "--tier", "金"), "the tier cannot be written: no font has all of its characters"),
    ],
)
def test_a_card_that_names_no_member_is_not_printed(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """Exit code 1, the reason without the code, and no file."""
    outcome = run("--name", "Ms Carter", *arguments, tmp_path / "card.png")
    assert outcome.exit_code == Exit.REFUSED
    assert sentence in outcome.stderr
    assert "4111" not in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_one_wrong_row_stops_all_and_names_its_line(tmp_path: Path) -> None:
    """Every wrong row is told at once, and nothing is half printed."""
    rows = "name,code\nMs Carter,2012345678903\nMr Reza,2012345678904\n ,2012345678903\n"
    outcome = run("--symbol", "ean13", tmp_path / "cards.pdf", given=rows)
    assert outcome.exit_code == Exit.REFUSED
    assert [line.split(":")[0] for line in outcome.stderr.splitlines()] == ["line 3", "line 4"]
    assert list(tmp_path.iterdir()) == []


def test_many_wrong_rows_are_counted(tmp_path: Path) -> None:
    """Twenty are told, then their number."""
    rows = "name,code\n" + "Ms Carter,2012345678904\n" * 25
    outcome = run("--symbol", "ean13", tmp_path / "cards.pdf", given=rows)
    assert len(outcome.stderr.splitlines()) == 21
    assert "and 5 more" in outcome.stderr


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (b"", "no cards"),
        (b"name,code\n", "no cards"),
        (b"name,colour\nA,B\n", "line 1: expected member_id, name"),
        (b"code\nPL-1\n", "line 1: expected member_id, name"),
        (b"name,code\nA\n", "line 2: expected 2 cells"),
        (b"name,code\nA,B,C\n", "line 2: expected 2 cells"),
        (b'name,code\n"A,B\n', "after line 1: a quotation mark"),
        (b'{"name": "A", "code": 1}', "line 1: expected member_id, name"),
        (b'{"name": "A"}\n{', "line 2: expected member_id, name"),
        (b'{"name": "A", "colour": "B"}', "line 1: expected member_id, name"),
        ("name,code\nرضا,1\n".encode("cp1256"), "not UTF-8"),
    ],
)
def test_rows_that_are_not_understood_are_told(tmp_path: Path, rows: bytes, sentence: str) -> None:
    """With the line and what was expected; exit code 1."""
    outcome = run(tmp_path / "cards.pdf", given=rows)
    assert (outcome.exit_code, sentence in outcome.stderr) == (Exit.REFUSED, True), outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--name", "A", "--code", "B", "card.jpeg"), "ends with .png or .pdf"),
        (("--name", "A", "--symbol", "pass", "card.png"), "belong together"),
        (("--name", "A", "--keys", "keys", "card.png"), "belong together"),
        (("--code", "B", "card.png"), "--name is missing"),
    ],
)
def test_options_that_do_not_go_together_are_a_wrong_command_line(arguments: tuple[str, ...], sentence: str) -> None:
    """Exit code 2."""
    outcome = run(*arguments)
    assert (outcome.exit_code, sentence in outcome.stderr) == (Exit.USAGE, True)


def test_a_place_that_does_not_fit_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    """Two pages are no PNG, and a folder that is there is not written into."""
    one_page, folder = run(tmp_path / "cards.png", given=CSV), run(tmp_path, given=CSV)
    assert (one_page.exit_code, folder.exit_code) == (Exit.REFUSED, Exit.REFUSED)
    assert "name a .pdf or a folder" in one_page.stderr
    assert "it is there already" in folder.stderr
    missing = run(tmp_path / "no" / "cards.pdf", given=CSV)
    assert (missing.exit_code, "No such file or directory" in missing.stderr) == (Exit.CONFIG, True)


def test_a_font_of_the_shop_is_used(tmp_path: Path) -> None:
    """The same card in another typeface is another picture with the same code; a file that is none is told."""
    other = next(Path("/usr/share/fonts").rglob("DejaVuSansMono.ttf"))
    for file, more in (("a.png", ()), ("b.png", ("--font", other))):
        assert run("--name", "Ms Carter", "--code", "PL-1001", *more, tmp_path / file).exit_code == Exit.OK
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    assert printed(tmp_path / "a.png") == printed(tmp_path / "b.png")
    outcome = run("--name", "A", "--code", "PL-1", "--font", tmp_path / "a.png", tmp_path / "c.png")
    assert (outcome.exit_code, "is no font" in outcome.stderr) == (Exit.CONFIG, True)
