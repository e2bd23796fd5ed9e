"""Whether what keeps the till service in its place keeps its readers from it: the unit, or a container."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from drivers.discovery import ROOT
from drivers.settings import ReaderSettings
from pos_loyalty.cli.checks.finding import Finding

_AREA = "system"
_UNIT: Final = "pos-loyalty.service"
_FOLDERS: Final = ("usr/lib/systemd/system", "lib/systemd/system", "etc/systemd/system")
_CONTAINERS: Final = ("run/systemd/container", "run/.containerenv", ".dockerenv")
_CLASSES: Final = {
    "wedge": "char-input",
    "hidpos": "char-hidraw",
    "hidmsr": "char-hidraw",
    "camera": "char-video4linux",
}


def check_confinement(readers: Sequence[ReaderSettings], root: Path = ROOT) -> Iterator[Finding]:
    """Look for device classes that the unit does not allow, and for a container, which sees nothing plugged in."""
    devices = [reader for reader in readers if reader.port.startswith("/") and reader.kind != "replay"]
    if devices and any((root / mark).exists() for mark in _CONTAINERS):
        remedy = "run the till on the machine itself by its unit: no device that is plugged in later comes in here"
        yield Finding(_AREA, "this is a container", remedy)
    text = _unit(root)
    if "DeviceAllow=" not in text:
        return
    allowed = set(re.findall(r"^DeviceAllow=\s*(\S+)", text, re.MULTILINE))
    for reader in devices:
        needed = _class_of(reader, root)
        if needed and not {needed, reader.port} & allowed:
            remedy = f"systemctl edit pos-loyalty, and write [Service] and DeviceAllow={needed} rw; then restart it"
            yield Finding(_AREA, f"the unit of the till keeps {needed} from it, which {reader.name} is", remedy)


def _class_of(reader: ReaderSettings, root: Path) -> str:
    if reader.kind in _CLASSES:
        return _CLASSES[reader.kind]
    node = (root / reader.port.lstrip("/")).resolve().name
    match = re.fullmatch(r"(tty(?:USB|ACM|S))[0-9]+", node)
    return f"char-{match[1]}" if match else ""


def _unit(root: Path) -> str:
    """Return the unit with its additions; the last folder wins, as in systemd.unit(5)."""
    text = ""
    for folder in _FOLDERS:
        unit = root / folder / _UNIT
        text = unit.read_text(encoding="utf-8", errors="replace") if unit.is_file() else text
        for addition in sorted((root / folder / f"{_UNIT}.d").glob("*.conf")):
            text += "\n" + addition.read_text(encoding="utf-8", errors="replace")
    return text
