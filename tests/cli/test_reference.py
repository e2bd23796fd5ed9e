"""docs/reference/cli.md and exit-codes.md say what the program does, no more and no less."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.program import COMMANDS
from pos_loyalty.sample import AMBIGUOUS_CODE, STARS
from pos_loyalty.sample.products import sample_products

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (REFERENCE / "cli.md").read_text(encoding="utf-8")


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that can be run by itself, with its whole name."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if command is None:
            continue
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{name} {word}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {word}")


ALL = dict(_commands(main, "pos-loyalty"))


def test_the_page_has_a_section_for_every_command_and_for_nothing_else() -> None:
    """A new command without a section, or a section that outlived its command, fails here."""
    assert sorted(re.findall(r"^## `(.+)`$", PAGE, flags=re.MULTILINE)) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_configuration_that_cannot_be_read_is_no_wrong_command_line(name: str) -> None:
    """The option leaves the file alone, so that reading it ends with 78, which systemd does not start again."""
    paths = (option.type for option in ALL[name].params if option.name == "config_path")
    assert all(isinstance(path, click.Path) and not path.readable for path in paths)


@pytest.mark.parametrize("name", ALL)
def test_each_section_has_every_option(name: str) -> None:
    """The table of options is that of click, in the same order."""
    section = re.split(r"^## ", PAGE.split(f"## `{name}`\n")[1], flags=re.MULTILINE)[0]
    options = [parameter.opts[0] for parameter in ALL[name].params if isinstance(parameter, click.Option)]
    assert sorted(re.findall(r"^\| `(--[a-z-]+)`", section, flags=re.MULTILINE)) == sorted(options)


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_examples(name: str) -> None:
    """--help explains in sentences and shows at least one line that can be typed."""
    outcome = CliRunner().invoke(main, [*name.split()[1:], "--help"], prog_name="pos-loyalty")
    assert outcome.exit_code == 0
    assert f"    {name}" in outcome.output.partition("Examples:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    """The table that saves importing them all must not drift from the commands."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_the_page_of_exit_codes_has_every_code() -> None:
    """Code and name stand in one row each."""
    page = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", page, flags=re.MULTILINE)
    assert rows == [(str(code.value), code.name) for code in Exit]


def test_the_codes_to_try_exist() -> None:
    """Cards and product of the table are in the sample shop."""
    codes = re.findall(r"^\| `([A-Z0-9-]+)` \|", PAGE, flags=re.MULTILINE)
    assert codes == [*(star.code for star in STARS), AMBIGUOUS_CODE, sample_products()[0].codes[0]]
