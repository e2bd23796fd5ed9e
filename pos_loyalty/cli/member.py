"""``pos-loyalty member``."""

from pathlib import Path

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import examples, json_option, service_options


@click.group(
    cls=Commands,
    epilog=examples(
        "pos-loyalty member search rezaei",
        "pos-loyalty member show PL-1001",
        'pos-loyalty member note PL-1001 "Prefers the fitting room by the window"',
    ),
)
def member() -> None:
    """Look up members and write in the client book."""


@member.command("show", epilog=examples("pos-loyalty member show --json PL-1001"))
@service_options
@json_option
@click.argument("who", metavar="ID|CODE")
def _show(socket: Path | None, config_path: Path | None, who: str, *, as_json: bool) -> None:
    """Print one member's document."""
    # Here and below, so that --help need not wait for the client.
    from pos_loyalty.cli.connection import ask, socket_of  # noqa: PLC0415
    from pos_loyalty.cli.lookup import show  # noqa: PLC0415

    ask(socket_of(socket, config_path), lambda till: show(till, who, as_json=as_json))


@member.command("search", epilog=examples('pos-loyalty member search "emi car"'))
@service_options
@json_option
@click.argument("text")
def _search(socket: Path | None, config_path: Path | None, text: str, *, as_json: bool) -> None:
    """Find members by the beginnings of their names, in any spelling, or by phone."""
    from pos_loyalty.cli.connection import ask, socket_of  # noqa: PLC0415
    from pos_loyalty.cli.lookup import search  # noqa: PLC0415

    ask(socket_of(socket, config_path), lambda till: search(till, text, as_json=as_json))


@member.command("note", epilog=examples('pos-loyalty member note PL-1001 "Prefers the fitting room by the window"'))
@service_options
@json_option
@click.argument("who", metavar="ID|CODE")
@click.argument("text")
def _note(socket: Path | None, config_path: Path | None, who: str, text: str, *, as_json: bool) -> None:
    """Write TEXT in the client book."""
    from pos_loyalty.cli.connection import ask, socket_of  # noqa: PLC0415
    from pos_loyalty.cli.lookup import note  # noqa: PLC0415

    ask(socket_of(socket, config_path), lambda till: note(till, who, text, as_json=as_json))
