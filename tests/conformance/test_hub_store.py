"""What every store of the hub does, in memory or on disk."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.accounts import Account, AccountKind, Transfer, TransferKind
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.errors import InvariantBroken, StoreError
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.intake import SEQ_MAX, digest_of
from sync.hub.kept import (
    BookKey,
    Boot,
    Counter,
    Epoch,
    Found,
    Logged,
    Loss,
    LossKind,
    Name,
    Place,
    Posted,
    PutAside,
    Record,
    RecordKey,
    RecordKind,
    RowKey,
    Terminal,
)
from sync.hub.reach import partition_of_row
from tests.sync.hub.shop import NOON, Ids, Till, note
from tests.sync.hub.stores import KINDS

DEADLINE_S = 60.0
BESIDE_S = 0.3
"""Long enough for a step beside a reader; a store whose steps wait for readers takes it all."""
BOOK, OTHER = BookKey("m1", "points"), BookKey("m1", "stamps")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def events(terminal_id: str = "t1", count: int = 2) -> list[Event]:
    """Return the first events of a till."""
    till = Till(terminal_id, Ids(sum(terminal_id.encode())))
    return [till.did(note(str(number))) for number in range(count)]


def logged(event: Event, number: int = 1, partition: int = 3) -> Logged:
    """Return an event at its place."""
    return Logged(event, digest_of(event), partition, number, 1_700_000_000_000)


def key_of(name: str, partition: int = 3, kind: RowKind = RowKind.MEMBER) -> RowKey:
    """Return a key that begins with ``name`` and is in ``partition``, where its rows must be."""
    keys = (RowKey(kind, f"{name}-{number}") for number in count())
    return next(key for key in keys if partition_of_row(key) == partition)


def row(name: str, number: int, document: bytes | None = b'{"a":1}', partition: int = 3) -> Row:
    """Return a member's row."""
    raw = None if document is None else Raw(document)
    key = key_of(name, partition)
    return Row(kind=key.kind, key=key.key, partition=partition, number=number, document=raw)


def shown(rows: Iterable[Row]) -> list[tuple[str, int, bytes | None]]:
    """Return what rows say, by their names; raw documents have no equality of their own."""
    return [(_name(each), each.number, None if each.document is None else bytes(each.document)) for each in rows]


def _name(row: Row) -> str:
    return row.key.rpartition("-")[0]


def record(
    name: str, *, kind: RecordKind = RecordKind.LOT, cause: str = "", open_: bool = True, due: int = 0
) -> Record:
    """Return a record of the book of m1."""
    return Record(BOOK, kind, name, cause, open_, name.encode(), due=due)


def names(records: list[Record]) -> list[str]:
    """Return the names of records in the order in which they were first written."""
    return [each.record_id for each in sorted(records, key=lambda each: each.order)]


def transfer(name: str) -> Transfer:
    """Return points that were earned."""
    return Transfer(
        transfer_id=name,
        cause="c",
        leg="l",
        debit=Account("club", AccountKind.ISSUED),
        credit=Account("m1", AccountKind.AVAILABLE),
        points=5,
        kind=TransferKind.ACCRUAL,
        at=NOON,
    )


def everything(reading: Reading) -> tuple[object, ...]:
    """Return all that a store says it has."""
    return (
        reading.epochs(),
        reading.counters(),
        shown(reading.rows_above(dict.fromkeys(range(65), 0), 100)),
        list(reading.places()),
        [(each.number, each.event.event_id) for each in reading.log()],
        [(book, names(reading.records_of(book)), reading.postings_of(book)) for book in reading.books()],
        [each.event.event_id for each in reading.quarantine()],
        reading.losses(),
    )


