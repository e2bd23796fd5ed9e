"""Pages of the feed on their way over the wire."""

import msgspec

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind


def test_a_page_is_read_back_as_it_was_written() -> None:
    """Documents come byte for byte, a tombstone has none, and the cursor keeps its numbers."""
    rows = (
        Row(kind=RowKind.MEMBER, key="m1", partition=3, number=7, document=msgspec.Raw(b'{"member_id":"m1", "x":1}')),
        Row(kind=RowKind.VOUCHER, key="VC-1", partition=3, number=8),
    )
    cursor = Cursor(epoch="e1", numbers={3: 8})
    page = FeedPage(rows=rows, cursor=cursor, more=True, checksums={3: 2**64 - 1}, hub_ms=5)
    written = msgspec.json.encode(page)
    assert b"null" not in written
    assert msgspec.json.encode(msgspec.json.decode(written, type=FeedPage)) == written
    read = msgspec.json.decode(written, type=FeedPage)
    assert [row.document and bytes(row.document) for row in read.rows] == [b'{"member_id":"m1", "x":1}', None]
    assert (read.cursor, read.checksums, read.more) == (cursor, page.checksums, True)
