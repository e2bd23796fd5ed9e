"""Keyboard readers by the kernel's input devices: taken for the till alone, and read to the letter."""

import os
import select
import time
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest

from drivers.ports.port import Alarm, OpenFailure
from drivers.settings import ReaderSettings
from drivers.transports.wedge_transport import WEDGE
from pos_loyalty.core.scans import ReaderState, Scan, ScanFault
from tests.drivers.hid_reports import KEYBOARD
from tests.drivers.keyboard_reader import KEYPAD_ENTER, Stroke, controlled, typed
from tests.drivers.till import PROMPT_S, Till
from tests.vm import boot_keyboard
from tests.vm.conftest import Supervise
from tests.vm.reading_process import ReadingProcess
from tests.vm.rival import TILL, Rival
from tests.vm.uinput_keyboard import UinputKeyboard
from tests.vm.usb_gadget import HidGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm

USB = (0x0C2E, 0x0B61)
BY_ID = Path("/dev/input/by-id/usb-Acme_Reader_K1-event-kbd")
SSCC = "0034006381333931000001"
"""Twenty-two digits and Enter are 138 events of a USB reader, and the kernel keeps 64."""


def wedge(node: Path, name: str = "counter") -> ReaderSettings:
    """Return the settings of a reader on that node."""
    return ReaderSettings(name=name, kind="wedge", port=str(node), usb="0c2e:0b61", debounce_ms=0)


@pytest.mark.parametrize("with_scan_codes", [True, False], ids=["as-usbhid", "plain"])
def test_a_scan_arrives_here_and_nowhere_else(till: Till, supervise: Supervise, *, with_scan_codes: bool) -> None:
    """What the reader types reaches the till whole, and a program that listened before gets nothing any more."""
    with UinputKeyboard(with_scan_codes=with_scan_codes) as keyboard:
        listener = os.open(keyboard.node, os.O_RDONLY | os.O_NONBLOCK)
        keyboard.press(typed("before"))
        assert os.read(listener, 65536)
        supervise(wedge(keyboard.node))
        keyboard.press(typed("MEMBER-42"))
        till.wait_for_reading(1)
        assert select.select([listener], [], [], 0)[0] == []
        os.close(listener)
    assert till.codes == ["MEMBER-42"]


@pytest.mark.parametrize(
    ("strokes", "meant"),
    [
        pytest.param(typed("Member-42", caps_lock=True), "Member-42", id="caps-lock"),
        pytest.param(typed("4006381333931", end=KEYPAD_ENTER), "4006381333931", id="keypad-enter"),
        # Without the separator all of it would be one batch number.
        pytest.param(
            typed("]C110LOT7", end=None) + controlled("]") + typed("0104006381333931"),
            "4006381333931",
            id="group-separator",
        ),
        pytest.param(typed("https://id.gs1.org/01/04006381333931"), "4006381333931", id="digital-link"),
    ],
)
def test_every_key_means_what_the_reader_means(
    till: Till, supervise: Supervise, strokes: list[Stroke], meant: str
) -> None:
    """CapsLock, the keypad's Enter, Ctrl+] for GS and the signs of a link arrive as they were scanned."""
    with UinputKeyboard() as keyboard:
        supervise(wedge(keyboard.node))
        keyboard.press(strokes)
        scan = till.wait_for_reading(1)
    assert isinstance(scan, Scan)
    assert meant in {scan.code, scan.decision.fields.get("number")}


def test_two_readers_never_mix(till: Till, supervise: Supervise) -> None:
    """Two readers that type in turns, key by key, each deliver their own code."""
    with UinputKeyboard("left") as left, UinputKeyboard("right") as right:
        supervise(wedge(left.node, "left"), wedge(right.node, "right"))
        for on_left, on_right in zip(typed("4006381333931"), typed("5901234123457"), strict=True):
            left.press([on_left], apart_s=0)
            right.press([on_right])
        till.wait_for_reading(2)
    assert {(scan.reader_id, scan.code) for scan in till.readings if isinstance(scan, Scan)} == {
        ("left", "4006381333931"),
        ("right", "5901234123457"),
    }


