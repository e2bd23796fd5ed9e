"""``pos-loyalty demo``: a whole till on one machine, made of the same parts as a real one."""

import sys
from pathlib import Path
from typing import Literal

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import LANGUAGES, examples, has_terminal

DEFAULT_FOLDER = Path(".demo")


@click.group(
    "demo",
    cls=Commands,
    invoke_without_command=True,
    epilog=examples(
        "pos-loyalty demo",
        "pos-loyalty demo --language fa --members 100000",
        "pos-loyalty demo --headless",
        "pos-loyalty demo scan PL-1001    in a second terminal: a card at the scanner",
    ),
)
@click.option("--headless", is_flag=True, help="No screen: run three sales and print what happens.")
@click.option("--members", type=click.IntRange(5, 5_000_000), default=2_000, show_default=True, help="Sample members.")
@click.option("--language", type=LANGUAGES, default="en", show_default=True, help="Language of the shop.")
@click.option(
    "--folder",
    metavar="PATH",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the sample shop is kept.  [default: .demo; without a screen a temporary folder]",
)
@click.option("--quiet", is_flag=True, help="Nobody walks in by themselves.")
@click.pass_context
def demo(
    ctx: click.Context,
    *,
    headless: bool,
    members: int,
    language: Literal["en", "fa", "ar"],
    folder: Path | None,
    quiet: bool,
) -> None:
    """Show a till with a sample shop and a virtual scanner.

    A scanner process writes into a pseudo-terminal, the till service reads it like any port, and the screen opens in
    this terminal. Customers walk in by themselves while the till is idle. Without a terminal, or with --headless,
    three sales run by script and are printed; the exit code is 0 only if every one came out right.
    """
    if ctx.invoked_subcommand:
        ctx.obj = folder or DEFAULT_FOLDER
        return
    # Here, so that --help need not wait for a database.
    from pos_loyalty.cli.demo.show import show_headless, show_screen  # noqa: PLC0415

    if headless or not has_terminal():
        show_headless(members, language, folder)
    else:
        show_screen(members, language, folder or DEFAULT_FOLDER, walk_ins=not quiet)


@demo.command(
    "scan",
    epilog=examples(
        "pos-loyalty demo scan PL-1001",
        "pos-loyalty demo scan - < .demo/passes/reza.txt",
        "pos-loyalty demo scan --tap 04A1B2C3D40003",
        "pos-loyalty demo scan '!unplug'",
    ),
)
@click.argument("code")
@click.option("--tap", is_flag=True, help="Hold it to the contactless reader instead.")
@click.pass_obj
def _scan(folder: Path, code: str, *, tap: bool) -> None:
    """Hold CODE in front of the scanner of a running demo; - takes it from standard input.

    Known cards are PL-1001 (Persian), PL-1002 (Arabic), PL-1003 (English) and PL-2000 (two people); any product
    barcode goes into the basket. Member passes are in the folder of the demo, one of them of a member of another
    branch. !unplug and !replug pull and plug the cable.
    """
    from drivers.virtual_scanner import command  # noqa: PLC0415 - as above
    from pos_loyalty.cli.demo.place import control_of  # noqa: PLC0415 - as above

    text = sys.stdin.readline().rstrip("\r\n") if code == "-" else code
    verdict, _, why = command(control_of(folder, tap=tap), text).partition(" ")
    if verdict != "ok":
        raise click.ClickException(why)
