"""The kinds of readers without a library are configured in whole sentences."""

import msgspec
import pytest

from drivers.kinds import transport
from drivers.lexers.framing import Frame
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from tests.drivers.hid_reports import parts, swipe
from tests.drivers.keyboard_reader import ENTER, packed, pressed, reported, scan_of, typed

MS = 1_000_000
PORTS = {"wedge": "/dev/input/by-id/usb-1-event-kbd", "hidpos": "/dev/pos/counter", "hidmsr": "/dev/pos/stripe"}


def reader(kind: str, **settings: object) -> ReaderSettings:
    """Give the settings of a reader of ``kind``."""
    return msgspec.convert({"name": "counter", "kind": kind, "port": PORTS[kind]} | settings, ReaderSettings)


@pytest.mark.parametrize("kind", PORTS)
def test_a_reader_with_a_stable_name_has_no_problems(kind: str) -> None:
    """Kind, name and port are enough; ``usb`` is welcome."""
    assert problems([reader(kind)]) == []
    assert problems([reader(kind, usb="0c2e:0b61")]) == []


@pytest.mark.parametrize("kind", PORTS)
def test_settings_of_a_tty_mean_nothing(kind: str) -> None:
    """They are named, not passed over."""
    assert problems([reader(kind, baud=115200)]) == [
        f"reader 'counter': baud means nothing to a reader of kind '{kind}'; leave it out"
    ]


@pytest.mark.parametrize("kind", PORTS)
def test_what_is_no_device_is_named(kind: str) -> None:
    """A network address belongs to another kind."""
    (sentence,) = problems([reader(kind, port="socket://10.0.0.7:4001")])
    assert "is no device: name its path" in sentence


@pytest.mark.parametrize("kind", PORTS)
def test_nothing_plugged_in_is_told_without_opening(kind: str) -> None:
    """One look, and the state of the reader is absent."""
    assert transport(kind).absence(reader(kind, port="/dev/no/such")) is not None


def test_framings_that_keys_do_not_have_are_refused() -> None:
    """Keys have Enter or silence; silence must be longer than a slow character takes."""
    assert problems([reader("wedge", framing="stx_etx")]) == [
        "reader 'counter': framing 'stx_etx' means nothing to keys: use one of line, idle"
    ]
    assert problems([reader("wedge", framing="idle", idle_gap_ms=30)]) == [
        "reader 'counter': idle_gap_ms 30 would cut a code between two keys: use at least 60, best 100"
    ]
    assert problems([reader("wedge", framing="idle", idle_gap_ms=100)]) == []


def test_only_honeywell_has_a_way_to_be_told_something() -> None:
    """Over HID POS; stripe readers and keyboards have none."""
    assert problems([reader("hidpos", feedback="honeywell")]) == []
    assert problems([reader("hidpos", feedback="datalogic")]) == [
        "reader 'counter': feedback 'datalogic' has no way to a HID POS reader: use off or honeywell"
    ]
    for kind in ("wedge", "hidmsr"):
        (sentence,) = problems([reader(kind, feedback="honeywell")])
        assert "feedback means nothing" in sentence


def test_each_kind_has_its_lexer() -> None:
    """What a device of the kind sends becomes what ``drivers.codes.reading`` understands."""
    keys = transport("wedge").lexer(reader("wedge"))
    assert keys.receive(scan_of("42", MS), MS) == [Frame(b"42", MS, MS)]
    scanner = transport("hidpos").lexer(reader("hidpos"))
    assert scanner.receive(parts(b"42")[0], 1) == [Frame(b"]Q142", 1, 1)]
    stripe = transport("hidmsr").lexer(reader("hidmsr"))
    assert stripe.receive(swipe(b"", b";42?"), 1) == [Frame(b";42?", 1, 1)]


def test_the_framing_of_the_settings_reaches_the_lexer() -> None:
    """Without a suffix Enter is part of the reading, and silence ends it."""
    lexer = transport("wedge").lexer(reader("wedge", framing="idle", idle_gap_ms=100))
    strokes = [*typed("4", end=None), *pressed(ENTER), *typed("2", end=None)]
    assert lexer.receive(packed(reported(strokes), MS), MS) == []
    assert lexer.silence(101 * MS) == [Frame(b"4\r2", MS, MS)]
