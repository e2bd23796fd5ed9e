"""``pos-loyalty scan``."""

import sys
from pathlib import Path

import click

from pos_loyalty.cli.options import examples, json_option, service_options


@click.command(
    epilog=examples(
        "pos-loyalty scan PL-1001",
        "pos-loyalty scan --ask 2000000000015",
        "pos-loyalty scan --json +989101234567",
        "pos-loyalty scan --image card.jpeg",
        "pos-loyalty scan - < pass.txt",
    )
)
@service_options
@json_option
@click.option("--ask", is_flag=True, help="Only say whom it names; nothing changes at the till.")
@click.option(
    "--image",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the code from a picture.",
)
@click.argument("code", metavar="[CODE]", required=False)
def scan(
    socket: Path | None, config_path: Path | None, code: str | None, *, as_json: bool, ask: bool, image: Path | None
) -> None:
    """Act as if CODE had been scanned at the till.

    With - it comes from standard input. Prints whom or what it names, then what the till shows. The exit code is 0 if
    it names one member or a product, and 1 if it names nobody or several people, or was refused. Of several codes in a
    picture none is scanned; each is told, and the exit code is 1.
    """
    if (code is None) == (image is None):
        raise click.UsageError("expected either CODE or --image")
    # Here, so that --help need not wait for the client, nor a code for zxing-cpp.
    from pos_loyalty.cli.connection import ask as question  # noqa: PLC0415
    from pos_loyalty.cli.connection import socket_of  # noqa: PLC0415
    from pos_loyalty.cli.scanning import scanned  # noqa: PLC0415

    place = socket_of(socket, config_path)
    if image is None:
        text = sys.stdin.readline().rstrip("\r\n") if code == "-" else code or ""
        sys.exit(question(place, lambda till: scanned(till, text, ask=ask, as_json=as_json)))
    from pos_loyalty.cli.scan_picture import codes_in, scanned_all  # noqa: PLC0415

    codes = codes_in(image)
    sys.exit(question(place, lambda till: scanned_all(till, codes, ask=ask, as_json=as_json)))
