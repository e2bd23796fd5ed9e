"""``pos-loyalty decode``: JSON lines in, one answer a reading out, and no line makes it stumble."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.cli import main
from pos_loyalty.cli.pass_keys import KeyFolder
from pos_loyalty.core.decisions import VIAS, Outcome
from pos_loyalty.core.passes import Claims, Form, PassFault, PublicKey, armoured, public_half, seal
from pos_loyalty.core.passes.faults import REASONS
from tests.drivers.hid_reports import parts, swipe
from tests.drivers.keyboard_reader import packed, reported, scan_of, typed

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "decode.md").read_text(encoding="utf-8")
PAN = "6037997111111119"
TAG = "\x020800A5B1C2DE\x03"


PRIVATE = bytes(range(32))
ISSUED = datetime(2026, 11, 20, tzinfo=UTC)


def a_pass(private: bytes = PRIVATE) -> str:
    """Return the text of a pass."""
    expires = datetime(2099, 1, 1, tzinfo=UTC)
    claims = Claims(member_id="43", name="رضا رضایی", tier="gold", issued=ISSUED, expires=expires)
    return armoured(seal(claims, private), Form.BASE45)


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
        (("--via", "hidpos", "--framing", "line"), "reports have a framing of their own"),
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


def test_reports_and_keys_are_taken_apart_as_a_till_does() -> None:
    """Hex of these ways is what the device sends; a code of two reports is answered with the second."""
    link = b"https://id.gs1.org/8018/952012345678900007/8019/1234567890"
    reports = [{"hex": report.hex()} for report in (*parts(link), *parts(b"4006381333931", b"]E0"))]
    assert [(told["line"], told["outcome"]) for told in decode(*reports, options=("--via", "hidpos"))] == [
        (2, "member"),
        (3, "product"),
    ]
    swipes = [{"hex": swipe(b"", b";1234567=9901?").hex()}, {"hex": b";1234567=9901?".hex()}]
    assert [told["fields"] for told in decode(*swipes, options=("--via", "hidmsr"))] == [{"number": "1234567"}] * 2
    keys = [{"hex": scan_of("PL-1001").hex()}, {"hex": b"PL-1001".hex()}, {"text": "PL-1001"}]
    assert [told["fields"] for told in decode(*keys, options=("--via", "wedge"))] == [{"number": "PL-1001"}] * 3


def test_what_is_cut_at_the_end_of_the_input_is_said() -> None:
    """The first report of two, and keys without Enter."""
    first, _ = parts(b"https://id.gs1.org/8018/952012345678900007/8019/1234567890")
    assert [told["outcome"] for told in decode({"hex": first.hex()}, options=("--via", "hidpos"))] == ["unreadable"]
    cut = packed(reported(typed("PL-1001", end=None)))
    assert [told["outcome"] for told in decode({"hex": cut.hex()}, options=("--via", "wedge"))] == ["unreadable"]


def test_a_contactless_card_is_its_number_or_what_is_written_on_it() -> None:
    """Hex is the number; a telephone that shows another one each time is refused, however it is written."""
    readings = ("04a1b2c3d4e5f6", "08a1b2c3", b"6037997111111119".hex())
    shown = decode(*({"hex": reading} for reading in readings), options=("--via", "pcsc"))
    assert [told["outcome"] for told in shown] == ["member", "unreadable", "unreadable"]
    texts = ("uid:04A1B2C3D4E5F6", "uid:08A1B2C3", "PL-1001", "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n", "")
    shown = decode(*({"text": text} for text in texts), options=("--via", "pcsc"))
    assert [told["outcome"] for told in shown] == ["member", "unreadable", "member", "contact", "unreadable"]


def test_a_pass_says_what_is_printed_in_it_and_that_nobody_vouches_for_it() -> None:
    """Without the keys anybody could have made it; a pass that is cut says so."""
    whole, cut = decode({"text": a_pass()}, {"text": f"{a_pass()[:-4]}"}, options=("--via", "camera"))
    assert whole["fields"] == {
        "member": "43",
        "name": "رضا رضایی",
        "tier": "gold",
        "issued": "2026-11-20T00:00:00Z",
        "expires": "2099-01-01T00:00:00Z",
    }
    assert whole["reason"].startswith("not verified")
    assert (cut["outcome"], cut["fields"]) == ("pass", {})
    assert cut["reason"] == REASONS[PassFault.TRUNCATED]


def test_a_pass_is_verified_by_the_keys_of_the_shop(tmp_path: Path) -> None:
    """A good one has no reason; one of another key, and one that was revoked, say why."""
    folder = KeyFolder(tmp_path)
    folder.add(PRIVATE, PublicKey(public=public_half(PRIVATE), since=ISSUED))
    options = ("--keys", str(tmp_path))
    good, foreign = decode({"text": a_pass()}, {"text": a_pass(private=bytes(32))}, options=options)
    assert (good["fields"]["member"], good["reason"]) == ("43", "")
    assert (foreign["fields"], foreign["reason"]) == ({}, REASONS[PassFault.UNKNOWN_KEY])
    folder.revoke(lambda old: msgspec.structs.replace(old, members={"43": ISSUED}))
    (revoked,) = decode({"text": a_pass()}, options=options)
    assert (revoked["fields"]["name"], revoked["reason"]) == ("رضا رضایی", REASONS[PassFault.REVOKED])


@pytest.mark.parametrize("via", VIAS)
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
