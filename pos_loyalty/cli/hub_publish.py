"""``pos-loyalty hub publish`` and ``bring-in``."""

import sys
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_opening import Office, office
from pos_loyalty.cli.hub_options import bar, hub_config_option
from pos_loyalty.cli.options import examples
from pos_loyalty.cli.program_files import Files
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from sync.hub.authority import program_row
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication

_CHUNK: Final = 500
"""Rows in one transaction: tills are kept waiting for no longer than that takes."""
_LINE_BYTES_MAX: Final = 1 << 20

_encode = msgspec.json.Encoder(order="deterministic").encode
_member = msgspec.json.Decoder(Member).decode


@click.command(
    epilog=examples(
        "pos-loyalty hub publish programs.toml",
        "pos-loyalty hub publish programs.toml products.toml",
    )
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@hub_config_option
def publish(files: tuple[Path, ...], config_path: Path | None) -> None:
    """Put out programs and products.

    The files are those of pos-loyalty programs and of price documents, TOML or JSON; one may hold both. What is there
    already, just so, is passed over. A program of a version that is out with other rules is refused: give it the next
    version. Ends with 1 if a file is wrong; then nothing of any is put out.
    """
    rows = [row for file in files for row in _rows_of(file)]
    with office(config_path) as opened:
        known = _known(opened)
        changed = [row for row in rows if known.get(row.key) != row.document]
        for row in changed:
            if row.key.kind is RowKind.PROGRAM and row.key in known:
                click.echo(f"{row.key.key} is out with other rules: give it the next version", err=True)
                sys.exit(Exit.REFUSED)
        with bar("publishing", len(changed)) as tell:
            for start in range(0, len(changed), _CHUNK):
                opened.authority.publish(changed[start : start + _CHUNK])
                tell(min(start + _CHUNK, len(changed)))
    click.echo(f"{len(changed)} of {len(rows)} put out; the others were there already")


@click.command(
    "bring-in", epilog=examples("pos-loyalty hub bring-in members.jsonl", "zcat m.gz | pos-loyalty hub bring-in -")
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--replace",
    is_flag=True,
    help="Those that are there already as well: what the hub has of them goes, unless they were merged or erased.",
)
@hub_config_option
def bring_in(file: IO[bytes], config_path: Path | None, *, replace: bool) -> None:
    """Take members over from elsewhere, with their points.

    One JSON document of a member a line. Members that are there already are passed over, so the same command again
    goes on where it was cut off. Ends with 1 at a line that is no member; what came before it is in.
    """
    count = skipped = 0
    with (
        office(config_path) as opened,
        click.progressbar(_chunks(_members(file)), label="bringing in", file=sys.stderr) as chunks,
    ):
        for chunk in chunks:
            new = opened.authority.bring_in(chunk if replace else _unknown(opened, chunk))
            count += new
            skipped += len(chunk) - new
    left = "were erased or merged, and stay as they are" if replace else "were there already"
    click.echo(f"{count} members brought in, {skipped} {left}")


def _rows_of(file: Path) -> list[Publication]:
    read = Files(as_json=False)
    sections = _sections(file)
    rows: list[Publication] = []
    if "products" in sections:
        products = read.products(file).items()
        rows += [Publication(RowKey(RowKind.PRODUCT, key), _encode(product)) for key, product in products]
    if "programs" in sections or not rows:
        rows += [program_row(program) for program in read.programs(file)]
    return rows


def _sections(file: Path) -> set[str]:
    """Return what a document has at its top; nothing of one that cannot be read, whose reader will say why."""
    data = file.read_bytes()
    try:
        found = msgspec.json.decode(data) if file.suffix.lower() == ".json" else tomllib.loads(data.decode())
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return set()
    return set(found) if isinstance(found, dict) else set()


def _known(opened: Office) -> dict[RowKey, bytes]:
    with opened.store.reading() as reading:
        rows = [row for kind in (RowKind.PROGRAM, RowKind.PRODUCT) for row in reading.rows_of(kind)]
    return {RowKey(row.kind, row.key): bytes(row.document or b"") for row in rows}


def _members(file: IO[bytes]) -> Iterator[Member]:
    for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES_MAX), b""), 1):
        if not line.strip():
            continue
        try:
            yield _member(line)
        except msgspec.DecodeError as error:
            # The message names a path; of an enumeration it quotes the value, which may be anything.
            where = str(error).rpartition(" - at ")[2] if " - at " in str(error) else "the line"
            click.echo(f"line {number}: no member as the hub keeps one: see {where}", err=True)
            sys.exit(Exit.REFUSED)


def _chunks(members: Iterator[Member]) -> Iterator[list[Member]]:
    while chunk := list(islice(members, _CHUNK)):
        yield chunk


def _unknown(opened: Office, members: list[Member]) -> list[Member]:
    keys = {member.member_id: RowKey(RowKind.MEMBER, member.member_id) for member in members}
    with opened.store.transaction() as step:
        known = step.rows(keys.values())
    return [member for member in members if keys[member.member_id] not in known]
