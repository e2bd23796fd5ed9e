"""What goes wrong and when: the same for the same seed, decided before anything runs."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from tests.faults.proxy import Fault, any_fault

SILENCE_MAX_S = 1.0
"""How long a half-open connection stays so."""


class LineFault(NamedTuple):
    """Something happens to the connections of one till."""

    till: int
    fault: Fault


class TillKilled(NamedTuple):
    """A till is killed (SIGKILL), and started again."""

    till: int


class WorkerKilled(NamedTuple):
    """A process of the hub is killed (SIGKILL), and started again."""

    worker: int


class BackendsEnded(NamedTuple):
    """The database ends all its sessions, as an administrator or a fail-over does."""


class DatabaseCrashed(NamedTuple):
    """The database falls over (SIGKILL for one of its processes), recovers from its log, and is there again."""


Strike = LineFault | TillKilled | WorkerKilled | BackendsEnded | DatabaseCrashed


_SHARES: Mapping[type[Strike], int] = {
    LineFault: 80,
    TillKilled: 8,
    WorkerKilled: 8,
    BackendsEnded: 3,
    DatabaseCrashed: 1,
}
"""In a hundred. The rarer, the longer it takes until everybody is up again."""


class Size(NamedTuple):
    """How many there are of each."""

    tills: int
    workers: int


class Moment(NamedTuple):
    """A strike, and how long after the one before."""

    after_s: float
    strike: Strike


def schedule(seed: int, count: int, size: Size, *, every_s: float) -> Iterator[Moment]:
    """Yield ``count`` strikes, on average one in ``every_s``: mostly of the line, as in life."""
    chance = Random(seed)  # noqa: S311 - chances that can be taken again, nothing secret
    for _ in range(count):
        (kind,) = chance.choices(list(_SHARES), list(_SHARES.values()))
        after_s = chance.uniform(0, 2 * every_s)
        yield Moment(after_s, _strike(kind, size, chance))


def _strike(kind: type[Strike], size: Size, chance: Random) -> Strike:
    till, worker = chance.randrange(size.tills), chance.randrange(size.workers)
    fault = any_fault(chance, SILENCE_MAX_S)
    if kind is LineFault:
        return LineFault(till, fault)
    if kind is TillKilled:
        return TillKilled(till)
    if kind is WorkerKilled:
        return WorkerKilled(worker)
    return BackendsEnded() if kind is BackendsEnded else DatabaseCrashed()
