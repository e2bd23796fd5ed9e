"""What the till shows between the sale, the hub's verdict and the row that comes down."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.merging import forwarded, merged
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.store.outbox import ACKNOWLEDGED_KEPT_MS
from pos_loyalty.store.sqlite import SqliteStore
from pos_loyalty.store.visitors import VISITORS_MAX
from tests.store.feed import HOUR_MS, NOON_MS, applied, duplicate, member_row, page, refused, row, take
from tests.store.shop import about, card, committed, enrolment, new_id, note, person, phone, program, sqlite_store

ROYA = person("m-roya", "رویا", "کریمی", card("PL-1"), phone("+989123456789"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return an empty store."""
    with closing(sqlite_store(tmp_path / "till")) as opened:
        yield opened


def notes(store: SqliteStore) -> list[str]:
    """Return what is remarked of Roya, oldest first, by whichever way she is found."""
    roya = store.member("m-roya")
    assert roya is not None
    assert store.lookup("PL-1") == store.search("رویا", 5) == (roya,)
    return [each.text for each in reversed(roya.notes)]


def is_rebuilt(store: SqliteStore) -> bool:
    """Whether the index in memory is what a restart would make of the files."""
    rebuilt = store._view.journal.pending_index(store.replica.cursor().numbers)
    return vars(rebuilt) | {"changes": store._pending.changes} == vars(store._pending)


