"""What the doctor says of USB, on a recorded store PC that is then set up wrongly, one pitfall after another."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pos_loyalty.cli.checks.interference import check_interference

RULES = "usr/lib/udev/rules.d/70-pos-loyalty.rules"
ACM0 = "sys/devices/platform/dummy_hcd.3/usb6/6-1"
FTDI = "sys/devices/pci0000:00/0000:00:05.0/usb1/1-1/1-1:1.0/ttyUSB0"
CCID = "sys/devices/pci0000:00/0000:00:05.0/usb1/1-3"


def remedies(root: Path) -> list[str]:
    """Return everything that is to be done."""
    return [f"{finding.seen} -> {finding.remedy}" for finding in check_interference(root) if finding.remedy]


def process(root: Path, number: int, name: str, *open_files: str) -> None:
    """Let a process run on the store PC."""
    fds = root / "proc" / str(number) / "fd"
    fds.mkdir(parents=True)
    (fds.parent / "comm").write_text(f"{name}\n")
    for fd, target in enumerate(open_files):
        (fds / str(fd)).symlink_to(target)


def _asleep(root: Path) -> None:
    (root / ACM0 / "power/control").write_text("auto\n")


def _late(root: Path) -> None:
    (root / FTDI / "latency_timer").write_text("16\n")


def _modem_manager(root: Path) -> None:
    process(root, 700, "ModemManager")
    (root / RULES).unlink()


def _brltty(root: Path) -> None:
    (root / ACM0 / "idVendor").write_text("1a86\n")
    (root / ACM0 / "idProduct").write_text("7523\n")
    (root / ACM0 / "6-1:1.0/driver").unlink()


def _kernel_nfc(root: Path) -> None:
    (root / CCID / "1-3:1.0/driver").symlink_to("../../../../../../../bus/usb/drivers/pn533_usb")


def _no_pcscd(root: Path) -> None:
    (root / "run/pcscd/pcscd.comm").unlink()


def _left_over(root: Path) -> None:
    process(root, 812, "register", "/dev/null", "/dev/ttyACM0 (deleted)")


def test_a_machine_that_is_set_up_well_needs_nothing(store_pc: Path) -> None:
    """Power on, latency 1, rules installed, pcscd there."""
    (store_pc / FTDI / "latency_timer").write_text("1\n")
    process(store_pc, 700, "ModemManager")
    process(store_pc, 701, "python3", "/dev/ttyACM0")
    assert remedies(store_pc) == []


@pytest.mark.parametrize(
    ("spoil", "sentence", "remedy"),
    [
        (_asleep, "/dev/ttyACM0 (Newland HR32) is put to sleep when it is quiet", "install the udev rules"),
        (_late, "/dev/ttyUSB0 holds bytes back for up to 16 ms", "the till sets it to 1"),
        (_modem_manager, "ModemManager is running and talks to /dev/ttyUSB0", "install the udev rules"),
        (_brltty, "brltty takes CH340 adapters such as the one at 6-1:1.0", "remove brltty"),
        (_kernel_nfc, "the kernel's own NFC driver has QEMU QEMU USB CCID", "systemd/modprobe.d/pos-loyalty.conf"),
        (_no_pcscd, "the PC/SC service does not run", "install pcscd"),
        (_left_over, "register (812) still holds /dev/ttyACM0, which was pulled", "restart that program"),
    ],
    ids=["pitfall 9", "pitfall 10", "pitfall 7", "pitfall 8", "pn533", "pcscd", "pitfall 2"],
)
def test_each_pitfall_is_named_with_its_remedy(
    store_pc: Path, spoil: Callable[[Path], None], sentence: str, remedy: str
) -> None:
    """One thing is wrong, and that is what is said."""
    (store_pc / FTDI / "latency_timer").write_text("1\n")
    spoil(store_pc)
    assert any(
        sentence in told.partition(" -> ")[0] and remedy in told.partition(" -> ")[2] for told in remedies(store_pc)
    )


def test_a_port_that_udev_has_told_modem_manager_to_ignore_is_well(store_pc: Path) -> None:
    """By rules that are not ours, too."""
    (store_pc / FTDI / "latency_timer").write_text("1\n")
    _modem_manager(store_pc)
    (store_pc / "run/udev/data").mkdir(parents=True)
    for number, name in ((1, "ttyACM0"), (2, "ttyACM1"), (3, "ttyUSB0")):
        ((store_pc / "sys/class/tty" / name).resolve() / "dev").write_text(f"166:{number}\n")
        (store_pc / f"run/udev/data/c166:{number}").write_text("S:serial/by-id/x\nE:ID_MM_DEVICE_IGNORE=1\n")
    assert remedies(store_pc) == []


def test_this_machine_can_be_looked_at() -> None:
    """Whatever is plugged in here, looking at it raises nothing."""
    assert all(finding.area == "usb" for finding in check_interference())
