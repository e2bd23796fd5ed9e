"""``pos-loyalty card``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from pos_loyalty.cli.options import LANGUAGES, examples

_SYMBOLS: Final = ("qr", "ean13", "code128", "gs1-128", "pass")
_SUFFIXES: Final = (".png", ".pdf", "")


@click.command(
    "card",
    epilog=examples(
        "pos-loyalty card --shop 'Rose & Willow' --name 'Ms Carter' --code PL-1001 card.pdf",
        "pos-loyalty card --shop 'گل' --language fa --symbol ean13 --sheets cards.pdf < members.csv",
        "pos-loyalty card --shop 'Rose & Willow' --symbol pass --keys passes cards < members.jsonl",
    ),
)
@click.option("--shop", required=True, help="The name of the shop, as it stands on the card.")
@click.option(
    "--symbol", type=click.Choice(_SYMBOLS), default="qr", show_default=True, help="What readers read from the card."
)
@click.option("--member", metavar="ID", default="", help="The id of the member; a pass needs it.")
@click.option("--name", default="", help="The name of the member. Without it the cards come from standard input.")
@click.option("--tier", default="", help="The tier, as it stands on the card.")
@click.option("--code", default="", help="The code of the card.")
@click.option("--instance", default="", help="Of a GSRN, the number of this card among the member's (AI 8019).")
@click.option("--language", type=LANGUAGES, default="en", show_default=True, help="Decides sides and digits.")
@click.option("--sheets", is_flag=True, help="Ten cards on a sheet of A4, with crop marks.")
@click.option(
    "--font",
    "fonts",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="TrueType font; of several each text takes the first that has its letters.  [default: DejaVu or Noto]",
)
@click.option(
    "--keys",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the keys that sign passes.",
)
@click.option(
    "--expires",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the passes.  [default: 365 days]",
)
@click.option(
    "--base",
    type=click.Choice(["45", "32"]),
    default="45",
    show_default=True,
    help="Of the signs of passes: 32 for scanners that type under a foreign keyboard layout.",
)
@click.option("--link-domain", metavar="DOMAIN", default="id.gs1.org", show_default=True, help="Of links with a GSRN.")
@click.argument("output", type=click.Path(path_type=Path))
def cards(  # noqa: PLR0913 - one for each option, as click calls it
    output: Path,
    *,
    shop: str,
    symbol: str,
    member: str,
    name: str,
    tier: str,
    code: str,
    instance: str,
    language: str,
    sheets: bool,
    fonts: tuple[Path, ...],
    keys: Path | None,
    expires: datetime | None,
    base: str,
    link_domain: str,
) -> None:
    """Print member cards: PNG or PDF in the size of a bank card, or ten on a sheet.

    OUTPUT is a .png for one page, a .pdf, or a folder for a PNG of each page. One card is described by the options;
    many come from standard input as JSON lines or as CSV with a first line of names, with the fields member_id, name,
    tier, code and instance. If one of them cannot be printed, nothing is written and the exit code is 1.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise click.UsageError(f"{output}: expected a file that ends with .png or .pdf, or a folder")
    if (symbol == "pass") != (keys is not None):
        raise click.UsageError("--keys and --symbol pass belong together")
    # Here, so that --help need not wait for Pillow.
    from pos_loyalty.cli import card_desk, card_rows  # noqa: PLC0415

    if name:
        rows = [("", card_rows.Row(member_id=member, name=name, tier=tier, code=code, instance=instance))]
    elif any((member, tier, code, instance)):
        raise click.UsageError("--name is missing: it belongs to every card")
    else:
        rows = card_rows.given()
    job = card_desk.Job(
        shop=shop,
        symbol=symbol,
        language=language,
        fonts=fonts,
        keys=keys,
        last_day=expires.date() if expires else None,
        base=base,
        link_domain=link_domain.lower(),
    )
    sys.exit(card_desk.print_cards(job, rows, output, in_sheets=sheets))
