"""``pos-loyalty tui``."""

import sys
from pathlib import Path

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.options import LANGUAGES, examples, has_terminal, service_options


@click.command(
    epilog=examples(
        "pos-loyalty tui",
        "pos-loyalty tui --language fa",
        "pos-loyalty tui --socket /run/pos-loyalty/api.sock --bidi terminal",
    )
)
@service_options
@click.option("--language", type=LANGUAGES, help="Language of the screen; that of the configuration if not given.")
@click.option(
    "--bidi",
    type=click.Choice(["auto", "app", "terminal", "off"]),
    help="Who puts right-to-left lines in order; as in the configuration if not given.",
)
def tui(socket: Path | None, config_path: Path | None, language: str | None, bidi: str | None) -> None:
    """Open the screen in this terminal.

    It is a client of the till service: it may be closed, opened twice or run over SSH, and it waits for a service
    that is not there yet. The keys are on the screen.
    """
    if not has_terminal():
        raise click.ClickException("the screen needs a terminal on standard input, output and error")
    # Here, so that --help need not wait for Textual.
    from pos_loyalty.config import ScreenConfig, find, load  # noqa: PLC0415
    from tui.app import TillApp  # noqa: PLC0415

    if socket is None:
        config = load(find(config_path))
        socket, screen = Path(config.service.socket), config.screen
    else:
        screen = load(config_path).screen if config_path else ScreenConfig()
    chosen = language or (None if screen.language == "auto" else screen.language)
    app = TillApp(socket, language=chosen, bidi=bidi or screen.bidi, bell=screen.bell, wedge=screen.wedge)
    app.run()
    # Textual prints what broke a screen and returns as if the user had closed it.
    sys.exit(Exit.SOFTWARE if app.return_code else Exit.OK)