def test_a_new_store_is_empty(store: HubStore) -> None:
    """Every question has an empty answer, and none an error."""
    with store.transaction() as step:
        assert everything(step) == ((), {}, [], [], [], [], [], [])
        assert step.terminal("t1") is None
        assert step.own("t1") is None
        assert step.lock([3, 64]) == {3: Counter(), 64: Counter()}
        assert (step.found({"x"}), step.aside("t1", {"x"}), step.holders("t1", {1})) == ({}, {}, {})
        assert step.rows({RowKey(RowKind.MEMBER, "m1")}) == {}
        assert (step.open_records([BOOK]), step.rows_of(RowKind.PROGRAM)) == ([], [])


def test_what_was_committed_reads_back(store: HubStore) -> None:
    """All that can be kept is as it was written, in the same step, in the next and for a reader."""
    first, second = events()
    aside = PutAside("t1", second, digest_of(second), 2, QuarantineCode.REFUSED, "why", 5)
    loss = Loss(first.event_id, "CODE", LossKind.DUPLICATE, 10, "t1")
    terminal = Terminal(terminal_id="t1", public_key=b"\0\xff", store_id="s", last_seq=2, boots=(Boot("n", 2),))
    posted = Posted(BOOK, transfer("a"))
    with store.transaction() as step:
        step.add_epoch(Epoch("one"))
        step.add_epoch(Epoch("two", {3: 7}))
        step.append([logged(first)])
        step.take_places([Place(3, 1, first.event_id)])
        step.put_counters({3: Counter(1, (1 << 64) - 1), 4: Counter(SEQ_MAX, 5)})
        step.put_rows([row("m1", 1), row("gone", 1, None)])
        step.put_records([record("lot", cause=first.event_id)])
        step.post([posted])
        step.put_aside([aside, aside])
        step.lose([loss])
        step.put_terminal(terminal)
        inside = everything(step)
        step.commit()
    with store.transaction() as step:
        assert everything(step) == inside
        assert step.own("t1") == terminal
        assert step.found({first.event_id, second.event_id}) == {first.event_id: Found(digest_of(first), 1)}
        assert step.aside("t1", {second.event_id}) == {second.event_id: {digest_of(second): QuarantineCode.REFUSED}}
        assert step.aside("t2", {second.event_id}) == {}
        assert step.holders("t1", {1, 2, 3}) == {1: first.event_id, 2: second.event_id}
    with store.reading() as reading:
        assert everything(reading) == inside
        assert reading.epochs() == (Epoch("one"), Epoch("two", {3: 7}))
        assert reading.counters() == {3: Counter(1, (1 << 64) - 1), 4: Counter(SEQ_MAX, 5)}
        assert reading.terminal("t1") == terminal
        assert list(reading.log()) == [logged(first)]
        assert reading.quarantine() == [aside]
        assert reading.losses() == [loss]
        assert reading.postings_of(BOOK) == [posted]


def test_a_step_without_a_commit_leaves_nothing(store: HubStore) -> None:
    """Neither leaving nor an error keeps anything of a step, and the next one starts from what stood."""
    with store.transaction() as step:
        step.put_rows([row("m1", 1)])
        step.put_records([record("lot")])
        step.commit()
    with store.reading() as reading:
        before = everything(reading)
    for error in (None, RuntimeError, KeyboardInterrupt):
        try:
            with store.transaction() as step:
                step.add_epoch(Epoch("one"))
                step.append([logged(each, number) for number, each in enumerate(events(), 1)])
                step.put_rows([row("m1", 2, None), row("m2", 2)])
                step.put_records([record("lot", open_=False), record("new")])
                step.put_counters({3: Counter(2, 2)})
                if error is not None:
                    raise error
        except (RuntimeError, KeyboardInterrupt):
            assert error is not None
        with store.reading() as reading:
            assert everything(reading) == before


