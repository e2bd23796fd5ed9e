"""Answers of the till, as commands take them."""

from typing import TypeVar

import click

from pos_loyalty.service.wire import Problem

_T = TypeVar("_T")


def granted(answer: _T | Problem) -> _T:
    """Return what was asked for.

    Raises:
        ClickException: the till refused; the command ends with exit code 1.
    """
    if isinstance(answer, Problem):
        raise click.ClickException(f"{answer.title}: {answer.detail}")
    return answer
