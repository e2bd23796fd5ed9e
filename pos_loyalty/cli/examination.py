"""All checks of ``doctor`` in order, and their report."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import click
import msgspec

from pos_loyalty.cli.checks.confinement import check_confinement
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.checks.hub import check_hub
from pos_loyalty.cli.checks.interference import check_interference
from pos_loyalty.cli.checks.keyboards import check_keyboards
from pos_loyalty.cli.checks.program import check_program
from pos_loyalty.cli.checks.readers import check_readers
from pos_loyalty.cli.checks.screen import check_screen
from pos_loyalty.cli.checks.service import check_service
from pos_loyalty.cli.checks.store import check_store
from pos_loyalty.cli.exits import Exit
from pos_loyalty.config import Config, find, load
from pos_loyalty.errors import ConfigError

_CONFIG = "config"


def examine(config_path: Path | None) -> Iterator[Finding]:
    """Yield every finding; what depends on a configuration that cannot be read is left out."""
    yield from check_program()
    config = yield from _configuration(config_path)
    if config:
        yield from check_store(Path(config.store.folder))
    # What is plugged in is of use to whoever is still writing the configuration.
    yield from check_readers(config.reader if config else ())
    yield from check_interference()
    if config:
        yield from check_keyboards(config)
        yield from check_confinement(config.reader)
        yield from check_service(Path(config.service.socket))
        yield from check_hub(config)
    yield from check_screen()


def report(findings: Sequence[Finding], *, as_json: bool) -> Exit:
    """Print the findings; return how the program ends."""
    to_do = [finding for finding in findings if finding.remedy]
    if as_json:
        click.echo(msgspec.json.encode(findings))
    else:
        for finding in findings:
            click.echo(f"{'!' if finding.remedy else ' '} {finding.area:<9}{finding.seen}")
            if finding.remedy:
                click.echo(f"{'':>11}-> {finding.remedy}")
        click.echo(f"\n{len(to_do)} to do" if to_do else "\nall is well")
    return Exit.REFUSED if to_do else Exit.OK


def _configuration(config_path: Path | None) -> Generator[Finding, None, Config | None]:
    try:
        path = find(config_path)
    except ConfigError as error:
        yield Finding(_CONFIG, str(error), "set the till up by docs/howto/install.md, or name a file with --config")
        return None
    try:
        config = load(path)
    except ConfigError as error:
        for fault in str(error).splitlines():
            yield Finding(_CONFIG, fault, "mend the file; docs/reference/config.md has every key")
        return None
    yield Finding(_CONFIG, f"{path}: {len(config.reader)} readers, {config.shop.currency}, {config.shop.time_zone}")
    return config
