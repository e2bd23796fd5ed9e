"""A chain of stores with scopes: a hub whose clock can be set, one till in each store, and what they have."""

from datetime import UTC, date, timedelta

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.feed import SHOP_PARTITION, RowKind
from sync.hub.audit import faults
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.jobs.leaving import follow, leave
from sync.hub.kept import RowKey, Terminal
from sync.hub.scope_building import set_up
from tests.sync.hub.jobs.nightly import SetClock
from tests.sync.hub.replica import Replica
from tests.sync.hub.shop import Ids, Till, outcomes

STORES = ("a", "b", "c")
MEMBER = RowKind.MEMBER
VOUCHER = RowKind.VOUCHER
_ALL = 1 << 40


class Chain:
    """One hub, and a till in each store that has the store's name and pushes at once."""

    def __init__(self, store: HubStore) -> None:
        self.store, self.clock = store, SetClock()
        self._ids = Ids(1_000_000)
        self.hub = Authority(store, zone=UTC, clock=self.clock, ids=self._ids)
        self.tills = {name: Till(name, Ids(1 + 10_000 * rank)) for rank, name in enumerate(STORES)}
        self.replicas = {name: Replica(self.hub, name) for name in STORES}
        for name in STORES:
            self.hub.enrol(Terminal(terminal_id=name, store_id=name, public_key=b"k" * 32))

    @property
    def day(self) -> date:
        """Today at the hub."""
        return self.clock.time.date()

    def did(self, till: str, *what: tuple[Body, str | None]) -> None:
        """Let a till do these things to these members, and push them in one batch."""
        events = [self.tills[till].did(body, member) for body, member in what]
        assert set(outcomes(self.hub.push(self.tills[till].request(*events)))) <= {"applied", "quarantined"}

    def keep(self, **scopes: str) -> None:
        """Set up scopes of stores, or (``north="ab"``) of regions."""
        wanted = {f"region:{name}" if name not in STORES else f"store:{name}": tuple(scopes[name]) for name in scopes}
        done = list(set_up(self.store, wanted, self._ids))
        assert done == sorted(done)

    def put(self, till: str, scope: str) -> None:
        """Put a till into a scope."""
        assert self.hub.put_in_scope(till, scope)

    def pass_days(self, days: int) -> int:
        """Let days pass, and a night; return how many rows left a scope."""
        self.clock.time += timedelta(days=days)
        return sum(leave(self.store, self.day))

    def follow(self) -> int:
        """Bring vouchers after their members."""
        return follow(self.store)

    def has(self, till: str, kind: RowKind = MEMBER, limit: int = 3) -> set[str]:
        """Return the keys of one kind that a till has once it has everything."""
        self.replicas[till].pull_all(limit)
        return {key.key for key in self.replicas[till].documents() if key.kind is kind}

    def agree(self) -> None:
        """Insist that each till, once it has everything, has what the hub has in its scope."""
        for till, replica in self.replicas.items():
            replica.pull_all(4)
            assert replica.documents() == self._in_scope(till)

    def _in_scope(self, till: str) -> dict[RowKey, bytes]:
        """Return what the hub has in the scope of a till."""
        scope = self.hub.scope_of(till)
        with self.store.reading() as reading:
            found = reading.rows_above({SHOP_PARTITION: 0}, _ALL)
            members = dict.fromkeys(range(SHOP_PARTITION), 0)
            found += reading.scope_rows_above(scope, members, _ALL) if scope else reading.rows_above(members, _ALL)
        return {RowKey(row.kind, row.key): bytes(row.document) for row in found if row.document is not None}

    def check(self) -> None:
        """Insist that the hub contradicts itself in nothing."""
        with self.store.reading() as reading:
            assert faults(reading) == ()
