"""``pos-loyalty hub check``."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples

if TYPE_CHECKING:
    from sync.hub.hub_store import Reading


@click.command(epilog=examples("pos-loyalty hub check", "pos-loyalty hub check --archive /srv/archive"))
@click.option(
    "--archive",
    "archive_path",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Check the files of this archive as well.",
)
@hub_config_option
@click.pass_context
def check(ctx: click.Context, archive_path: Path | None, config_path: Path | None) -> None:
    """Check that what the hub keeps does not contradict itself; it keeps nobody waiting.

    Numbers of every partition without a gap, every event at its place and as it came, rows under numbers that were
    given, checksums, scopes, and a ledger that sums to zero whose lots are its balances. Then what a person should look
    at: identifiers that name two members, events that were put aside, vouchers that were good twice, sales that come
    out otherwise, tills that are not heard of while points are set aside for them, and names in [allowance] that
    nothing here has. Ends with 1 if anything contradicts.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.cli.program_files import plain  # noqa: PLC0415
    from sync.hub import archiving, audit  # noqa: PLC0415
    from sync.hub.allowances import held_back, unmet  # noqa: PLC0415
    from sync.hub.namesakes import namesakes  # noqa: PLC0415
    from sync.hub.reevaluation import differences  # noqa: PLC0415

    checks: dict[str, Callable[[Reading], Iterator[str]]] = {
        "numbers": audit.numbers,
        "events": audit.events,
        "rows": audit.rows,
        "checksums": audit.checksums,
        "scopes": audit.scopes,
        "ledger": audit.ledger,
    }
    if archive_path:
        checks["archive"] = partial(archiving.faults, folder=archive_path)
    faults: list[str] = []
    with office(config_path, is_new=False) as opened, opened.store.reading() as reading:
        with click.progressbar(checks.items(), label="checks", file=sys.stderr, length=len(checks)) as bar:
            for _, look in bar:
                faults += look(reading)
        twice, aside, losses, other = (
            namesakes(reading),
            len(reading.quarantine()),
            len(reading.losses()),
            differences(reading),
        )
        shop = opened.authority.shop(reading)
        back = held_back(reading, shop.local_now)
        idle = unmet(opened.allowances, reading.terminals(), shop.programs.programs)
    for fault in faults:
        click.echo(plain(f"wrong: {fault}"))
    for each in twice:
        # A till chooses the ids of members.
        click.echo(plain(f"a {each.kind} names {' and '.join(each.members)}: one person? pos-loyalty hub member merge"))
    for terminal_id, found in back.items():
        since = datetime.fromtimestamp(found.since_ms / 1_000, UTC)
        said = f"points of {found.members} members are set aside for {terminal_id}, which has not told everything since"
        click.echo(plain(f"{said} {since:%Y-%m-%d}: is it gone? pos-loyalty hub revoke {terminal_id}"))
    for terminal_id in idle.terminals:
        click.echo(plain(f"[allowance] terminals: {terminal_id} is not enrolled: is that its name?"))
    for account in idle.accounts:
        click.echo(plain(f"[allowance] most: no program has an account {account}: is that its name?"))
    click.echo(f"{aside} events put aside")
    click.echo(f"{losses} vouchers good twice")
    click.echo(f"{len(other)} sales come out otherwise, {sum(each.exact for each in other)} of them for certain")
    click.echo(f"{len(faults)} faults" if faults else "nothing contradicts itself")
    ctx.exit(Exit.REFUSED if faults else Exit.OK)
