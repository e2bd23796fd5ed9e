"""The port: what the hub needs of a database. Pure.

Memory, SQLite and PostgreSQL pass one suite (tests/conformance/test_hub_store.py). Every call takes and gives many at
once, so that a batch of a thousand events costs a dozen statements on a database that is elsewhere; nothing depends
on the order in which many are given back, unless it is said.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from sync.hub.kept import (
    BookKey,
    Counter,
    Counters,
    Epoch,
    Found,
    Logged,
    Loss,
    Membership,
    Memo,
    MemoKey,
    Name,
    Place,
    Posted,
    PutAside,
    Record,
    RecordKey,
    RecordKind,
    RowKey,
    ScopePart,
    Terminal,
)


class Reading(Protocol):
    """The hub as it stood at one moment."""

    def epochs(self) -> tuple[Epoch, ...]:
        """Return all lives of the history, oldest first; none in a new store."""

    def counters(self) -> dict[int, Counter]:
        """Return how far each partition is; none for one that is at its beginning."""

    def terminal(self, terminal_id: str) -> Terminal | None:
        """Return what is known of one till."""

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        """Return up to ``limit`` rows with numbers above that of their partition in ``numbers``, tombstones too.

        Of those partitions only; by partition, then by number.
        """

    def rows_of(self, kind: RowKind) -> list[Row]:
        """Return all rows of one kind that are there, by key. For kinds of which there are few."""

    def named(self, code: str) -> list[Row]:
        """Return the rows of the members whom a code names, and of the voucher that bears it, as far as they are there.

        By kind and key.
        """

    def scopes(self) -> list[str]:
        """Return what scopes are kept in some partition, in order."""

    def scope_sums(self, scopes: Collection[str], partitions: Collection[int]) -> dict[ScopePart, int]:
        """Return the checksums of those scopes that are kept in these partitions: of what is there."""

    def scope_rows_above(self, scope: str, numbers: Mapping[int, int], limit: int) -> list[Row]:
        """Return the same of the rows of one scope and the shared ones; what left the scope is a tombstone.

        ``scope`` is not that of the shared rows itself.
        """

    def memberships(self, keys: Collection[RowKey]) -> list[Membership]:
        """Return in which scopes rows are, or were."""

    def memberships_due(self, kind: RowKind, partition: int, day: int, limit: int) -> list[Membership]:
        """Return up to ``limit`` memberships of rows of a kind that are due by ``day``."""

    def places(self) -> Iterator[Place]:
        """Yield every number that was given, by partition and number."""

    def log(self) -> Iterator[Logged]:
        """Yield every event, by home partition and number."""

    def log_above(self, partition: int, above: int, limit: int) -> list[Logged]:
        """Return up to ``limit`` events at home in a partition with numbers above ``above``, by number."""

    def books(self) -> Iterator[BookKey]:
        """Yield every book there is."""

    def books_of(self, member_id: str) -> list[BookKey]:
        """Return the books under a member's name, by unit."""

    def due(self, kind: RecordKind, day: int, after: BookKey | None, limit: int) -> list[BookKey]:
        """Return up to ``limit`` books behind ``after``, in their order, with a record of ``kind`` due by ``day``."""

    def records_of(self, book: BookKey) -> list[Record]:
        """Return all records of one book."""

    def postings_of(self, book: BookKey) -> list[Posted]:
        """Return all transfers of one book."""

    def quarantine(self) -> list[PutAside]:
        """Return what was put aside, oldest first."""

    def losses(self) -> list[Loss]:
        """Return what vouchers were good for twice, oldest first."""

    def memo(self, key: MemoKey) -> Memo | None:
        """Return one small record of the office."""

    def memos(self, kind: str) -> list[Memo]:
        """Return all of one kind, by key."""

    def terminals(self) -> list[Terminal]:
        """Return all tills that were ever enrolled, by name."""


