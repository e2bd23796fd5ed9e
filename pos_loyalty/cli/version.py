"""``pos-loyalty version``."""

import platform

import click

from pos_loyalty import __version__
from pos_loyalty.cli.options import examples
from pos_loyalty.store.linked_sqlite import linked_version


@click.command(epilog=examples("pos-loyalty version"))
def version() -> None:
    """Print the versions of the program, Python and SQLite."""
    click.echo(f"pos-loyalty {__version__}")
    click.echo(f"Python {platform.python_version()}")
    click.echo(f"SQLite {'.'.join(map(str, linked_version()))}")
