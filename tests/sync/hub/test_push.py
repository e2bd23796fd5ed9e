"""One batch of one terminal: what becomes of each event, and what it leaves."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body, PointsEarned
from pos_loyalty.core.feed import Cursor, FeedPage, RowKind, partition_of
from pos_loyalty.core.ids import PARTS, part_of
from pos_loyalty.core.lots import Spend
from pos_loyalty.core.members import Member, PurchaseStatus
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.core.verdicts import Outcome, QuarantineCode
from pos_loyalty.core.vouchers import VoucherStatus
from pos_loyalty.errors import InvariantBroken
from sync.hub.audit import faults
from sync.hub.authority import Authority, program_row
from sync.hub.hub_store import HubStore
from sync.hub.intake import SEQ_MAX
from sync.hub.kept import BookKey, LossKind, RecordKind, RowKey
from sync.hub.publishing import Publication
from sync.wire import Halt, HaltReason, PushAnswer
from tests.sync.hub.shop import (
    CLUB,
    NOON,
    Ids,
    Till,
    answered,
    back,
    earned,
    enrolled,
    hub_over,
    issued,
    note,
    outcomes,
    points,
    sale,
    unknown,
    unreadable,
    used,
    visit,
    voided,
)
from tests.sync.hub.stores import KINDS

APPLIED, DUPLICATE, QUARANTINED = Outcome.APPLIED, Outcome.DUPLICATE, Outcome.QUARANTINED


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return a store that must be sound at the end."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    with opened.reading() as reading:
        assert faults(reading) == ()
    opened.close()


@pytest.fixture
def hub(store: HubStore) -> Authority:
    """Return a hub with two tills."""
    return hub_over(store, "t1", "t2")


@pytest.fixture
def till() -> Till:
    """Return the first till."""
    return Till("t1", Ids())


@pytest.fixture
def other() -> Till:
    """Return the second till."""
    return Till("t2", Ids(1_000))


def document(hub: Authority, kind: RowKind, key: str) -> bytes | None:
    """Return one row as it goes down."""
    page = hub.feed("t2", Cursor())
    assert isinstance(page, FeedPage)
    found = [row.document for row in page.rows if (row.kind, row.key) == (kind, key)]
    return bytes(found[0]) if found and found[0] is not None else None


def member(hub: Authority, member_id: str = "m1") -> Member:
    """Return a member's document as it goes down."""
    return msgspec.json.decode(document(hub, RowKind.MEMBER, member_id) or b"", type=Member)


def voucher(hub: Authority, code: str) -> VoucherRow:
    """Return a voucher as it goes down."""
    return msgspec.json.decode(document(hub, RowKind.VOUCHER, code) or b"", type=VoucherRow)


def log(store: HubStore) -> list[str]:
    """Return the ids in the log."""
    with store.reading() as reading:
        return [each.event.event_id for each in reading.log()]


def codes(answer: PushAnswer | Halt) -> list[QuarantineCode | None]:
    """Return why events were put aside."""
    return [verdict.code for verdict in answered(answer)]