@pytest.mark.parametrize("what", ["id", "seq", "place", "transfer"])
def test_what_can_be_only_once_is_refused_twice(store: HubStore, what: str) -> None:
    """A step that writes an id, a number or a transfer again ends with our own fault, and leaves nothing."""
    first, second = events()
    with store.transaction() as step:
        step.append([logged(first)])
        step.take_places([Place(3, 1, first.event_id)])
        step.post([Posted(BOOK, transfer("a"))])
        step.commit()
    again: dict[str, Callable[[Transaction], None]] = {
        "id": lambda step: step.append([logged(replace(second, event_id=first.event_id), 2)]),
        "seq": lambda step: step.append([logged(replace(second, seq=first.seq), 2)]),
        "place": lambda step: step.take_places([Place(3, 1, second.event_id)]),
        "transfer": lambda step: step.post([Posted(OTHER, transfer("a"))]),
    }

    def write() -> None:
        with store.transaction() as step:
            step.put_rows([row("m9", 9)])
            again[what](step)
            step.commit()

    with pytest.raises(InvariantBroken):
        write()
    with store.reading() as reading:
        assert reading.rows_above({3: 0}, 10) == []
        assert [each.event for each in reading.log()] == [first]


def test_rows_come_in_the_order_of_their_numbers_up_to_a_limit(store: HubStore) -> None:
    """A row is there once, at its newest number, a tombstone too; and only of the partition that was asked for."""
    with store.transaction() as step:
        step.put_rows([row("a", 1), row("b", 2), row("c", 3), row("other", 2, partition=4)])
        step.put_rows([row("a", 5, b"{}"), row("b", 6, None)])
        step.commit()
    with store.reading() as reading:
        assert shown(reading.rows_above({3: 0}, 10)) == [("c", 3, b'{"a":1}'), ("a", 5, b"{}"), ("b", 6, None)]
        assert shown(reading.rows_above({3: 3}, 1)) == [("a", 5, b"{}")]
        assert reading.rows_above({3: 6}, 10) == []
    with store.transaction() as step:
        found = step.rows({key_of("a"), key_of("b"), key_of("a", kind=RowKind.VOUCHER)})
        assert set(found) == {key_of("a"), key_of("b")}
        assert sorted(shown(found.values())) == [("a", 5, b"{}"), ("b", 6, None)]
        assert [_name(each) for each in step.rows_of(RowKind.MEMBER)] == ["a", "c", "other"]


def test_rows_of_many_partitions_come_in_one_answer(store: HubStore) -> None:
    """By partition and then by number, each partition from its own number on, and the limit is over all of them."""
    with store.transaction() as step:
        step.put_rows(
            [row(name, number, partition=each) for each in (2, 3, 63) for number, name in enumerate("abc", 1)]
        )
        step.put_rows([row("d", 3, None, partition=3)])
        step.commit()
    with store.reading() as reading:
        wanted = {63: 2, 3: 1, 5: 0}
        found = [(each.partition, each.number, _name(each)) for each in reading.rows_above(wanted, 9)]
        assert found == [(3, 2, "b"), (3, 3, "c"), (3, 3, "d"), (63, 3, "c")]
        for limit in range(6):
            few = [(each.partition, each.number, _name(each)) for each in reading.rows_above(wanted, limit)]
            assert few == found[:limit]
        assert reading.rows_above({}, 9) == []


def test_rows_are_found_by_the_codes_that_name_them(store: HubStore) -> None:
    """Members and a voucher under one code; nothing that is gone, or has another name now."""
    code = key_of("code", kind=RowKind.VOUCHER).key
    voucher = replace(row("code", 1), kind=RowKind.VOUCHER, key=code)
    first, gone, elsewhere = (key_of("a").key, key_of("b").key, key_of("c", 4).key)
    with store.transaction() as step:
        step.put_rows([row("a", 1), row("b", 1, None), row("c", 1, partition=4), voucher, row("d", 1)])
        step.put_names([Name(code, each) for each in (first, gone, elsewhere, first, "nobody")])
        step.put_names([Name(code, elsewhere), Name("other", first)])
        step.commit()
    with store.reading() as reading:
        assert [_name(each) for each in reading.named(code)] == ["a", "c", "code"]
        assert [each.kind for each in reading.named(code)] == [RowKind.MEMBER, RowKind.MEMBER, RowKind.VOUCHER]
        assert [_name(each) for each in reading.named("other")] == ["a"]
        assert (reading.named(first), reading.named("none")) == ([], [])
    with store.transaction() as step:
        step.drop_names([Name(code, first), Name(code, "x"), Name("x", first)])
        assert [_name(each) for each in step.named(code)] == ["c", "code"]


