"""``pos-loyalty serve``."""

import asyncio
import logging
import sys
from pathlib import Path

import click

from pos_loyalty.cli.options import config_option, examples


@click.command(epilog=examples("pos-loyalty serve", "pos-loyalty serve --config ./pos.toml"))
@config_option
def serve(config_path: Path | None) -> None:
    """Run the till service.

    It owns the readers, the store and the socket of the local API, and ends on SIGTERM or SIGINT after finishing
    what it was asked. It tells systemd when it is ready and beats its watchdog. It logs to standard error, and never
    a name, a number or a note.
    """
    # Here, so that --help need not wait for a database and a web server.
    from pos_loyalty.cli.till_service import run  # noqa: PLC0415
    from pos_loyalty.config import find, load  # noqa: PLC0415
    from pos_loyalty.service.notify import SystemdNotifier  # noqa: PLC0415

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(run(load(find(config_path)), SystemdNotifier()))
