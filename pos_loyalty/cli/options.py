"""What several commands share. Light: a word of help must not load the client."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])

LANGUAGES: Final = click.Choice(["en", "fa", "ar"])

config_option = click.option(
    "--config",
    "config_path",
    metavar="FILE",
    # click would call a file that cannot be read a wrong command line (2); systemd would start it again for ever.
    type=click.Path(path_type=Path, readable=False),
    help="The configuration; /etc/pos-loyalty/pos.toml if not given.",
)
socket_option = click.option(
    "--socket", metavar="PATH", type=click.Path(path_type=Path), help="The socket of the service, instead of --config."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def service_options(command: _F) -> _F:
    """Give ``command`` the options ``--socket`` and ``--config``."""
    return socket_option(config_option(command))


def examples(*lines: str) -> str:
    """Return the end of a command's help. The backspace keeps click from running the lines together."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def has_terminal() -> bool:
    """Whether a screen can be shown. Textual draws on standard error, so that must be a terminal too."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
