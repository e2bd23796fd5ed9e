"""What the system does to readers on USB: puts them to sleep, holds their bytes back, gives them to somebody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.discovery import ROOT, find, smart_card_readers
from drivers.ports.sysfs import attribute, driver_of, members, usb_device
from pos_loyalty.cli.checks.finding import Finding

_AREA = "usb"
_RULES: Final = ("etc/udev/rules.d/70-pos-loyalty.rules", "usr/lib/udev/rules.d/70-pos-loyalty.rules")
_INSTALL_RULES: Final = "install the udev rules of pos-loyalty (docs/howto/install.md) and plug it in again"
_NFC_DRIVERS: Final = {"pn533_usb", "pn533"}
_BRLTTY_TAKES: Final = {"1a86:7523": "CH340", "10c4:ea60": "CP210x"}
"""Adapters that are also in braille displays: brltty before 6.5 takes them all."""
_IGNORED: Final = ("E:ID_MM_PORT_IGNORE=1", "E:ID_MM_DEVICE_IGNORE=1")


def check_interference(root: Path = ROOT) -> Iterator[Finding]:
    """Look at power, latency, drivers and the programs that take ports for their own."""
    yield from _sleeping(root)
    yield from _late(root)
    yield from _taken_by_the_kernel(root)
    running = set(_running(root))
    yield from _modem_manager(root, running)
    yield from _brltty(root, running)
    yield from _left_over(root)


def _sleeping(root: Path) -> Iterator[Finding]:
    """USB autosuspend is off for readers by default; powertop, TLP and laptops switch it on."""
    for found in find(root):
        device = usb_device(root / "sys/class" / _class_of(found.node) / Path(found.node).name)
        if device and attribute(device.folder, "power/control") == "auto" and found.kind != "wedge":
            seen = f"{found.node} ({found.product}) is put to sleep when it is quiet, and loses the first bytes after"
            yield Finding(_AREA, seen, _INSTALL_RULES)


def _late(root: Path) -> Iterator[Finding]:
    for folder in members(root, "tty"):
        timer = attribute(folder / "device", "latency_timer")
        if timer.isdecimal() and int(timer) > 1:
            seen = f"/dev/{folder.name} holds bytes back for up to {timer} ms (FTDI latency timer)"
            yield Finding(
                _AREA, seen, f"the till sets it to 1 when it opens the port, if it may; else {_INSTALL_RULES}"
            )


def _taken_by_the_kernel(root: Path) -> Iterator[Finding]:
    interfaces = sorted((root / "sys/bus/usb/devices").glob("*:*"))
    for interface in interfaces:
        if driver_of(interface) in _NFC_DRIVERS:
            device = usb_device(interface)
            seen = (
                f"the kernel's own NFC driver has {device.product if device else interface.name}: pcscd sees no reader"
            )
            remedy = "install systemd/modprobe.d/pos-loyalty.conf into /etc/modprobe.d, then modprobe -r pn533_usb"
            yield Finding(_AREA, seen, remedy)
    if smart_card_readers(root) and not (root / "run/pcscd/pcscd.comm").exists():
        remedy = "install pcscd and start it: systemctl enable --now pcscd.socket"
        yield Finding(_AREA, "a contactless reader is plugged in and the PC/SC service does not run", remedy)


def _modem_manager(root: Path, running: set[str]) -> Iterator[Finding]:
    if "ModemManager" not in running or any((root / rules).exists() for rules in _RULES):
        return
    for folder in members(root, "tty"):
        if folder.name.startswith(("ttyUSB", "ttyACM")) and not _is_ignored(root, folder):
            seen = f"ModemManager is running and talks to /dev/{folder.name} for ten seconds after it is plugged in"
            yield Finding(_AREA, seen, _INSTALL_RULES)


def _is_ignored(root: Path, folder: Path) -> bool:
    """Whether udev told ModemManager to leave the port alone, by its database (sd-device: ``c`` and the number)."""
    try:
        properties = (root / f"run/udev/data/c{attribute(folder, 'dev')}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(ignored in properties.splitlines() for ignored in _IGNORED)


def _brltty(root: Path, running: set[str]) -> Iterator[Finding]:
    for interface in sorted((root / "sys/bus/usb/devices").glob("*:*")):
        device = usb_device(interface)
        chip = _BRLTTY_TAKES.get(device.vendor_product) if device else None
        # The log of the kernel says "usbfs: interface 0 claimed by ch341 while 'brltty' sets config #1".
        if chip and (driver_of(interface) in {"", "usbfs"} or "brltty" in running):
            seen = f"brltty takes {chip} adapters such as the one at {interface.name}, and its port vanishes"
            yield Finding(_AREA, seen, "remove brltty, or upgrade it to 6.5: no braille display is at a till")


def _left_over(root: Path) -> Iterator[Finding]:
    """A program that keeps a pulled device open makes it come back under another number."""
    for link in (root / "proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith(("/dev/ttyUSB", "/dev/ttyACM", "/dev/hidraw", "/dev/input/")) and "(deleted)" in target:
            process, device = link.parent.parent, target.partition(" ")[0]
            seen = f"{attribute(process, 'comm')} ({process.name}) still holds {device}, which was pulled"
            yield Finding(_AREA, seen, "restart that program: the device gets another number as long as it does")


def _running(root: Path) -> Iterator[str]:
    return (attribute(process, "comm") for process in (root / "proc").glob("[0-9]*"))


def _class_of(node: str) -> str:
    classes = {"tty": "tty", "hid": "hidraw", "inp": "input", "vid": "video4linux"}
    return classes.get(node.removeprefix("/dev/")[:3], "")
