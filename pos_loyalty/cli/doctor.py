"""``pos-loyalty doctor``."""

import sys
from pathlib import Path

import click

from pos_loyalty.cli.options import config_option, examples, json_option


@click.command(
    epilog=examples(
        "pos-loyalty doctor",
        "sudo -u pos-loyalty pos-loyalty doctor",
        "pos-loyalty doctor --config ./pos.toml --json",
        "pos-loyalty doctor --latency",
    )
)
@config_option
@json_option
@click.option("--latency", is_flag=True, help="Measure scans at the till instead: from the first byte to the screen.")
@click.option("--scans", default=5, show_default=True, type=click.IntRange(1, 100), help="How many, with --latency.")
def doctor(config_path: Path | None, *, as_json: bool, latency: bool, scans: int) -> None:
    """Find out what is wrong with this till, and what to do.

    Looks at the program, the configuration, the store, the readers, the service and this terminal, and changes
    nothing. Best run as the user of the service; as root it also sees which programs hold a reader. The exit code is
    0 if all is well and 1 if there is something to do.
    """
    # Here, so that --help need not wait for a database.
    if latency:
        from pos_loyalty.cli.latency import measure  # noqa: PLC0415

        sys.exit(measure(config_path, scans, as_json=as_json))
    from pos_loyalty.cli.examination import examine, report  # noqa: PLC0415

    sys.exit(report(list(examine(config_path)), as_json=as_json))
