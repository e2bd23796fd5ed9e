"""What a device sent, masked: the same readings with the same meaning come out of it, and nobody is in it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.kinds import transport
from drivers.lexers.framing import Frame
from drivers.lexers.input_events import EVENT
from drivers.recordings.masked_keys import since
from drivers.recordings.masked_reads import HELD_BYTES_MAX, Read, ReadMask, Withheld
from drivers.settings import ReaderSettings
from pos_loyalty.core.decisions import Outcome
from tests.drivers.hid_reports import parts, swipe
from tests.drivers.keyboard_reader import EV_MSC, numbered, packed, reported, scan_of, typed

MS = 1_000_000
MEMBER = b"8018952012345678900007"


def mask(kind: str, settings: Mapping[str, str] | None = None, *, keeps: bool = False) -> ReadMask:
    """Return the mask of a reader of this kind."""
    document = {"name": "counter", "kind": kind, "port": "/dev/reader", **(settings or {})}
    reader = msgspec.convert(document, ReaderSettings)
    found = transport(kind)
    return ReadMask(lambda: found.lexer(reader), found.via, SHOP_AS_DELIVERED, b"thrown away", keeps=keeps)


def through(kind: str, reads: Sequence[bytes], apart_ms: int = 1, **settings: str) -> list[Read | Withheld]:
    """Return everything that comes out for these reads and the end of the recording."""
    line = mask(kind, settings)
    taken = [one for at, data in enumerate(reads) for one in line.receive(data, (1 + at * apart_ms) * MS)]
    end_ns = line.deadline_ns
    return taken + ([] if end_ns is None else line.silence(end_ns)) + line.reset()


def payloads(kind: str, reads: Sequence[Read | Withheld]) -> list[bytes]:
    """Return what the lexer of this kind makes of the reads."""
    lexer = transport(kind).lexer(ReaderSettings(name="counter", kind=kind, port="/dev/reader"))
    results = [result for one in reads if isinstance(one, Read) for result in lexer.receive(one.data, one.at_ns)]
    return [result.payload for result in results if isinstance(result, Frame)]


def raw(reads: Sequence[Read | Withheld]) -> bytes:
    """Return the bytes of all reads."""
    return b"".join(one.data for one in reads if isinstance(one, Read))


@pytest.mark.parametrize(
    ("kind", "reads", "secret"),
    [
        ("serial", [b"PL-100123\r"], b"100123"),
        ("serial", [bytes((byte,)) for byte in b"]C1" + MEMBER + b"\r\n"], MEMBER[4:]),
        ("serial", [b"PL-100123\rPL-10", b"0124\r"], b"10012"),
        ("hidpos", parts(MEMBER, b"]C1"), MEMBER[4:]),
        ("hidpos", parts(b"https://id.gs1.org/8018/952012345678900007/8019/1234567890"), MEMBER[4:]),
        ("hidmsr", [swipe(b"%1234567^CARTER/EMILY?", b";1234567=9901?")], b"234567"),
        ("rfid", [b"\x020800A5B1C2DE\x03"], b"A5B1C2"),
        ("rfid", [b"\x020800A5B1C2", b"DE\r\n\x03"], b"A5B1C2"),
        ("rfid", [b"\x020800A5B1C2DE\x03"] * 5 + [b"\x02010203040501\x03"], b"A5B1C2"),
        ("nfc", [b"04 A1 B2 C3 D4 E5 F6\r\n"], b"A1 B2 C3"),
        ("pcsc", [b"1042 04a1b2c3d4e5f6\n"], b"a1b2c3"),
    ],
)
def test_every_kind_of_reader_is_masked(kind: str, reads: list[bytes], secret: bytes) -> None:
    """Reads of the same lengths and times, the same outcomes, and the number is gone."""
    line = mask(kind)
    real = [Read(data, (1 + at) * MS) for at, data in enumerate(reads)]
    taken = through(kind, reads)
    assert [(len(one.data), one.at_ns) for one in taken if isinstance(one, Read)] == [
        (len(one.data), one.at_ns) for one in real
    ]
    via, shop = transport(kind).via, SHOP_AS_DELIVERED
    outcomes = [read(payload, via, shop).outcome for payload in payloads(kind, taken)]
    assert outcomes == [read(payload, via, shop).outcome for payload in payloads(kind, real)]
    assert Outcome.MEMBER in outcomes
    assert secret not in raw(taken)
    assert line.deadline_ns is None


@pytest.mark.parametrize("has_scan_codes", [False, True])
@pytest.mark.parametrize("code", ["]C1" + MEMBER.decode(), "PL-aB1234"])
def test_keys_are_exchanged_for_others(code: str, *, has_scan_codes: bool) -> None:
    """The keys of a member type another one, with the same Shift; scan codes that say it again are gone."""
    taken = through("wedge", [packed(reported(typed(code), scan=has_scan_codes), at_ns=MS)])
    (other,) = payloads("wedge", taken)
    assert other != code.encode()
    assert (len(other), other[:3]) == (len(code), code[:3].encode())
    assert [chr(sign).isupper() for sign in other] == [sign.isupper() for sign in code]
    scan_codes = {value for _, _, kind, _, value in EVENT.iter_unpack(raw(taken)) if kind == EV_MSC}
    assert scan_codes == ({0} if has_scan_codes else set())


def test_two_scans_of_a_keyboard_stay_two() -> None:
    """The key that is let go behind the first belongs to the next read, and nothing sticks."""
    taken = through("wedge", [scan_of("PL-1001", MS), scan_of("PL-1002", 2 * MS), scan_of("PL-1001", 3 * MS)])
    first, second, third = payloads("wedge", taken)
    assert first == third != second
    assert all(payload.startswith(b"PL-") for payload in (first, second))


def test_lost_keys_stay_lost_and_the_others_are_masked() -> None:
    """A reading that the kernel cut is the fault that somebody looks for; what was left of it is no number now."""
    dropped = packed([(0, 3, 0), (0, 0, 0)], MS)
    taken = through("wedge", [scan_of("2012345678903", MS)[:-240] + dropped + scan_of("78903", MS)])
    assert payloads("wedge", taken) == []
    keys = [code for _, _, kind, code, value in EVENT.iter_unpack(raw(taken)) if (kind, value) == (1, 1)]
    assert len(keys) > 8
    assert keys[:6] != [3, 11, 2, 3, 4, 5]


def test_a_product_stays_as_it_was() -> None:
    """Byte for byte, in every kind."""
    code = b"4006381333931"
    for kind, reads in (
        ("serial", [code + b"\r"]),
        ("hidpos", parts(code, b"]E0")),
        ("wedge", [scan_of(code.decode())]),
    ):
        assert raw(through(kind, reads)) == b"".join(reads)


def test_what_cannot_be_masked_is_withheld() -> None:
    """Digits that came by their numbers under Alt cannot be exchanged: the outcome is left, and no key."""
    strokes = [stroke for digit in "2012345678903" for stroke in numbered(f"0{ord(digit)}")]
    taken = through("wedge", [packed(reported(strokes + typed("")), MS)])
    assert [one.outcome for one in taken if isinstance(one, Withheld)] == ["member"]
    assert raw(taken) == b""


def test_bank_cards_are_replaced_and_random_numbers_kept() -> None:
    """The first names an account, the second nobody at all."""
    taken = through("hidmsr", [swipe(b"%B6037997111111119^REZAEI/REZA^29121010000000000?", b";6037997111111119=2912?")])
    assert not {b"6037", b"REZA", b"2912"} & {raw(taken)[at : at + 4] for at in range(len(raw(taken)))}
    assert read(payloads("hidmsr", taken)[0], "hidmsr", SHOP_AS_DELIVERED).outcome is Outcome.PAYMENT_CARD
    random = b"1042 08a1b2c3\n"
    assert raw(through("pcsc", [random])) == random


@pytest.mark.parametrize(
    ("framing", "reads"),
    [
        ("stx_etx", [b"6037997111111119\r"]),  # beside every frame
        ("stx_etx", [b"\x02PL-1001\x03", b"6037997111111119\r"]),
        ("stx_etx", [b"\x02BEGIN:VCARD\r\nFN:Emily\r\nNOTE:6037997111111119\r\nEND:VCARD\x03"]),
        ("line", [b"https://pay.example/6037997111111119\r"]),
        ("line", [b"]C1916037997111111119\r"]),
        ("line", [b"]d20104006381333931916037997111111119\r"]),
        ("line", [b"A6037997", b"111111119B\r"]),
        ("line", [b"WIFI:S:shop;P:6037997;;\r"]),
    ],
)
def test_a_recording_that_names_people_has_no_bank_card_and_no_password(framing: str, reads: list[bytes]) -> None:
    """Wherever the number stands, even where the till never sees it."""
    line = mask("serial", {"framing": framing}, keeps=True)
    taken = [one for at, data in enumerate(reads) for one in line.receive(data, at * MS)] + line.reset()
    assert b"6037997" not in raw(taken)
    assert taken


def test_a_recording_that_names_people_has_their_codes() -> None:
    """Who asks for it gets the reads as they came."""
    line = mask("serial", keeps=True)
    assert raw(line.receive(b"PL-100123\r+989123456789\r", MS)) == b"PL-100123\r+989123456789\r"


def test_the_remains_of_an_earlier_reading_are_masked_too() -> None:
    """Some readers do not clear the end of a report: what stands there is no part of any reading."""
    (report,) = parts(b"PL-100123", b"]Q1")
    dirty = report[:20] + b"+989123456789" + report[33:]
    assert b"9123456" not in raw(through("hidpos", [dirty]))


def test_what_never_ends_is_withheld() -> None:
    """A line that goes on and on is let go of, and does not fill the memory."""
    line = mask("serial", {"framing": "stx_etx"})
    taken = [one for at in range(20) for one in line.receive(b"6037997111111119" * 256, at * MS)]
    assert sum(isinstance(one, Withheld) or b"6037997" not in one.data for one in taken) == len(taken) > 0
    assert HELD_BYTES_MAX < 20 * 4096


def test_the_times_of_keys_count_from_the_beginning_of_the_recording() -> None:
    """What they were counted from says when the machine was started."""
    shifted = list(EVENT.iter_unpack(since(packed([(1, 2, 1), (0, 0, 0)], 5_000_000_000, 250 * MS), 4_000_000_000)))
    assert [(seconds, micros) for seconds, micros, *_ in shifted] == [(1, 0), (1, 250_000)]
    assert EVENT.unpack(since(packed([(1, 2, 1)], 5), 4_000_000_000))[:2] == (0, 0)


@given(
    st.sampled_from(["serial", "rfid", "hidpos", "hidmsr", "wedge", "nfc", "pcsc"]),
    st.lists(st.binary(min_size=1, max_size=80), max_size=6),
)
def test_any_bytes_come_out_as_reads_in_their_order(kind: str, reads: list[bytes]) -> None:
    """Nothing raises, nothing is longer than it was, and time goes forward."""
    taken = through(kind, reads)
    assert len(raw(taken)) <= len(b"".join(reads))
    assert all(one.at_ns <= other.at_ns for one, other in pairwise(taken))
