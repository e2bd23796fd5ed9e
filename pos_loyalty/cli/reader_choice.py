"""Which readers a command is about, and whether the till service has them."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from drivers.codes.reading_settings import SHOP_AS_DELIVERED, ReadingSettings
from drivers.discovery import Found, find
from drivers.kinds import transport
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from pos_loyalty.cli.connection import ask
from pos_loyalty.config import DEFAULT_PATH, Config, load
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError, ServiceUnreachable
from pos_loyalty.service.wire import Health


class Choice(msgspec.Struct, frozen=True):
    """Readers, and what their codes look like."""

    readers: tuple[ReaderSettings, ...]
    reading: ReadingSettings
    config: Config | None


def config_or_none(named: Path | None) -> Config | None:
    """Return the configuration; ``None`` where none was named and there is none yet.

    Raises:
        ConfigError: it is wrong, or the one that was named is not there.
    """
    return load(named or DEFAULT_PATH) if named or DEFAULT_PATH.exists() else None


def chosen(config: Config | None, names: Sequence[str], port: str, kind: str) -> Choice:
    """Return the readers of the configuration that are named, all of them if none is; or the one at ``port``."""
    reading = config.reading_settings if config else SHOP_AS_DELIVERED
    if port:
        return Choice((_unconfigured(port, kind),), reading, config)
    configured = config.reader if config else ()
    unknown = [name for name in names if name not in {reader.name for reader in configured}]
    if unknown:
        known = ", ".join(reader.name for reader in configured) or "none"
        raise click.UsageError(f"no reader {', '.join(map(repr, unknown))} in the configuration: there is {known}")
    readers = tuple(reader for reader in configured if not names or reader.name in names)
    if not readers:
        raise click.UsageError("no reader is configured: name one by --port, as pos-loyalty reader list shows it")
    return Choice(readers, reading, config)


def health_of(config: Config | None) -> Health | None:
    """Return what the till service says; ``None`` if none answers."""
    try:
        return ask(Path(config.service.socket), lambda till: till.health()) if config else None
    except ServiceUnreachable:
        return None


def refuse_what_the_till_has(choice: Choice) -> None:
    """Stop before a reader is opened that the running till service has: each of the two would get half of it.

    Raises:
        ReaderError: the service has one of them.
    """
    health = health_of(choice.config)
    ours = {reader.name for reader in choice.readers}
    for status in health.readers if health else ():
        if status.reader_id in ours and status.state in (ReaderState.READY, ReaderState.OPENING):
            raise ReaderError(
                f"the till service reads {status.reader_id} ({status.scans} scans, {status.refused} refused, "
                f"{status.repeats} repeats): 'pos-loyalty doctor' looks at it while the till works; to have it for "
                "this command, stop the service with 'systemctl stop pos-loyalty'"
            )


def found_at(port: str, devices: Sequence[Found]) -> Found | None:
    """Return the device that is meant by ``port``, whichever of its names that is."""
    node = Path(port).resolve()
    return next((found for found in devices if found.node and Path(found.node).resolve() == node), None)


def _unconfigured(port: str, kind: str) -> ReaderSettings:
    device = found_at(port, find())
    kind = kind or (device.kind if device else "serial")
    usb = device.usb if device and "usb" in transport(kind).keys else ""
    settings = ReaderSettings(name="reader", port=port, kind=kind, usb=usb)
    if sentences := problems([settings]):
        raise click.UsageError("; ".join(sentences))
    return settings
