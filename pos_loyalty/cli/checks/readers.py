"""The configured readers: is the port there, may we open it, who has it, and who else might grab it."""

import grp
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from drivers.holders import holders
from drivers.settings import ReaderSettings
from pos_loyalty.cli.checks.finding import Finding

_AREA = "reader"
_STABLE: Final = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
_GRABBERS: Final = {
    "ModemManager": "it talks to new ports for ten seconds: install the udev rules of pos-loyalty",
    "brltty": "it takes CH340 and CP210x adapters: remove it",
}
_RULES: Final = tuple(
    Path(folder) / "70-pos-loyalty.rules" for folder in ("/etc/udev/rules.d", "/usr/lib/udev/rules.d")
)


def check_readers(readers: Sequence[ReaderSettings]) -> Iterator[Finding]:
    """Look at every port without opening it: opening one can reset a scanner, and steal what it sends."""
    if not readers:
        yield Finding(_AREA, "none is configured; members are found by name")
        return
    for reader in readers:
        yield _network(reader) if reader.is_network else _device(reader)
        yield from _stable_name(reader)
    yield from _grabbers()


def _network(reader: ReaderSettings) -> Finding:
    return Finding(_AREA, f"{reader.name}: {reader.port} is reached over the network; the service says whether it is")


def _device(reader: ReaderSettings) -> Finding:
    port = Path(reader.port)
    if not port.exists():
        remedy = f"plug it in; present are: {', '.join(_present()) or 'none'}"
        return Finding(_AREA, f"{reader.name}: {port} is not there", remedy)
    if not os.access(port, os.R_OK | os.W_OK):
        group = _group_of(port)
        remedy = f"run doctor as the user of the service; if that is this one, add it to the group {group}"
        return Finding(_AREA, f"{reader.name}: {port} cannot be opened by this user", remedy)
    held_by = [f"{holder.name} ({holder.pid})" for holder in holders(reader.port)]
    strangers = [holder for holder in held_by if not holder.startswith(("python", "pos-loyalty"))]
    remedy = f"stop {', '.join(strangers)}: two programs on one port get half of the bytes each" if strangers else ""
    return Finding(_AREA, f"{reader.name}: {port} is there, held by {', '.join(held_by) or 'nobody'}", remedy)


def _stable_name(reader: ReaderSettings) -> Iterator[Finding]:
    port = Path(reader.port)
    if not reader.port.startswith(("/dev/ttyUSB", "/dev/ttyACM")):
        return
    names = [str(link) for folder in _STABLE for link in _links(folder) if link.resolve() == port.resolve()]
    name = names[0] if names else "a name in /dev/serial/by-id"
    yield Finding(
        _AREA, f"{reader.name}: {port} changes its number when replugged", f'set port = "{name}" in the configuration'
    )


def _grabbers() -> Iterator[Finding]:
    if any(rules.exists() for rules in _RULES):
        return
    running = {_comm(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    for name in sorted(running & set(_GRABBERS)):
        yield Finding(_AREA, f"{name} is running", _GRABBERS[name])


def _present() -> list[str]:
    stable = [str(link) for link in _links(_STABLE[0])]
    return stable or sorted(str(path) for kind in ("ttyUSB*", "ttyACM*") for path in Path("/dev").glob(kind))


def _links(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _group_of(port: Path) -> str:
    gid = port.stat().st_gid
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _comm(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