def test_records_are_found_by_book_name_and_cause(store: HubStore) -> None:
    """What is open is found without being named; the rest by name or cause; nothing of another book or kind."""
    with store.transaction() as step:
        step.put_records([record("z", cause="sale"), record("a", cause="sale"), record("spend", kind=RecordKind.SPEND)])
        step.put_records([record("z", cause="sale", open_=False)])
        step.put_records([Record(OTHER, RecordKind.LOT, "z", "sale", open=True, document=b"")])
        step.commit()
    with store.transaction() as step:
        assert names(step.records_of(BOOK)) == ["z", "a", "spend"]
        assert names(step.open_records([BOOK])) == ["a", "spend"]
        assert names(step.open_records([BOOK, OTHER])).count("z") == 1
        assert names(step.open_records([BOOK, OTHER], lots=False)) == ["spend"]
        assert names(step.named_records([RecordKey(BOOK, RecordKind.LOT, "z")])) == ["z"]
        assert step.named_records([RecordKey(BOOK, RecordKind.SPEND, "z")]) == []
        assert names(step.caused_records([RecordKey(BOOK, RecordKind.LOT, "sale")])) == ["z", "a"]
        assert step.caused_records([RecordKey(BOOK, RecordKind.WAITING, "sale")]) == []
        assert list(step.books()) == [BOOK, OTHER]


def test_what_time_does_by_itself_is_found_by_its_day(store: HubStore) -> None:
    """Books come in their order behind a given one, once each, with something of the kind due by the day."""
    later = record("lot-c", due=11)._replace(book=OTHER)
    with store.transaction() as step:
        step.put_records(
            [record("lot-a", due=10), record("lot-b", due=10), record("tier", kind=RecordKind.TIER, due=3)]
        )
        step.put_records([later, record("never")._replace(book=BookKey("m0", "points"))])
        step.commit()
    with store.reading() as reading:
        assert reading.due(RecordKind.LOT, 9, None, 5) == []
        assert reading.due(RecordKind.LOT, 10, None, 5) == [BOOK]
        assert reading.due(RecordKind.LOT, 11, None, 5) == [BOOK, OTHER]
        assert reading.due(RecordKind.LOT, 11, None, 1) == [BOOK]
        assert reading.due(RecordKind.LOT, 11, BOOK, 5) == [OTHER]
        assert reading.due(RecordKind.TIER, 10, None, 5) == [BOOK]
        assert [each.due for each in reading.records_of(BOOK) if each.record_id == "lot-a"] == [10]
        assert reading.books_of("m1") == [BOOK, OTHER]
        assert reading.books_of("m2") == []


def test_a_book_moves_into_another_but_for_its_balances(store: HubStore) -> None:
    """Records and transfers of the one are of the other then; the balances of each stay where they were."""
    into = BookKey("m2", "points")
    balances = record("", kind=RecordKind.BALANCES)
    with store.transaction() as step:
        step.put_records([balances, balances._replace(book=into, document=b"theirs"), record("lot-a", due=4)])
        step.put_records([record("lot-x")._replace(book=into)])
        step.post([Posted(BOOK, transfer("t"))])
        step.move_book(BOOK, into)
        step.commit()
    with store.reading() as reading:
        assert [(each.kind, each.document) for each in reading.records_of(BOOK)] == [(RecordKind.BALANCES, b"")]
        assert {(each.record_id, each.document) for each in reading.records_of(into)} == {
            ("", b"theirs"),
            ("lot-a", b"lot-a"),
            ("lot-x", b"lot-x"),
        }
        assert reading.postings_of(BOOK) == []
        assert reading.postings_of(into) == [Posted(into, transfer("t"))]
        assert reading.due(RecordKind.LOT, 4, None, 5) == [into]


