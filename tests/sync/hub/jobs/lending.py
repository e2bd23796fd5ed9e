"""A hub that sets points aside, the tills of two stores, and what each of them may still spend without it."""

from datetime import UTC, timedelta

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.event_bodies import BasketCommitted, Body
from pos_loyalty.core.events import Event
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import HeldPoints, Member
from pos_loyalty.core.verdicts import Outcome
from sync.hub.allowances import AllowancePolicy
from sync.hub.audit import faults
from sync.hub.authority import Authority, program_row
from sync.hub.books import open_shelves
from sync.hub.documents import read
from sync.hub.hub_store import HubStore
from sync.hub.jobs.setting_aside import LOOKED_AT, set_aside
from sync.hub.kept import BookKey, RowKey, Terminal
from sync.hub.shop import milliseconds
from sync.hub.terminals import Settled, settle
from tests.sync.hub.jobs.nightly import SetClock
from tests.sync.hub.shop import CLUB, Ids, Till, enrolled, outcomes, sale

STORES = {"a1": "a", "a2": "a", "b1": "b"}
POLICY = AllowancePolicy(terminals=("a1",), days=8, share=50, most={"points": 300})
"""One till of store a gets up to half of what a member has, for eight days."""


class Lending:
    """One hub, and tills that know a row as of when they last asked."""

    def __init__(self, store: HubStore, months: int | None = None, policy: AllowancePolicy = POLICY) -> None:
        self.store, self.clock, self.policy = store, SetClock(), policy
        ids = Ids(1_000_000)
        self.hub = Authority(store, zone=UTC, clock=self.clock, ids=ids)
        self.hub.publish([program_row(replace(CLUB, expiry=ExpiryPolicy(months=months)))])
        self.tills = {name: Till(name, Ids(1 + 10_000 * rank)) for rank, name in enumerate(STORES)}
        self.rows: dict[str, Member] = {}
        self.seen_ms: dict[str, int] = {}
        self.pushed = dict.fromkeys(STORES, 0)
        for name, store_id in STORES.items():
            self.hub.enrol(Terminal(terminal_id=name, store_id=store_id))
            self.tell(name)

    def joins(self, points: int, member_id: str = "m1", till: str = "a1") -> None:
        """Have somebody enrolled, who buys something at once."""
        self.did(till, enrolled(), member_id)
        if points:
            self.did(till, sale(points), member_id)

    def did(self, till: str, body: Body, member_id: str = "m1") -> Event:
        """Let a till do something and push it."""
        event = self.did_offline(till, body, member_id)
        self.push(till)
        return event

    def did_offline(self, till: str, body: Body, member_id: str = "m1") -> Event:
        """Let a till do something."""
        at = self.tills[till]
        event = replace(at.did(body, member_id), occurred_at=self.clock.time)
        at.journal[-1] = event
        return event

    def push(self, till: str) -> None:
        """Have a till push what it has not pushed yet."""
        new = self.tills[till].journal[self.pushed[till] :]
        if new:
            assert {*outcomes(self.hub.push(self.tills[till].request(*new)))} == {Outcome.APPLIED}
        self.pushed[till] += len(new)

    def tell(self, *tills: str) -> None:
        """Have tills say that they have told everything up to now."""
        for name in tills:
            self.told(name, milliseconds(self.clock.time))

    def told(self, till: str, ms: int) -> None:
        """Have a till say that it has told everything up to a time."""
        with self.store.transaction() as step:
            settle(step, till, Settled(step.epochs()[-1].name, ms))
            step.commit()

    def tell_if_told(self, till: str) -> None:
        """Have a till say what it knows of the time, if nothing waits there."""
        if self.pushed[till] == len(self.tills[till].journal):
            self.told(till, self.seen_ms[till])

    def night(self, policy: AllowancePolicy | None = None) -> int:
        """Make what a night makes of allowances; return of how many members any changed."""
        with self.store.reading() as reading:
            shop = self.hub.shop(reading)
        return sum(set_aside(self.store, shop, policy or self.policy))

    def nights(self, days: int, *tills: str) -> list[int]:
        """Let days pass, of which each has its night, and tills that are heard of."""
        changed = []
        for _ in range(days):
            self.clock.time += timedelta(days=1)
            self.tell(*tills)
            changed.append(self.night())
        return changed

    def looked_at(self) -> bytes:
        """Return what the last look wrote down."""
        with self.store.reading() as reading:
            memo = reading.memo(LOOKED_AT)
        assert memo
        return memo.document

    def row(self, member_id: str = "m1") -> Member:
        """Return a row as it stands."""
        key = RowKey(RowKind.MEMBER, member_id)
        with self.store.transaction() as step:
            row = step.rows([key])[key]
        document = read(RowKind.MEMBER, row.document or b"{}")
        assert isinstance(document, Member)
        return document

    def aside(self, member_id: str = "m1") -> dict[str, int]:
        """Return what the row says is set aside, by terminal."""
        return {each.terminal: each.points for each in self.row(member_id).held.values()}

    def pull(self, till: str) -> None:
        """Have a till take the row of m1, and see what time it is."""
        self.rows[till], self.seen_ms[till] = self.row(), milliseconds(self.clock.time)

    def shown(self, till: str) -> Member:
        """Return m1 as a till shows them: the row it last took, with what it did since."""
        return apply_all(self.rows[till], self.tills[till].journal)

    def rights(self, till: str) -> dict[str, HeldPoints]:
        """Return what is set aside for a till as far as it knows; its clock stands since it last heard of the hub."""
        held = self.shown(till).held.items()
        return {name: each for name, each in held if each.terminal == till and self.seen_ms[till] < each.until_ms}

    def drawn(self, till: str, points: int) -> BasketCommitted:
        """Return a sale that a till pays out of its allowances, as far as they go, and nothing else."""
        draws: dict[str, int] = {}
        for name, each in self.rights(till).items():
            if part := min(points - sum(draws.values()), each.points):
                draws[name] = part
        spent = sum(draws.values())
        return replace(sale(*([-spent] if spent else [])), draws=draws)

    def accounts(self, member_id: str = "m1") -> dict[str, int]:
        """Return the member's accounts that are not at zero."""
        key = BookKey(member_id, "points")
        with self.store.transaction() as step:
            book = open_shelves(step, [key])[key].book
        own = dict.fromkeys((AccountKind.AVAILABLE, AccountKind.ESCROW, AccountKind.OVERDRAFT), 0)
        for account, points in book.balances.items():
            if account.owner == member_id and account.kind in own:
                own[account.kind] += points
        return {kind: points for kind, points in own.items() if points}

    def is_sound(self) -> bool:
        """Whether nothing contradicts the model."""
        with self.store.reading() as reading:
            assert faults(reading) == ()
        return True
