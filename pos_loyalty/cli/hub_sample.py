"""``pos-loyalty hub sample``."""

import sys
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
import msgspec

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_opening import Office, office
from pos_loyalty.cli.hub_options import bar, hub_config_option
from pos_loyalty.cli.options import examples
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.programs import Program
from pos_loyalty.ports import ReplicaContents
from sync.hub.authority import program_row
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication

_CHUNK: Final = 500
"""Members in one transaction."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@click.command(epilog=examples("pos-loyalty hub sample --members 2000"))
@click.option("--members", type=click.IntRange(5, 5_000_000), default=2_000, show_default=True, help="Sample members.")
@hub_config_option
def sample(members: int, config_path: Path | None) -> None:
    """Put the sample shop into an empty hub, to try it: members, products, programs and vouchers. Nobody in it exists.

    It is the shop of pos-loyalty demo. A hub that has anything already is left as it is, with exit code 1.
    """
    # Here, so that --help need not wait for it.
    from pos_loyalty.sample import sample_shop  # noqa: PLC0415

    with office(config_path) as opened:
        with opened.store.reading() as reading:
            is_empty = not reading.counters()
        if not is_empty:
            click.echo("there is something in this hub already: the sample shop is for an empty one", err=True)
            sys.exit(Exit.REFUSED)
        today = datetime.now(ZoneInfo(opened.file.time_zone)).date()
        _fill(opened, sample_shop(members, today=today), members)
    click.echo(f"{members} members brought in; a hub for customers begins with an empty database again")


def _fill(opened: Office, shop: ReplicaContents, count: int) -> None:
    rows = [program_row(program) for program in shop.programs if isinstance(program, Program)]
    rows += [Publication(RowKey(RowKind.PRODUCT, each.product_id), _encode(each)) for each in shop.products]
    rows += [Publication(RowKey(RowKind.VOUCHER, each.code), _encode(each)) for each in shop.vouchers]
    opened.authority.publish(rows)
    people = iter(shop.members)
    with bar("bringing in", count) as tell:
        done = 0
        while chunk := list(islice(people, _CHUNK)):
            opened.authority.bring_in(chunk)
            done += len(chunk)
            tell(done)
