"""The configured readers and what else is plugged in: is it there, may we open it, who has it, will its name last."""

import grp
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from drivers.discovery import ROOT, Found, find, smart_card_readers, stable_names
from drivers.kinds import transport
from drivers.ports.holders import holders
from drivers.settings import ReaderSettings
from drivers.transports.serial_transport import advice
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ConfigError

_AREA = "reader"
_EXTRAS: Final = {"pcsc": ("smartcard", "nfc"), "camera": ("zxingcpp", "camera")}
"""Kind to the library that it needs, and the extra that has it."""
_BY_UDEV: Final = {"wedge", "hidpos", "hidmsr"}
"""Kinds whose devices belong to no group that the till may be in."""


def check_readers(readers: Sequence[ReaderSettings], root: Path = ROOT) -> Iterator[Finding]:
    """Look at every port without opening it: opening one can reset a scanner, and steal what it sends."""
    devices = [*find(root), *smart_card_readers(root)]
    if not readers:
        yield Finding(_AREA, "none is configured; members are found by name, or by a reader that types like a keyboard")
    taken = set()
    for reader in readers:
        yield from _configured(reader, devices, root)
        taken.add(_resolved(reader.port, root))
    has_cards = any(reader.kind == "pcsc" for reader in readers)
    for found in devices:
        is_free = not has_cards if found.kind == "pcsc" else _resolved(found.node, root) not in taken
        if is_free:
            yield _unconfigured(found)


def _configured(reader: ReaderSettings, devices: Sequence[Found], root: Path) -> Iterator[Finding]:
    who = f"{reader.name}: {reader.port}"
    yield from _extra(reader)
    if reader.is_network:
        yield Finding(_AREA, f"{who} is reached over the network; the service says whether it is")
    elif reader.port.startswith("/"):
        yield _device(reader, devices, root)
    elif missing := transport(reader.kind).absence(reader):
        yield Finding(_AREA, f"{who} is {missing.state}", missing.detail)
    else:
        yield Finding(_AREA, f"{who} is there; the service says whether cards are read")
    yield from _advice(reader, root)


def _device(reader: ReaderSettings, devices: Sequence[Found], root: Path) -> Finding:
    who, port = f"{reader.name}: {reader.port}", root / reader.port.lstrip("/")
    if not port.exists():
        if port.is_symlink():
            remedy = "its name is left over from a device that is gone: plug it in again, or restart systemd-udevd"
            return Finding(_AREA, f"{who} leads nowhere", remedy)
        present = ", ".join(found.port for found in devices if found.kind == reader.kind) or "none"
        return Finding(_AREA, f"{who} is not there", f"plug it in; present are: {present}")
    there = Found(kind=reader.kind, port=reader.port, node=reader.port)
    if not there.is_allowed(root):
        return Finding(_AREA, f"{who} cannot be opened by this user", _way_in(reader, port))
    held_by = [f"{holder.name} ({holder.pid})" for holder in holders(str(port))]
    strangers = [holder for holder in held_by if not holder.startswith(("python", "pos-loyalty"))]
    remedy = f"stop {', '.join(strangers)}: two programs on one port get half of the bytes each" if strangers else ""
    return Finding(_AREA, f"{who} is there, held by {', '.join(held_by) or 'nobody'}", remedy)


def _way_in(reader: ReaderSettings, port: Path) -> str:
    if reader.kind in _BY_UDEV:
        return (
            "run doctor as the user of the service; if that is this one, name this reader in the udev rules "
            "(docs/howto/readers.md) and plug it in again"
        )
    return f"run doctor as the user of the service; if that is this one, add it to the group {_group_of(port)}"


def _advice(reader: ReaderSettings, root: Path) -> Iterator[Finding]:
    for sentence in advice(reader) if reader.kind in {"serial", "rfid", "nfc"} else ():
        cause, _, remedy = sentence.rpartition(": ")
        names = stable_names(reader.port, root) if cause.startswith(reader.port) else []
        yield Finding(
            _AREA, f"{reader.name}: {cause}", f'set port = "{names[0]}" in the configuration' if names else remedy
        )


def _extra(reader: ReaderSettings) -> Iterator[Finding]:
    library, extra = _EXTRAS.get(reader.kind, ("", ""))
    if library and find_spec(library) is None:
        remedy = f"pip install 'pos-loyalty[{extra}]' into the environment of the till (in a checkout: make extras)"
        yield Finding(
            _AREA, f"{reader.name}: the library {library} is not installed, and {reader.kind} needs it", remedy
        )
    try:
        transport(reader.kind)
    except ConfigError as error:
        yield Finding(_AREA, f"{reader.name}: {error}", "install the package that has this kind of reader")


def _unconfigured(found: Found) -> Finding:
    where = found.port or "by PC/SC"
    what = f"{found.product} ({found.usb})" if found.product else found.usb
    return Finding(_AREA, f"not configured: {found.kind} {where} {what}; pos-loyalty reader list has its section")


def _resolved(port: str, root: Path) -> Path:
    return (root / port.lstrip("/")).resolve() if port.startswith("/") else Path(ReaderState.ABSENT)


def _group_of(port: Path) -> str:
    gid = port.stat().st_gid
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
