"""Random pages, epochs and restarts: the replica on disk and the one in memory must never tell different things."""

import tempfile
from copy import deepcopy
from pathlib import Path

import hypothesis.strategies as st
import msgspec
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.store.connections import check, connect
from sync.engine.memory_replica import MemoryReplica
from tests.store.shop import card, person, phone, product, program, sqlite_store

CODES = ("C1", "C2", "+989121234567")
NAMES = ("Ali", "Alireza", "عبد الله")
NUMBERS = 9
PLACES = {
    (RowKind.MEMBER, "m1"): 0,
    (RowKind.MEMBER, "m2"): 0,
    (RowKind.MEMBER, "m3"): 1,
    (RowKind.VOUCHER, "v1"): 1,
    (RowKind.USAGE, "p/all"): 2,
    (RowKind.PRODUCT, "tea"): 64,
    (RowKind.PRODUCT, "cup"): 64,
    (RowKind.PROGRAM, "club@1"): 64,
}
PARTITIONS = sorted(set(PLACES.values()))

some_names = st.sampled_from(NAMES)
identifiers = st.sampled_from(CODES).map(lambda code: phone(code) if code.startswith("+") else card(code))
numbers = st.integers(1, NUMBERS)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a row of the feed, a tombstone one time out of four."""
    kind, key = draw(st.sampled_from(sorted(PLACES)))
    document: object
    match kind:
        case RowKind.MEMBER:
            document = person(key, draw(some_names), draw(some_names), *draw(st.lists(identifiers, max_size=2)))
        case RowKind.PRODUCT:
            document = product(key, *draw(st.lists(st.sampled_from(["1", "2", "3"]), max_size=2)))
        case RowKind.PROGRAM:
            document = program("club", 1)
        case RowKind.VOUCHER:
            document = {"code": key, "program_id": "p", "balance": draw(numbers)}
        case _:
            document = {"amount": draw(numbers)}
    raw = None if draw(st.integers(0, 3)) == 0 else msgspec.Raw(msgspec.json.encode(document))
    return Row(kind=kind, key=key, partition=PLACES[kind, key], number=draw(numbers), document=raw)


cursors = st.dictionaries(st.sampled_from(PARTITIONS), numbers)


class TwoReplicas(RuleBasedStateMachine):
    """Does the same to both and compares everything that can be read."""

    @initialize()
    def open(self) -> None:
        """Open both, empty."""
        self.room = tempfile.TemporaryDirectory()
        self.store = sqlite_store(Path(self.room.name))
        self.model = MemoryReplica()

    @rule(
        came=st.lists(rows(), max_size=5),
        at=cursors,
        more=st.booleans(),
        complete=st.sets(st.sampled_from(PARTITIONS)),
        right=st.booleans(),
    )
    def apply(self, came: list[Row], at: dict[int, int], complete: set[int], *, more: bool, right: bool) -> None:
        """Apply a page of the epoch, with right sums or with wrong ones."""
        cursor = Cursor(epoch=self.model.cursor().epoch or "one", numbers=at)
        page = FeedPage(
            rows=tuple(came), cursor=cursor, more=more, checksums=dict.fromkeys(complete, 1), hub_ms=len(came)
        )
        if right:
            tried = deepcopy(self.model)
            tried.apply(page, tried.cursor())
            page = replace(page, checksums={p: tried._sums.get(p, 0) for p in complete})
        asked = self.model.cursor()
        assert self.store.replica.apply(page, asked) == self.model.apply(page, asked)

    @rule(epoch=st.sampled_from(["one", "two", "three"]), at=cursors)
    def rebase(self, epoch: str, at: dict[int, int]) -> None:
        """Fall back to another epoch."""
        common = Cursor(epoch=epoch, numbers=at)
        self.store.replica.rebase(common)
        self.model.rebase(common)

    @rule()
    def restart(self) -> None:
        """Close the till and open it again."""
        self.store.close()
        self.store = sqlite_store(Path(self.room.name))

    @invariant()
    def both_tell_the_same(self) -> None:
        """Cursor, freshness, and each row as it came."""
        assert self.store.replica.cursor() == self.model.cursor()
        assert self.store.replica.fresh_ms() == self.model.fresh_ms()
        for kind, key in PLACES:
            assert self.store.replica.row(kind, key) == self.model.row(kind, key)

    @invariant()
    def readers_find_what_is_there(self) -> None:
        """By id, by code, by name and by number of telephone, and nothing that is there no more."""
        members = [self.member(key) for kind, key in PLACES if kind is RowKind.MEMBER]
        there = [member for member in members if member is not None]
        assert self.store.counts().members == len(there)
        for code in CODES:
            named = tuple(m for m in there if code in {each.value for each in m.identifiers})
            assert self.store.lookup(code) == named
        for name in NAMES:
            folded = {m.member_id for m in self.store.search(name, 9)}
            assert folded >= {m.member_id for m in there if name in {m.name.given, m.name.family}}
            assert folded <= {m.member_id for m in there}
        products = self.store.products()
        assert {p.product_id for p in products} == self.keys(RowKind.PRODUCT)
        for code in ("1", "2", "3", "tea", "cup"):
            meant = [p for p in products if code in p.codes] or [p for p in products if p.product_id == code]
            assert self.store.product(code) == (meant[0] if meant else None)
        assert {p.stamp for p in self.store.programs()} == self.keys(RowKind.PROGRAM)
        assert set(self.store.usage().used) == self.keys(RowKind.USAGE)
        assert (self.store.voucher("v1") is not None) == bool(self.keys(RowKind.VOUCHER))

    @invariant()
    def nothing_is_left_in_an_index(self) -> None:
        """Every code and word leads to a row that has it, by SQLite's own check and by counting."""
        with_connection = connect(self.store.folder / "replica.db", "query_only = ON")
        try:
            assert check(with_connection, self.store.folder) is None
            for table, column in (("identifier", "member_row"), ("phone", "member_row")):
                orphans = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT row FROM member)"  # noqa: S608
                assert with_connection.execute(orphans).fetchone()[0] == 0
            words = "SELECT count(*) FROM name_index WHERE name_index MATCH 'ali* OR عبد*'"
            assert with_connection.execute(words).fetchone()[0] <= self.store.counts().members
        finally:
            with_connection.close()

    def member(self, key: str) -> Member | None:
        """Return a member of the model."""
        row = self.model.row(RowKind.MEMBER, key)
        return msgspec.json.decode(row.document, type=Member) if row and row.document is not None else None

    def keys(self, kind: RowKind) -> set[str]:
        """Return what the model has of one kind."""
        return {row.key for row in self.model.rows() if row.kind is kind}

    def teardown(self) -> None:
        """Let go of the files."""
        self.store.close()
        self.room.cleanup()


TestTwoReplicas = TwoReplicas.TestCase
TestTwoReplicas.settings = settings(
    max_examples=30, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
