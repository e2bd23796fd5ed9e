"""The steps of the schema: forward only, and each made so that the release before it still runs."""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pos_loyalty.errors import InvariantBroken, StoreTooNew
from sync.hub.postgres.connections import Connection

_OLDEST = re.compile(r"^-- oldest program: (\d+)$", re.MULTILINE)
_TURN = 0x706F_735F_6C6F_79
"""Any number, so long as every hub has the same."""
_LOCKS_S = 5
"""So long a step waits for tables that are in use; all who come meanwhile wait behind it."""


class Step(NamedTuple):
    """One file."""

    number: int
    oldest: int
    """The lowest schema whose program still runs after it: its own number, if it takes something away."""
    statements: str


@cache
def steps() -> tuple[Step, ...]:
    """Return the steps this program knows, in order.

    Raises:
        InvariantBroken: a file does not say which program it leaves running.
    """
    found = [each for each in files("sync.hub.postgres.schema").iterdir() if each.name.endswith(".sql")]
    return tuple(step_of(each.name, each.read_text(encoding="utf-8")) for each in sorted(found, key=lambda e: e.name))


def step_of(name: str, text: str) -> Step:
    """Return the step of a file named ``hub_0001.sql``.

    Raises:
        InvariantBroken: it does not say which program it leaves running.
    """
    oldest = _OLDEST.search(text)
    if oldest is None:
        raise InvariantBroken(f"{name} must have a line '-- oldest program: N'")
    return Step(int(name.removesuffix(".sql").rpartition("_")[2]), int(oldest[1]), text)


def bring_up_to_date(connection: Connection, known: tuple[Step, ...]) -> None:
    """Take the steps that are missing, all or none, while other hubs wait their turn.

    A database with steps that this program does not know is used as it is, if all of them only added something.

    Raises:
        StoreTooNew: one took away what this program needs.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        connection.execute(f"SET LOCAL lock_timeout = '{_LOCKS_S}s'".encode())
        connection.execute(_TAKEN)
        taken: dict[int, int] = dict(connection.execute("SELECT number, oldest FROM schema_step").fetchall())
        newest, oldest = known[-1].number, max(taken.values(), default=0)
        if oldest > newest:
            raise StoreTooNew(
                f"the hub's database has schema {max(taken)} and serves programs from {oldest} on, this program knows "
                f"{newest}: install a newer one"
            )
        for step in known:
            if step.number not in taken:
                connection.execute(step.statements.encode())
                connection.execute("INSERT INTO schema_step (number, oldest) VALUES (%s, %s)", step[:2])


_TAKEN = """\
CREATE TABLE IF NOT EXISTS schema_step (
    number integer PRIMARY KEY, oldest integer NOT NULL, taken_at timestamptz NOT NULL DEFAULT now()
)"""
