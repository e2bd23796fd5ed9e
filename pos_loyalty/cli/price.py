"""``pos-loyalty price``."""

import sys
from pathlib import Path

import click

from pos_loyalty.cli.options import LANGUAGES, examples


@click.command(
    epilog=examples(
        "pos-loyalty price sale.json",
        "pos-loyalty price --explain --language fa sale.toml",
        "pos-loyalty price - < sale.json",
    )
)
@click.argument("file", metavar="FILE|-", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--explain", is_flag=True, help="Print it for people.")
@click.option("--language", "--lang", type=LANGUAGES, help="Of --explain.  [default: en]")
@click.option(
    "--unit", type=click.Choice(["currency", "toman"]), help="How --explain shows rials.  [default: currency]"
)
def price(file: Path, language: str | None, unit: str | None, *, explain: bool) -> None:
    """Say what a basket costs and earns, and why, from one document.

    The document has the shop, the customer and the basket: JSON, or TOML from a FILE that ends in .toml. Prints one
    JSON document: the evaluation, or what comes of each step. Needs no till and keeps nothing. The exit code is 1 if
    the document is wrong; then every fault in it is printed with its place.
    """
    if not explain and (language or unit):
        raise click.UsageError("--language and --unit belong to --explain: JSON is the same for everybody")
    # Here, so that --help need not wait for the engine.
    from pos_loyalty.cli.price_document import Reader, run  # noqa: PLC0415

    sys.exit(run(file, Reader(language or "en", unit or "currency") if explain else None))