class TestVerdicts:
    """What is said of each event."""

    def test_each_event_has_its_number_and_keeps_it(self, hub: Authority, till: Till, store: HubStore) -> None:
        """Numbers of a partition are 1, 2, 3; what comes again is a duplicate at the same number."""
        till.did(enrolled())
        till.did(note())
        first = hub.push(till.request())
        assert [(v.outcome, v.number) for v in answered(first)] == [(APPLIED, 1), (APPLIED, 2)]
        till.did(note())
        again = hub.push(till.request())
        assert [(v.outcome, v.number) for v in answered(again)] == [(DUPLICATE, 1), (DUPLICATE, 2), (APPLIED, 3)]
        assert len(log(store)) == 3
        assert len(member(hub).notes) == 2

    def test_an_empty_push_is_answered(self, hub: Authority, till: Till) -> None:
        """A till that only asks for epoch and clock gets them."""
        answer = hub.push(till.request())
        assert isinstance(answer, PushAnswer)
        assert (answer.verdicts, answer.hub_ms, bool(answer.epoch)) == ((), int(NOON.timestamp() * 1000), True)

    def test_an_event_twice_in_a_batch_is_one(self, hub: Authority, till: Till, store: HubStore) -> None:
        """The second is a duplicate of the first, whether that was taken or put aside."""
        event, bad = till.did(note()), unreadable(till)
        answer = hub.push(till.request(event, event, bad, bad))
        assert outcomes(answer) == [APPLIED, DUPLICATE, QUARANTINED, QUARANTINED]
        assert [v.number for v in answered(answer)] == [1, 1, 0, 0]
        assert log(store) == [event.event_id]

    def test_the_order_of_the_batch_is_that_of_the_numbers(self, hub: Authority, till: Till) -> None:
        """A batch that came mixed up is taken in ``seq`` order and answered in its own."""
        events = [till.did(note(str(number))) for number in range(4)]
        answer = hub.push(till.request(*reversed(events)))
        assert [v.number for v in answered(answer)] == [4, 3, 2, 1]
        assert [each.text for each in member(hub).notes] == ["3", "2", "1", "0"]

    def test_another_event_under_a_known_id_is_put_aside(self, hub: Authority, till: Till, store: HubStore) -> None:
        """Envelope and body count, for ever; the first stays what it was, and the answer stays what it was."""
        event = till.did(note())
        hub.push(till.request())
        for changed in (replace(event, body=Raw(b'{"text":"x"}')), replace(event, associate_id="a9")):
            for _ in range(2):
                answer = hub.push(till.request(changed))
                assert codes(answer) == [QuarantineCode.ID_REUSED]
        assert outcomes(hub.push(till.request(event))) == [DUPLICATE]
        assert log(store) == [event.event_id]
        with store.reading() as reading:
            assert len(reading.quarantine()) == 2

    def test_one_bad_event_stops_nobody(self, hub: Authority, till: Till, store: HubStore) -> None:
        """It is put aside with a reason that has nothing of its content, and says the same when it comes again."""
        till.did(enrolled())
        unreadable(till)
        till.did(note())
        assert outcomes(hub.push(till.request())) == [APPLIED, QUARANTINED, APPLIED]
        again = hub.push(till.request())
        assert codes(again) == [None, QuarantineCode.UNREADABLE, None]
        assert len(log(store)) == 2
        with store.reading() as reading:
            (aside,) = reading.quarantine()
        assert "ValidationError" in aside.reason
        assert "7" not in aside.reason.partition(" at ")[0]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"event_id": "1"},
            {"event_id": "\0"},
            {"event_id": "01890A5D-AC96-774B-BCCE-B302099A8057"},
            {"seq": SEQ_MAX + 1},
            {"member_id": ""},
            {"member_id": "m\0"},
            {"member_id": "m" * 513},
        ],
    )
    def test_what_no_database_can_keep_is_put_aside(self, hub: Authority, till: Till, wrong: dict[str, object]) -> None:
        """An id that is none, a number past 64 bits, a name with a NUL: the rest of the batch goes on."""
        event = till.did(note())
        till.did(note())
        answer = hub.push(till.request(replace(event, **wrong), till.journal[1]))
        assert codes(answer) == [QuarantineCode.UNREADABLE, None]

    def test_points_that_are_nobodys_are_put_aside(self, hub: Authority, till: Till) -> None:
        """Points without a member have no book; a sale without either has a place in the log."""
        till.did(sale(10), member_id=None)
        till.did(sale(), member_id=None)
        assert codes(hub.push(till.request())) == [QuarantineCode.UNREADABLE, None]

    @pytest.mark.parametrize(
        "body",
        [
            back("no event", -5),
            back("no event", 5),
            sale(vouchers=[used("CARD", 1 << 70)]),
            sale(uses=1 << 70),
            sale(vouchers=[issued("C" * 513)]),
        ],
    )
    def test_what_no_till_makes_is_put_aside(self, hub: Authority, till: Till, body: Body) -> None:
        """Amounts past all measure, a return of no sale, a code that is none: put aside before anything is touched."""
        till.did(body)
        assert codes(hub.push(till.request())) == [QuarantineCode.UNREADABLE]

    def test_what_the_ledger_cannot_take_is_put_aside_whole(self, hub: Authority, till: Till) -> None:
        """Neither the points nor anything else of it is there, and the events around it are."""
        till.did(sale(5))
        till.did(sale(10**16, vouchers=[issued("GIFT", 50)]))
        till.did(sale(7))
        assert codes(hub.push(till.request())) == [None, QuarantineCode.REFUSED, None]
        assert member(hub).balances == {"points": 12}
        assert member(hub).purchase_count == 2
        assert document(hub, RowKind.VOUCHER, "GIFT") is None

    def test_a_document_that_does_not_read_back_stops_nobody_else(self, hub: Authority, till: Till) -> None:
        """Events about it are put aside, with our own fault as the reason; the others are taken."""
        hub.publish([Publication(RowKey(RowKind.MEMBER, "m1"), b'{"member_id":7}')])
        till.did(note(), "m1")
        till.did(note(), "m2")
        assert codes(hub.push(till.request())) == [QuarantineCode.REFUSED, None]

    def test_a_foreign_event_is_put_aside_and_does_not_block_its_owner(
        self, hub: Authority, till: Till, other: Till
    ) -> None:
        """One terminal cannot speak for another, nor spoil what that one brings itself."""
        event = till.did(note())
        stolen = other.request(event)
        assert codes(hub.push(stolen)) == [QuarantineCode.FOREIGN]
        assert outcomes(hub.push(till.request())) == [APPLIED]
        assert outcomes(hub.push(stolen)) == [DUPLICATE]

    def test_a_journal_under_another_name_brings_duplicates(
        self, hub: Authority, till: Till, other: Till, store: HubStore
    ) -> None:
        """Same facts, other name and numbers: what is there stays as it was, what is new is taken beside it."""
        till.did(enrolled())
        till.did(sale(5))
        hub.push(till.request())
        lost = till.did(note("lost"))
        other.journal = [replace(each, terminal_id="t2", seq=each.seq + 7) for each in till.journal]
        answer = hub.push(other.request())
        assert [(v.outcome, v.number) for v in answered(answer)] == [(DUPLICATE, 1), (DUPLICATE, 2), (APPLIED, 3)]
        assert outcomes(hub.push(till.request(lost))) == [DUPLICATE]
        assert member(hub).applied == {"t1": 2, "t2": 10}
        assert member(hub).balances == {"points": 5}
        with store.reading() as reading:
            assert reading.quarantine() == []

    def test_what_came_in_the_name_of_another_can_be_ones_own_later(
        self, hub: Authority, till: Till, other: Till
    ) -> None:
        """Brought by the wrong till it is put aside; in a journal that goes on under that till's name it is taken."""
        event = till.did(note())
        assert codes(hub.push(other.request(event))) == [QuarantineCode.FOREIGN]
        assert outcomes(hub.push(other.request(replace(event, terminal_id="t2")))) == [APPLIED]

    def test_a_type_that_is_not_known_is_kept_word_for_word(self, hub: Authority, till: Till, store: HubStore) -> None:
        """Its bytes are in the log as they came, it has a place, and the document says that it is inside."""
        till.did(enrolled())
        event = unknown(till, b'{ "colour" :\t"blue" }')
        assert outcomes(hub.push(till.request())) == [APPLIED, APPLIED]
        with store.reading() as reading:
            kept = [bytes(each.event.body) for each in reading.log() if each.event.event_id == event.event_id]
        assert kept == [b'{ "colour" :\t"blue" }']
        assert member(hub).applied == {"t1": 2}

    def test_no_batch_is_half_taken_because_of_its_size(self, hub: Authority, till: Till) -> None:
        """A full batch about many members has a verdict for each."""
        for number in range(300):
            till.did(sale(1), f"m{number % 90}")
        assert outcomes(hub.push(till.request())) == [APPLIED] * 300


