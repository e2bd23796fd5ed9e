"""The program ``pos-loyalty``: its commands by name, loaded when used, and its errors as sentences."""

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import Any, Final

import click

from pos_loyalty.cli.exits import Exit, exit_for
from pos_loyalty.cli.options import examples
from pos_loyalty.errors import PosLoyaltyError

COMMANDS: Final = {
    "demo": "Show a till with a sample shop and a virtual scanner.",
    "serve": "Run the till service.",
    "tui": "Open the screen in this terminal.",
    "scan": "Act as if CODE had been scanned at the till.",
    "decode": "Say what readings are: members, products, telephone numbers, or why they are nothing.",
    "reader": "List the readers of this till, watch them, and record and replay what they send.",
    "price": "Say what a basket costs and earns, and why, from one document.",
    "programs": "Check programs before they are published, and try them on baskets of the past.",
    "member": "Look up members and write in the client book.",
    "pass": "Issue, verify and revoke member passes, and keep the keys that sign them.",
    "card": "Print member cards: PNG or PDF in the size of a bank card, or ten on a sheet.",
    "enrol": "Give this till its place at the hub, with the one-time code that the office was shown.",
    "sync": "See how the till and its hub are, ask now, and look after events that were put aside.",
    "hub": "Run the central CRM, and look after its tills, programs and members.",
    "doctor": "Find out what is wrong with this till, and what to do.",
    "sim": "Try the sync: tills and a hub in one process, with every fault there is, by a seed.",
    "version": "Print the versions of the program, Python and SQLite.",
}
"""Command to the first line of its help; written out here so that ``--help`` loads none of them."""

_MODULES: Final = {"pass": "passes", "card": "cards", "sync": "syncing"}
"""Where a command is not called like its module: a word of Python, one that makes many, a package of ours."""


class Program(click.Group):
    """A group whose commands live in the modules of this package that have their name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names in the order of a working day, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command = getattr(importlib.import_module(f"pos_loyalty.cli.{module}"), module)
        if not isinstance(command, click.Command):
            raise TypeError(f"pos_loyalty.cli.{module}.{module} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list from the table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - the signature is click's
        """Run the command; say what went wrong in one sentence on standard error, and end with its code."""
        try:
            return super().invoke(ctx)
        except PosLoyaltyError as error:
            click.echo(f"{error.title}: {error}", err=True)
            ctx.exit(exit_for(error))
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _leave_output()
            click.echo("The disk is full: not everything could be written: make room, or write elsewhere", err=True)
            ctx.exit(Exit.DISK)


def _leave_output() -> None:
    """Write no more: what is still to be written would be tried again at the end, and fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "pos-loyalty demo                 a till to try, with a sample shop",
        "pos-loyalty serve                the till service, as systemd starts it",
        "pos-loyalty tui                  the screen",
        "pos-loyalty doctor               what is wrong, and what to do",
    ),
)
def main() -> None:
    """The client book at the counter: recognise the member, greet them by name, apply rewards, work offline."""
