"""``pos-loyalty programs``."""

import sys
from pathlib import Path
from typing import Final

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import examples, json_option

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_products_option: Final = click.option(
    "--products", metavar="FILE", type=_FILE, help="The products of the shop: a products file or a price document."
)
_current_option: Final = click.option("--current", metavar="FILE", type=_FILE, help="The programs that are in force.")
_zone_option: Final = click.option("--zone", metavar="NAME", help="Time zone of the store, such as Asia/Tehran.")


@click.group(
    cls=Commands,
    epilog=examples(
        "pos-loyalty programs check programs.toml --products products.toml",
        "pos-loyalty programs simulate draft.toml --current programs.toml --baskets last-month.jsonl",
        "pos-loyalty programs schema > programs.schema.json",
    ),
)
def programs() -> None:
    """Check programs before they are published, and try them on baskets of the past."""


@programs.command("check", epilog=examples("pos-loyalty programs check programs.toml --products products.toml"))
@click.argument("file", metavar="FILE", type=_FILE)
@_current_option
@_products_option
@click.option("--baskets", metavar="FILE", type=_FILE, help="Past baskets: which products sell.")
@click.option("--yearly-spend", type=click.IntRange(min=1), help="What a good customer spends a year, in minor units.")
@click.option(
    "--yearly-orders", type=click.IntRange(min=1), default=12, show_default=True, help="In how many purchases."
)
@click.option(
    "--share",
    type=click.IntRange(1, 100),
    default=40,
    show_default=True,
    help="Percent of a price that rewards together may take.",
)
@_zone_option
@json_option
def _check(  # noqa: PLR0913 - one for each option, as click calls it
    file: Path,
    *,
    current: Path | None,
    products: Path | None,
    baskets: Path | None,
    yearly_spend: int | None,
    yearly_orders: int,
    share: int,
    zone: str | None,
    as_json: bool,
) -> None:
    """Look for programs that give goods away, and for rewards nobody can have.

    With --current the programs in force join in, but for those that FILE replaces. FILE is TOML, or JSON if its name
    ends in .json. Ends with 1 if a file is wrong or an error was found; warnings and notes are listed and end with 0.
    """
    # Here and below, so that --help need not wait for the engine.
    from pos_loyalty.cli.program_checks import Knowledge, run  # noqa: PLC0415

    habits = (yearly_spend, yearly_orders) if yearly_spend else None
    known = Knowledge(current, products, baskets, habits, share, zone)
    sys.exit(run(file, known, as_json=as_json))


@programs.command(
    "simulate",
    epilog=examples(
        "pos-loyalty programs simulate draft.toml --baskets march.jsonl",
        "pos-loyalty programs simulate draft.toml --baskets march.jsonl --current programs.toml --eager",
    ),
)
@click.argument("draft", metavar="DRAFT", type=_FILE)
@click.option("--baskets", metavar="FILE", type=_FILE, required=True, help="Past baskets, one JSON document a line.")
@_current_option
@_products_option
@click.option("--eager", is_flag=True, help="Customers use all points and vouchers at once: the most it can cost.")
@_zone_option
@json_option
def _simulate(
    draft: Path,
    *,
    baskets: Path,
    current: Path | None,
    products: Path | None,
    zone: str | None,
    eager: bool,
    as_json: bool,
) -> None:
    """Replay past baskets through a draft: what it costs, which points it issues, who gains and who loses.

    Programs of the draft take the place of the current ones that have the same name. Nothing is written anywhere.
    """
    from pos_loyalty.cli.program_simulation import Past, run  # noqa: PLC0415

    sys.exit(run(draft, current, Past(baskets, products, zone), eager=eager, as_json=as_json))


@programs.command("schema", epilog=examples("pos-loyalty programs schema > programs.schema.json"))
def _schema() -> None:
    """Print the JSON Schema of a programs file, for editors."""
    import json  # noqa: PLC0415

    from pos_loyalty.core.programs.reading import schema  # noqa: PLC0415

    click.echo(json.dumps(schema(), indent=1, ensure_ascii=False))
