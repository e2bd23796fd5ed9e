"""Whatever fails between and under them, tills and hub agree in the end, and nothing promised is lost or doubled."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.hub.postgres.store import PostgresHubStore
from tests.faults.proxy import Kind
from tests.faults.reckoning import reckon
from tests.faults.schedule import LineFault, Size, schedule
from tests.faults.town import town
from tests.support.postgres import NoServer, Postgres, running

SIZE = Size(tills=3, workers=2)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """Run a server of our own: what else runs must not fall over with it."""
    try:
        with running() as postgres:
            yield postgres
    except NoServer as reason:
        pytest.skip(str(reason))


async def test_a_few_faults_lose_nothing(tmp_path: Path, postgres: Postgres, pytestconfig: pytest.Config) -> None:
    """Ten seconds of cut lines and killed processes; then journals, log, points and replicas are compared."""
    await _suffer(tmp_path, postgres, seed=pytestconfig.option.faults_seed, count=25, every_s=0.2)


@pytest.mark.faults
async def test_many_faults_lose_nothing(tmp_path: Path, postgres: Postgres, pytestconfig: pytest.Config) -> None:
    """The same, with as many as --faults says."""
    option = pytestconfig.option
    await _suffer(tmp_path, postgres, seed=option.faults_seed, count=option.faults, every_s=0.25)


def test_the_same_seed_is_the_same_schedule() -> None:
    """A failure can be looked at again; and every kind of fault comes."""
    first, second = (list(schedule(7, 1_000, SIZE, every_s=0.1)) for _ in range(2))
    assert first == second
    tally = Counter(type(moment.strike).__name__ for moment in first)
    assert len(tally) == 5
    kinds = {moment.strike.fault.kind for moment in first if isinstance(moment.strike, LineFault)}
    assert kinds == set(Kind) - {Kind.PASS}


async def _suffer(folder: Path, postgres: Postgres, *, seed: int, count: int, every_s: float) -> None:
    async with town(folder, postgres, SIZE) as everything:
        await everything.suffer(schedule(seed, count, SIZE, every_s=every_s))
        await everything.meet()
    with closing(PostgresHubStore(everything.database)) as hub:
        events = reckon(hub, everything.promised)
    print(f"seed {seed}: {events} events; {everything.told()}")  # noqa: T201 - shown by -rP
