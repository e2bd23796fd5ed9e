"""``pos-loyalty hub archive``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples


@click.command(epilog=examples("pos-loyalty hub archive --before 2025-01-01 /srv/archive"))
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--before", metavar="DAY", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Events received before it (UTC)."
)
@hub_config_option
def archive(folder: Path, before: datetime, config_path: Path | None) -> None:
    """Put old events into files of FOLDER, a month each, and take their content out of the database.

    Documents, points and differences stay, and every event is still known by its id. Sales that were not priced again
    yet stay as well: run hub jobs before. Read again with hub check --archive FOLDER.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.store.faults import from_os  # noqa: PLC0415
    from sync.hub.archiving import archive as archived  # noqa: PLC0415

    events = 0
    before_ms = int(before.replace(tzinfo=UTC).timestamp() * 1_000)
    with office(config_path, is_new=False) as opened:
        try:
            for file in archived(opened.store, before_ms, folder):
                events += file.events
                click.echo(f"{file.name}: {file.events} events")
        except OSError as error:
            raise from_os(error, folder) from error
    click.echo(f"{events} events archived")
