"""The files that ``pos-loyalty programs`` reads: each is whole, or every fault of it is told."""

import sys
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NoReturn, TypeVar

import click
import msgspec

from pos_loyalty.cli.exits import Exit
from pos_loyalty.core.document_faults import ROOT, DocumentFault, did_you_mean, nearest
from pos_loyalty.core.document_lines import placed
from pos_loyalty.core.documents import SIZE_MAX, Form
from pos_loyalty.core.products import Product
from pos_loyalty.core.products_file import read_products
from pos_loyalty.core.programs import Program
from pos_loyalty.core.programs.reading import read_programs
from pos_loyalty.core.simulation import OtherEvent, Ready, lines_of, read_basket

_FAULTS_SHOWN = 20
_T = TypeVar("_T")


def print_json(document: object) -> None:
    """Print one line of JSON."""
    click.echo(msgspec.json.encode(document, order="deterministic"))


def plain(line: str) -> str:
    """Return ``line`` without what would steer a terminal (Unicode's Cc): names come from the document."""
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in line)


class Files:
    """Reads files. Of one that is wrong it tells every fault, and the command ends with 1."""

    def __init__(self, *, as_json: bool) -> None:
        """Faults are sentences on standard error, and with ``as_json`` also a document on standard output."""
        self._as_json = as_json

    def programs(self, file: Path) -> tuple[Program, ...]:
        """Return the programs in ``file``."""
        return self._whole(file, read_programs).programs

    def products(self, file: Path | None) -> Mapping[str, Product]:
        """Return the products in ``file`` by id; none without a file."""
        return {} if file is None else self._whole(file, read_products)

    def baskets(self, file: Path, products: Mapping[str, Product], zone: tzinfo | None) -> list[Ready]:
        """Return the past baskets in ``file``, in the order of their time; ``zone`` is the store's, if it is known."""
        ready = []
        with file.open("rb") as stream:
            # A line that is too long to be a basket is not read to its end.
            for number, data in enumerate(iter(lambda: stream.readline(SIZE_MAX + 1), b""), 1):
                past = read_basket(data.rstrip(), number) if data.strip() else OtherEvent()
                if isinstance(past, OtherEvent):
                    continue
                if isinstance(past, tuple):
                    self.refuse(file, past, number)
                lines = lines_of(past, products)
                if isinstance(lines, DocumentFault):
                    self.refuse(file, (lines,), number)
                now = past.at.astimezone(zone) if zone else past.at
                ready.append(Ready(number=number, past=past, lines=lines, now=now))
        return sorted(ready, key=lambda basket: basket.now)

    def refuse(self, file: Path, faults: Sequence[DocumentFault], line: int | None = None) -> NoReturn:
        """Tell what is wrong with ``file``, or with one line of it, and end the program."""
        if self._as_json:
            print_json({"file": file.name, "line": line, "faults": faults})
        for fault in faults[:_FAULTS_SHOWN]:
            # A fault of the text itself says its line.
            at = fault.line if line is None and fault.path != ROOT else line
            where = file.name if at is None else f"{file.name}:{at}"
            click.echo(f"{where}: {plain(fault.message)}", err=True)
        if len(faults) > _FAULTS_SHOWN:
            click.echo(f"{file.name}: and {len(faults) - _FAULTS_SHOWN} more", err=True)
        sys.exit(Exit.REFUSED)

    def _whole(self, file: Path, read: Callable[[bytes, Form], _T | tuple[DocumentFault, ...]]) -> _T:
        form = Form.JSON if file.suffix.lower() == ".json" else Form.TOML
        with file.open("rb") as stream:
            data = stream.read(SIZE_MAX + 1)
        answer = read(data, form)
        if isinstance(answer, tuple):
            self.refuse(file, placed(answer, data.decode(errors="replace")) if form is Form.TOML else answer)
        return answer


def zone_of(name: str | None) -> tzinfo | None:
    """Return the time zone with this name; None without a name."""
    if name is None:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, with a path in it, or too long to be a file
        near = did_you_mean(nearest(name, zoneinfo.available_timezones()))
        raise click.UsageError(f"--zone {name!r}: expected an IANA name such as Asia/Tehran{near}") from None
