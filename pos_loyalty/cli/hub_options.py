"""What the commands of the hub share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

hub_config_option: Final = click.option(
    "--config",
    "config_path",
    metavar="FILE",
    # As of the till's: a file that cannot be read is a wrong configuration (78), and no wrong command line.
    type=click.Path(path_type=Path, readable=False),
    help="The hub's configuration; /etc/pos-loyalty/hub.toml if not given.",
)


@contextmanager
def bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error; yields what is told how much is done by now."""
    done = 0
    with click.progressbar(length=max(1, length), label=label, file=sys.stderr) as shown:

        def tell(now_done: int) -> None:
            nonlocal done
            shown.update(now_done - done)
            done = now_done

        yield tell