class TestMembers:
    """Rows with the events on top that are not inside them."""

    def test_an_event_is_shown_once_at_every_step(self, store: SqliteStore) -> None:
        """True if a note is there when it waits, when the hub has it, and when the row has come."""
        take(store.replica, page(member_row(ROYA, 1)))
        (event,) = committed(store, note("m-roya")).events
        assert (notes(store), store.counts().waiting) == (["likes blue"], 1)
        store.outbox.record((applied(event, 2),), NOON_MS)
        assert (notes(store), store.counts().waiting, is_rebuilt(store)) == (["likes blue"], 0, True)
        take(store.replica, page(member_row(ROYA, 2, event)))
        assert (notes(store), store._pending.last_seq, is_rebuilt(store)) == (["likes blue"], {}, True)

    def test_a_row_may_be_here_before_the_verdict(self, store: SqliteStore) -> None:
        """True if an event that came down before its answer is not folded a second time, and leaves with the answer."""
        (event,) = committed(store, note("m-roya")).events
        take(store.replica, page(member_row(ROYA, 2, event)))
        assert notes(store) == ["likes blue"]
        store.outbox.record((applied(event, 2),), NOON_MS)
        assert (notes(store), store._pending.last_seq, store._pending.settling) == (["likes blue"], {}, {})

    def test_what_is_put_aside_is_shown_no_more_until_it_is_released(self, store: SqliteStore) -> None:
        """True if a refused note is gone at once, and there again when a person lets it go up again."""
        take(store.replica, page(member_row(ROYA, 1)))
        first, second = committed(store, note("m-roya", "one"), note("m-roya", "two")).events
        store.outbox.record((refused(first),), NOON_MS)
        store.outbox.put_aside(second.event_id, QuarantineCode.TOO_LARGE)
        assert (notes(store), is_rebuilt(store)) == ([], True)
        assert store.outbox.release(second.event_id)
        assert not store.outbox.release(second.event_id)
        assert (notes(store), store.outbox.waiting(9, 1 << 20)) == (["two"], (second,))
        assert is_rebuilt(store)

    def test_a_restart_changes_nothing(self, tmp_path: Path) -> None:
        """True if what waits, what settles and what is inside is known again from the files."""
        for turn in range(3):
            with closing(sqlite_store(tmp_path / "till")) as store:
                if turn == 0:
                    take(store.replica, page(member_row(ROYA, 1)))
                    events = committed(store, *(note("m-roya", text) for text in "abc")).events
                    store.outbox.record((applied(events[0], 2), applied(events[1], 3)), NOON_MS)
                    take(store.replica, page(member_row(ROYA, 2, events[0])))
                assert notes(store) == ["a", "b", "c"]
                assert list(store._pending.settling) == [2]
                assert (store.counts().waiting, is_rebuilt(store)) == (1, True)

    def test_who_was_erased_is_gone_though_events_are_pending(self, store: SqliteStore) -> None:
        """True if a tombstone wins over a note that waits and one that the hub has."""
        take(store.replica, page(member_row(ROYA, 1)))
        first, _ = committed(store, note("m-roya", "one"), note("m-roya", "two")).events
        store.outbox.record((applied(first, 2),), NOON_MS)
        take(store.replica, page(row(RowKind.MEMBER, "m-roya", 3)))
        assert (store.member("m-roya"), store.lookup("PL-1"), store.search("رویا", 5)) == (None, (), ())

    def test_who_was_enrolled_here_stays_until_the_hub_had_the_say(self, store: SqliteStore) -> None:
        """True if a new member is there while the enrolment is on its way, and gone when the hub sends no row."""
        (event,) = committed(store, enrolment("m-new", "سارا", "نوری", card("PL-7"))).events
        take(store.replica, page(p0=9))
        assert store.lookup("PL-7") != ()
        store.outbox.record((applied(event, 10),), NOON_MS)
        assert (store.lookup("PL-7") != (), is_rebuilt(store)) == (True, True)
        take(store.replica, page(p0=10))
        assert (store.lookup("PL-7"), store.search("سارا", 5), is_rebuilt(store)) == ((), (), True)

    def test_a_hub_that_fell_back_has_everything_offered_and_shown_once(self, store: SqliteStore) -> None:
        """True if events of the lost life wait again, on rows that contain them and rows that do not."""
        (event,) = committed(store, note("m-roya")).events
        store.outbox.offer_again("one", 0)
        store.outbox.record((applied(event, 2),), NOON_MS)
        take(store.replica, page(member_row(ROYA, 2, event)))
        assert store.outbox.offer_again("two", NOON_MS)
        assert (notes(store), store.counts().waiting, is_rebuilt(store)) == (["likes blue"], 1, True)
        store.replica.rebase(page(p0=1).cursor)
        take(store.replica, page(member_row(ROYA, 1)))
        assert notes(store) == ["likes blue"]

    def test_another_name_takes_everything_along_and_shows_it_once(self, store: SqliteStore) -> None:
        """True if ids and numbers stay, all that the hub had waits again, and rows know it by the old name."""
        old = store.terminal_id
        first, second = committed(store, note("m-roya", "one"), note("m-roya", "two")).events
        store.outbox.record((applied(first, 1),), NOON_MS)
        take(store.replica, page(member_row(ROYA, 1, first)))
        new = new_id()
        store.rename(new)
        renamed = tuple(replace(event, terminal_id=new) for event in (first, second))
        assert (store.terminal_id, store.events(), store.outbox.waiting(9, 1 << 20)) == (new, renamed, renamed)
        assert (notes(store), is_rebuilt(store)) == (["one", "two"], True)
        store.outbox.record((duplicate(first, 1), applied(second, 2)), NOON_MS)
        roya = store.member("m-roya")
        assert roya is not None
        assert roya.applied == {old: 1, new: 2}
        take(store.replica, page(member_row(ROYA, 2, first, renamed[1])))
        assert notes(store) == ["one", "two"]
        assert committed(store, note("m-roya", "three")).events[0].terminal_id == new

    def test_a_row_of_a_newer_build_is_shown_as_far_as_it_can_be_read(self, store: SqliteStore) -> None:
        """True if an unknown title and a broken list hide neither the name nor the page they came with."""
        newer = {
            "member_id": "m-new",
            "name": {"given": "سارا", "family": "نوری", "title": "captain"},
            "identifiers": [{"kind": "card", "value": "PL-7"}],
            "visits": 7,
            "tier": "gold",
        }
        take(store.replica, page(row(RowKind.MEMBER, "m-new", 1, newer), member_row(ROYA, 2)))
        (sara,) = store.lookup("PL-7")
        assert (sara.tier, sara.visits, sara.identifiers) == ("gold", (), (card("PL-7"),))
        assert notes(store) == []
        take(store.replica, page(row(RowKind.MEMBER, "m-odd", 3, [1]), row(RowKind.PRODUCT, "tea", 4, {"codes": 5})))
        assert (store.products(), store.product("tea")) == ((), None)

    def test_an_event_under_an_old_id_is_shown_once_while_its_member_is_merged(self, store: SqliteStore) -> None:
        """True if a note about who is merged away stays on the one, before the verdict, after it, and inside the row.

        The event is in the log of the old id's partition, the row of the one in another.
        """
        twin = person("m-twin", "R.", "K.", card("PL-9"))
        take(store.replica, page(row(RowKind.MEMBER, "m-roya", 1, ROYA, partition=3), member_row(twin, 1)))
        (event,) = committed(store, note("m-twin")).events
        one = merged(ROYA, twin)
        left = member_row(forwarded(twin, "m-roya"), 2)
        take(store.replica, page(row(RowKind.MEMBER, "m-roya", 2, one, partition=3), left))
        assert (notes(store), store.lookup("PL-9"), is_rebuilt(store)) == (["likes blue"], store.lookup("PL-1"), True)
        store.outbox.record((applied(event, 3),), NOON_MS)
        assert (notes(store), is_rebuilt(store)) == (["likes blue"], True)
        inside = row(RowKind.MEMBER, "m-roya", 3, apply_all(one, [event]), partition=3)
        take(store.replica, page(inside, more=True))
        assert notes(store) == ["likes blue"]
        take(store.replica, page(p0=3, p3=3))
        assert (notes(store), store.member("m-twin"), is_rebuilt(store)) == (
            ["likes blue"],
            store.member("m-roya"),
            True,
        )


