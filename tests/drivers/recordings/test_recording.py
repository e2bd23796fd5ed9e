"""Recordings: their form, and the golden ones, which say what they said when they were made."""

import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.kinds import transport
from drivers.pipeline import Pipeline
from drivers.recordings.masked_reads import Read, Withheld
from drivers.recordings.recording import Header, Line, Recording, RecordingFile, header_of, line_of, parse, played
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import Scan
from pos_loyalty.errors import RecordingError

FOLDER = Path(__file__).parent / "golden"
HEADER = b'{"recording": 1, "kind": "serial"}\n'


def recording(name: str) -> Recording:
    """Return one of the golden recordings."""
    found = parse((FOLDER / name).read_bytes())
    assert isinstance(found, Recording)
    return found


def told(name: str) -> list[tuple[int, str]]:
    """Return when a golden recording says what, in milliseconds."""
    golden = recording(name)
    kind = transport(golden.header.kind)
    line = Pipeline("replay", kind.via, kind.lexer(golden.settings), SHOP_AS_DELIVERED, golden.settings.debounce_ms)
    return [
        (at_ns // 1_000_000, reading.decision.outcome if isinstance(reading, Scan) else _why(reading))
        for at_ns, reading in played(golden, line)
    ]


def _why(reading: object) -> str:
    return str(getattr(reading, "fault", getattr(reading, "outcome", "")))


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        (
            "counter_serial.jsonl",
            [
                (4, "product"),
                (900, "member"),
                (2505, "phone"),
                (4000, "payment_card"),
                (7000, "interrupted"),
                (10_000, "parity"),
                (12_000, "member"),
            ],
        ),
        ("door_wedge.jsonl", [(62, "product"), (2036, "member"), (4012, "lost_events")]),
        ("hall_hidpos.jsonl", [(5, "product"), (1004, "pass"), (3000, "member")]),
    ],
)
def test_a_golden_recording_says_what_it_said(name: str, outcomes: list[tuple[int, str]]) -> None:
    """Each reading with its time: split reads, a repeat, a cut, wrong parity, lost keys, a code of three reports."""
    assert told(name) == outcomes


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.iterdir()))
def test_a_golden_recording_says_nothing_of_where_it_was_made(name: str) -> None:
    """Neither port nor name of the reader is in the first line."""
    header = recording(name).header
    assert header.masked
    assert {"name", "port", "options"}.isdisjoint(header.settings)


def test_the_first_line_has_what_differs_from_the_usual() -> None:
    """Settings that the kind does not use, the address and the name stay out."""
    reader = ReaderSettings(name="counter", port="socket://till-7.shop.example:4001", baud=115200, debounce_ms=0)
    assert header_of(reader, masked=False) == Header(
        recording=1, kind="serial", settings={"baud": 115200, "debounce_ms": 0}, masked=False
    )


def test_times_are_milliseconds_rounded_up() -> None:
    """So that no key seems to have come after its read."""
    assert line_of(Read(b"\x01", 1_000_000_001), 1_000_000_000, is_keys=False) == Line(at_ms=1, hex="01")
    assert line_of(Withheld("member", 999_999_999), 1_000_000_000, is_keys=False) == Line(at_ms=0, withheld="member")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "line 1: expected a first line"),
        (b"\xff\xfe\n", "line 1: expected a first line"),
        (b'{"recording": 2, "kind": "serial"}\n', "line 1: expected a first line"),
        (b'{"recording": 1, "kind": "scale"}\n', "line 1: there is no reader kind 'scale'"),
        (b'{"recording": 1, "kind": "serial", "settings": {"baud": "fast"}}\n', "line 1: Expected `int`"),
        (HEADER + b'{"at_ms": 1}\n', "line 2: expected"),
        (HEADER + b'{"at_ms": 1, "hex": "0g"}\n', "line 2: expected"),
        (HEADER + b'{"at_ms": 1, "hex": "00", "withheld": "member"}\n', "line 2: expected"),
        (HEADER + b'{"at_ms": -1, "hex": "00"}\n', "line 2: expected"),
        (HEADER + b'{"at_ms": 2, "hex": "00"}\n{"at_ms": 1, "hex": "00"}\n', "line 3: expected"),
    ],
)
def test_a_file_that_is_no_recording_is_explained(data: bytes, sentence: str) -> None:
    """By the line, and what was expected there."""
    found = parse(data)
    assert isinstance(found, str)
    assert found.startswith(sentence)


@given(st.binary(max_size=100), st.booleans())
def test_any_file_is_a_recording_or_explained(data: bytes, has_header: bool) -> None:  # noqa: FBT001 - given by hypothesis
    """Nothing that stands in a file raises."""
    assert isinstance(parse(HEADER * has_header + data), (Recording, str))


def test_a_recording_is_written_for_its_owner_alone_and_over_nothing(tmp_path: Path) -> None:
    """Mode 0600, and a file that is there is left as it is."""
    path = tmp_path / "counter.jsonl"
    with RecordingFile(path, Header(recording=1, kind="serial")) as file:
        file.add(Line(at_ms=1, hex="00"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b'{"recording":1,"kind":"serial","settings":{},"masked":true}\n{"at_ms":1,"hex":"00"}\n'
    with pytest.raises(RecordingError, match="name a file that is not there"):
        RecordingFile(path, Header(recording=1, kind="serial"))


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """The line that did not fit is not there by half, and it is said."""
    path = tmp_path / "counter.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RecordingFile(path, Header(recording=1, kind="serial")) as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, limits[1]))
        try:
            file.add(Line(at_ms=0, hex="00" * 20))
            with pytest.raises(RecordingError, match="the disk is full; what was recorded before is whole"):
                file.add(Line(at_ms=1, hex="00" * 20))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes().endswith(b"}\n")
    found = parse(path.read_bytes())
    assert isinstance(found, Recording)
    assert len(found.reads) == 1
