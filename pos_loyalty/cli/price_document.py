"""Reads a price document, has it answered, and prints the answer: for programs as JSON, for people as text."""

import sys
import zoneinfo
from datetime import UTC, tzinfo
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.program_files import plain
from pos_loyalty.core.document_faults import DocumentFault, unfit
from pos_loyalty.core.documents import SIZE_MAX, Form
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.price_answer import Faults, Steps
from pos_loyalty.core.price_request import PriceRequest, read_request
from pos_loyalty.core.price_steps import answer

_STDIN = Path("-")
_encode = msgspec.json.Encoder(order="deterministic").encode


class Reader(NamedTuple):
    """Who reads the explanation."""

    language: str
    """A ``Language``."""
    unit: str
    """A ``DisplayUnit``."""


def run(file: Path, reader: Reader | None) -> Exit:
    """Answer the document in ``file``, ``-`` for standard input; as JSON unless there is a ``reader``."""
    request = read_request(_bytes(file), Form.TOML if file.suffix.lower() == ".toml" else Form.JSON)
    if isinstance(request, tuple):
        return _refuse(request, reader)
    zone = _zone(request)
    if isinstance(zone, DocumentFault):
        return _refuse((zone,), reader)
    found = answer(request, zone)
    if isinstance(found, Faults):
        return _refuse(found.faults, reader)
    _print(_encode(found) if reader is None else _text(request, found, zone, reader))
    return Exit.OK


def _text(request: PriceRequest, found: Evaluation | Steps, zone: tzinfo, reader: Reader) -> bytes:
    # Only people need words: the catalogues and the sentences of the screen stay away from programs.
    from pos_loyalty.cli.explained_steps import explained  # noqa: PLC0415
    from pos_loyalty.i18n.amounts import DisplayUnit  # noqa: PLC0415
    from pos_loyalty.i18n.languages import Language  # noqa: PLC0415

    lines = explained(request, found, zone, Language(reader.language), DisplayUnit(reader.unit))
    return "\n".join(map(plain, lines)).encode()


def _bytes(file: Path) -> bytes:
    if file != _STDIN:
        try:
            with file.open("rb") as stream:
                return stream.read(SIZE_MAX + 1)
        except OSError as error:
            raise click.FileError(str(file), error.strerror) from None
    if sys.stdin.isatty():
        click.echo("Reading the document from this terminal; end it with Ctrl-D.", err=True)
    return sys.stdin.buffer.read(SIZE_MAX + 1)


def _zone(request: PriceRequest) -> tzinfo | DocumentFault:
    """Return the time zone of the store, or that there is no such zone; without one, the offset of ``now``."""
    if not request.time_zone:
        return request.now.tzinfo or UTC
    try:
        return zoneinfo.ZoneInfo(request.time_zone)
    except (LookupError, ValueError, OSError):  # unknown, with a path in it, or too long to be a file
        expected = 'an IANA name such as "Asia/Tehran"'
        return unfit("$.time_zone", request.time_zone, expected, zoneinfo.available_timezones())


def _refuse(faults: tuple[DocumentFault, ...], reader: Reader | None) -> Exit:
    """Print the faults: all as JSON and the first as a sentence, or all as sentences."""
    if reader is None:
        _print(_encode(Faults(faults=faults)))
    for fault in faults if reader else faults[:1]:
        click.echo(f"The document is wrong: {plain(fault.message)}", err=True)
    return Exit.REFUSED


def _print(document: bytes) -> None:
    sys.stdout.buffer.write(document + b"\n")
    sys.stdout.buffer.flush()