class TestTerminals:
    """Who is served."""

    def test_only_enrolled_terminals_are_served(self, hub: Authority, till: Till, store: HubStore) -> None:
        """A stranger and a revoked till get a reason, nothing is taken; enrolled again, it goes on where it was."""
        assert _reason(hub.push(Till("t9", Ids()).request())) is HaltReason.UNKNOWN_TERMINAL
        assert _reason(hub.feed("t9", Cursor())) is HaltReason.UNKNOWN_TERMINAL
        till.did(note())
        assert hub.revoke("t1") is True
        assert hub.revoke("t1") is hub.revoke("t9") is False
        assert _reason(hub.push(till.request())) is HaltReason.REVOKED
        assert _reason(hub.feed("t1", Cursor())) is HaltReason.REVOKED
        assert log(store) == []
        with store.reading() as reading:
            known = reading.terminal("t1")
        assert known is not None
        hub.enrol(replace(known, revoked_ms=None))
        assert outcomes(hub.push(till.request())) == [APPLIED]

    def test_a_journal_put_back_from_a_backup_is_told_so(self, hub: Authority, till: Till, store: HubStore) -> None:
        """A number that another event has halts the till; nothing of the batch is taken."""
        till.did(note())
        till.did(note())
        hub.push(till.request())
        restored = Till("t1", Ids(500), nonce="boot-2")
        restored.journal = till.journal[:1]
        restored.did(note())
        restored.did(note())
        assert _reason(hub.push(restored.request())) is HaltReason.FORKED
        assert log(store) == [event.event_id for event in till.journal]

    def test_the_number_of_an_event_put_aside_is_taken_too(self, hub: Authority, till: Till) -> None:
        """What was put aside has its number; another event there is a fork."""
        unreadable(till)
        hub.push(till.request())
        restored = Till("t1", Ids(500), nonce="boot-2")
        restored.did(note())
        assert _reason(hub.push(restored.request())) is HaltReason.FORKED

    def test_two_events_of_one_number_in_a_batch_are_a_fork(self, hub: Authority, till: Till) -> None:
        """No journal can make that."""
        first, second = till.did(note()), till.did(note())
        assert _reason(hub.push(till.request(first, replace(second, seq=1)))) is HaltReason.FORKED

    def test_a_second_till_of_the_same_name_is_a_clone(self, hub: Authority, till: Till, store: HubStore) -> None:
        """Whose numbers were taken by a till that came after it is told to enrol again, and nothing is taken."""
        till.did(note())
        hub.push(till.request())
        clone = Till("t1", Ids(500), nonce="boot-2")
        clone.journal = list(till.journal)
        clone.did(note())
        assert outcomes(hub.push(clone.request())) == [DUPLICATE, APPLIED]
        till.did(note())
        assert _reason(hub.push(till.request())) is HaltReason.CLONED
        assert len(log(store)) == 2

    def test_a_request_of_an_earlier_start_may_be_late(self, hub: Authority, till: Till) -> None:
        """What it brings is of the same journal, whatever came in between: it is taken, and nobody halts."""
        late = till.request(till.did(note()), till.did(note()), till.did(note()))
        hub.push(till.request(till.journal[0]))
        till.nonce = "boot-2"
        assert outcomes(hub.push(till.request(till.journal[1]))) == [APPLIED]
        assert outcomes(hub.push(late)) == [DUPLICATE, DUPLICATE, APPLIED]
        assert outcomes(hub.push(till.request(till.did(note())))) == [APPLIED]

    def test_a_till_that_starts_again_is_no_clone(self, hub: Authority, till: Till) -> None:
        """Every start has a nonce of its own; a request of an earlier one that comes late repeats, and is answered."""
        for boot in range(40):
            till.nonce = f"boot-{boot}"
            till.did(note())
            assert outcomes(hub.push(till.request()))[-1] is APPLIED
        till.nonce = "boot-38"
        assert set(outcomes(hub.push(till.request()))) == {DUPLICATE}


