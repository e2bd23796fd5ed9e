"""Whether the till service answers, and what it says of its readers."""

import os
from collections.abc import Iterator
from pathlib import Path

from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.sync_words import counted
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ServiceUnreachable

_AREA = "service"


def check_service(socket: Path) -> Iterator[Finding]:
    """Ask the service for its health."""
    if _is_closed(socket):
        yield Finding(_AREA, f"this user may not use {socket}", "run doctor as the user of the service")
        return
    try:
        health = ask(socket, lambda till: till.health())
    except ServiceUnreachable:
        remedy = "start it with `systemctl start pos-loyalty`; `journalctl -u pos-loyalty` says what ended it"
        yield Finding(_AREA, f"nobody answers at {socket}", remedy)
        return
    yield Finding(
        _AREA,
        f"answers at {socket}: version {health.version}, terminal {health.terminal_id},"
        f" {counted(health.members, 'member', 'members')}, {counted(health.events, 'event', 'events')},"
        f" {counted(health.waiting, 'of them waits', 'of them wait')} for the hub",
    )
    for program in health.unreadable_programs:
        remedy = "it was published for a newer version of pos-loyalty: install that version"
        yield Finding(_AREA, f"program {program} is left out: this version does not understand it", remedy)
    for sentence in health.pass_problems:
        yield Finding(_AREA, sentence, "copy the file from the machine that issues passes; it is read at once")
    for reader in health.readers:
        well = reader.state in (ReaderState.READY, ReaderState.OPENING)
        seen = f"{reader.reader_id} is {reader.state.value}: {reader.scans} scans, {reader.refused} refused"
        yield Finding(_AREA, seen, "" if well else reader.detail or "pull its plug and put it back")


def _is_closed(socket: Path) -> bool:
    """Whether the socket, or a folder on the way to it, may not be used by this user: nobody would seem to answer."""
    try:
        socket.lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(socket, os.R_OK | os.W_OK, effective_ids=True)
