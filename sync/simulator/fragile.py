"""The power and the disk of the hub: a store that goes down in the middle of a step, or has no room for it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from pos_loyalty.errors import StoreError, StoreFull
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.simulator.plan import Fault


class FragileStore:
    """A :class:`~sync.hub.hub_store.HubStore` that goes down in the middle of a step when it is told to."""

    def __init__(self, store: HubStore, happened: Counter[str]) -> None:
        self._store = store
        self._happened = happened
        self._moments_left: int | None = None
        self.full = False
        """Whether nothing more can be kept."""

    def break_at(self, moment: int) -> None:
        """Go down at this moment of the next step: 0 before its first call, 1 after it, and so on; -1 after its end."""
        self._moments_left = moment

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a step; one that ends before the moment comes is spared."""
        with self._store.transaction() as step:
            if self._moments_left is None and not self.full:
                yield step
                return
            try:
                yield cast("Transaction", _Fragile(step, self))
            finally:
                self._moments_left = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read as ever."""
        with self._store.reading() as reading:
            yield reading

    def scrub(self) -> None:
        """Leave nothing behind."""
        self._store.scrub()

    def close(self) -> None:
        """Let go of it."""
        self._store.close()

    def pass_moment(self) -> None:
        """Go down if this is the moment."""
        if self._moments_left == 0:
            self._break("before a commit")
        if self._moments_left is not None and self._moments_left > 0:
            self._moments_left -= 1

    def commit(self, step: Transaction) -> None:
        """Keep a step, if there is room for it."""
        if self.full:
            self._happened[f"{Fault.DISK_FULL} at the hub"] += 1
            raise StoreFull("the hub has no room, as the story wants it")
        step.commit()
        if self._moments_left == -1:
            self._break("between commit and answer")

    def _break(self, when: str) -> None:
        self._happened[f"{Fault.HUB_CRASH} {when}"] += 1
        raise StoreError("the hub went down, as the story wants it")


class _Fragile:
    def __init__(self, step: Transaction, store: FragileStore) -> None:
        self._step = step
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._step, name)

        def call(*args: object, **named: object) -> object:
            self._store.pass_moment()
            given: object = method(*args, **named)
            self._store.pass_moment()
            return given

        return call

    def commit(self) -> None:
        self._store.pass_moment()
        self._store.commit(self._step)
