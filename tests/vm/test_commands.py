"""What IT does with new readers: list them, put what is printed into the configuration, ask the doctor, scan."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main
from pos_loyalty.config import load
from pos_loyalty.core.scans import Scan
from tests.drivers.hid_reports import KEYBOARD, POS_SCANNER, parts
from tests.drivers.keyboard_reader import typed
from tests.drivers.till import Till
from tests.vm import boot_keyboard
from tests.vm.conftest import Supervise
from tests.vm.usb_gadget import HidGadget, SerialGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm

LINKS = (
    Path("/dev/serial/by-id/usb-Acme_Reader_S1-if00"),
    Path("/dev/input/by-id/usb-Acme_Reader_K1-event-kbd"),
    Path("/dev/hidraw/by-id/usb-Acme_Reader_P1-if00"),
)
NAMES = ("reader-1", "reader-2", "reader-3")
"""What ``reader list`` calls them."""
SHOP = """\
[shop]
name = "Narenj"
currency = "IRR"
time_zone = "Asia/Tehran"
phone_prefix = "98"

[store]
folder = "{folder}/store"

[service]
socket = "{folder}/api.sock"

"""


class Counter(NamedTuple):
    """One reader of each kind, plugged in."""

    serial: SerialGadget
    keyboard: HidGadget
    scanner: HidGadget


@pytest.fixture
def counter() -> Iterator[Counter]:
    """Plug the readers in, one after the other, and wait for their names."""
    with ExitStack() as stack:
        readers = Counter(
            stack.enter_context(SerialGadget("S1")),
            stack.enter_context(HidGadget("K1", KEYBOARD, boot_keyboard.REPORT_BYTES, (0x0C2E, 0x0B61), 1)),
            stack.enter_context(HidGadget("P1", POS_SCANNER, len(parts(b"")[0]), (0x05E0, 0x1300))),
        )
        for reader, link in zip(readers, LINKS, strict=True):
            reader.plug()
            wait_until(link.exists, f"{link} is there")
        yield readers


@pytest.fixture
def config(tmp_path: Path, counter: Counter) -> Path:
    """Write the configuration as IT does: the shop, and below it what ``reader list`` prints for each device."""
    sections = [entry["section"] for entry in asked("reader", "list")]
    file = tmp_path / "pos.toml"
    file.write_text(SHOP.format(folder=tmp_path) + "\n\n".join(sections), "utf-8")
    return file


def asked(*arguments: str) -> list[dict[str, Any]]:
    """Run a command that answers in JSON."""
    answer: list[dict[str, Any]] = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)
    return answer


def test_what_is_listed_is_what_is_plugged_in(config: Path) -> None:
    """Each device is listed by the name that stays; once its section is in the configuration, it is configured."""
    listed = asked("reader", "list", "--config", str(config))
    told = {(entry["kind"], entry["port"], entry["usb"]) for entry in listed}
    kinds, numbers = ("serial", "wedge", "hidpos"), ("0c2e:0900", "0c2e:0b61", "05e0:1300")
    assert told == set(zip(kinds, map(str, LINKS), numbers, strict=True))
    assert [entry["state"] for entry in listed] == ["there"] * 3
    assert [entry["name"] for entry in listed] == list(NAMES)


def test_the_doctor_has_nothing_against_them(config: Path) -> None:
    """Every reader has its finding, and none a remedy."""
    findings = [finding for finding in asked("doctor", "--config", str(config)) if finding["area"] == "reader"]
    assert [name for name in NAMES if any(name in finding["seen"] for finding in findings)] == list(NAMES)
    assert [finding for finding in findings if "remedy" in finding] == []


def test_every_scan_arrives(config: Path, counter: Counter, till: Till, supervise: Supervise) -> None:
    """With the readers of that configuration each device delivers its code."""
    codes = ("4006381333931", "5901234123457", "96385074")
    supervise(*load(config).reader)
    counter.serial.send(codes[0].encode() + b"\r")
    counter.keyboard.send(*boot_keyboard.reports(typed(codes[1])))
    counter.scanner.send(*parts(codes[2].encode(), b"]E4"))
    till.wait_for_reading(3)
    assert {(scan.reader_id, scan.code) for scan in till.readings if isinstance(scan, Scan)} == {
        (name, code) for name, code in zip(NAMES, codes, strict=True)
    }
