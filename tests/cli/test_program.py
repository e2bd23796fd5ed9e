"""The program as a whole: how it lists its commands, and how it ends."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit


@pytest.mark.parametrize("command", [("version",), ("decode",), ("reader", "list")])
def test_a_disk_that_is_full_is_said_in_one_sentence(command: tuple[str, ...]) -> None:
    """Output into a file on a full disk ends with 74, and neither with a traceback nor with a second complaint."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            (sys.executable, "-P", "-m", "pos_loyalty", *command),
            input=b'{"text": "PL-1001"}\n',
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert ended.returncode == Exit.DISK
    assert ended.stderr == b"The disk is full: not everything could be written: make room, or write elsewhere\n"


def _groups(command: click.Command, *words: str) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return []
    context = click.Context(command)
    found = [words]
    for word in command.list_commands(context):
        inner = command.get_command(context, word)
        found += _groups(inner, *words, word) if inner else []
    return found


@pytest.mark.parametrize("words", _groups(main), ids=" ".join)
def test_no_list_of_commands_breaks_off(words: tuple[str, ...]) -> None:
    """Each command stands there with a whole sentence, however narrow the terminal is."""
    text = CliRunner().invoke(main, [*words, "--help"]).stdout.split("Commands:")[1].split("Examples:")[0]
    assert "..." not in text
    assert text.rstrip().endswith(".")