class Transaction(Reading, Protocol):
    """One step of the hub. It sees its own writes; without :meth:`commit` nothing of it was ever there."""

    def own(self, terminal_id: str) -> Terminal | None:
        """Return one till's record and keep others from it until the end: the steps of one till go one by one."""

    def lock(self, partitions: Sequence[int]) -> dict[int, Counter]:
        """Keep others from these partitions until the end, and return how far each is.

        ``partitions`` ascend, and a transaction locks once: so no two wait for each other.
        """

    def found(self, event_ids: Collection[str]) -> dict[str, Found]:
        """Return those that are in the log."""

    def aside(self, brought_by: str, event_ids: Collection[str]) -> dict[str, dict[bytes, QuarantineCode]]:
        """Return what one terminal brought under these ids that was put aside, by digest."""

    def holders(self, terminal_id: str, seqs: Collection[int]) -> dict[int, str]:
        """Return the ids of a terminal's events with these numbers: those in its log, and its own put aside."""

    def rows(self, keys: Collection[RowKey]) -> dict[RowKey, Row]:
        """Return those rows that were ever there; a tombstone has no document."""

    def open_records(self, books: Collection[BookKey], *, lots: bool = True) -> list[Record]:
        """Return what is open in these books; all but the lots, however many there are, if they are not wanted."""

    def named_records(self, keys: Collection[RecordKey]) -> list[Record]:
        """Return the records of these names, open or not."""

    def caused_records(self, keys: Collection[RecordKey]) -> list[Record]:
        """Return the records of these kinds and causes, open or not."""

    def append(self, events: Iterable[Logged]) -> None:
        """Write events into the log.

        Raises:
            InvariantBroken: an id, or a number of a terminal, is there already.
        """

    def take_places(self, places: Iterable[Place]) -> None:
        """Write which event took which number.

        Raises:
            InvariantBroken: a number is taken.
        """

    def put_counters(self, counters: Counters) -> None:
        """Write how far partitions are."""

    def put_rows(self, rows: Iterable[Row]) -> None:
        """Write rows at their newest; one without a document is a tombstone."""

    def put_memberships(self, memberships: Iterable[Membership]) -> None:
        """Write in which scopes rows are, at their newest."""

    def put_scope_sums(self, sums: Mapping[ScopePart, int]) -> None:
        """Write checksums of scopes; from then on these are kept in these partitions."""

    def drop_scope(self, scope: str) -> None:
        """Keep a scope no more. All partitions are locked."""

    def put_names(self, names: Iterable[Name]) -> None:
        """Keep what members are found by. The same again is the same."""

    def drop_names(self, names: Iterable[Name]) -> None:
        """Forget what members were found by, as far as it is there."""

    def put_records(self, records: Iterable[Record]) -> None:
        """Write records at their newest."""

    def move_book(self, source: BookKey, target: BookKey) -> None:
        """Put all transfers of ``source``, and its records but for the balances, into the book ``target``."""

    def redact(self, events: Iterable[Event]) -> None:
        """Put these in the place of those that the log has under their ids; digest, place and the rest stay."""

    def redact_aside(self, events: Iterable[PutAside]) -> None:
        """Put these in the place of those that were put aside by the same terminal, under the same id and digest."""

    def post(self, transfers: Iterable[Posted]) -> None:
        """Write transfers.

        Raises:
            InvariantBroken: one of its id is there already.
        """

    def put_aside(self, events: Iterable[PutAside]) -> None:
        """Keep events that have no effect. The same again is the same."""

    def lose(self, losses: Iterable[Loss]) -> None:
        """Keep what vouchers were good for twice."""

    def put_terminal(self, terminal: Terminal) -> None:
        """Write one till's record."""

    def own_memo(self, key: MemoKey) -> Memo | None:
        """Return one memo and keep others from it until the end, whether it is there or not."""

    def put_memos(self, memos: Iterable[Memo]) -> None:
        """Write memos at their newest."""

    def drop_memos(self, keys: Iterable[MemoKey]) -> None:
        """Forget memos, as far as they are there."""

    def add_epoch(self, epoch: Epoch) -> None:
        """Begin another life of the history."""

    def commit(self) -> None:
        """Make all of it durable. Nobody is told anything before this has returned."""


class HubStore(Protocol):
    """Where a hub keeps everything. Any thread may use it; all of it may raise ``StoreError``."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a step; leaving without a commit undoes it."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Begin to read, all from one moment; on a disk without keeping anybody waiting."""

    def scrub(self) -> None:
        """Leave no byte of what was overwritten or deleted in the files, as far as the store can reach."""

    def close(self) -> None:
        """Let go of it."""
