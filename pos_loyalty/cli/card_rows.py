"""The cards to be printed, as standard input has them: JSON lines, or CSV with a first line of names."""

import csv
import io
import sys
from collections.abc import Iterator
from typing import Final

import click
import msgspec

_BYTES_MAX: Final = 64 * 1024 * 1024
"""Some 500,000 members."""
_EXPECTED: Final = "expected member_id, name, tier, code and instance, of which name is never missing"


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One card."""

    member_id: str = ""
    name: str
    tier: str = ""
    code: str = ""
    instance: str = ""


Rows = list[tuple[str, Row]]
"""Where in the input each stands, such as ``line 3: ``, and the card."""
_NAMES: Final = frozenset(field.name for field in msgspec.structs.fields(Row))


def given() -> Rows:
    """Read standard input.

    Raises:
        ClickException: it is empty, or a line is not understood; the message does not quote it.
    """
    if sys.stdin.isatty():
        raise click.UsageError("expected --name, or cards on standard input: JSON lines or CSV")
    data = sys.stdin.buffer.read(_BYTES_MAX + 1)
    if len(data) > _BYTES_MAX:
        raise click.ClickException(f"more than {_BYTES_MAX >> 20} MiB of cards: print them in several runs")
    try:
        # Spreadsheets put a byte order mark in front.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException("standard input is not UTF-8: save the file as UTF-8") from None
    read = _json_lines if text.lstrip().startswith("{") else _csv
    rows = list(read(text)) if text.strip() else []
    if not rows:
        raise click.ClickException("no cards on standard input")
    return rows


def _json_lines(text: str) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = msgspec.json.decode(line, type=Row)
            except msgspec.DecodeError:
                raise click.ClickException(f"line {number}: {_EXPECTED}, as one JSON object of texts") from None
            yield f"line {number}: ", row


def _csv(text: str) -> Iterator[tuple[str, Row]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = set(reader.fieldnames or ())
    if not {"name"} <= names <= _NAMES:
        raise click.ClickException(f"line 1: {_EXPECTED}")
    try:
        for cells in reader:
            if None in cells or None in cells.values():
                raise click.ClickException(f"line {reader.line_num}: expected {len(names)} cells, as in line 1")
            yield f"line {reader.line_num}: ", Row(**cells)
    except csv.Error:
        raise click.ClickException(f"after line {reader.line_num}: a quotation mark is not closed") from None
