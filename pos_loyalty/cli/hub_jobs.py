"""``pos-loyalty hub jobs``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples

if TYPE_CHECKING:
    from pos_loyalty.cli.hub_opening import Office
    from sync.hub.jobs.night import Plan


@click.command(
    epilog=examples(
        "pos-loyalty hub jobs             what is due; a timer runs it every night",
        "pos-loyalty hub jobs --status    which night was the last, and which are due",
        "pos-loyalty hub jobs --dry-run   the same, and ends with 1 if any is due",
        "pos-loyalty hub jobs --now       tonight's again, although it was made",
    )
)
@click.option("--now", "is_again", is_flag=True, help="Make today's night again, too: it does nothing twice.")
@click.option("--dry-run", is_flag=True, help="Say which nights are due, and make none.")
@click.option("--status", is_flag=True, help="Say which night was the last, and make none.")
@click.option("--yes", is_flag=True, help="Make up for more than 14 nights: the clock is right.")
@hub_config_option
@click.pass_context
def jobs(
    ctx: click.Context, config_path: Path | None, *, is_again: bool, dry_run: bool, status: bool, yes: bool
) -> None:
    """Make the nights that are due, in the zone of the programs.

    Points are set aside for tills, and given back; pending points become available, tiers are looked at, points expire,
    and tiers are looked at again; what erased members said is taken out of the log; rows leave the scopes of stores
    that have not seen them for long; holds whose time is over are given back; sales are priced again. Each day has one
    night, whatever the clock does; nights that were missed are made up for, one by one. It may be stopped at any time,
    and run twice at once.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.service.clock import RandomIds  # noqa: PLC0415
    from sync.hub.jobs.night import Nights  # noqa: PLC0415
    from sync.hub.office import Office as Teller  # noqa: PLC0415

    with office(config_path, is_new=False) as opened:
        teller = Teller(opened.authority, opened.store, RandomIds())
        nights = Nights(opened.store, opened.authority, teller, opened.allowances)
        plan = nights.plan()
        click.echo(_said(plan))
        if status or dry_run:
            ctx.exit(Exit.REFUSED if dry_run and plan.days else Exit.OK)
        if plan.is_far_ahead and not yes:
            click.echo(f"{len(plan.days)} nights are due: is the clock right? If it is: --yes", err=True)
            ctx.exit(Exit.REFUSED)
        days = plan.days or ((plan.today,) if is_again else ())
        for day in days:
            told = [step.told for step in nights.run(day)]
            click.echo(f"{day}: {told[-1]} events")
        click.echo(f"{opened.authority.time_out_holds()} holds timed out, {_priced_again(opened)} sales priced again")


def _said(plan: "Plan") -> str:
    due = f"{len(plan.days)} due, to {plan.today}" if plan.days else "none due"
    if plan.last is None:
        return f"no night yet; {due}"
    ended = datetime.fromtimestamp(plan.last.ended_ms / 1_000, UTC)
    return f"last night {plan.last.day}, made {ended:%Y-%m-%d %H:%M} UTC; {due}"


def _priced_again(opened: "Office") -> int:
    from sync.hub.reevaluation import reevaluate  # noqa: PLC0415 - as above

    with opened.store.reading() as reading:
        shop = opened.authority.shop(reading)
    return sum(reevaluate(opened.store, shop))
