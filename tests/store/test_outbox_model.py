"""Random verdicts, epochs and restarts: the outbox on disk and the one in memory must never tell different things."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from sync.engine.memory_outbox import MemoryOutbox
from tests.store.feed import page, take
from tests.store.shop import committed, note, sqlite_store

ALL = 1_000
MEMBERS = ("m1", "m2", "m3")
said = st.tuples(st.integers(0, 9), st.sampled_from(Outcome), st.integers(1, 9))


class TwoOutboxes(RuleBasedStateMachine):
    """Does the same to both and compares everything that can be read."""

    @initialize()
    def open(self) -> None:
        """Open both, empty."""
        self.room = tempfile.TemporaryDirectory()
        self.store = sqlite_store(Path(self.room.name))
        self.model = MemoryOutbox()
        self.ids: list[str] = []

    @rule(members=st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=4))
    def sell(self, members: list[str]) -> None:
        """Make events."""
        for event in committed(self.store, *map(note, members)).events:
            self.model.append(event)
            self.ids.append(event.event_id)

    @rule(verdicts=st.lists(said, max_size=4), hub_ms=st.integers(1, 9))
    def record(self, verdicts: list[tuple[int, Outcome, int]], hub_ms: int) -> None:
        """Hear of some events, known, ended or strange."""
        words = tuple(
            Verdict(
                event_id=self.ids[n] if n < len(self.ids) else f"strange-{n}",
                outcome=outcome,
                number=0 if outcome is Outcome.QUARANTINED else number,
                code=QuarantineCode.REFUSED if outcome is Outcome.QUARANTINED else None,
            )
            for n, outcome, number in verdicts
        )
        self.store.outbox.record(words, hub_ms)
        self.model.record(words, hub_ms)

    @rule(which=st.integers(0, 9))
    def put_aside(self, which: int) -> None:
        """Give one up."""
        if which < len(self.ids):
            self.store.outbox.put_aside(self.ids[which], QuarantineCode.TOO_LARGE)
            self.model.put_aside(self.ids[which], QuarantineCode.TOO_LARGE)

    @rule(epoch=st.sampled_from(["one", "two"]), since_ms=st.integers(0, 9))
    def offer_again(self, epoch: str, since_ms: int) -> None:
        """Hear of an epoch."""
        assert self.store.outbox.offer_again(epoch, since_ms) == self.model.offer_again(epoch, since_ms)

    @rule(number=st.integers(1, 9))
    def pull(self, number: int) -> None:
        """Have the replica reach a number."""
        take(self.store.replica, page(p0=number, more=True))

    @rule()
    def restart(self) -> None:
        """Close the till and open it again."""
        self.store.close()
        self.store = sqlite_store(Path(self.room.name))

    @invariant()
    def both_tell_the_same(self) -> None:
        """What waits, what was put aside, and the epoch."""
        assert self.store.outbox.waiting(ALL, 1 << 20) == self.model.waiting(ALL, 1 << 20)
        assert self.store.outbox.waiting_count() == self.model.waiting_count()
        assert self.store.outbox.quarantined() == self.model.quarantined()
        assert self.store.outbox.epoch() == self.model.epoch()

    @invariant()
    def the_index_in_memory_is_the_one_that_a_restart_builds(self) -> None:
        """What verdicts and pages take from the index is what the files say."""
        rebuilt = self.store._view.journal.pending_index(self.store.replica.cursor().numbers)
        assert vars(rebuilt) | {"changes": self.store._pending.changes} == vars(self.store._pending)

    def teardown(self) -> None:
        """Let go of the files."""
        self.store.close()
        self.room.cleanup()


TestTwoOutboxes = TwoOutboxes.TestCase
TestTwoOutboxes.settings = settings(
    max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
