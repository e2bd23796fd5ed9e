"""Every check finds what it is for: a hub that is spoilt by hand is told apart from one that is sound."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.feed import RowKind
from sync.hub.audit import faults
from sync.hub.hub_store import Transaction
from sync.hub.kept import BookKey, Counter, KeptHold, Logged, Memo, Place, RecordKind
from sync.hub.memory import MemoryHubStore
from tests.sync.hub.shop import Ids, Till, hub_over, issued, sale

BOOK = BookKey("m1", "points")


def lived_through() -> MemoryHubStore:
    """Return a hub after some sales."""
    store = MemoryHubStore()
    till = Till("t1", Ids())
    till.did(sale(50))
    till.did(sale(-20, vouchers=[issued("V", 5)]))
    hub_over(store, "t1").push(till.request())
    return store


def _partition(step: Transaction) -> int:
    return next(iter(step.log())).partition


def skip_a_number(step: Transaction) -> None:
    """Take a number that is not the next."""
    step.take_places([Place(_partition(step), 9, "e")])


def count_too_far(step: Transaction) -> None:
    """Let a counter say more than there is."""
    partition = _partition(step)
    step.put_counters({partition: step.counters()[partition]._replace(number=7)})


def count_in_nothing(step: Transaction) -> None:
    """Let a partition count that has nothing."""
    step.put_counters({63: Counter(1, 0)})


def forget_a_checksum(step: Transaction) -> None:
    """Write a row past its counter."""
    partition = _partition(step)
    (row,) = (row for row in step.rows_above({partition: 0}, 9) if row.kind is RowKind.MEMBER)
    step.put_rows([replace(row, number=1)])


def number_a_row_by_itself(step: Transaction) -> None:
    """Give a row a number that no event took."""
    (row,) = (row for row in step.rows_above({_partition(step): 0}, 9) if row.kind is RowKind.MEMBER)
    step.put_rows([replace(row, number=99)])


def move_a_row(step: Transaction) -> None:
    """Put a row into a partition that is not its own."""
    (row,) = (row for row in step.rows_above({_partition(step): 0}, 9) if row.kind is RowKind.MEMBER)
    step.put_rows([replace(row, key="m2")])


def log_without_a_place(step: Transaction) -> None:
    """Write an event at a number that another took."""
    logged = next(iter(step.log()))
    event = replace(logged.event, event_id="other", seq=9)
    step.append([Logged(event, logged.digest, logged.partition, 1, 0)])


def change_an_event(step: Transaction) -> None:
    """Write an event under the digest of another."""
    logged = next(iter(step.log()))
    event = replace(logged.event, event_id="other", seq=9, body=Raw(b"{}"))
    step.append([Logged(event, logged.digest, logged.partition, 1, 0)])


def lose_points(step: Transaction) -> None:
    """Let a lot have less than its transfers say."""
    (lot,) = (each for each in step.records_of(BOOK) if each.kind is RecordKind.LOT)
    step.put_records([lot._replace(document=lot.document.replace(b'"remaining":30', b'"remaining":29'))])


def make_points(step: Transaction) -> None:
    """Let a balance be more than was moved."""
    (balances,) = (each for each in step.records_of(BOOK) if each.kind is RecordKind.BALANCES)
    step.put_records([balances._replace(document=balances.document.replace(b'"points":30', b'"points":31'))])


def forget_a_hold(step: Transaction) -> None:
    """Let a memo say that a hold is open of which the ledger knows nothing."""
    hold = KeptHold(hold_id="h", terminal_id="t1", unit="points")
    step.put_memos([Memo("hold", "h", msgspec.json.encode(hold))])


SPOILT: dict[Callable[[Transaction], None], str] = {
    skip_a_number: "has number 9 where 3 was due",
    count_too_far: "counts 7 and has 2",
    count_in_nothing: "partition 63 counts 1 and has 0",
    forget_a_checksum: "the checksum of partition",
    number_a_row_by_itself: "which nothing took",
    move_a_row: "which is not its own",
    log_without_a_place: "is not at 1 of its partition",
    change_an_event: "is not what it was",
    lose_points: "not those of their lots",
    forget_a_hold: "hold h is None in the ledger, and open by its memo",
    make_points: "all accounts together come to 1",
}


def test_a_sound_hub_has_no_faults() -> None:
    """Nothing is found where nothing is wrong."""
    with lived_through().reading() as reading:
        assert faults(reading) == ()


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_contradicts_the_model_is_found(spoil: Callable[[Transaction], None]) -> None:
    """Each spoilt hub has a fault that says what is wrong, and none that names a customer."""
    store = lived_through()
    with store.transaction() as step:
        spoil(step)
        step.commit()
    with store.reading() as reading:
        found = faults(reading)
    assert any(SPOILT[spoil] in fault for fault in found), found
