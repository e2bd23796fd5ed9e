"""Rows of the feed, and how far somebody has read them."""

import msgspec
import pytest

from pos_loyalty.core.feed import PARTITIONS, SHOP_PARTITION, Cursor, FeedPage, Row, RowKind, partition_of, row_digest
from pos_loyalty.core.ids import PARTS
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.core.vouchers import Voucher


def test_every_part_is_in_one_of_64_partitions_of_equal_size() -> None:
    """Sixteen parts each, in order; the shop's own rows are beside them."""
    partitions = [partition_of(part) for part in range(PARTS)]
    assert partitions == sorted(partitions)
    assert {partitions.count(partition) for partition in range(PARTITIONS)} == {PARTS // PARTITIONS}
    assert SHOP_PARTITION not in partitions


def test_a_partition_that_was_never_read_is_at_the_beginning() -> None:
    """A cursor names those it has read."""
    cursor = Cursor(epoch="e", numbers={3: 7})
    assert (cursor.at(3), cursor.at(4)) == (7, 0)


def test_a_row_has_another_digest_under_another_number_key_or_kind() -> None:
    """So a sum over rows finds one that is lost, and one that is old."""
    digests = {
        row_digest(RowKind.MEMBER, "m1", 1),
        row_digest(RowKind.MEMBER, "m1", 2),
        row_digest(RowKind.MEMBER, "m2", 1),
        row_digest(RowKind.VOUCHER, "m1", 1),
    }
    assert len(digests) == 4
    assert all(0 <= digest < 1 << 64 for digest in digests)


def test_a_page_survives_the_wire() -> None:
    """Rows, tombstones and checksums read back."""
    gone = Row(kind=RowKind.MEMBER, key="m1", partition=3, number=7)
    page = FeedPage(rows=(gone,), cursor=Cursor(epoch="e", numbers={3: 7}), checksums={3: 1}, hub_ms=5)
    assert msgspec.json.decode(msgspec.json.encode(page), type=FeedPage) == page


def test_whoever_reads_the_row_of_a_voucher_as_a_voucher_gets_the_voucher() -> None:
    """What the hub keeps beside it is passed over."""
    row = VoucherRow(code="V", program_id="gift", applied={"t1": 3})
    assert msgspec.json.decode(msgspec.json.encode(row), type=Voucher) == Voucher(code="V", program_id="gift")
    assert msgspec.json.encode(UsageRow(amount=2)) == b'{"amount":2}'


@pytest.mark.parametrize("number", [-1, 1.5])
def test_a_number_is_whole_and_not_below_zero(number: float) -> None:
    """A verdict with another is none."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"event_id": "e", "outcome": "applied", "number": number}, type=Verdict)


def test_a_verdict_says_only_what_there_is_to_say() -> None:
    """An applied event has a number, a quarantined one a reason."""
    put_aside = Verdict(event_id="e", outcome=Outcome.QUARANTINED, code=QuarantineCode.FOREIGN)
    assert msgspec.json.encode(put_aside) == b'{"event_id":"e","outcome":"quarantined","code":"foreign"}'
