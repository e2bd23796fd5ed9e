"""A recording in place of a reader: a till takes it for one."""

import os
from pathlib import Path

import pytest

from drivers.kinds import transport
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState, Scan
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till

FOLDER = Path(__file__).parents[1] / "recordings" / "golden"
TAG = b'{"recording":1,"kind":"rfid"}\n{"at_ms":0,"hex":"02303830304135423143324445"}\n{"at_ms":9,"hex":"03"}\n'


def replay(path: Path) -> ReaderSettings:
    """Return the settings of a reader that plays ``path``."""
    return ReaderSettings(name="counter", kind="replay", port=str(path), debounce_ms=0)


@pytest.mark.parametrize(
    ("name", "first"),
    [("counter_serial.jsonl", "product"), ("door_wedge.jsonl", "product"), ("hall_hidpos.jsonl", "product")],
)
def test_a_till_reads_a_recording_of_any_kind(till: Till, supervise: Supervise, name: str, first: str) -> None:
    """The lexer is that of the reader that was recorded, and reads are not run together."""
    supervise(replay(FOLDER / name))
    reading = till.wait_for_reading(1)
    assert isinstance(reading, Scan)
    assert (reading.decision.outcome, reading.decision.fields["number"]) == (first, "4006381333931")


def test_a_tag_is_the_member_that_it_was(till: Till, supervise: Supervise, tmp_path: Path) -> None:
    """How a reading came is played too: a tag is a tag, by its number and its checksum."""
    (tmp_path / "tag.jsonl").write_bytes(TAG)
    supervise(replay(tmp_path / "tag.jsonl"))
    reading = till.wait_for_reading(1)
    assert isinstance(reading, Scan)
    decision = reading.decision
    assert (decision.outcome, decision.symbology, decision.fields) == ("member", "125 kHz tag", {"tag": "0800A5B1C2"})


def test_the_pace_is_that_of_the_recording(till: Till, supervise: Supervise) -> None:
    """The second reading of the hall comes about a second behind the first."""
    supervise(replay(FOLDER / "hall_hidpos.jsonl"))
    second = till.wait_for_reading(2)
    assert second.last_byte_ns - till.readings[0].last_byte_ns >= 990_000_000


def test_a_file_that_is_not_there_is_absent_and_one_that_is_no_recording_says_so(
    till: Till, supervise: Supervise, tmp_path: Path
) -> None:
    """As a reader whose cable is out, and one that is broken."""
    path = tmp_path / "later.jsonl"
    supervise(replay(path), state=ReaderState.ABSENT)
    path.write_bytes(b"nonsense\n")
    assert "line 1: expected a first line" in till.wait_for_state(ReaderState.FAULTED).detail
    path.write_bytes(TAG)
    till.wait_for_state(ReaderState.READY)
    assert till.wait_for_reading(1) in till.readings


def test_closing_in_the_middle_waits_for_nothing(till: Till, supervise: Supervise, tmp_path: Path) -> None:
    """A read that is due in an hour keeps nobody waiting, and no descriptor is left."""
    (tmp_path / "slow.jsonl").write_bytes(TAG + b'{"at_ms":3600000,"hex":"00"}\n')
    before = len(list(Path("/proc/self/fd").iterdir()))
    supervisor = supervise(replay(tmp_path / "slow.jsonl"))
    supervisor.stop()
    assert till.statuses[-1].state is ReaderState.STOPPED
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_path_must_be_absolute() -> None:
    """The till service runs in another folder than whoever wrote the configuration."""
    assert transport("replay").problems(ReaderSettings(name="c", kind="replay", port="counter.jsonl"))
    assert not transport("replay").problems(replay(Path(os.devnull)))
