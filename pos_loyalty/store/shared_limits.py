"""What was used of limits that are not one member's alone: the hub's counters, and what of ours is not inside them."""

from collections.abc import Mapping

from pos_loyalty.core.rows import UsageRow
from pos_loyalty.core.usage import UNUSED, Usage
from pos_loyalty.store.journal import JournalReader


class SharedLimits:
    """The last answer, until something changes. For one thread at a time."""

    def __init__(self) -> None:
        self._rows: Mapping[str, UsageRow] = {}
        self._changes = -1
        self._usage = UNUSED

    def read(self, rows: Mapping[str, UsageRow], journal: JournalReader, changes: int) -> Usage:
        """Return what was used: ``changes`` rises with every change of the journal that matters here."""
        if rows is not self._rows or changes != self._changes:
            own = journal.used()
            used = {key: row.amount for key, row in rows.items()}
            for key, amount in own.items():
                row = rows.get(key)
                used[key] = amount if row is None else row.amount + journal.counted_after(key, row.applied)
            self._rows, self._changes, self._usage = rows, changes, Usage(used=used)
        return self._usage