class TestLimits:
    """Counters of all stores, and what of ours is not inside them."""

    @staticmethod
    def sale(amount: int) -> BasketCommitted:
        """Return a sale that used so much."""
        counts = (Counted(key="p/all", amount=amount, scope=Scope.TOTAL),)
        return BasketCommitted(basket_id="b", currency="IRR", gross=0, discount=0, net=0, lines=(), counts=counts)

    def test_what_the_hub_counted_and_what_it_has_not_heard_add_up(self, store: SqliteStore) -> None:
        """True if each use counts once, whatever of it has gone up or come down."""
        first, second, third = committed(store, *(about("m", self.sale(n)) for n in (1, 10, 100))).events
        assert store.usage().used == {"p/all": 111}
        store.outbox.record((applied(first, 1), applied(second, 2)), NOON_MS)
        counter = UsageRow(amount=5_001, applied={store.terminal_id: first.seq, "another": 9})
        take(store.replica, page(row(RowKind.USAGE, "p/all", 8, counter, partition=3)))
        assert store.usage().used == {"p/all": 5_111}
        assert store.usage() is store.usage()
        store.outbox.record((refused(third),), NOON_MS)
        assert store.usage().used == {"p/all": 5_011}
        committed(store, about("m", self.sale(1_000)))
        assert store.usage().used == {"p/all": 6_011}
        store.outbox.release(third.event_id)
        assert store.usage().used == {"p/all": 6_111}
        store.rename(new_id())
        assert store.usage().used == {"p/all": 6_111}

    def test_what_is_put_aside_counts_for_nothing(self, store: SqliteStore) -> None:
        """True if a counter that no hub knows goes down and up again with the event."""
        (event,) = committed(store, about("m", self.sale(7))).events
        store.outbox.record((refused(event),), NOON_MS)
        assert store.usage().used == {"p/all": 0}
        assert store.outbox.offer_again("two", 0)
        assert store.usage().used == {"p/all": 7}


class TestVouchers:
    """Rows of vouchers with this till's own moves on top."""

    @staticmethod
    def sale(kind: VoucherMoveKind, amount: int = 0) -> BasketCommitted:
        """Return a sale that does this to the voucher V."""
        move = VoucherMove(kind=kind, program_id="p", source="p@1/r", code="V", amount=amount)
        return BasketCommitted(basket_id="b", currency="IRR", gross=0, discount=0, net=0, lines=(), vouchers=(move,))

    def test_a_move_counts_once_at_every_step(self, store: SqliteStore) -> None:
        """True if a card is debited once before, between and after verdict and row, and not if it was refused."""
        card_row = VoucherRow(code="V", program_id="p", balance=500)
        take(store.replica, page(row(RowKind.VOUCHER, "V", 1, card_row, partition=3)))
        first, second = committed(store, *(about(None, self.sale(VoucherMoveKind.DEBITED, n)) for n in (100, 7))).events
        store.outbox.record((applied(first, 2), refused(second)), NOON_MS)
        assert store.voucher("V") == Voucher(code="V", program_id="p", balance=400)
        debited = replace(card_row, balance=400, applied={store.terminal_id: 1})
        take(store.replica, page(row(RowKind.VOUCHER, "V", 2, debited, partition=3)))
        assert store.voucher("V") == Voucher(code="V", program_id="p", balance=400)

    def test_a_voucher_that_the_hub_has_no_more_is_none(self, store: SqliteStore) -> None:
        """True if one issued here is there until everything was here after the hub had it, and no row was among it."""
        (event,) = committed(store, about("m-roya", self.sale(VoucherMoveKind.ISSUED))).events
        take(store.replica, page(hub_ms=NOON_MS))
        store.outbox.record((applied(event, 1),), NOON_MS)
        issued = store.voucher("V")
        assert issued is not None
        assert issued.status is VoucherStatus.ISSUED
        take(store.replica, page(hub_ms=NOON_MS + HOUR_MS))
        assert store.voucher("V") is None


