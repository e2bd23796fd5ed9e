"""What the kernel says about devices, read from files (sysfs(5)); nothing is opened but these files.

The root of the tree is an argument: ``/`` on a till, a recorded folder in a test.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec


class UsbDevice(msgspec.Struct, frozen=True):
    """What a USB device says of itself."""

    folder: Path
    vendor_product: str
    """``0c2e:0200``, in small letters."""
    product: str
    """Maker and name, as the device writes them."""
    serial: str
    """Empty where it has none, as most scanners."""


def attribute(folder: Path, name: str) -> str:
    """Return one attribute of a device, without blanks at its ends; empty if the device has none of that name."""
    try:
        return (folder / name).read_text(encoding="utf-8", errors="replace").strip(" \t\r\n\0")
    except OSError:
        return ""


def members(root: Path, device_class: str) -> list[Path]:
    """Return the devices of a class, such as ``tty``, in the order of their names: tty2 before tty10."""
    folder = root / "sys/class" / device_class
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(found, key=lambda entry: (len(entry.name), entry.name))


def driver_of(folder: Path) -> str:
    """Return the name of the driver of a device; empty if no driver has it."""
    link = folder / "driver"
    return link.readlink().name if link.is_symlink() else ""


def ancestors(folder: Path) -> Iterator[Path]:
    """Yield the device itself and every folder above it: what it is a part of, and what that is plugged into."""
    place = folder.resolve()
    yield place
    # Folders such as .../input/ stand between two devices and say nothing.
    yield from (above for above in place.parents if "devices" in above.parts)


def usb_device(folder: Path) -> UsbDevice | None:
    """Return the USB device that ``folder`` is a part of; ``None`` if it is none."""
    for place in ancestors(folder):
        if vendor := attribute(place, "idVendor"):
            words = (attribute(place, "manufacturer"), attribute(place, "product"))
            return UsbDevice(
                folder=place,
                vendor_product=f"{vendor}:{attribute(place, 'idProduct')}",
                product=" ".join(word for word in words if word),
                serial=attribute(place, "serial"),
            )
    return None


def usb_interface(folder: Path) -> Path | None:
    """Return the folder of the USB interface that ``folder`` is a part of."""
    return next((place for place in ancestors(folder) if (place / "bInterfaceNumber").exists()), None)
