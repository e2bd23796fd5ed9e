"""A ledger without accounts, transfers or queues: every single point is a thing of its own and is somewhere.

Slow and plain, to be compared with the real one. It knows the rules and none of the code, but for the calendar.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from pos_loyalty.core.expiry import ExpiryPolicy, graced, last_day


@dataclass(eq=False)
class Batch:
    """What was earned together."""

    name: str
    member: str
    program: str
    event: str
    earned_at: datetime
    policy: ExpiryPolicy
    expires_on: date | None = None
    until: date | None = None
    pending_until: date | None = None
    worth: int = 0

    @property
    def rank(self) -> tuple[date, datetime, str]:
        """Nearest expiry, then oldest."""
        return self.until or date.max, self.earned_at, self.name


@dataclass(eq=False)
class Point:
    """One point; ``where`` is ``free``, ``taken``, ``held`` or ``expired``."""

    batch: Batch
    where: str = "free"


@dataclass(eq=False)
class Taken:
    """What was paid with points: some are there, some are owed."""

    member: str
    points: list[Point] = field(default_factory=list)
    owed: int = 0
    short: int = 0


@dataclass(eq=False)
class Kept:
    """Points of an open hold; of a terminal, in the order in which they are drawn."""

    member: str
    terminal: str
    until: datetime
    points: list[Point]


class NaiveLedger:
    """Every point there ever was."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.batches: list[Batch] = []
        self.redemptions: dict[str, Taken] = {}
        self.debts: list[Taken] = []
        self.kept: dict[str, Kept] = {}
        self.whose: dict[str, str] = {}
        self.lost = 0

    def root(self, member: str) -> str:
        """Follow the merges."""
        return self.root(self.whose[member]) if member in self.whose else member

    def free(self, member: str, since: date = date.min) -> list[Point]:
        """Return points that can be taken, the first to go first."""
        mine = [
            point
            for point in self.points
            if point.where == "free"
            and point.batch.pending_until is None
            and self.root(point.batch.member) == self.root(member)
            and (point.batch.until or date.max) >= since
        ]
        return sorted(mine, key=lambda point: point.batch.rank)

    def owed(self, member: str) -> int:
        """Return the debts of a member."""
        return sum(debt.owed for debt in self.debts if self.root(debt.member) == self.root(member))

    def spendable(self, member: str, today: date) -> int:
        """Return what may be spent."""
        return max(0, len(self.free(member, today)) - self.owed(member))

    def earn(self, batch: Batch, points: int, today: date) -> None:
        """Make points."""
        batch.worth = points
        if batch.pending_until and batch.pending_until <= today:
            batch.pending_until = None
        if batch.pending_until is None and batch.expires_on is None:
            batch.expires_on = batch.until = last_day(batch.policy, today)
        self.batches.append(batch)
        self.points += [Point(batch) for _ in range(points)]
        self.net(batch.member)

    def net(self, member: str) -> None:
        """Pay debts with free points, the oldest debt first."""
        for debt in self.debts:
            if self.root(debt.member) == self.root(member):
                for point in self.free(member)[: debt.owed]:
                    point.where = "taken"
                    debt.points.append(point)
                    debt.owed -= 1

    def pay(self, member: str, points: int, today: date, drawn: list[Point] | None = None) -> Taken:
        """Take points whether they are there or not: those that are drawn, then good ones, then any, then none."""
        taken = Taken(member, drawn or [])
        for since in (today, date.min):
            for point in self.free(member, since)[: points - len(taken.points)]:
                point.where = "taken"
                taken.points.append(point)
        taken.owed = points - len(taken.points)
        self.debts.append(taken)
        return taken

    def give(self, points: list[Point], today: date | None) -> None:
        """Free points again, the last taken first; grace from ``today``."""
        for point in points:
            point.where = "free"
            batch = point.batch
            if today and batch.expires_on and batch.until:
                batch.until = max(batch.until, graced(batch.policy, batch.expires_on, today))
        for member in dict.fromkeys(self.root(point.batch.member) for point in points):
            self.net(member)

    def give_back(self, taken: Taken, points: int, today: date) -> None:
        """Undo part of a payment."""
        waived = min(points, taken.owed)
        taken.owed -= waived
        back = [taken.points.pop() for _ in range(points - waived)]
        gone = self.make_up(back)
        self.give([point for point in back if point not in gone], today)

    def make_up(self, back: list[Point]) -> list[Point]:
        """Let points that come back go for what could not be taken from their owner: those that die first."""
        gone = []
        for point in reversed(back):
            for debt in self.debts:
                if debt.short and self.root(debt.member) == self.root(point.batch.member):
                    debt.short -= 1
                    debt.points.append(point)
                    self.lost -= 1
                    gone.append(point)
                    break
        return gone

    def earned(self, event: str, member: str, program: str) -> list[Batch]:
        """Return what a member earned by an event."""
        root = self.root(member)
        return [x for x in self.batches if (x.event, x.program) == (event, program) and self.root(x.member) == root]

    def take_back(self, event: str, member: str, program: str, points: int, reach: int) -> None:
        """Undo part of an accrual; ``reach`` is 0 for pending points, 1 for the balance, 2 for debt.

        With 1 there is a debt as well, of what is held and is not owed before.
        """
        own = self.earned(event, member, program)
        taken = Taken(member)
        left = points
        for batch in own:
            part = min(left, batch.worth)
            batch.worth -= part
            left -= part
        mine = [point for batch in own for point in self.points if point.batch is batch and point.where == "free"]
        order = [point for point in mine if point.batch.pending_until]
        if reach:
            order += [point for point in mine if not point.batch.pending_until]
            order += [point for point in self.free(member) if point not in mine]
        for point in order[:points]:
            point.where = "taken"
            taken.points.append(point)
        rest = points - len(taken.points)
        held = sum(len(kept.points) for kept in self.kept.values() if self.root(kept.member) == self.root(member))
        taken.owed = min(rest, (0, max(0, held - self.owed(member)), rest)[reach])
        self.lost += rest - taken.owed
        taken.short = rest - taken.owed if reach == 1 else 0
        self.debts.append(taken)

    def activate(self, program: str, today: date) -> None:
        """Begin the life of pending points whose day has come."""
        for batch in self.batches:
            if batch.program == program and batch.pending_until and batch.pending_until <= today:
                batch.pending_until = None
                batch.expires_on = batch.until = last_day(batch.policy, today)
                self.net(batch.member)

    def expire(self, program: str, today: date) -> None:
        """End the life of free points whose last day is over."""
        for point in self.points:
            batch = point.batch
            over = batch.until is not None and batch.until < today
            if batch.program == program and point.where == "free" and not batch.pending_until and over:
                point.where = "expired"

    def accounts(self) -> dict[tuple[str, str, str], int]:
        """Count: (member, account, terminal) to points, what is owed below zero."""
        count: Counter[tuple[str, str, str]] = Counter()
        for point in self.points:
            if point.where == "free":
                kind = "pending" if point.batch.pending_until else "available"
                count[self.root(point.batch.member), kind, ""] += 1
        for kept in self.kept.values():
            count[self.root(kept.member), "escrow" if kept.terminal else "held", kept.terminal] += len(kept.points)
        for debt in self.debts:
            count[self.root(debt.member), "overdraft", ""] -= debt.owed
        return {account: points for account, points in count.items() if points}
