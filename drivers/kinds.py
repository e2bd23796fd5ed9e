"""The kinds of readers by name: our own, each loaded when it is first asked for, and those of other packages.

A package adds a kind by an entry point of the group ``pos_loyalty.drivers``, whose name is the kind and whose value
is a :class:`~drivers.transport.Transport`. It cannot replace one of ours.
"""

import importlib
from functools import cache
from importlib.metadata import entry_points
from typing import Final

from drivers.transport import Transport
from pos_loyalty.errors import ConfigError

GROUP: Final = "pos_loyalty.drivers"
OURS: Final = {
    "serial": "drivers.transports.serial_transport:SERIAL",
    "wedge": "drivers.transports.wedge_transport:WEDGE",
    "hidpos": "drivers.transports.hidpos_transport:HIDPOS",
    "hidmsr": "drivers.transports.hidmsr_transport:HIDMSR",
    "rfid": "drivers.transports.rfid_transport:RFID",
    "nfc": "drivers.transports.nfc_transport:NFC",
    "pcsc": "drivers.transports.pcsc_transport:PCSC",
    "camera": "drivers.transports.camera_transport:CAMERA",
    "replay": "drivers.transports.replay_transport:REPLAY",
}
"""Kind to ``module:name``. The name of a kind is the word in the configuration."""


def known() -> tuple[str, ...]:
    """Return the names of all kinds, ours first."""
    return (*OURS, *sorted({point.name for point in entry_points(group=GROUP)} - OURS.keys()))


@cache
def transport(kind: str) -> Transport:
    """Return the transport of a kind.

    Raises:
        ConfigError: no package has this kind, or the package that has it cannot be loaded.
    """
    if kind in OURS:
        module, _, name = OURS[kind].partition(":")
        found: Transport = getattr(importlib.import_module(module), name)
        return found
    points = tuple(entry_points(group=GROUP, name=kind))
    if len(points) > 1:
        names = ", ".join(sorted(point.dist.name if point.dist else point.value for point in points))
        raise ConfigError(f"reader kind {kind!r} is in more than one package ({names}): uninstall all but one")
    for point in points:
        try:
            loaded: Transport = point.load()
        except Exception as error:  # a foreign package may fail in any way, and the other readers must work
            raise ConfigError(f"reader kind {kind!r} cannot be loaded ({error}); reinstall its package") from error
        return loaded
    raise ConfigError(f"there is no reader kind {kind!r}: expected one of {', '.join(known())}")
