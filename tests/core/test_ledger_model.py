"""Random days of a ledger: replays, jumping clocks, merges; the books agree with a count of single points."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from pos_loyalty.core import ledger
from pos_loyalty.core.accounts import MEMBER_KINDS, AccountKind
from pos_loyalty.core.entries import (
    Accrue,
    Adjust,
    AnyEntry,
    Booked,
    ExtendHold,
    MergeMembers,
    OpenBalance,
    OpeningLot,
    PlaceHold,
    PostHold,
    Redeem,
    Refusal,
    Refused,
    RestoreRedemption,
    ReversalPolicy,
    ReverseAccrual,
    UnmergeMembers,
    VoidHold,
)
from pos_loyalty.core.expiry import ExpiryPolicy, RoundUp
from tests.support.counted import START, Counted, noon
from tests.support.naive_ledger import Batch, Kept, NaiveLedger, Taken

MEMBERS = st.sampled_from(("m", "n", "o"))
PROGRAMS = st.sampled_from(("club", "cafe"))
FEW = st.integers(1, 12)
POLICIES = st.builds(
    ExpiryPolicy,
    months=st.sampled_from((None, 1, 2)),
    round_up=st.sampled_from(RoundUp),
    grace_days=st.sampled_from((0, 10)),
)
WAITS = st.sampled_from((None, -1, 0, 5))
PICK = st.integers(0, 10**6)


class RandomDays(RuleBasedStateMachine):
    """A shop with three members and two programs."""

    def __init__(self) -> None:
        super().__init__()
        self.real = Counted()
        self.naive = NaiveLedger()
        self.accruals: list[tuple[str, str, str]] = []
        self.entries: list[AnyEntry] = []

    @property
    def today(self) -> date:
        """The day it is."""
        return self.real.today

    def do(self, entry: AnyEntry) -> Booked | Refused:
        """Write ``entry`` and remember it if it is in the book."""
        outcome = self.real.attempt(entry)
        if isinstance(outcome, Booked):
            self.entries.append(entry)
        return outcome

    def must(self, entry: AnyEntry) -> Booked:
        """Write ``entry``, which is not refused."""
        outcome = self.do(entry)
        assert isinstance(outcome, Booked), outcome
        return outcome

    def pay(self, entry: Redeem | Adjust, points: int) -> Taken | None:
        """Write a payment and check that it is refused when, and only when, it is not covered."""
        missing = points - self.naive.spendable(entry.member, self.today)
        outcome = self.do(entry)
        if missing > 0 and not entry.force:
            assert outcome == Refused(Refusal.NOT_ENOUGH, {"missing": missing})
            return None
        assert isinstance(outcome, Booked)
        taken = self.naive.pay(entry.member, points, self.today)
        assert outcome.owed == taken.owed
        return taken

    @initialize(expiry=POLICIES)
    def a_shop_that_is_open(self, expiry: ExpiryPolicy) -> None:
        """Points that expire, points that wait, a hold and a debt: enough for every rule to find something."""
        for member, program, wait in (("m", "club", None), ("m", "cafe", 5), ("n", "club", None)):
            self.earn(member, program, 12, expiry, wait)
        self.hold("m", "club", 6, 24, "")
        self.hold("n", "club", 6, 72, "t1")
        self.spend(member="m", program="cafe", points=9, force=True)
        self.spend(member="n", program="club", points=4, force=False)

    @rule(days=st.integers(-40, 60))
    def the_clock_jumps(self, days: int) -> None:
        """Forward or back."""
        self.real.today = max(START, self.today + timedelta(days=days))

    @rule(member=MEMBERS, program=PROGRAMS, points=FEW, expiry=POLICIES, wait=WAITS)
    def earn(self, member: str, program: str, points: int, expiry: ExpiryPolicy, wait: int | None) -> None:
        """Earn, at once or later."""
        pending = None if wait is None else self.today + timedelta(days=wait)
        entry = Accrue(
            event_id=self.real.event(),
            member=member,
            program=program,
            points=points,
            expiry=expiry,
            pending_until=pending,
        )
        self.accrue(entry)

    @precondition(lambda self: self.accruals)
    @rule(pick=PICK, member=MEMBERS, points=FEW, wait=WAITS)
    def earn_by_an_event_that_earned_before(self, pick: int, member: str, points: int, wait: int | None) -> None:
        """A bonus, once for every event; perhaps for somebody else."""
        event, _, program = self.accruals[pick % len(self.accruals)]
        pending = None if wait is None else self.today + timedelta(days=wait)
        entry = Accrue(
            event_id=event, leg="bonus", member=member, program=program, points=points, pending_until=pending
        )
        if any(known.event_id == event and known.leg == "bonus" for known in self.entries):
            entry = replace(entry, points=13)
            assert self.real.refused(entry).reason is Refusal.ID_REUSED
        else:
            self.accrue(entry)

    def accrue(self, entry: Accrue) -> None:
        """Write an accrual that is not refused into both ledgers."""
        name = self.must(entry).entry_id
        batch = Batch(
            name,
            entry.member,
            entry.program,
            entry.event_id,
            noon(self.today),
            entry.expiry,
            pending_until=entry.pending_until,
        )
        self.naive.earn(batch, entry.points, self.today)
        self.accruals.append((entry.event_id, entry.member, entry.program))

    @rule(member=MEMBERS, program=PROGRAMS, points=st.lists(FEW, min_size=1, max_size=3), days=st.integers(-20, 90))
    def open_balance(self, member: str, program: str, points: list[int], days: int) -> None:
        """Bring lots along, one of them perhaps past its last day."""
        event, last = self.real.event(), self.today + timedelta(days=days)
        earned_at = noon(START) - timedelta(days=100)
        lots = tuple(OpeningLot(points=number, earned_at=earned_at, expires_on=last) for number in points)
        self.must(OpenBalance(event_id=event, member=member, program=program, lots=lots, grace_days=3))
        names = [lot.lot_id for lot in self.real.book.lots.values() if lot.event_id == event]
        for name, number in zip(names, points, strict=True):
            batch = Batch(
                name, member, program, event, earned_at, ExpiryPolicy(grace_days=3), expires_on=last, until=last
            )
            self.naive.earn(batch, number, self.today)
        self.accruals.append((event, member, program))

    @rule(member=MEMBERS, program=PROGRAMS, points=FEW, force=st.booleans())
    def spend(self, *, member: str, program: str, points: int, force: bool) -> None:
        """Redeem, perhaps what is not there."""
        entry = Redeem(event_id=self.real.event(), member=member, program=program, points=points, force=force)
        if taken := self.pay(entry, points):
            self.naive.redemptions[[*self.real.book.spends][-1]] = taken

    @rule(member=MEMBERS, program=PROGRAMS, points=FEW, gives=st.booleans(), force=st.booleans())
    def adjust(self, *, member: str, program: str, points: int, gives: bool, force: bool) -> None:
        """Correct a balance, up or down."""
        entry = Adjust(
            event_id=self.real.event(),
            member=member,
            program=program,
            points=points if gives else -points,
            reason="count",
            role="manager",
            force=force,
        )
        if gives:
            name = self.must(entry).entry_id
            batch = Batch(name, member, program, entry.event_id, noon(self.today), entry.expiry)
            self.naive.earn(batch, points, self.today)
        else:
            self.pay(entry, points)

    @precondition(lambda self: self.naive.redemptions)
    @rule(pick=PICK, points=FEW)
    def give_back(self, pick: int, points: int) -> None:
        """Return what was bought with points, or part of it."""
        name, taken = [*self.naive.redemptions.items()][pick % len(self.naive.redemptions)]
        left = len(taken.points) + taken.owed
        outcome = self.do(RestoreRedemption(event_id=self.real.event(), redemption=name, points=points))
        if not left:
            assert outcome == Refused(Refusal.NOTHING_LEFT)
        else:
            assert isinstance(outcome, Booked)
            assert outcome.points == min(points, left)
            self.naive.give_back(taken, outcome.points, self.today)

    @precondition(lambda self: self.accruals)
    @rule(pick=PICK, points=FEW, reach=st.integers(0, 2))
    def take_back(self, pick: int, points: int, reach: int) -> None:
        """Return what earned points."""
        event, member, program = self.accruals[pick % len(self.accruals)]
        entry = ReverseAccrual(
            event_id=self.real.event(),
            accrual=event,
            member=member,
            program=program,
            points=points,
            policy=[*ReversalPolicy][reach],
        )
        left = sum(batch.worth for batch in self.naive.earned(event, member, program))
        outcome = self.do(entry)
        if not left:
            assert outcome == Refused(Refusal.NOTHING_LEFT)
        else:
            assert isinstance(outcome, Booked)
            assert outcome.points == min(points, left)
            self.naive.take_back(event, member, program, outcome.points, reach)

    @rule(member=MEMBERS, program=PROGRAMS, points=FEW, hours=st.integers(1, 72), terminal=st.sampled_from(("", "t1")))
    def hold(self, member: str, program: str, points: int, hours: int, terminal: str) -> None:
        """Set points aside."""
        until = noon(self.today) + timedelta(hours=hours)
        entry = PlaceHold(
            event_id=self.real.event(), member=member, program=program, points=points, until=until, terminal=terminal
        )
        outcome = self.do(entry)
        since = until.date() if terminal else self.today
        assert isinstance(outcome, Booked) == (points <= self.naive.spendable(member, since))
        if isinstance(outcome, Booked):
            kept = self.naive.free(member, since)[:points]
            for point in kept:
                point.where = "held"
            self.naive.kept[outcome.entry_id] = Kept(member, terminal, until, kept)

    @precondition(lambda self: any(kept.terminal for kept in self.naive.kept.values()))
    @rule(pick=PICK, points=FEW, most=FEW)
    def draw(self, pick: int, points: int, most: int) -> None:
        """Redeem at a terminal what is set aside for it, and perhaps more."""
        open_ = [(name, kept) for name, kept in self.naive.kept.items() if kept.terminal]
        name, kept = open_[pick % len(open_)]
        program = self.real.book.holds[name].program
        entry = Redeem(
            event_id=self.real.event(),
            member=kept.member,
            program=program,
            points=points,
            force=True,
            draws={name: most},
        )
        outcome = self.must(entry)
        drawn = kept.points[: min(points, most)]
        kept.points = kept.points[len(drawn) :]
        if not kept.points:
            del self.naive.kept[name]
        for point in drawn:
            point.where = "taken"
        taken = self.naive.pay(kept.member, points, self.today, drawn)
        assert outcome.owed == taken.owed
        self.naive.redemptions[[*self.real.book.spends][-1]] = taken

    @precondition(lambda self: any(kept.terminal for kept in self.naive.kept.values()))
    @rule(pick=PICK, points=st.integers(0, 6), hours=st.integers(-72, 72))
    def extend(self, pick: int, points: int, hours: int) -> None:
        """Let an allowance last longer, with more in it."""
        open_ = [(name, kept) for name, kept in self.naive.kept.items() if kept.terminal]
        name, kept = open_[pick % len(open_)]
        until = max(kept.until, noon(self.today) + timedelta(hours=hours))
        outcome = self.do(ExtendHold(event_id=self.real.event(), hold_id=name, until=until, points=points))
        if any((point.batch.until or date.max) < until.date() for point in kept.points):
            assert outcome == Refused(Refusal.EXPIRING)
        elif points > self.naive.spendable(kept.member, until.date()):
            assert isinstance(outcome, Refused)
        else:
            more = self.naive.free(kept.member, until.date())[:points]
            for point in more:
                point.where = "held"
            kept.points = sorted([*kept.points, *more], key=lambda point: point.batch.rank)
            kept.until = until

    @precondition(lambda self: self.real.book.holds)
    @rule(pick=PICK, points=FEW, voids=st.booleans())
    def end_a_hold(self, *, pick: int, points: int, voids: bool) -> None:
        """Post or void a hold, which may have ended before."""
        name = [*self.real.book.holds][pick % len(self.real.book.holds)]
        kept = self.naive.kept.get(name)
        event = self.real.event()
        entry = (
            VoidHold(event_id=event, hold_id=name) if voids else PostHold(event_id=event, hold_id=name, points=points)
        )
        outcome = self.do(entry)
        if kept is None:
            assert outcome == Refused(Refusal.HOLD_CLOSED)
        elif not voids and kept.terminal:
            assert outcome == Refused(Refusal.IS_ALLOWANCE)
        elif not voids and points > len(kept.points):
            assert outcome == Refused(Refusal.MORE_THAN_HELD, {"held": len(kept.points)})
        elif not voids and kept.until <= noon(self.today):
            assert outcome == Refused(Refusal.HOLD_TIMED_OUT)
        else:
            del self.naive.kept[name]
            spent = [] if voids else kept.points[:points]
            for point in spent:
                point.where = "taken"
            if spent:
                self.naive.redemptions[name] = Taken(kept.member, spent)
                self.naive.debts.append(self.naive.redemptions[name])
            self.naive.give([point for point in kept.points if point not in spent], None)

    @rule()
    def holds_time_out(self) -> None:
        """Give back what was held too long."""
        self.real.time_out(noon(self.today))
        for name, kept in [*self.naive.kept.items()]:
            if kept.until <= noon(self.today) and not kept.terminal:
                del self.naive.kept[name]
                self.naive.give(kept.points, None)

    @rule(program=PROGRAMS)
    def night(self, program: str) -> None:
        """Activate, then expire."""
        self.real.night(program)
        self.naive.activate(program, self.today)
        self.naive.expire(program, self.today)

    @rule(source=MEMBERS, into=MEMBERS)
    def merge(self, source: str, into: str) -> None:
        """Make one member part of another."""
        outcome = self.do(MergeMembers(event_id=self.real.event(), source=source, target=into))
        if source in self.naive.whose:
            assert outcome == Refused(Refusal.ALREADY_MERGED)
        elif self.naive.root(into) == source:
            assert outcome == Refused(Refusal.SAME_MEMBER)
        else:
            assert isinstance(outcome, Booked)
            self.naive.whose[source] = into

    @rule(source=MEMBERS)
    def unmerge(self, source: str) -> None:
        """Make it a member of its own again."""
        outcome = self.do(UnmergeMembers(event_id=self.real.event(), source=source))
        assert isinstance(outcome, Booked) == (source in self.naive.whose)
        self.naive.whose.pop(source, None)

    @precondition(lambda self: self.entries)
    @rule(pick=PICK)
    def an_old_entry_comes_again(self, pick: int) -> None:
        """A replay changes nothing, however late; the same id with another content is refused."""
        entry = self.entries[pick % len(self.entries)]
        book, outcome = ledger.perform(self.real.book, entry, noon(self.today))
        assert book is self.real.book
        assert isinstance(outcome, Booked)
        assert outcome.again
        other = UnmergeMembers(event_id=entry.event_id, leg=entry.leg, source="nobody")
        assert ledger.perform(book, other, noon(self.today)) == (book, Refused(Refusal.ID_REUSED))
        assert replace(outcome, again=False) == book.written[outcome.entry_id].outcome

    @invariant()
    def the_counts_agree(self) -> None:
        """Every account of every member, every lot, and what was lost or expired."""
        book = self.real.book
        accounts = {
            (account.owner, account.kind, account.terminal): points
            for account, points in book.balances.items()
            if account.kind in MEMBER_KINDS
        }
        assert accounts == self.naive.accounts()
        for batch in self.naive.batches:
            lot = book.lots[batch.name]
            free = sum(point.batch is batch and point.where == "free" for point in self.naive.points)
            assert (lot.remaining, lot.until, lot.points - lot.reversed) == (free, batch.until, batch.worth)
        sums = {kind: sum(n for a, n in book.balances.items() if a.kind is kind) for kind in AccountKind}
        assert sums[AccountKind.LOST] == -self.naive.lost
        assert sums[AccountKind.EXPIRED] == sum(point.where == "expired" for point in self.naive.points)
        redeemed = sum(len(taken.points) + taken.owed for taken in self.naive.redemptions.values())
        assert sums[AccountKind.REDEEMED] == redeemed


RandomDays.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
test_random_days = RandomDays.TestCase
