"""A reader of the feed that believes nothing: it checks every page against what the model promises."""

from pos_loyalty.core.feed import Cursor, FeedPage, Row, row_digest
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey


class Replica:
    """Rows and cursor of one till."""

    def __init__(self, hub: Authority, terminal_id: str) -> None:
        self.cursor = Cursor()
        self.rows: dict[RowKey, Row] = {}
        self._hub = hub
        self._terminal_id = terminal_id

    def pull(self, limit: int) -> bool:
        """Take one page; return whether there is more."""
        page = self._hub.feed(self._terminal_id, self.cursor, limit)
        assert isinstance(page, FeedPage)
        if self.cursor.epoch not in {"", page.cursor.epoch}:
            return self._rebase(page)
        for row in page.rows:
            assert self.cursor.at(row.partition) < row.number <= page.cursor.at(row.partition)
            self.rows[RowKey(row.kind, row.key)] = row
        assert all(page.cursor.at(partition) >= number for partition, number in self.cursor.numbers.items())
        self.cursor = page.cursor
        for partition, checksum in page.checksums.items():
            assert self.checksum(partition) == checksum
        return page.more

    def pull_all(self, limit: int = 1_000) -> None:
        """Take pages until there is no more."""
        while self.pull(limit):
            pass

    def _rebase(self, page: FeedPage) -> bool:
        assert page.rows == ()
        assert page.more
        kept = {key: row for key, row in self.rows.items() if page.cursor.at(row.partition)}
        assert all(page.cursor.at(p) in {0, number} for p, number in self.cursor.numbers.items())
        self.rows, self.cursor = kept, page.cursor
        return True

    def checksum(self, partition: int) -> int:
        """Return the checksum of a partition by what is here."""
        there = [row for row in self.rows.values() if row.partition == partition and row.document is not None]
        return sum(row_digest(row.kind, row.key, row.number) for row in there) % (1 << 64)

    def beside(self, hub: Authority) -> "Replica":
        """Return the same rows and cursor in front of another hub."""
        other = Replica(hub, self._terminal_id)
        other.cursor, other.rows = self.cursor, dict(self.rows)
        return other

    def documents(self) -> dict[RowKey, bytes]:
        """Return what is here, by key."""
        return {key: bytes(row.document) for key, row in self.rows.items() if row.document is not None}

    def check_against(self, store: HubStore) -> None:
        """Insist that every row of the hub at or below the cursor is here, and at least as new."""
        for key, row in rows_in(store).items():
            if row.number <= self.cursor.at(row.partition):
                assert key in self.rows
                assert self.rows[key].number == row.number


def rows_in(store: HubStore) -> dict[RowKey, Row]:
    """Return all rows of a hub, tombstones too."""
    with store.reading() as reading:
        rows = reading.rows_above(dict.fromkeys(range(65), 0), 1 << 40)
    return {RowKey(row.kind, row.key): row for row in rows}
