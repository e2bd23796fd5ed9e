"""``pos-loyalty hub member``: what only the office does with members."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples

if TYPE_CHECKING:
    from pos_loyalty.cli.hub_opening import Office
    from pos_loyalty.core.event_bodies import Body


@click.group(
    epilog=examples(
        "pos-loyalty hub member merge 0197a1 0197b2      0197a1 is part of 0197b2 from now on",
        "pos-loyalty hub member unmerge 0197a1 0197b2",
        "pos-loyalty hub member erase 0197a1",
    )
)
def member() -> None:
    """Merge members, part them, and erase them."""


@member.command(epilog=examples("pos-loyalty hub member merge 0197a1 0197b2"))
@click.argument("member_id", metavar="MEMBER")
@click.argument("target", metavar="TARGET")
@hub_config_option
@click.pass_context
def merge(ctx: click.Context, member_id: str, target: str, config_path: Path | None) -> None:
    """Make MEMBER part of TARGET: they are one person.

    Points, cards, notes, visits, purchases and vouchers are TARGET's from now on; what only one can have is TARGET's
    own. Tills that have not heard go on under the old name, and lose nothing. It can be undone: hub member unmerge.
    """
    from pos_loyalty.core.event_bodies import MemberMerged  # noqa: PLC0415 - so that --help need not wait

    _tell(ctx, config_path, MemberMerged(target=target), member_id)


@member.command(epilog=examples("pos-loyalty hub member unmerge 0197a1 0197b2"))
@click.argument("member_id", metavar="MEMBER")
@click.argument("target", metavar="TARGET")
@hub_config_option
@click.pass_context
def unmerge(ctx: click.Context, member_id: str, target: str, config_path: Path | None) -> None:
    """Part MEMBER from TARGET: they were two after all.

    Each gets back what is theirs, with what came in under their own name meanwhile; of the points what is left of
    them.
    """
    from pos_loyalty.core.event_bodies import MemberUnmerged  # noqa: PLC0415 - as above

    _tell(ctx, config_path, MemberUnmerged(target=target), member_id)


@member.command(epilog=examples("pos-loyalty hub member erase 0197a1", "pos-loyalty hub member erase 0197a1 --yes"))
@click.argument("member_id", metavar="MEMBER")
@click.option("--yes", is_flag=True, help="Do not ask.")
@hub_config_option
@click.pass_context
def erase(ctx: click.Context, member_id: str, config_path: Path | None, *, yes: bool) -> None:
    """Forget MEMBER, and whoever was merged with them. It cannot be undone.

    The document goes, on the hub and with the next pull on every till; names, numbers and notes go out of the log, and
    nobody can read them in an archive any more. Sales and points stay, under an id that names nobody.
    docs/howto/erase-a-member.md says what else has copies.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above
    from pos_loyalty.core.event_bodies import MemberErased  # noqa: PLC0415
    from sync.hub.erasing import forget  # noqa: PLC0415

    if not yes and not click.confirm("This cannot be undone. Forget the member?", err=True):
        ctx.exit(Exit.REFUSED)
    with office(config_path, is_new=False) as opened:
        _push(ctx, opened, MemberErased(), member_id)
        *_, emptied = (0, *forget(opened.store))
    click.echo(f"{emptied} events were emptied; prepare a new replica for new tills: pos-loyalty hub snapshot")


def _tell(ctx: click.Context, config_path: Path | None, body: "Body", member_id: str) -> None:
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above

    with office(config_path, is_new=False) as opened:
        _push(ctx, opened, body, member_id)
    click.echo("done; tills hear of it with their next pull")


def _push(ctx: click.Context, opened: "Office", body: "Body", member_id: str) -> None:
    """Let the office tell something of a member, or end with what the hub has against it."""
    from pos_loyalty.core.events import Draft  # noqa: PLC0415 - as above
    from pos_loyalty.core.ids import part_of  # noqa: PLC0415
    from pos_loyalty.core.verdicts import Outcome  # noqa: PLC0415
    from pos_loyalty.service.clock import RandomIds  # noqa: PLC0415
    from sync.hub.exporting import is_known  # noqa: PLC0415
    from sync.hub.office import Office as Teller  # noqa: PLC0415

    unknown = [each for each in (member_id, getattr(body, "target", member_id)) if not is_known(opened.store, each)]
    if unknown:
        click.echo(f"nobody here has the id {unknown[0]}: look it up with pos-loyalty member search", err=True)
        ctx.exit(Exit.REFUSED)
    ids = RandomIds()
    draft = Draft(
        event_id=ids(), occurred_at=opened.clock.now(), body=body, member_id=member_id, part=part_of(member_id)
    )
    (verdict,) = Teller(opened.authority, opened.store, ids).tell([draft])
    if verdict.outcome is Outcome.QUARANTINED:
        with opened.store.reading() as reading:
            reasons = [each.reason for each in reading.quarantine() if each.event.event_id == draft.event_id]
        click.echo(f"the hub does not take that: {', '.join(reasons)}", err=True)
        ctx.exit(Exit.REFUSED)
