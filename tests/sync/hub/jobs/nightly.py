"""A hub whose clock can be set, with a program that knows time: pending points, points that expire, and tiers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from pos_loyalty.core.event_bodies import BasketCommitted, Body
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import Program
from pos_loyalty.core.tiering import Tiering
from pos_loyalty.core.tiers import Tier
from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.authority import Authority, program_row
from sync.hub.documents import read
from sync.hub.hub_store import HubStore
from sync.hub.jobs.night import Nights, Step
from sync.hub.kept import RowKey, Terminal
from sync.hub.office import Office
from tests.sync.hub.shop import CLUB, EARNED, Ids, Till, outcomes, points, sale

START = datetime(2026, 3, 21, 12, tzinfo=UTC)
TIERS = (Tier(tier_id="silver", name={"en": "Silver"}, at=100), Tier(tier_id="gold", name={"en": "Gold"}, at=1_000))


class SetClock:
    """A clock that shows what it was set to."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def now(self) -> datetime:
        """Return what it shows."""
        return self.time

    def monotonic_ns(self) -> int:
        """Return nothing passed."""
        return 0


def club(tiering: Tiering | None = None, months: int | None = 1) -> Program:
    """Return the program: points live a month, and there may be tiers."""
    return replace(CLUB, expiry=ExpiryPolicy(months=months), tiers=TIERS if tiering else (), tiering=tiering)


class NightShop:
    """One hub, one till that pushes at once, and the nights."""

    def __init__(
        self, store: HubStore, program: Program | None = None, zone: tzinfo = UTC, clock: SetClock | None = None
    ) -> None:
        self.store, self.clock, self.zone = store, clock or SetClock(), zone
        ids = Ids(1_000_000)
        self.hub = Authority(store, zone=zone, clock=self.clock, ids=ids)
        self.hub.enrol(Terminal(terminal_id="t1", public_key=b"k" * 32))
        self.hub.publish([program_row(program or club())])
        self.till = Till("t1", Ids())
        self.nights = Nights(store, self.hub, Office(self.hub, store, ids))

    def did(self, body: Body, member_id: str = "m1") -> None:
        """Let the till do something now, and push it."""
        event = self.till.did(body, member_id)
        event = replace(event, occurred_at=self.clock.time)
        self.till.journal[-1] = event
        assert outcomes(self.hub.push(self.till.request(event))) == [Outcome.APPLIED]

    def pending(self, amount: int, days: int) -> BasketCommitted:
        """Return a sale whose points become available after some days."""
        until = (self.clock.time.astimezone(self.zone) + timedelta(days=days)).date()
        return replace(sale(), moves=(replace(points(amount, EARNED), pending_until=until),))

    def pass_nights(self, days: int = 1) -> list[Step]:
        """Let days pass and make their nights; return what was done."""
        self.clock.time += timedelta(days=days)
        return self.night()

    def night(self) -> list[Step]:
        """Make the nights that are due."""
        return [step for day in self.nights.plan().days for step in self.nights.run(day)]

    def member(self, member_id: str = "m1") -> Member:
        """Return a document as it stands."""
        key = RowKey(RowKind.MEMBER, member_id)
        with self.store.transaction() as step:
            row = step.rows([key])[key]
        document = read(RowKind.MEMBER, row.document or b"")
        assert isinstance(document, Member)
        return document

    def told(self) -> list[str]:
        """Return the types of what the office told, in the order of the hub."""
        with self.store.reading() as reading:
            return [each.event.type for each in reading.log() if each.event.terminal_id == "hub"]

    def is_sound(self) -> bool:
        """Whether nothing contradicts the model."""
        with self.store.reading() as reading:
            assert faults(reading) == ()
        return True


def berlin() -> ZoneInfo:
    """Return a zone whose clocks change."""
    return ZoneInfo("Europe/Berlin")


def jobs_of(steps: Iterable[Step]) -> list[str]:
    """Return what did something."""
    return [step.job for step in steps if step.job not in {"done", "forget"}]
