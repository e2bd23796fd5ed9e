"""``pos-loyalty decode``: JSON lines in, one answer a reading out, and no line makes it stumble."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.cli import main
from pos_loyalty.core.decisions import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "decode.md").read_text(encoding="utf-8")
PAN = "6037997111111119"
TAG = "\x020800A5B1C2DE\x03"


def run(lines: bytes, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the command; return its exit code and what it printed."""
    outcome = CliRunner().invoke(main, ["decode", *options], input=lines)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    return outcome.exit_code, [json.loads(line) for line in outcome.stdout.splitlines()]


def decode(*readings: dict[str, Any], options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Decode readings that can all be used."""
    code, shown = run("".join(f"{json.dumps(reading)}\n" for reading in readings).encode(), *options)
    assert code == 0
    return shown


def test_every_reading_has_one_line_with_every_key() -> None:
    """Hex and text of the same bytes give the same answer, apart from the number of the line."""
    one, other = decode({"hex": b"]E02012345678903\r".hex(" ")}, {"text": "]E02012345678903"})
    assert one == {
        "line": 1,
        "outcome": "member",
        "aim": "E0",
        "symbology": "EAN-13",
        "fields": {"number": "2012345678903", "member": "1234567890"},
        "candidates": [],
        "reason": "",
    }
    assert other == {**one, "line": 2}


def test_a_framing_cuts_the_bytes_as_a_port_would() -> None:
    """Two codes are two readings, and one without its end is unreadable."""
    shown = decode({"text": "PL-1001\rPL-1002\rPL-10"}, options=("--framing", "line"))
    assert [(told["outcome"], told["fields"].get("number")) for told in shown] == [
        ("member", "PL-1001"),
        ("member", "PL-1002"),
        ("unreadable", None),
    ]
    contact = "\x02BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n\x03\r\n"
    assert [told["outcome"] for told in decode({"text": contact}, options=("--framing", "stx_etx"))] == ["contact"]


def test_wrong_parity_is_named() -> None:
    """Seven bits with even parity read as eight are reported as that, with a framing and without."""
    data = bytes(code | 0x80 if code.bit_count() % 2 else code for code in b"2012345678903\r")
    for options in ((), ("--framing", "line")):
        (told,) = decode({"hex": data.hex()}, options=options)
        assert (told["outcome"], "parity" in told["reason"]) == ("unreadable", True)


def test_the_layout_of_a_terminal_is_undone() -> None:
    """By its language or its XKB name, and under either of two layouts."""
    readings = ({"text": "۲۰۱۲۳۴۵۶۷۸۹۰۳"}, {"text": "2012345678903"})
    for names in (("fa", "us"), ("ir", "us"), ("us", "fa")):
        options = ("--via", "terminal", *(word for name in names for word in ("--layout", name)))
        assert [told["outcome"] for told in decode(*readings, options=options)] == ["member", "member"]


def test_a_tag_is_one_line_a_presentation() -> None:
    """Repeats inside a line, and in lines with their times, are not shown; lines without a time are apart."""
    rfid = ("--via", "rfid")
    assert len(decode({"text": TAG * 5}, options=rfid)) == 1
    assert len(decode({"text": TAG}, {"text": TAG}, options=rfid)) == 2
    timed = [{"text": TAG, "at_ms": at} for at in (0, 65, 130, 2000)]
    assert [told["line"] for told in decode(*timed, options=rfid)] == [1, 4]
    halves = ({"text": TAG[:6], "at_ms": 0}, {"text": TAG[6:], "at_ms": 7})
    assert [told["fields"] for told in decode(*halves, options=rfid)] == [{"tag": "0800A5B1C2"}]
    assert [told["outcome"] for told in decode({"text": TAG[:6]}, {"text": TAG[1:-1]}, options=rfid)] == [
        "unreadable",
        "member",
    ]


def test_templates_and_country_are_those_of_the_shop() -> None:
    """A template replaces the usual one; the prefix replaces the zero of a number."""
    assert decode({"text": "2012345678903"}, options=("--template", "product=20IIIIIPPPPPK"))[0]["outcome"] == "product"
    (told,) = decode({"text": "0501234567"}, options=("--country-prefix", "971"))
    assert told["fields"] == {"phone": "+971501234567"}


def test_links_are_read_of_the_domains_that_are_named() -> None:
    """Any number of domains, in any case, instead of the usual one."""
    readings = [
        {"text": f"https://{host}/8018/952012345678900007"} for host in ("id.gs1.org", "a.example", "b.example:1")
    ]
    options = ("--link-domain", "A.example", "--link-domain", "b.example:1")
    assert [told["outcome"] for told in decode(*readings)] == ["member", "unknown", "unknown"]
    assert [told["outcome"] for told in decode(*readings, options=options)] == ["unknown", "member", "member"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"PL-1001", "not JSON: "),
        (b"\xff\xfe", "not JSON: "),
        (b'{"text": "\\ud800"}', "not JSON: "),
        (b"[" * 60_000, "other keys or types: "),
        (b'{"text": 1}', "other keys or types: "),
        (b'{"6037997111111119": 1}', "other keys or types: "),
        (b"{}", "neither or both of hex and text: "),
        (b'{"text": "a", "hex": "61"}', "neither or both of hex and text: "),
        (b'{"hex": "6"}', "hex: expected pairs of hexadecimal digits"),
        (b'{"hex": "6037997111111119x"}', "hex: expected pairs of hexadecimal digits"),
        (b'{"text": "' + b"a" * 300_000 + b'"}', "more than 65536 bytes: "),
    ],
)
def test_a_line_that_cannot_be_used_is_an_error_object(line: bytes, error: str) -> None:
    """It says what was expected, quotes nothing, and the next line is read as if nothing had been."""
    code, shown = run(line + b'\n\n{"text": "PL-1001"}')
    assert code == 1
    assert [told.get("outcome") for told in shown] == [None, "member"]
    assert [told["line"] for told in shown] == [1, 3]
    assert shown[0]["error"].startswith(error)
    assert PAN not in json.dumps(shown)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--layout", "fa"), "--layout belongs to --via terminal"),
        (("--via", "rfid", "--framing", "line"), "tags have a framing of their own"),
        (("--template", "member"), "expected KIND=PATTERN"),
        (("--template", "member=99MMMMMMMMMMK"), "begins with a prefix of others"),
        (("--country-prefix", "+98"), "expected one to three digits"),
        (("--link-domain", "https://id.gs1.org/"), "expected a domain without https://"),
        (("--via", "barcode"), "'barcode' is not one of"),
    ],
)
def test_wrong_options_are_explained(options: tuple[str, ...], sentence: str) -> None:
    """Usage errors end with 2 and say what was expected."""
    outcome = CliRunner().invoke(main, ["decode", *options], input=b"")
    assert outcome.exit_code == 2
    assert sentence in re.sub(r"\s+", " ", outcome.stderr)


@pytest.mark.parametrize("via", ["serial", "wedge", "terminal", "stripe", "rfid"])
def test_a_bank_card_is_never_printed(via: str) -> None:
    """Whole, on a stripe, or as hex, no part of the answer has its digits."""
    texts = (PAN, f";{PAN}=29121010000000000?", f"%E?;{PAN}=2912", f"PL-{PAN}", f"MECARD:N:{PAN};TEL:{PAN};;")
    readings = [reading for text in texts for reading in ({"text": text}, {"hex": text.encode().hex()})]
    for told in decode(*readings, options=("--via", via)):
        assert PAN[6:] not in json.dumps(told)
        assert told["outcome"] in {"payment_card", "unreadable", "unknown"}


@given(
    st.lists(st.binary(max_size=40).map(lambda data: json.dumps({"hex": data.hex()}).encode()) | st.binary(max_size=40))
)
def test_no_input_makes_it_stumble(lines: list[bytes]) -> None:
    """Any bytes on standard input give JSON lines and an exit code of 0 or 1."""
    code, shown = run(b"\n".join(lines))
    assert code in {0, 1}
    assert all(("error" in told) != ("outcome" in told) for told in shown)


def test_the_page_names_every_outcome() -> None:
    """docs/reference/decode.md has one row for each outcome, in the order of the code."""
    assert re.findall(
        r"^\| `([a-z_]+)` \|", PAGE.partition("## Outcomes")[2].partition("##")[0], flags=re.MULTILINE
    ) == [outcome.value for outcome in Outcome]


def test_the_examples_of_the_page_are_true() -> None:
    """Each example line of the page gives the answer that stands behind it."""
    examples = re.findall(r"^    \$ echo '(.*)' \| pos-loyalty decode(.*)\n    (\{.*\})$", PAGE, flags=re.MULTILINE)
    assert len(examples) >= 5
    for line, options, answer in examples:
        assert run(line.encode(), *options.split()) == (0, [json.loads(answer)])
