"""Why a device cannot be opened is a sentence with a remedy."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.ports.device_nodes import IOC_READ, IOC_WRITE, absence, explain, mismatch, open_node, problems, request
from drivers.ports.port import OpenFailure
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState

BY_ID = "/dev/input/by-id/...-event-kbd"
AS_NOBODY = """
import os, sys
from drivers.ports.device_nodes import open_node
os.setgroups([]), os.setgid(65534), os.setuid(65534)
print(open_node(sys.argv[1], os.O_RDONLY, "char-input").detail)
"""


def reader(port: str, usb: str = "") -> ReaderSettings:
    """Give the settings of a reader."""
    return ReaderSettings(name="counter", kind="wedge", port=port, usb=usb)


def test_requests_have_the_numbers_of_the_kernel() -> None:
    """EVIOCGRAB, EVIOCGID, HIDIOCGRAWINFO and HIDIOCSFEATURE(2) as the C compiler computes them."""
    assert request(IOC_WRITE, "E", 0x90, 4) == 0x40044590
    assert request(IOC_READ, "E", 0x02, 8) == 0x80084502
    assert request(IOC_READ, "H", 0x03, 8) == 0x80084803
    assert request(IOC_READ | IOC_WRITE, "H", 0x06, 2) == 0xC0024806


def test_a_port_must_be_a_path() -> None:
    """A network address is no device."""
    assert problems(reader("socket://10.0.0.7:4001"), BY_ID) == [
        f"port 'socket://10.0.0.7:4001' is no device: name its path, such as {BY_ID}"
    ]


@pytest.mark.parametrize("port", ["/dev/input/event5", "/dev/hidraw0"])
def test_a_numbered_device_must_be_named_by_usb_too(port: str) -> None:
    """Numbers change with every start; together with ``usb`` the wrong device is never taken."""
    assert problems(reader(port), BY_ID) == [
        f"port {port} may be another device after a restart: name {BY_ID}, or set usb as well"
    ]
    assert problems(reader(port, "0c2e:0b61"), BY_ID) == []


def test_a_stable_name_is_enough() -> None:
    """What udev names by what it is, or by where it is plugged in."""
    assert problems(reader("/dev/input/by-id/usb-Honeywell_1-event-kbd"), BY_ID) == []
    assert problems(reader("/dev/input/by-path/pci-0000:00:14.0-usb-0:2:1.0-event-kbd"), BY_ID) == []


def test_nothing_behind_the_name_is_absent(tmp_path: Path) -> None:
    """A missing device and a link to nothing, before and while opening."""
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    for name in ("missing", "dangling"):
        port = str(tmp_path / name)
        missing = OpenFailure(ReaderState.ABSENT, f"nothing is plugged in at {port}: check the cable of the reader")
        assert absence(port) == missing
        assert open_node(port, os.O_RDONLY, "char-input") == missing


def test_something_behind_the_name_is_not_absent(tmp_path: Path) -> None:
    """Neither is what may not even be looked at: opening says why."""
    (tmp_path / "device").touch()
    assert absence(str(tmp_path / "device")) is None
    too_long = str(tmp_path / ("x" * 300))
    assert absence(too_long) is None
    failure = open_node(too_long, os.O_RDONLY, "char-input")
    assert isinstance(failure, OpenFailure)
    assert failure.detail == (
        f"{too_long} cannot be opened (File name too long): unplug the reader and plug it in again"
    )


def test_a_device_is_opened_without_blocking_and_not_inherited(tmp_path: Path) -> None:
    """A FIFO that nobody writes to opens at once, and no program that is started gets it."""
    os.mkfifo(tmp_path / "device")
    fd = open_node(str(tmp_path / "device"), os.O_RDONLY, "char-input")
    assert isinstance(fd, int)
    assert fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
    assert not os.get_inheritable(fd)
    os.close(fd)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take on another user")
def test_a_missing_permission_names_the_udev_rules(tmp_path: Path) -> None:
    """The remedy is one device for the till, not the group that reads every keyboard."""
    path = tmp_path / "device"
    path.touch(0o600)
    tmp_path.chmod(0o755)
    # The folders of a test belong to root alone, so the program that becomes nobody stands in this one.
    answer = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "device"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith("no permission to open device: name this reader in the udev rules")
    assert "the group input would open every keyboard" in answer.stdout


def test_a_wall_of_the_system_names_the_class_of_the_device() -> None:
    """The sandbox of the unit gives EPERM, and ``DeviceAllow=`` is the remedy."""
    failure = explain("/dev/hidraw0", OSError(errno.EPERM, "Operation not permitted"), "char-hidraw")
    assert failure.detail == (
        "the system keeps /dev/hidraw0 from the till service: "
        "add char-hidraw to DeviceAllow= of the unit and restart it"
    )


def test_a_device_that_goes_while_it_is_opened_is_absent() -> None:
    """ENODEV of an input device, ENXIO of hidraw."""
    for code in (errno.ENODEV, errno.ENXIO):
        assert explain("/dev/x", OSError(code, "gone"), "char-input").state is ReaderState.ABSENT


def test_another_device_in_the_place_of_the_reader_is_refused() -> None:
    """With both names, so that one of them can be corrected; without ``usb`` any device will do."""
    assert mismatch(reader("/dev/x", "0c2e:0b61"), "0c2e:0b61") is None
    assert mismatch(reader("/dev/x"), "0c2e:0b61") is None
    failure = mismatch(reader("/dev/x", "0c2e:0b61"), "046d:c31c")
    assert failure is not None
    assert failure.detail == ("/dev/x is 046d:c31c and not 0c2e:0b61: plug the reader in there, or correct port or usb")
