"""The nights of the hub, in order, each once."""

from collections.abc import Callable, Generator, Iterator
from datetime import date
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.events import Draft
from sync.hub.allowances import AllowancePolicy
from sync.hub.authority import Authority
from sync.hub.erasing import forget
from sync.hub.hub_store import HubStore
from sync.hub.jobs.days import AHEAD_DAYS_MAX, due_days
from sync.hub.jobs.leaving import follow, leave
from sync.hub.jobs.points import activations, expiries
from sync.hub.jobs.setting_aside import set_aside
from sync.hub.jobs.tiers import assessments
from sync.hub.kept import Memo, MemoKey
from sync.hub.office import Office
from sync.hub.shop import Shop

NO_ALLOWANCES: Final = AllowancePolicy()
LAST: Final = MemoKey("night", "last")
"""Memo: the last day whose night was made whole."""


class Last(msgspec.Struct, frozen=True):
    """The newest night."""

    day: date
    ended_ms: int
    told: int
    """Events it made."""


class Plan(NamedTuple):
    """Which nights are due."""

    last: Last | None
    today: date
    days: tuple[date, ...]

    @property
    def is_far_ahead(self) -> bool:
        """Whether so many are due that the clock is more likely wrong."""
        return len(self.days) > AHEAD_DAYS_MAX


class Step(NamedTuple):
    """What a night has just done."""

    day: date
    job: str
    told: int
    """Events so far in this night, with those that had been told before."""


class Nights:
    """The nights of one hub. Several processes may have it: each event is one all the same."""

    def __init__(
        self, store: HubStore, authority: Authority, office: Office, allowances: AllowancePolicy = NO_ALLOWANCES
    ) -> None:
        self._allowances = allowances
        self._store = store
        self._authority = authority
        self._office = office

    def plan(self) -> Plan:
        """Return which nights are due now, in the zone of the programs."""
        with self._store.reading() as reading:
            shop, memo = self._authority.shop(reading), reading.memo(LAST)
        last = msgspec.json.decode(memo.document, type=Last) if memo else None
        today = shop.now.astimezone(shop.zone).date()
        return Plan(last, today, due_days(last.day if last else None, today))

    def run(self, day: date) -> Generator[Step, None, None]:
        """Make one night; yield after each piece of it. Cut off anywhere, it is made again and does nothing twice.

        Tiers are looked at before points expire as well: an amount that reached its tier, and is gone a moment later,
        has reached it. Allowances come first, and as of now, whichever day it is.
        """
        shop = self._shop()
        jobs: tuple[tuple[str, Callable[[], Iterator[list[Draft]]]], ...] = (
            ("activate", lambda: activations(self._store, day, shop.zone)),
            ("tiers", lambda: assessments(self._store, shop, day)),
            ("expire", lambda: expiries(self._store, day, shop.zone)),
            ("tiers again", lambda: assessments(self._store, shop, day)),
        )
        told = 0
        # Before anything expires: what is given back now may be good no longer.
        for _ in set_aside(self._store, shop, self._allowances):
            yield Step(day, "allowances", told)
        for name, drafts in jobs:
            for piece in drafts():
                self._office.tell(piece)
                told += len(piece)
                yield Step(day, name, told)
        for _ in forget(self._store):
            yield Step(day, "forget", told)
        follow(self._store)
        for _ in leave(self._store, day):
            yield Step(day, "leave", told)
        self._write_down(Last(day, self._shop().now_ms, told))
        yield Step(day, "done", told)

    def _write_down(self, last: Last) -> None:
        with self._store.transaction() as transaction:
            memo = transaction.own_memo(LAST)
            if memo is None or msgspec.json.decode(memo.document, type=Last).day < last.day:
                transaction.put_memos([Memo(*LAST, msgspec.json.encode(last))])
                transaction.commit()

    def _shop(self) -> Shop:
        with self._store.reading() as reading:
            return self._authority.shop(reading)
