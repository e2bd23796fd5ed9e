"""``pos-loyalty hub enrol``, ``terminals``, ``revoke`` and ``epoch``."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_options import hub_config_option
from pos_loyalty.cli.options import examples, json_option

_MINUTE_MS: Final = 60_000
_HEADINGS: Final = ("till", "store", "label", "scope", "key", "enrolled", "last here", "events", "")


@click.command(
    epilog=examples(
        "pos-loyalty hub enrol --store 7 --label 'counter by the door'",
        "pos-loyalty hub enrol --store 7 --label 'new machine' --terminal till-3",
        "pos-loyalty hub enrol --store 7 --label 'counter by the window' --scope store",
    )
)
@click.option("--store", "store_id", metavar="STORE", required=True, help="Which store the till stands in.")
@click.option("--label", metavar="TEXT", default="", help="What the office calls it.")
@click.option(
    "--terminal", "terminal_id", metavar="ID", default="", help="Only this till, even if its name has another key now."
)
@click.option(
    "--scope",
    "scope",
    metavar="SCOPE",
    default="all",
    show_default=True,
    help="Which rows it gets: store, region:NAME or all.",
)
@json_option
@hub_config_option
def enrol(store_id: str, label: str, terminal_id: str, scope: str, config_path: Path | None, *, as_json: bool) -> None:
    """Make a one-time code by which one till gets its place.

    The code is good for fifteen minutes and for one till. On the till: pos-loyalty enrol CODE. Compare the fingerprint
    that the till shows with the one of hub terminals.
    """
    from pos_loyalty.cli.hub_config import address_of  # noqa: PLC0415 - so that --help need not wait for a database
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415
    from pos_loyalty.cli.hub_scope import scope_names  # noqa: PLC0415
    from pos_loyalty.cli.program_files import print_json  # noqa: PLC0415
    from sync.hub.enrolment import is_terminal_name  # noqa: PLC0415

    if terminal_id and not is_terminal_name(terminal_id):
        raise click.BadParameter(f"{terminal_id!r} is the name of no till: see pos-loyalty hub terminals")
    with office(config_path) as opened:
        name = scope_names(opened, scope, {store_id})[store_id]
        invited = opened.enrolment.invite(store_id, label, terminal_id, name)
        minutes = round((invited.until_ms - opened.clock.now().timestamp() * 1_000) / _MINUTE_MS)
        address = address_of(opened.file)
    if as_json:
        print_json({"code": invited.code, "hub": address, "until_ms": invited.until_ms})
        return
    click.echo(f"code  {invited.code}")
    click.echo(f"hub   {address}")
    click.echo(f"good for {minutes} minutes and one till: pos-loyalty enrol {invited.code}")


@click.command(epilog=examples("pos-loyalty hub terminals", "pos-loyalty hub terminals --json"))
@json_option
@hub_config_option
def terminals(config_path: Path | None, *, as_json: bool) -> None:
    """List the tills.

    Of each: its name, store and label, whose rows it gets, the fingerprint of its key, when it was enrolled and last
    here, the number of its newest event, and whether it was revoked. Times are UTC.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above
    from pos_loyalty.cli.program_files import print_json  # noqa: PLC0415
    from sync.hub.web.attendance import last_heard  # noqa: PLC0415
    from sync.signing import fingerprint  # noqa: PLC0415

    with office(config_path, is_new=False) as opened:
        tills = opened.enrolment.terminals()
        heard = last_heard(opened.store)
    rows: list[dict[str, Any]] = [
        {
            "terminal_id": till.terminal_id,
            "store_id": till.store_id,
            "label": till.label,
            "scope": till.scope or "all",
            "fingerprint": fingerprint(till.public_key),
            "enrolled_ms": till.enrolled_ms,
            "heard_ms": heard.get(till.terminal_id),
            "last_seq": till.last_seq,
            "revoked_ms": till.revoked_ms,
        }
        for till in tills
    ]
    if as_json:
        print_json({"terminals": rows})
        return
    _print_table([_HEADINGS, *(_cells(row) for row in rows)])


@click.command(epilog=examples("pos-loyalty hub revoke till-3"))
@click.argument("terminal_id", metavar="TILL")
@hub_config_option
def revoke(terminal_id: str, config_path: Path | None) -> None:
    """Serve a till no more.

    It is told so when it asks next, and keeps what it has not brought yet. A stolen till gets nothing from then on. It
    comes back by a new code. Points that were set aside for it are its members' again after the next night: if it still
    sells, some may then be spent twice. Ends with 1 if there is no such till, or it is revoked already.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above

    with office(config_path, is_new=False) as opened:
        was_served = opened.authority.revoke(terminal_id)
    if not was_served:
        click.echo(f"{terminal_id}: no till of that name is served; see pos-loyalty hub terminals", err=True)
        sys.exit(Exit.REFUSED)
    click.echo(f"{terminal_id} is served no more")


@click.command(epilog=examples("pos-loyalty hub epoch", "pos-loyalty hub epoch --yes"))
@click.option("--yes", is_flag=True, help="Do not ask.")
@hub_config_option
def epoch(config_path: Path | None, *, yes: bool) -> None:
    """Begin a new epoch, after the database was put back to an older state.

    Every till then offers what was acknowledged in the last 35 days once more, and takes anew what it is not sure of.
    Nothing is lost or doubled by it; it costs traffic. Stop the hub before, and start it afterwards.
    """
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415 - as above

    if not yes:
        click.confirm("Was the database put back to an older state, and is the hub stopped?", abort=True)
    with office(config_path, is_new=False) as opened:
        name = opened.authority.begin_epoch()
    click.echo(f"epoch {name} has begun")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["terminal_id"],
        row["store_id"],
        row["label"],
        row["scope"],
        row["fingerprint"],
        _moment(row["enrolled_ms"]),
        _moment(row["heard_ms"]),
        str(row["last_seq"]),
        "" if row["revoked_ms"] is None else f"revoked {_moment(row['revoked_ms'])}",
    )


def _moment(at_ms: int | None) -> str:
    return "never" if not at_ms else f"{datetime.fromtimestamp(at_ms / 1_000, UTC):%Y-%m-%d %H:%M}"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    from pos_loyalty.cli.program_files import plain  # noqa: PLC0415 - as above

    rows = [tuple(map(plain, row)) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
