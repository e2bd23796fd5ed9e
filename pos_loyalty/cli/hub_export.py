"""``pos-loyalty hub export``."""

from functools import partial
from pathlib import Path

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples


@click.command(
    epilog=examples(
        "pos-loyalty hub export 0197a1 > member.json", "pos-loyalty hub export 0197a1 --archive /srv/archive"
    )
)
@click.argument("member_id", metavar="MEMBER")
@click.option(
    "--archive",
    "archive_path",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="With what is in the files of this archive.",
)
@hub_config_option
@click.pass_context
def export(ctx: click.Context, member_id: str, archive_path: Path | None, config_path: Path | None) -> None:
    """Write all that the hub has of MEMBER, as one JSON document.

    The document, the points with every movement, every event, and the tills that were visited; of one who was merged,
    all that is of the one person. It goes through the whole log, which takes seconds per million events.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.cli.program_files import print_json  # noqa: PLC0415
    from sync.hub.archiving import opened_in  # noqa: PLC0415
    from sync.hub.exporting import export as exported  # noqa: PLC0415

    with office(config_path, is_new=False) as opened:
        found = exported(opened.store, member_id, partial(opened_in, folder=archive_path) if archive_path else None)
    if found is None:
        click.echo(f"nobody here has the id {member_id}: look it up with pos-loyalty member search", err=True)
        ctx.exit(Exit.REFUSED)
    print_json(found)