def test_a_reader_that_is_taken_names_who_has_it(till: Till, supervise: Supervise) -> None:
    """The kernel gives the keys to one; the other says which program that is, and reads when that has ended."""
    with UinputKeyboard() as keyboard:
        with Rival("grab", keyboard.node) as rival:
            assert rival.word == "done"
            supervise(wedge(keyboard.node), state=ReaderState.FAULTED)
            detail = till.wait_for_state(ReaderState.FAULTED).detail
        till.wait_for_state(ReaderState.READY)
        with Rival("grab", keyboard.node) as rival:
            assert rival.word == "EBUSY"
    assert "in use" in detail or "is kept by" in detail
    assert "(process " in detail


def test_the_keyboard_of_the_cashier_is_left_alone() -> None:
    """The PC's own keyboard is refused as a reader and nobody took it; the till's user may not even open it."""
    keyboard = next(Path("/dev/input/by-path").glob("*i8042*-event-kbd"))
    alarm = Alarm()
    with closing(alarm):
        for settings in (wedge(keyboard), ReaderSettings(name="counter", kind="wedge", port=str(keyboard))):
            assert isinstance(WEDGE.open(settings, alarm), OpenFailure)
    with Rival("open", keyboard, TILL) as the_till, Rival("grab", keyboard) as cashier:
        assert (the_till.word, cashier.word) == ("EACCES", "done")


@pytest.mark.parametrize("with_scan_codes", [True, False], ids=["as-usbhid", "plain"])
def test_a_till_that_was_held_never_takes_the_rest_for_a_number(*, with_scan_codes: bool) -> None:
    """A code of which the kernel dropped keys is refused as a whole, wherever it was cut; the next one is right."""
    strokes = typed(SSCC)
    with UinputKeyboard(with_scan_codes=with_scan_codes) as keyboard, ReadingProcess(wedge(keyboard.node)) as till:
        assert till.first_word == "ready"
        said = []
        for before in (0, 2, 11, 40):
            keyboard.press(strokes[:before])
            till.hold()
            keyboard.press(strokes[before:], apart_s=0)
            till.go_on()
            said.append(till.next())
            keyboard.press(typed("4006381333931"))
            assert till.next() == "4006381333931"
    # The last three keys fit into the buffer: that code is whole.
    assert said == [ScanFault.LOST_EVENTS] * 3 + [SSCC]


def test_a_usb_keyboard_is_read_through_being_unplugged(
    till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """By the real usbhid and its by-id name: half a scan is refused, and within a second after replugging it reads."""
    with HidGadget("K1", KEYBOARD, boot_keyboard.REPORT_BYTES, USB, boot_protocol=1) as gadget:
        gadget.plug()
        wait_until(BY_ID.exists, f"{BY_ID} is there")
        with Rival("open", BY_ID, TILL) as the_till:
            assert the_till.word == "done"
        supervise(wedge(BY_ID))
        gadget.send(*boot_keyboard.reports(chain(typed("Member-42"), typed("59012", end=None))))
        till.wait_for_reading(1)
        gadget.unplug()
        till.wait_for_state(ReaderState.ABSENT)
        seen = len(till.statuses)
        gadget.plug()
        wait_until(BY_ID.exists, f"{BY_ID} is there")
        back_s = time.monotonic()
        till.wait_for_state(ReaderState.READY, after=seen)
        reconnect_s = time.monotonic() - back_s
        gadget.send(*boot_keyboard.reports(typed("5901234123457")))
        till.wait_for_reading(3)
    assert till.codes == ["Member-42", "5901234123457"]
    assert till.faults == [ScanFault.INTERRUPTED]
    record_property("keyboard reader open again after its node is back, s", f"{reconnect_s:.2f}")
    assert reconnect_s <= PROMPT_S
