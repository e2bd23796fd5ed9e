"""A step that ends anywhere: before its commit nothing of it was there, after it all of it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.wire import PushRequest
from tests.sync.hub.replica import rows_in
from tests.sync.hub.shop import Ids, Till, earned, enrolled, hub_over, issued, outcomes, sale, unreadable, used
from tests.sync.hub.stores import KINDS

APPLIED, DUPLICATE, QUARANTINED = Outcome.APPLIED, Outcome.DUPLICATE, Outcome.QUARANTINED


class Cut(Exception):
    """The power went."""


class Failing:
    """A store that goes down at one call of a step: just before it, or just after."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._left = 0
        self._after = False
        self.called: list[str] = []

    def arm(self, calls: int, *, after: bool) -> None:
        """Go down at this call from now."""
        self._left, self._after = calls, after
        self.called.clear()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a step that may not end."""
        with self._store.transaction() as step:
            yield cast("Transaction", _Watched(step, self._call))

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read as ever."""
        with self._store.reading() as reading:
            yield reading

    def scrub(self) -> None:
        """Leave the store to its owner."""

    def close(self) -> None:
        """Leave the store to its owner."""

    def _call(self, name: str, method: Callable[..., object], *args: object) -> object:
        self._left -= 1
        self.called.append(name)
        if self._left == 0 and not self._after:
            raise Cut
        given = method(*args)
        if self._left == 0:
            raise Cut
        return given


class _Watched:
    def __init__(self, step: Transaction, call: Callable[..., object]) -> None:
        self._step = step
        self._call = call

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._step, name)
        return lambda *args, **named: self._call(name, partial(method, **named), *args)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return a store with something in it, which must be sound at the end."""
    opened = KINDS[request.param](tmp_path)
    till = Till("t2", Ids(900))
    till.did(enrolled())
    till.did(sale(50, vouchers=[issued("V", 10)]))
    assert outcomes(hub_over(opened, "t1", "t2").push(till.request())) == [APPLIED] * 2
    yield opened
    with opened.reading() as reading:
        assert faults(reading) == ()
    opened.close()


def batch() -> PushRequest:
    """Return a batch that writes into every table; the same one each time."""
    till = Till("t1", Ids())
    till.did(sale(-80, 5, uses=1, vouchers=[used("V", 30)]))
    unreadable(till)
    till.did(earned(5), "m2")
    return till.request()


def state(store: HubStore) -> dict[str, Any]:
    """Return all that a step can change."""
    rows = rows_in(store)
    with store.reading() as reading:
        return {
            "counters": reading.counters(),
            "log": list(reading.log()),
            "places": list(reading.places()),
            "records": {book: sorted(reading.records_of(book)) for book in reading.books()},
            "postings": [reading.postings_of(book) for book in reading.books()],
            "rows": {key: (row.number, bytes(row.document or b"")) for key, row in rows.items()},
            "losses": reading.losses(),
            "aside": reading.quarantine(),
            "terminal": reading.terminal("t1"),
        }


def test_a_step_cut_before_its_commit_leaves_nothing(store: HubStore) -> None:
    """Cut at any call: the hub is as it was. The same batch, sent again, is taken as if for the first time."""
    failing, before = Failing(store), state(store)
    hub = hub_over(failing)
    told: list[Outcome] = []
    for calls in count(1):
        failing.arm(calls, after=False)
        with suppress(Cut):
            told = outcomes(hub.push(batch()))
            break
        assert state(store) == before
    assert told == [APPLIED, QUARANTINED, APPLIED]
    assert failing.called[-1] == "commit"
    assert len(failing.called) > 15
    assert all(now != before[table] for table, now in state(store).items())


def test_a_step_cut_after_its_commit_is_there(store: HubStore) -> None:
    """The answer was lost, the events were not: sent again, each is a duplicate at its number, and nothing doubles."""
    failing = Failing(store)
    hub = hub_over(failing)
    for calls in count(1):
        failing.arm(calls, after=True)
        with pytest.raises(Cut):
            hub.push(batch())
        if failing.called[-1] == "commit":
            break
    after = state(store)
    again = hub_over(store).push(batch())
    assert outcomes(again) == [DUPLICATE, QUARANTINED, DUPLICATE]
    assert state(store) == after
