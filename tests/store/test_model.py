"""Random days at two tills, one in memory and one on disk, that must never tell different things."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    Body,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    NameChanged,
    NoteWritten,
    PassShown,
)
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.usage import Counted
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Answer, Change, ReplicaContents, Store
from pos_loyalty.store.connections import connect_reader
from pos_loyalty.store.journal import JournalReader
from pos_loyalty.store.memory import MemoryStore
from tests.store.shop import DEADLINE_S, about, answer, basket, card, phone, sqlite_store

MEMBERS = ("m1", "m2", "m3", "m4")
CODES = ("C1", "C2", "+989121234567", "+14155550123")
TEXTS = ("علی", "ali", "al", "عبدالله", "رضا ع", "0912", "4567", "z", "")

identifiers = st.sampled_from(CODES).map(lambda code: phone(code) if code.startswith("+") else card(code))
names = st.builds(
    PersonName,
    given=st.sampled_from(["علی", "Ali", "Alireza", "عبد الله", "عبدالله", ""]),
    family=st.sampled_from(["رضایی", "Ali", "Z", "عبدالله", ""]),
)
VOUCHERS = ("V1", "V2")
PASSES = ("m1@1", "m2@1")
COUNTERS = ("p/all", "p/daily")
voucher_moves = st.builds(
    VoucherMove,
    kind=st.sampled_from(VoucherMoveKind),
    program_id=st.just("p"),
    source=st.just("p@1/r"),
    code=st.sampled_from(VOUCHERS),
    amount=st.integers(0, 9),
)
counts = st.builds(
    Counted,
    key=st.sampled_from(COUNTERS),
    amount=st.integers(-2, 2),
    scope=st.sampled_from([Scope.TOTAL, Scope.MEMBER]),
)
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(
        MemberEnrolled,
        name=names,
        language=st.just("fa"),
        identifiers=st.lists(identifiers, max_size=2).map(tuple),
    ),
    st.builds(NameChanged, name=names),
    st.builds(IdentifierLinked, identifier=identifiers),
    st.builds(IdentifierRevoked, identifier=identifiers),
    st.builds(NoteWritten, text=st.sampled_from(["one", "two"])),
    st.builds(
        PassShown,
        instance_id=st.sampled_from(PASSES),
        step=st.none() | st.integers(0, 9),
        name=st.sampled_from(["", "علی رضایی"]),
        tier=st.sampled_from(["", "gold"]),
    ),
    st.builds(
        BasketCommitted,
        basket_id=st.just("b1"),
        currency=st.just("IRR"),
        gross=st.just(0),
        discount=st.just(0),
        net=st.just(0),
        lines=st.just(()),
        vouchers=st.lists(voucher_moves, max_size=2).map(tuple),
        counts=st.lists(counts, max_size=2).map(tuple),
    ),
)
happenings = st.lists(st.tuples(st.sampled_from([*MEMBERS, None]), bodies), max_size=3)
documents = st.builds(
    Member,
    member_id=st.sampled_from(MEMBERS),
    name=names,
    identifiers=st.lists(identifiers, max_size=2).map(tuple),
)
maybe_baskets = st.none() | st.builds(
    basket, st.sampled_from(["b1", "b2"]), st.integers(0, 4), st.sampled_from(BasketStatus)
)
maybe_answers = st.none() | st.builds(answer, st.sampled_from(["k1", "k2"]), st.sampled_from([b"1" * 32, b"2" * 32]))


class TwoTills(RuleBasedStateMachine):
    """Does the same to both and compares everything that can be read."""

    @initialize()
    def open(self) -> None:
        """Open both under one name."""
        self.room = tempfile.TemporaryDirectory()
        self.disk = sqlite_store(Path(self.room.name))
        self.memory = MemoryStore(ids=lambda: self.disk.terminal_id)
        self.documents: dict[str, Member] = {}

    @rule(happened=happenings, new_basket=maybe_baskets, new_answer=maybe_answers, twice=st.booleans())
    def commit(
        self,
        happened: list[tuple[str | None, Body]],
        new_basket: Basket | None,
        new_answer: Answer | None,
        *,
        twice: bool,
    ) -> None:
        """Commit a change, perhaps with an event that both have already."""
        drafts = tuple(about(member_id, body) for member_id, body in happened)
        change = Change(events=drafts, basket=new_basket, session=bytes(len(drafts)), answer=new_answer)
        outcomes = [self.outcome(store, change) for store in (self.disk, self.memory)]
        assert outcomes[0] == outcomes[1]
        if twice:
            again = Change(events=drafts)
            assert self.outcome(self.disk, again) == self.outcome(self.memory, again)

    @rule(members=st.lists(documents, max_size=4))
    def load(self, members: list[Member]) -> None:
        """Replace both replicas."""
        self.documents = {member.member_id: member for member in members}
        for store in (self.disk, self.memory):
            assert store.load(ReplicaContents(members=self.documents.values())) == len(self.documents)

    @rule()
    def catch_up(self) -> None:
        """Replace both replicas by what is shown, as a hub that has applied every event would."""
        shown = [member for member in map(self.memory.member, MEMBERS) if member is not None]
        self.load(shown)

    @rule()
    def restart(self) -> None:
        """Close the till on disk and open it again."""
        self.disk.close()
        self.disk = sqlite_store(Path(self.room.name))

    @invariant()
    def both_tell_the_same(self) -> None:
        """Every read has the same answer on both."""
        for member_id in MEMBERS:
            assert self.disk.member(member_id) == self.memory.member(member_id)
        for code in CODES:
            assert self.disk.lookup(code) == self.memory.lookup(code)
        for text in TEXTS:
            assert self.disk.search(text, 3) == self.memory.search(text, 3)
        assert self.disk.events() == self.memory.events()
        assert self.disk.counts() == self.memory.counts()
        assert self.disk.session() == self.memory.session()
        assert self.disk.usage() == self.memory.usage()
        for instance_id in PASSES:
            assert self.disk.pass_step(instance_id) == self.memory.pass_step(instance_id)
        for code in VOUCHERS:
            assert self.disk.voucher(code) == self.memory.voucher(code)
        for event in self.memory.events():
            assert self.disk.sale(event.event_id) == self.memory.sale(event.event_id)
        assert self.disk.live_baskets() == self.memory.live_baskets()
        for key in ("b1", "b2", "k1", "k2"):
            assert self.disk.basket(key) == self.memory.basket(key)
            assert self.disk.answer(key) == self.memory.answer(key)

    @invariant()
    def what_is_shown_is_the_fold_from_scratch(self) -> None:
        """A member is the document with all of this till's events on top, and nothing else."""
        for member_id, document in self.documents.items():
            assert self.disk.member(member_id) == apply_all(document, self.disk.events())

    @invariant()
    def the_index_in_memory_is_the_one_that_a_restart_builds(self) -> None:
        """What commits add to the index is what the journal says."""
        reader = JournalReader(connect_reader(self.disk.folder / "journal.db"))
        rebuilt = reader.pending_index(self.disk.replica.cursor().numbers)
        reader.close()
        assert vars(rebuilt) | {"changes": self.disk._pending.changes} == vars(self.disk._pending)

    def teardown(self) -> None:
        """Let go of the files."""
        self.disk.close()
        self.room.cleanup()

    @staticmethod
    def outcome(store: Store, change: Change) -> object:
        """Return the outcome, or the kind of error instead of one."""
        future = store.commit(change)
        error = future.exception(DEADLINE_S)
        assert error is None or isinstance(error, InvariantBroken)
        return type(error) if error else future.result()


TestTwoTills = TwoTills.TestCase
TestTwoTills.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