class TestEffects:
    """What events leave in documents and books."""

    def test_what_was_spent_without_cover_is_owed_and_paid_by_the_next_points(
        self, hub: Authority, till: Till, other: Till
    ) -> None:
        """Two tills gave the same points; nothing is refused, and the next sale nets the debt."""
        till.did(sale(100))
        hub.push(till.request())
        till.did(sale(-80))
        other.did(sale(-80))
        assert outcomes(hub.push(till.request())) == [DUPLICATE, APPLIED]
        assert outcomes(hub.push(other.request())) == [APPLIED]
        assert member(hub).balances == {"points": -60}
        other.did(sale(75))
        hub.push(other.request())
        assert member(hub).balances == {"points": 15}

    def test_a_return_takes_back_and_gives_back(self, hub: Authority, till: Till) -> None:
        """The points of the sale go, those it spent come back."""
        hub.publish([program_row(CLUB)])
        till.did(earned(50))
        sold = till.did(sale(-30, 10))
        till.did(back(sold.event_id, -10, 30))
        assert outcomes(hub.push(till.request())) == [APPLIED] * 3
        assert member(hub).balances == {"points": 50}
        assert member(hub).purchases[0].status is PurchaseStatus.RETURNED

    def test_points_that_were_spent_meanwhile_are_short(self, hub: Authority, till: Till) -> None:
        """Goods come back whose points are gone: nobody owes them, but what comes back next goes there first."""
        sold = till.did(sale(10))
        till.did(sale(-10))
        hub.push(till.request())
        till.did(back(sold.event_id, -10))
        assert outcomes(hub.push(till.request()))[-1] is APPLIED
        assert (member(hub).balances, member(hub).short) == ({"points": 0}, {"points": 10})

    def test_the_oldest_debt_is_paid_first(self, hub: Authority, till: Till, store: HubStore) -> None:
        """However many batches lie between: what is earned next pays the first, and part of the second."""
        for amount in (-10, -11, -12, 15):
            till.did(sale(amount))
            hub.push(till.request())
        with store.reading() as reading:
            records = reading.records_of(BookKey("m1", "points"))
        spends = sorted((each.order, each.document) for each in records if each.kind is RecordKind.SPEND)
        assert [msgspec.json.decode(document, type=Spend).owed for _, document in spends] == [0, 6, 12]

    def test_a_return_that_is_here_before_its_sale_waits_for_it(self, hub: Authority, till: Till, other: Till) -> None:
        """Goods came back at another till, which was online first: in the end every balance is right."""
        other.did(earned(50))
        hub.push(other.request())
        sold = till.did(sale(-30, 10))
        other.did(back(sold.event_id, -10, 30))
        assert outcomes(hub.push(other.request())) == [DUPLICATE, APPLIED]
        assert member(hub).balances == {"points": 50}
        assert outcomes(hub.push(till.request())) == [APPLIED]
        assert member(hub).balances == {"points": 50}

    def test_pending_points_are_in_no_balance(self, hub: Authority, till: Till) -> None:
        """They are in the book, and the document says nothing of them until their day."""
        waiting = replace(points(10), pending_until=NOON.date() + timedelta(days=14))
        till.did(PointsEarned(happening="visit", moves=(waiting,)))
        hub.push(till.request())
        assert member(hub).balances == {}

    def test_a_sale_that_was_undone_moves_nothing(self, hub: Authority, till: Till) -> None:
        """A void takes back and gives back as a return does."""
        till.did(earned(50))
        sold = till.did(sale(-30, 10))
        till.did(voided(sold.event_id, -10, 30))
        hub.push(till.request())
        assert member(hub).balances == {"points": 50}
        assert member(hub).purchases[0].status is PurchaseStatus.VOIDED

    def test_what_no_sale_ever_moved_waits_and_does_no_harm(
        self, hub: Authority, till: Till, other: Till, store: HubStore
    ) -> None:
        """A return of points that its sale never spent is kept, for a person to see; the rest of it counts."""
        sold = till.did(sale(10))
        other.did(back(sold.event_id, -10, 30))
        hub.push(other.request())
        hub.push(till.request())
        assert member(hub).balances == {"points": 0}
        with store.reading() as reading:
            records = reading.records_of(BookKey("m1", "points"))
        assert sorted(each.open for each in records if each.kind is RecordKind.WAITING) == [False, True]

    def test_goods_that_come_back_twice_take_points_once(self, hub: Authority, till: Till, other: Till) -> None:
        """Two tills took the same goods back: the ledger has the last word on the points."""
        sold = till.did(sale(10))
        till.did(back(sold.event_id, -10))
        other.did(back(sold.event_id, -10))
        hub.push(till.request())
        assert outcomes(hub.push(other.request())) == [APPLIED]
        assert member(hub).balances == {"points": 0}

    def test_a_voucher_is_good_once(self, hub: Authority, till: Till, other: Till, store: HubStore) -> None:
        """It is used where it was first in the hub's order; the other use is a loss that names its till."""
        till.did(sale(vouchers=[issued("TEN")]))
        till.did(sale(vouchers=[used("TEN")]))
        second = other.did(sale(vouchers=[used("TEN")]), "m2")
        hub.push(till.request())
        hub.push(other.request())
        with store.reading() as reading:
            (loss,) = reading.losses()
        assert (loss.event_id, loss.code, loss.kind, loss.terminal_id) == (
            second.event_id,
            "TEN",
            LossKind.DUPLICATE,
            "t2",
        )
        assert voucher(hub, "TEN").status is VoucherStatus.REDEEMED
        assert voucher(hub, "TEN").applied == {"t1": 2, "t2": 1}

    def test_a_gift_card_that_paid_too_much_is_a_loss(self, hub: Authority, till: Till, store: HubStore) -> None:
        """By as much as was not on it, each time."""
        till.did(sale(vouchers=[issued("CARD", 50)]), None)
        for amount in (40, 30, 5):
            till.did(sale(vouchers=[used("CARD", amount)]), None)
        hub.push(till.request())
        with store.reading() as reading:
            assert [(loss.kind, loss.amount) for loss in reading.losses()] == [
                (LossKind.OVERDRAWN, 20),
                (LossKind.OVERDRAWN, 5),
            ]
        assert voucher(hub, "CARD").balance == -25

    def test_a_voucher_can_be_used_before_the_hub_hears_of_it(
        self, hub: Authority, till: Till, other: Till, store: HubStore
    ) -> None:
        """The till that issued it comes online last: it is used then, and a card has what is left on it."""
        till.did(sale(vouchers=[issued("TEN"), issued("CARD", 50)]))
        other.did(sale(vouchers=[used("TEN"), used("CARD", 20)]))
        hub.push(other.request())
        hub.push(till.request())
        assert voucher(hub, "TEN").status is VoucherStatus.REDEEMED
        assert voucher(hub, "CARD").balance == 30
        assert voucher(hub, "CARD").early == ()
        assert [(each.code, each.status) for each in member(hub).vouchers] == [("TEN", VoucherStatus.REDEEMED)]
        with store.reading() as reading:
            assert reading.losses() == []

    def test_a_code_that_two_tills_gave_out_is_the_firsts(self, hub: Authority, till: Till, other: Till) -> None:
        """A code made twice is one voucher; one that was used for more than was then put on it is a loss."""
        other.did(sale(vouchers=[used("CARD", 30), used("CARD", 40)]))
        till.did(sale(vouchers=[issued("CARD", 50)]))
        second = other.did(sale(vouchers=[issued("CARD", 90)]))
        hub.push(other.request(other.journal[0]))
        hub.push(till.request())
        hub.push(other.request(second))
        assert (voucher(hub, "CARD").balance, voucher(hub, "CARD").issued_by) == (-20, till.journal[0].event_id)

    def test_uses_of_a_shared_limit_add_up(self, hub: Authority, till: Till, other: Till) -> None:
        """What all tills used is one row, which says what of whom is in it."""
        till.did(sale(uses=2))
        other.did(sale(uses=3), "m2")
        hub.push(till.request())
        hub.push(other.request())
        row = msgspec.json.decode(document(hub, RowKind.USAGE, "spring/all") or b"", type=UsageRow)
        assert (row.amount, row.applied) == (5, {"t1": 1, "t2": 1})

    def test_an_event_that_comes_late_is_inside_all_the_same(self, hub: Authority, till: Till) -> None:
        """Offered again after newer ones were taken: its effect is there, and ``applied`` does not go back."""
        late, newer = till.did(visit("first")), till.did(visit("second"))
        hub.push(till.request(newer))
        hub.push(till.request(late))
        assert member(hub).visit_count == 2
        assert member(hub).applied == {"t1": 2}

    def test_an_event_is_counted_in_every_partition_it_changes(
        self, hub: Authority, till: Till, store: HubStore
    ) -> None:
        """A sale with a gift card has one number at home and one where the card is, in one step."""
        member_id = next(f"m{n}" for n in range(PARTS) if partition_of(part_of(f"m{n}")) != partition_of(part_of("C")))
        event = till.did(sale(vouchers=[issued("C", 5)]), member_id)
        hub.push(till.request())
        with store.reading() as reading:
            places = list(reading.places())
        assert sorted(place.partition for place in places) == sorted(
            [partition_of(part_of(member_id)), partition_of(part_of("C"))]
        )
        assert {(place.number, place.event_id) for place in places} == {(1, event.event_id)}

    def test_whoever_was_erased_stays_erased(self, hub: Authority, till: Till) -> None:
        """Events that come after the tombstone are in the log, and make no document."""
        till.did(enrolled())
        hub.push(till.request())
        hub.publish([Publication(RowKey(RowKind.MEMBER, "m1"), None)])
        till.did(sale(5))
        assert outcomes(hub.push(till.request())) == [DUPLICATE, APPLIED]
        assert document(hub, RowKind.MEMBER, "m1") is None

    def test_members_that_are_brought_in_keep_their_points(self, hub: Authority, till: Till) -> None:
        """What their documents say is in their books, so that spending it owes nothing."""
        hub.bring_in([Member(member_id="m1", balances={"points": 40}), Member(member_id="m2", balances={"points": -3})])
        till.did(sale(-30))
        till.did(earned(5), "m2")
        hub.push(till.request())
        assert member(hub).balances == {"points": 10}
        assert member(hub, "m2").balances == {"points": 2}
        for _ in range(2):
            hub.bring_in([Member(member_id="m1", balances={"points": 15})])
            assert member(hub).balances == {"points": 15}

    def test_points_that_no_ledger_takes_are_not_brought_in(self, hub: Authority, store: HubStore) -> None:
        """More than anybody can have is refused, and the member is not there either."""
        with pytest.raises(InvariantBroken, match="correct them"):
            hub.bring_in([Member(member_id="m1", balances={"points": 10**16})])
        assert document(hub, RowKind.MEMBER, "m1") is None
        with store.reading() as reading:
            assert list(reading.places()) == []


def _reason(answer: object) -> HaltReason:
    assert isinstance(answer, Halt)
    return answer.reason
