"""Groups of commands that say of each what it does, in a whole sentence."""

import click

_NO_LIMIT = 1000
"""Characters; a first sentence is a tenth of it."""


class Commands(click.Group):
    """Lists its commands with the first sentence of each; click breaks it off at the width of the terminal."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list."""
        rows = [
            (name, command.get_short_help_str(_NO_LIMIT))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
