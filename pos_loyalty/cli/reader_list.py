"""What ``pos-loyalty reader list`` shows: readers that are configured and devices that are plugged in, side by side."""

from collections.abc import Iterator, Sequence

import click
import msgspec

from drivers.discovery import Found, find, smart_card_readers
from drivers.kinds import transport
from drivers.ports.holders import holders
from drivers.settings import ReaderSettings
from pos_loyalty.cli.reader_choice import found_at, health_of
from pos_loyalty.config import Config, toml
from pos_loyalty.core.scans import ReaderState, ReaderStatus

_OTHERWISE_A_KEYBOARD = "# only if this is the reader: a keyboard that the till takes types nothing for the cashier"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One reader."""

    name: str | None
    """In the configuration; null if it is not there."""
    kind: str
    port: str
    node: str = ""
    usb: str = ""
    product: str = ""
    driver: str = ""
    state: str
    """Of the till service, or by a look: ``absent`` or ``there``."""
    detail: str = ""
    holders: tuple[str, ...] = ()
    """Processes that have it open, as far as this user may see."""
    section: str = ""
    """What to put in the configuration for it; empty if it is there."""


def entries(config: Config | None) -> list[Entry]:
    """Return the configured readers, then what was found besides."""
    devices = find()
    statuses = {status.reader_id: status for status in getattr(health_of(config), "readers", ())}
    configured = config.reader if config else ()
    known = [_configured(reader, found_at(reader.port, devices), statuses.get(reader.name)) for reader in configured]
    taken = {entry.node for entry in known}
    has_cards = any(reader.kind == "pcsc" for reader in configured)
    free = [found for found in devices if found.node not in taken] + ([] if has_cards else smart_card_readers())
    names = {reader.name for reader in configured}
    return known + [_found(found, name) for found, name in zip(free, _new_names(names), strict=False)]


def text(listed: Sequence[Entry]) -> Iterator[str]:
    """Yield the lines for people."""
    if not listed:
        yield "no reader is configured, and nothing is plugged in that could be one"
    for entry in listed:
        who = entry.name or "(not configured)"
        yield f"{who:<18}{entry.kind:<8}{entry.state:<9}{' '.join(word for word in (entry.port, _what(entry)) if word)}"
        yield from (f"{'':<18}{line}" for line in (entry.detail, *_held(entry), *entry.section.splitlines()) if line)


def show(config: Config | None, *, as_json: bool) -> None:
    """Print the list."""
    listed = entries(config)
    if as_json:
        click.echo(msgspec.json.encode(listed))
    else:
        click.echo("\n".join(text(listed)))


def section(found: Found, name: str) -> str:
    """Return the section of the configuration for a device."""
    lines = [_OTHERWISE_A_KEYBOARD] if found.kind == "wedge" else []
    lines += ["[[reader]]", f"name = {toml(name)}"]
    lines += [] if found.kind == "serial" else [f"kind = {toml(found.kind)}"]
    lines.append(f"port = {toml(found.port or '*')}")
    lines += [f"usb = {toml(found.usb)}"] if found.usb and "usb" in transport(found.kind).keys else []
    return "\n".join(lines)


def _configured(reader: ReaderSettings, found: Found | None, status: ReaderStatus | None) -> Entry:
    missing = transport(reader.kind).absence(reader)
    state = missing.state if missing else status.state if status else "there"
    detail = missing.detail if missing else status.detail if status else ""
    return Entry(
        name=reader.name,
        kind=reader.kind,
        port=reader.port,
        node=found.node if found else "",
        usb=found.usb if found else "",
        product=found.product if found else "",
        driver=found.driver if found else "",
        state=state,
        detail=detail,
        holders=_holders(reader.port) if state != ReaderState.ABSENT else (),
    )


def _found(found: Found, name: str) -> Entry:
    return Entry(
        name=None,
        kind=found.kind,
        port=found.port,
        node=found.node,
        usb=found.usb,
        product=found.product,
        driver=found.driver,
        state="there",
        detail="" if found.is_allowed() else f"this user may not open {found.node}",
        holders=_holders(found.node),
        section=section(found, name),
    )


def _new_names(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if (name := f"reader-{number}") not in taken:
            yield name


def _holders(port: str) -> tuple[str, ...]:
    return tuple(f"{holder.name} ({holder.pid})" for holder in holders(port)) if port.startswith("/") else ()


def _held(entry: Entry) -> tuple[str, ...]:
    return (f"held by {', '.join(entry.holders)}",) if entry.holders else ()


def _what(entry: Entry) -> str:
    return f"{entry.product} ({entry.usb})" if entry.product else entry.usb and f"({entry.usb})"
