"""``pos-loyalty hub``: its commands by name, loaded when used."""

import importlib
from typing import Final

import click

from pos_loyalty.cli.options import examples

HUB_COMMANDS: Final = {
    "serve": ("hub_serve", "Serve tills until SIGTERM or SIGINT."),
    "enrol": ("hub_tills", "Make a one-time code by which one till gets its place."),
    "terminals": ("hub_tills", "List the tills."),
    "revoke": ("hub_tills", "Serve a till no more."),
    "scope": ("hub_scope", "Say which rows tills get: of their store, of their region, or all."),
    "publish": ("hub_publish", "Put out programs and products."),
    "bring-in": ("hub_publish", "Take members over from elsewhere, with their points."),
    "sample": ("hub_sample", "Put the sample shop into an empty hub, to try it."),
    "member": ("hub_member", "Merge members, part them, and erase them."),
    "jobs": ("hub_jobs", "Make the nights that are due, in the zone of the programs."),
    "check": ("hub_check", "Check that what the hub keeps does not contradict itself; it keeps nobody waiting."),
    "archive": ("hub_archive", "Put old events into files of FOLDER, a month each."),
    "export": ("hub_export", "Write all that the hub has of MEMBER, as one JSON document."),
    "snapshot": ("hub_snapshot", "Prepare a replica that new tills fetch as one file."),
    "epoch": ("hub_tills", "Begin a new epoch, after the database was put back to an older state."),
}
"""Command to its module and the first line of its help; written out here so that ``--help`` loads none of them."""


class HubCommands(click.Group):
    """A group whose commands live in modules of this package, under their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names in the order of the table."""
        return list(HUB_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import the command."""
        if cmd_name not in HUB_COMMANDS:
            return None
        module = f"pos_loyalty.cli.{HUB_COMMANDS[cmd_name][0]}"
        command = getattr(importlib.import_module(module), cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}: {cmd_name} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list from the table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in HUB_COMMANDS.items()])


@click.group(
    cls=HubCommands,
    epilog=examples(
        "pos-loyalty hub serve --config /etc/pos-loyalty/hub.toml",
        "pos-loyalty hub enrol --store 7 --label 'counter by the door'",
        "pos-loyalty hub terminals",
    ),
)
def hub() -> None:
    """Run the central CRM, and look after its tills, programs and members."""