class TestVisitors:
    """Customers of other stores, for whom the hub was asked."""

    def test_a_visitor_is_greeted_and_earns(self, store: SqliteStore) -> None:
        """True if code and id lead to the member with what happened here on top, and a voucher to its balance."""
        gift = VoucherRow(code="V", program_id="p", balance=500, applied={"another": 4})
        store.visiting((member_row(ROYA, 7), row(RowKind.VOUCHER, "V", 8, gift)))
        committed(store, note("m-roya"))
        (roya,) = store.lookup("PL-1")
        assert (store.member("m-roya"), len(roya.notes)) == (roya, 1)
        assert store.voucher("V") == Voucher(code="V", program_id="p", balance=500)
        assert store.counts().members == 0
        assert store.replica.row(RowKind.MEMBER, "m-roya") is None

    def test_the_own_row_wins(self, store: SqliteStore) -> None:
        """True if a visitor gives way to the row that comes down, also to its tombstone, and never covers one."""
        store.visiting((member_row(ROYA, 7),))
        take(store.replica, page(member_row(replace(ROYA, tier="gold"), 8)))
        assert [member.tier for member in store.lookup("PL-1")] == ["gold"]
        store.visiting((member_row(ROYA, 7),))
        assert [member.tier for member in store.lookup("PL-1")] == ["gold"]
        take(store.replica, page(row(RowKind.MEMBER, "m-roya", 9)))
        assert store.lookup("PL-1") == ()

    def test_there_is_no_room_for_everybody(self, store: SqliteStore) -> None:
        """True if the oldest go when there are too many."""
        for number in range(VISITORS_MAX + 1):
            store.visiting((member_row(person(f"m{number}", "A", "B", card(f"C{number}")), 1),))
        assert (store.lookup("C0"), len(store.lookup("C1")), len(store.lookup(f"C{VISITORS_MAX}"))) == ((), 1, 1)


