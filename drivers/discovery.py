"""What is plugged in that may be a reader: found by reading sysfs and the links in ``/dev``, never by opening a device.

A device that is opened may reset, and one that is written to may beep or forget its settings. So whatever cannot be
told from outside stays open: a keyboard may be a reader or the cashier's own, a serial adapter may have a scale on it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from drivers.lexers.hid_usages import BAR_CODE_SCANNER, STRIPE_READER, applications
from drivers.ports.sysfs import attribute, driver_of, members, usb_device, usb_interface

ROOT: Final = Path("/")
_LINKED: Final = ("serial", "input", "hidraw", "v4l")
"""Folders of ``/dev`` where udev puts stable names; for ``hidraw`` by the rules of this project."""
_TTY: Final = re.compile(r"tty(?:USB|ACM)[0-9]+")
_PRINTING_KEYS: Final = 0xFFFFFFFE
"""Keys 1 to 31 of linux/input-event-codes.h, Esc to S: udev calls a device that has them all a keyboard."""
_BUSES: Final = {"0003", "0005"}
"""USB and Bluetooth. What is inside the machine (i8042) is its own keyboard."""
_CCID: Final = "0b"
"""Interface class of smart card readers (USB-IF, Device Class: Smart Card CCID)."""
_REPORT_KINDS: Final = {BAR_CODE_SCANNER: "hidpos", STRIPE_READER: "hidmsr"}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One device that may be a reader."""

    kind: str
    """As what it could be configured."""
    port: str
    """Its stable name; its node, if it has none."""
    node: str
    """Where it is now, such as ``/dev/ttyUSB0``; empty where there is none."""
    usb: str = ""
    """Vendor and product, such as ``0c2e:0200``."""
    product: str = ""
    """What the device calls itself."""
    driver: str = ""
    """Of the kernel."""

    @property
    def is_stable(self) -> bool:
        """Whether the port still means this device when it is plugged in again."""
        return self.port != self.node

    def is_allowed(self, root: Path = ROOT) -> bool:
        """Whether this process may read the device."""
        return not self.node or os.access(root / self.node.lstrip("/"), os.R_OK, effective_ids=True)


class _Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a class of the kernel, before its stable name is known."""

    kind: str
    folder: Path
    """In ``sys/class``."""
    node: str


def find(root: Path = ROOT) -> list[Found]:
    """Return everything that may be a reader, by kind and number. PC/SC readers are named by ``pcscd`` and not here.

    Args:
        root: of the tree that has ``sys`` and ``dev``.
    """
    devices = [*_serial(root), *_keyboards(root), *_reports(root), *_cameras(root)]
    twins = Counter(map(_identity, devices))
    return [_found(root, device, is_twin=twins[_identity(device)] > 1) for device in devices]


def smart_card_readers(root: Path = ROOT) -> list[Found]:
    """Return the USB devices that ``pcscd`` serves, whether it runs or not; their port is not known from outside."""
    found = []
    for interface in sorted((root / "sys/bus/usb/devices").glob("*:*")):
        device = usb_device(interface)
        if device and attribute(interface, "bInterfaceClass") == _CCID:
            driver = driver_of(interface)
            found.append(
                Found(kind="pcsc", port="", node="", usb=device.vendor_product, product=device.product, driver=driver)
            )
    return found


def stable_names(node: str, root: Path = ROOT) -> list[str]:
    """Return the names of a node that outlast a replug, those by what it is before those by where it is."""
    device = (root / node.lstrip("/")).resolve()
    folders = (root / "dev" / kind / by for by in ("by-id", "by-path") for kind in _LINKED)
    return [f"/{link.relative_to(root)}" for folder in folders for link in _links_to(folder, device)]


def _serial(root: Path) -> Iterator[_Device]:
    for folder in members(root, "tty"):
        if _TTY.fullmatch(folder.name):
            yield _Device(kind="serial", folder=folder, node=f"/dev/{folder.name}")


def _keyboards(root: Path) -> Iterator[_Device]:
    for folder in members(root, "input"):
        device = folder / "device"
        keys = attribute(device, "capabilities/key").split()[-1:] or ["0"]
        is_keyboard = int(keys[0], 16) & _PRINTING_KEYS == _PRINTING_KEYS
        if folder.name.startswith("event") and is_keyboard and attribute(device, "id/bustype") in _BUSES:
            yield _Device(kind="wedge", folder=folder, node=f"/dev/input/{folder.name}")


def _reports(root: Path) -> Iterator[_Device]:
    for folder in members(root, "hidraw"):
        try:
            descriptor = (folder / "device/report_descriptor").read_bytes()
        except OSError:
            continue
        kinds = [_REPORT_KINDS[usage] for usage in applications(descriptor) if usage in _REPORT_KINDS]
        if kinds:
            yield _Device(kind=kinds[0], folder=folder, node=f"/dev/{folder.name}")


def _cameras(root: Path) -> Iterator[_Device]:
    for folder in members(root, "video4linux"):
        # A camera has further nodes for its metadata.
        if attribute(folder, "index") == "0":
            yield _Device(kind="camera", folder=folder, node=f"/dev/{folder.name}")


def _identity(device: _Device) -> tuple[str, ...]:
    """Return what a name by id is made of: two devices for which this is equal share one."""
    usb, interface = usb_device(device.folder), usb_interface(device.folder)
    if usb is None or interface is None:
        return (device.node,)
    port = attribute(device.folder / "device", "port_number")
    return (device.kind, usb.vendor_product, usb.serial, attribute(interface, "bInterfaceNumber"), port)


def _found(root: Path, device: _Device, *, is_twin: bool) -> Found:
    # Two devices of one make without serial numbers share one name by id, and nobody knows whose it is.
    names = [name for name in stable_names(device.node, root) if not (is_twin and "/by-id/" in name)]
    usb, interface = usb_device(device.folder), usb_interface(device.folder)
    return Found(
        kind=device.kind,
        port=names[0] if names else device.node,
        node=device.node,
        usb=usb.vendor_product if usb else _bluetooth_id(device.folder),
        product=(usb.product if usb else "") or attribute(device.folder / "device", "name"),
        driver=driver_of(interface) if interface else "",
    )


def _bluetooth_id(folder: Path) -> str:
    """Return the id that an input device has without being plugged into USB."""
    vendor, product = (attribute(folder / "device", f"id/{part}") for part in ("vendor", "product"))
    return f"{vendor}:{product}" if vendor and product else ""


def _links_to(folder: Path, node: Path) -> list[Path]:
    links = sorted(folder.iterdir()) if folder.is_dir() else []
    return [link for link in links if link.is_symlink() and link.resolve() == node]