def test_events_are_read_by_partition_from_a_number_on(store: HubStore) -> None:
    """They come by number, up to a limit, and none of another partition."""
    first, second, third = events(count=3)
    with store.transaction() as step:
        step.append([logged(second, 2), logged(first, 1), logged(third, 1, partition=4)])
        step.commit()
    with store.reading() as reading:
        assert [each.event.event_id for each in reading.log_above(3, 0, 9)] == [first.event_id, second.event_id]
        assert [each.event.event_id for each in reading.log_above(3, 0, 1)] == [first.event_id]
        assert [each.event.event_id for each in reading.log_above(3, 1, 9)] == [second.event_id]
        assert reading.log_above(3, 2, 9) == []


def test_words_are_taken_out_of_an_event_and_its_place_stays(store: HubStore) -> None:
    """What was said is gone from the log and from what was put aside; digest, number and terminal are as they were."""
    said, other, aside = events(count=3)
    put = PutAside("t1", aside, digest_of(aside), 3, QuarantineCode.REFUSED, "why", 7)
    with store.transaction() as step:
        step.append([logged(said, 1), logged(other, 2)])
        step.put_aside([put, put._replace(digest=b"another")])
        step.commit()
    with store.transaction() as step:
        step.redact([replace(said, body=Raw(b"{}"))])
        step.redact_aside([put._replace(event=replace(aside, body=Raw(b"{}")))])
        step.commit()
    store.scrub()
    with store.transaction() as step:
        assert [bytes(each.event.body) for each in step.log()] == [b"{}", bytes(other.body)]
        assert step.found([said.event_id]) == {said.event_id: Found(digest_of(said), 1)}
        assert step.holders("t1", [1, 3]) == {1: said.event_id, 3: aside.event_id}
        assert [bytes(each.event.body) for each in step.quarantine()] == [b"{}", bytes(aside.body)]
        assert [each.digest for each in step.quarantine()] == [digest_of(aside), b"another"]


def test_a_reader_sees_one_moment(store: HubStore) -> None:
    """A step that ends while somebody reads is seen by the next reader, or has to wait for this one."""

    def take_a_step() -> None:
        with store.transaction() as step:
            step.put_counters({3: Counter(1, 1)})
            step.put_rows([row("m1", 1)])
            step.commit()

    thread = Thread(target=take_a_step)
    with store.reading() as reading:
        assert reading.counters() == {}
        thread.start()
        thread.join(BESIDE_S)
        assert (reading.counters(), reading.rows_above({3: 0}, 9)) == ({}, [])
    thread.join(DEADLINE_S)
    with store.reading() as reading:
        assert (reading.counters(), len(reading.rows_above({3: 0}, 9))) == ({3: Counter(1, 1)}, 1)


def test_steps_at_once_go_one_by_one(store: HubStore) -> None:
    """Two steps at once add up; what a reader has begun to read does not change under it."""
    steps = 25
    began = Signal()

    def count_up() -> None:
        for _ in range(steps):
            with store.transaction() as step:
                number = step.lock([3])[3].number + 1
                step.take_places([Place(3, number, "e")])
                step.put_counters({3: Counter(number, number)})
                step.commit()
            began.set()

    threads = [Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert began.wait(DEADLINE_S)
    for _ in range(10):
        with store.reading() as reading:
            counter = reading.counters()[3]
            assert [place.number for place in reading.places()] == list(range(1, counter.number + 1))
            assert reading.counters()[3] == counter
    for thread in threads:
        thread.join(DEADLINE_S)
    with store.reading() as reading:
        assert reading.counters()[3] == Counter(3 * steps, 3 * steps)


def test_a_closed_store_says_so(store: HubStore) -> None:
    """Whoever comes after the end gets an error of ours."""
    store.close()
    with pytest.raises(StoreError), store.transaction():
        pass
    with pytest.raises(StoreError), store.reading():
        pass