class TestKeeping:
    """What the journal keeps, and for how long."""

    def test_what_the_hub_had_long_ago_and_nothing_needs_is_dropped(self, store: SqliteStore) -> None:
        """True if old notes go, and stay: sales, steps of passes, what settles, what waits, and the newest of all."""
        sold = about("m-roya", TestVouchers.sale(VoucherMoveKind.ISSUED))
        plain = about("m-roya", replace(TestVouchers.sale(VoucherMoveKind.ISSUED), vouchers=()))
        drafts = (note("m-roya"), sold, plain, note("m-roya"), note("m-roya"), note("m-roya"), note("m-roya"))
        events = committed(store, *drafts).events
        inside = (0, 1, 2, 3, 6)
        store.outbox.record((*(applied(events[n], 1) for n in inside), applied(events[4], 9)), NOON_MS)
        take(store.replica, page(member_row(ROYA, 1, *events[:5])))
        store.outbox.seen(NOON_MS + ACKNOWLEDGED_KEPT_MS, 0)
        assert store.outbox.prune() == 0
        store.outbox.seen(NOON_MS + ACKNOWLEDGED_KEPT_MS + 1, 0)
        assert store.outbox.prune() == 2
        assert [event.seq for event in store.events()] == [2, 3, 5, 6, 7]
        assert (store.counts().events, is_rebuilt(store)) == (5, True)
        assert store.sale(events[2].event_id) is not None
        assert committed(store, note("m-roya")).events[0].seq == 8

    def test_what_is_here_alone_is_counted(self, store: SqliteStore) -> None:
        """True if what waits counts, and what this till put aside; not what the hub put aside, for it keeps that."""
        assert store.outbox.only_here_count() == 0
        first, second = committed(store, note("m"), note("m")).events
        store.outbox.record((applied(first, 1),), NOON_MS)
        assert store.outbox.only_here_count() == 1
        store.outbox.put_aside(second.event_id, QuarantineCode.TOO_LARGE)
        assert store.outbox.only_here_count() == 1
        store.outbox.release(second.event_id)
        store.outbox.record((refused(second),), NOON_MS)
        assert store.outbox.only_here_count() == 0

    def test_the_journal_says_up_to_where_the_hub_had_it_by_when(self, store: SqliteStore) -> None:
        """True if nothing that is here alone is passed over, whether it waits or was put aside."""
        assert store.ended_to(NOON_MS) == 0
        events = committed(store, *(note("m") for _ in range(5))).events
        for ago, event in zip((5, 4, 3), events, strict=False):
            store.outbox.record((applied(event, event.seq),), NOON_MS - ago)
        assert [store.ended_to(NOON_MS - ago) for ago in (5, 4, 3, 0)] == [0, *(event.seq for event in events[:3])]
        store.outbox.put_aside(events[3].event_id, QuarantineCode.TOO_LARGE)
        store.outbox.record((applied(events[4], events[4].seq),), NOON_MS - 1)
        assert store.ended_to(NOON_MS) == events[2].seq
        store.outbox.release(events[3].event_id)
        assert store.ended_to(NOON_MS) == events[2].seq

    def test_the_latest_time_of_the_hub_outlives_a_restart(self, tmp_path: Path) -> None:
        """True if time never goes back, and is written at most once a minute unless the difference changed."""
        with closing(sqlite_store(tmp_path / "till")) as store:
            store.outbox.seen(NOON_MS, -1_500)
            written: list[str] = []
            store._writer._connection.set_trace_callback(written.append)
            store.outbox.seen(NOON_MS + 59_000, -1_400)
            store.outbox.seen(NOON_MS, -1_300)
            assert written == []
            store.outbox.seen(NOON_MS, 5_000)
            assert written.count("COMMIT") == 1
            assert (store.outbox.seen_ms, store.outbox.ahead_ms) == (NOON_MS + 59_000, 5_000)
        with closing(sqlite_store(tmp_path / "till")) as store:
            assert (store.outbox.seen_ms, store.outbox.ahead_ms) == (NOON_MS + 59_000, 5_000)


def test_a_loaded_shop_ends_equal_to_the_hub(store: SqliteStore) -> None:
    """True if what a load brought answers until the first whole pull, and only what the hub has is left then."""
    store.load(ReplicaContents(members=(ROYA, person("m-john", "John", "Doe", card("PL-2")))))
    assert store.replica.cursor().epoch == ""
    take(store.replica, page(member_row(replace(ROYA, tier="gold"), 1), more=True))
    assert (store.lookup("PL-1")[0].tier, len(store.lookup("PL-2")), store.counts().members) == ("gold", 1, 2)
    take(store.replica, page(p0=2))
    assert (store.lookup("PL-1")[0].tier, store.lookup("PL-2"), store.counts().members) == ("gold", (), 1)


def test_held_objects_change_with_their_rows_alone(store: SqliteStore) -> None:
    """True if programs are the same object while members and products come, and another when a program does."""
    take(store.replica, page(row(RowKind.PRODUCT, "tea", 1, {"product_id": "tea", "name": {}, "unit_price": 1})))
    programs, products = store.programs(), store.products()
    take(store.replica, page(member_row(ROYA, 2)))
    assert (store.programs() is programs, store.products() is products) == (True, True)
    take(store.replica, page(row(RowKind.PROGRAM, "club@1", 3, program("club", 1))))
    assert (store.programs() is programs, store.products() is products) == (False, True)
    take(store.replica, page(row(RowKind.PROGRAM, "club@2", 4, {"kind": "lottery"})))
    assert ([each.stamp for each in store.programs()], store.unreadable_programs()) == (["club@1"], ("club@2",))
