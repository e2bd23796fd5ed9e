"""What must hold of members between rows, ledger and log: points, days, and people who were erased."""

from collections.abc import Iterable, Mapping
from datetime import date

from pos_loyalty.core.accounts import MEMBER_KINDS, AccountKind
from pos_loyalty.core.erasing import HARMLESS
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.lots import is_queued
from pos_loyalty.core.members import Member
from sync.hub.book_records import shelf_of
from sync.hub.documents import read
from sync.hub.hub_store import Reading
from sync.hub.kept import BookKey, Record, RecordKind, RowKey
from sync.simulator.insisting import insist
from sync.wire import LookupAnswer

Rows = Mapping[RowKey, Row]
_SHOWN = MEMBER_KINDS - {AccountKind.PENDING}


def check_points(rows: Rows, books: Mapping[BookKey, list[Record]]) -> None:
    """Insist that each member's row says of points what these books of the ledger say.

    Not of those who were parted: what is given back of a redemption that was of both goes to the lots of either, and
    the row of the one whom the step is not about says so only when something happens to them.
    """
    for key, records in books.items():
        if was_parted(records):
            continue
        for owner, there in points_in(key, records).items():
            member = member_in(rows, owner)
            if member is not None:
                said = member.balances.get(key.unit, 0)
                insist(said == there, f"the row of {owner} says {said} points, and the ledger {there}")


def was_parted(records: Iterable[Record]) -> bool:
    """Whether a book is of people who were one once."""
    return any(record.kind is RecordKind.MERGE and not record.open for record in records)


def points_in(key: BookKey, records: list[Record]) -> dict[str, int]:
    """Return what each member has in a book, held or not, or owes."""
    points: dict[str, int] = {}
    for account, each in shelf_of(key, records).book.balances.items():
        if account.kind in _SHOWN:
            points[account.owner] = points.get(account.owner, 0) + each
    return points


def check_night(reading: Reading, day: date) -> None:
    """Insist that no points wait whose day has come, and none are left whose last day is over."""
    for key in reading.books():
        for lot in shelf_of(key, reading.records_of(key)).book.lots.values():
            waits = bool(lot.remaining) and lot.pending_until is not None and lot.pending_until <= day
            insist(not waits, f"after the night of {day} {lot.lot_id} still waits for {lot.pending_until}")
            over = is_queued(lot) and lot.until is not None and lot.until < day
            insist(not over, f"after the night of {day} {lot.lot_id} is still there, and was good until {lot.until}")


def check_erased(rows: Rows, erased: Iterable[str]) -> None:
    """Insist that nothing is there of those who are erased."""
    for member_id in erased:
        insist(member_in(rows, member_id) is None, f"{member_id} was erased and has a row")


def check_forgotten(rows: Rows, log: Iterable[Event]) -> None:
    """Insist that the log has nothing that was said of people who are gone."""
    for event in log:
        row = rows.get(RowKey(RowKind.MEMBER, event.member_id or ""))
        said = row is not None and row.document is None and event.type not in HARMLESS
        insist(not said, f"{event.event_id} still says what it said of somebody who was erased")


def check_found(rows: Rows, code: str, answer: LookupAnswer) -> None:
    """Insist that a lookup finds whom a code names by the rows, and the voucher that bears it, and nothing else."""
    members = (member_in(rows, key.key) for key in rows if key.kind is RowKind.MEMBER)
    named = [m.member_id for m in members if m and any(code == each.value for each in m.identifiers)]
    keys = {*(RowKey(RowKind.MEMBER, each) for each in named), RowKey(RowKind.VOUCHER, code)}
    there = {key for key in keys if (row := rows.get(key)) is not None and row.document is not None}
    found = {RowKey(row.kind, row.key) for row in answer.rows}
    insist(found == there, f"a lookup of {code} finds {sorted(found)}, and there is {sorted(there)}")


def member_in(rows: Rows, member_id: str) -> Member | None:
    """Return a member as a row has it; None of one who is gone, or of whom nobody has heard."""
    row = rows.get(RowKey(RowKind.MEMBER, member_id))
    found = read(RowKind.MEMBER, row.document) if row is not None and row.document is not None else None
    return found if isinstance(found, Member) else None
