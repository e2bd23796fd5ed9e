"""What the office changes: products, programs, members that are brought in, and rows that go. Pure.

Like an event, a change takes a number; unlike one, it names its rows and says what they are from now on.
"""

from collections.abc import Iterable

import msgspec

from pos_loyalty.core.entries import Adjust, Refused
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.members import Member
from pos_loyalty.errors import InvariantBroken
from sync.hub import books
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.documents import write
from sync.hub.hub_store import Transaction
from sync.hub.kept import BookKey, RowKey
from sync.hub.numbering import RowChanges
from sync.hub.reach import partition_of_row
from sync.hub.shop import Shop

OPENING = "opening"
"""Program and role of points that a member brings; their life has no end."""

_member = msgspec.json.Decoder(Member).decode


class Publication(msgspec.Struct, frozen=True):
    """One row as it is from now on; without a document it is gone."""

    key: RowKey
    document: bytes | None


def publish(transaction: Transaction, name: str, publications: Iterable[Publication]) -> None:
    """Write rows, each under a number of its own. ``name`` is an id under which the change is found in the log.

    Points are not looked at: a member that brings some comes in by :func:`bring_in`.
    """
    latest = {each.key: each for each in publications}
    counters = transaction.lock(sorted(set(map(partition_of_row, latest))))
    rows = RowChanges(transaction, counters, transaction.rows(latest))
    for key, each in latest.items():
        rows.put(key, rows.take_number(partition_of_row(key), name), each.document)
    rows.write()


def bring_in(transaction: Transaction, name: str, members: Iterable[Member], shop: Shop) -> int:
    """Publish members with the points that their documents say they have: so many are in their books from now on.

    ``name`` is a new event id. Whoever was erased stays so, and whoever is one with another is left as they are, for
    the points are both's. Return how many came in.

    Raises:
        InvariantBroken: the ledger does not take the points; nothing may be committed.
    """
    named = {member.member_id: member for member in members}
    keys = [RowKey(RowKind.MEMBER, member_id) for member_id in named]
    transaction.lock(sorted(set(map(partition_of_row, keys))))
    for key, row in transaction.rows(keys).items():
        if row.document is None or _is_one_of_several(_member(row.document)):
            del named[key.key]
    rows = [Publication(RowKey(RowKind.MEMBER, key), write(member)) for key, member in named.items()]
    publish(transaction, name, rows)
    wanted = {BookKey(m.member_id, unit): points for m in named.values() for unit, points in m.balances.items()}
    before = books.open_shelves(transaction, wanted)
    changes = [(key, shelf, _brought_to(key, shelf, wanted[key], name, shop)) for key, shelf in before.items()]
    transaction.put_records([each for change in changes for each in records_of(*change)])
    transaction.post([each for change in changes for each in postings_of(*change)])
    return len(named)


def _is_one_of_several(member: Member) -> bool:
    return bool(member.merged_into or member.parts or member.book)


def _brought_to(key: BookKey, shelf: Shelf, points: int, name: str, shop: Shop) -> Shelf:
    lacking = points - books.balance_of(shelf, key.member_id)
    if not lacking:
        return shelf
    entry = Adjust(
        event_id=name,
        leg=f"{OPENING}:{key.unit}:{key.member_id}".replace("/", ":"),
        member=key.member_id,
        program=OPENING,
        points=lacking,
        reason="brought in with the member",
        role=OPENING,
        force=True,
    )
    book, outcome = perform(shelf.book, entry, shop.now.astimezone(shop.zone))
    if isinstance(outcome, Refused):
        raise InvariantBroken(f"the ledger does not take {lacking} points brought in ({outcome.reason}): correct them")
    return Shelf(book, shelf.waiting)
