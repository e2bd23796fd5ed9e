"""``pos-loyalty hub serve``."""

from pathlib import Path

import click

from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples


@click.command(
    epilog=examples(
        "pos-loyalty hub serve",
        "pos-loyalty hub serve --config ./hub.toml --workers 4",
    )
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes serve.")
@hub_config_option
def serve(workers: int, config_path: Path | None) -> None:
    """Serve tills until SIGTERM or SIGINT.

    Requests that are under way are finished first, ten seconds at most. It tells systemd when it is ready, and beats
    its watchdog. It logs one line of JSON for each request to standard error, with ids and counts, never a name, a
    number, a note or a code.
    """
    # Here, so that --help need not wait for a database and a web server.
    from pos_loyalty.cli import hub_workers  # noqa: PLC0415

    hub_workers.log_as_json()
    hub_workers.run(config_path, workers)
