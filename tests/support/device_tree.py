"""The devices of a machine as one text: recorded on it, and unpacked into a folder that stands for its root.

    python3 tests/support/device_tree.py > tests/drivers/machines/NAME.txt

A line is a file with its content (JSON; bytes that are no text as hex), a link, or an empty file for a node.
It needs the standard library alone, so that it runs on any store PC.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_CLASSES = ("tty", "input", "hidraw", "video4linux")
_ATTRIBUTES = (
    *("idVendor", "idProduct", "product", "manufacturer", "serial", "bDeviceClass", "bInterfaceNumber"),
    *("bInterfaceClass", "name", "phys", "uniq", "index", "id/bustype", "id/vendor", "id/product", "id/version"),
    *("capabilities/ev", "capabilities/key", "report_descriptor", "power/control", "port_number", "latency_timer"),
)
_LINKS = ("driver", "device", "subsystem")
_DEV_FOLDERS = ("serial", "input", "hidraw", "v4l")
_ROOT_HUB = re.compile(r"usb[0-9]+|[0-9]+-0:1\.0")
_IS_READER_LIKE = ("ttyUSB", "ttyACM", "event", "hidraw", "video")


def unpack(text: str, root: Path) -> Path:
    """Write the files and links of a recorded machine below ``root``, and return it."""
    for line in text.splitlines():
        kind, path, content = line.split("\t")
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            target.symlink_to(content)
        else:
            target.write_bytes(bytes.fromhex(content) if kind == "bytes" else json.loads(content).encode())
    return root


def record(root: Path) -> Iterator[str]:
    """Yield the lines of everything below ``root`` that says something about readers."""
    seen: set[Path] = set()
    links = [
        *(entry for name in _CLASSES for entry in _entries(root / "sys/class" / name) if _is_wanted(entry)),
        *(entry for entry in _entries(root / "sys/bus/usb/devices") if not _ROOT_HUB.fullmatch(entry.name)),
    ]
    for link in links:
        yield _link(root, link)
        for folder in (link.resolve(), *link.resolve().parents):
            if folder.is_relative_to(root / "sys/devices") and folder not in seen:
                seen.add(folder)
                yield from _device(root, folder)
    yield from _dev(root)


def _is_wanted(entry: Path) -> bool:
    return entry.name.startswith(_IS_READER_LIKE)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _device(root: Path, folder: Path) -> Iterator[str]:
    for name in _LINKS:
        if (folder / name).is_symlink():
            yield _link(root, folder / name)
    for name in _ATTRIBUTES:
        try:
            data = (folder / name).read_bytes()
        except OSError:
            continue
        yield _file(root, folder / name, data)


def _dev(root: Path) -> Iterator[str]:
    nodes = [entry for entry in (*_entries(root / "dev"), *_entries(root / "dev/input")) if _is_wanted(entry)]
    yield from (_file(root, node, b"") for node in nodes if not node.is_dir())
    for name in _DEV_FOLDERS:
        yield from (_link(root, link) for link in sorted((root / "dev" / name).glob("by-*/*")))


def _link(root: Path, link: Path) -> str:
    return f"link\t{link.relative_to(root)}\t{link.readlink()}"


def _file(root: Path, file: Path, data: bytes) -> str:
    try:
        return f"text\t{file.relative_to(root)}\t{json.dumps(data.decode())}"
    except UnicodeDecodeError:
        return f"bytes\t{file.relative_to(root)}\t{data.hex()}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in record(Path("/")))
