"""``pos-loyalty sync``: how the line to the hub is, and what a person can do about it."""

from pathlib import Path

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import config_option, examples, json_option


@click.group(
    cls=Commands,
    epilog=examples(
        "pos-loyalty sync status",
        "pos-loyalty sync now",
        "pos-loyalty sync put-aside",
        "pos-loyalty sync release 019a7c10-0000-7000-8000-000000000001",
        "pos-loyalty sync wipe",
    ),
)
def syncing() -> None:
    """See how the till and its hub are, ask now, and look after events that were put aside."""


@syncing.command(epilog=examples("pos-loyalty sync status", "pos-loyalty sync status --json"))
@config_option
@json_option
def status(config_path: Path | None, *, as_json: bool) -> None:
    """Say whether the hub answers, how old the data is, and what waits. Exit code 1 if a person has to act."""
    from pos_loyalty.cli import sync_desk  # noqa: PLC0415 - --help need not wait for a database

    sync_desk.status(config_path, as_json=as_json)


@syncing.command(epilog=examples("pos-loyalty sync now"))
@config_option
def now(config_path: Path | None) -> None:
    """Have the service ask the hub at once, also if it was told to stop until a person has acted."""
    from pos_loyalty.cli import sync_desk  # noqa: PLC0415 - as above

    sync_desk.now(config_path)


@syncing.command("put-aside", epilog=examples("pos-loyalty sync put-aside", "pos-loyalty sync put-aside --json"))
@config_option
@json_option
def put_aside(config_path: Path | None, *, as_json: bool) -> None:
    """List the events that have no effect until a person has looked at them."""
    from pos_loyalty.cli import sync_desk  # noqa: PLC0415 - as above

    sync_desk.put_aside(config_path, as_json=as_json)


@syncing.command(epilog=examples("pos-loyalty sync release 019a7c10-0000-7000-8000-000000000001"))
@click.argument("event_id")
@config_option
def release(event_id: str, config_path: Path | None) -> None:
    """Offer an event that was put aside to the hub once more, after what was wrong with it is mended."""
    from pos_loyalty.cli import sync_desk  # noqa: PLC0415 - as above

    sync_desk.release(event_id, config_path)


@syncing.command(epilog=examples("pos-loyalty sync wipe", "pos-loyalty sync wipe --yes"))
@click.option("--lose", metavar="COUNT", type=click.IntRange(min=0), default=0, help="Lose so many events for ever.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def wipe(config_path: Path | None, *, lose: int, yes: bool) -> None:
    """Remove what this till knows of customers, its journal and its key: it is taken out of service, or sold.

    Refused while events are here that the hub does not have. Stop the service first. Files are removed, not
    overwritten: what a disk keeps of them is the business of its encryption.
    """
    from pos_loyalty.cli.sync_wiping import wipe as wipe_it  # noqa: PLC0415 - as above

    wipe_it(config_path, lose=lose, yes=yes)
