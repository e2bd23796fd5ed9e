"""``pos-loyalty scan``."""

import sys
from pathlib import Path

import click

from pos_loyalty.cli.options import examples, json_option, service_options


@click.command(
    epilog=examples(
        "pos-loyalty scan PL-1001", "pos-loyalty scan --ask 2000000000015", "pos-loyalty scan --json +989101234567"
    )
)
@service_options
@json_option
@click.option("--ask", is_flag=True, help="Only say whom it names; nothing changes at the till.")
@click.argument("code")
def scan(socket: Path | None, config_path: Path | None, code: str, *, as_json: bool, ask: bool) -> None:
    """Act as if CODE had been scanned at the till.

    Prints whom or what it names, then what the till shows. The exit code is 0 if it names one member or a product,
    and 1 if it names nobody or several people, or was refused.
    """
    # Here, so that --help need not wait for the client.
    from pos_loyalty.cli.connection import ask as question  # noqa: PLC0415
    from pos_loyalty.cli.connection import socket_of  # noqa: PLC0415
    from pos_loyalty.cli.scanning import scanned  # noqa: PLC0415

    sys.exit(question(socket_of(socket, config_path), lambda till: scanned(till, code, ask=ask, as_json=as_json)))
