"""A person who is to be forgotten. Pure over the transaction.

The step takes the documents away, destroys the keys of what lies in archives, and writes down what is still to be
done; then, in steps of their own, what the person's events said is taken out of the log and out of what was put aside.
Ids, digests, goods and points stay: the same event is still known again, and the ledger still sums to zero. An event
that comes later is taken out as it comes in.
"""

from collections.abc import Callable, Iterator

import msgspec

from pos_loyalty.core.erasing import redacted
from pos_loyalty.core.feed import PARTITIONS, RowKind
from pos_loyalty.core.members import Member
from sync.hub.books import EntryRefused
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.kept import Memo, MemoKey, RowKey
from sync.hub.numbering import put
from sync.hub.reach import Reach, partition_of_row
from sync.hub.sealing import without_key
from sync.hub.shop import Shop
from sync.hub.terminals import OFFICE
from sync.hub.whereabouts import Elsewhere, find, keep_book

ERASING = "erasing"
"""Memos: what is still to be taken out of the log, by the event that erased."""
NOT_THE_OFFICE = "only the office may erase"

_CHUNK = 500


class _Progress(msgspec.Struct, frozen=True):
    members: tuple[str, ...]
    partition: int = 0
    number: int = 0


_member = msgspec.json.Decoder(Member).decode
_progress = msgspec.json.Decoder(_Progress).decode


def erase(
    transaction: Transaction,
    reach: Reach,
    shop: Shop,  # noqa: ARG001 - the signature of such steps
) -> Callable[[], int]:
    """Take the document of a member, and of whoever is part of the person, away; return what does it, as of a merge.

    Raises:
        EntryRefused: it was no word of the office.
        Elsewhere: somebody was quicker.
    """
    if reach.event.terminal_id != OFFICE:
        raise EntryRefused(NOT_THE_OFFICE)
    person = _person(transaction, reach.member_id)
    keys = [RowKey(RowKind.MEMBER, member_id) for member_id in person]
    counters = transaction.lock(sorted({reach.home, *map(partition_of_row, keys)}))
    if person != _person(transaction, reach.member_id):
        raise Elsewhere({})
    memos = [keep_book(member_id, book) for member_id, book in person.items() if book]
    # In the order in which whoever seals takes them, or the two could wait for each other.
    memos += map(without_key, sorted(person))
    memos.append(Memo(ERASING, reach.event.event_id, msgspec.json.encode(_Progress(tuple(person)))))

    def write_all() -> int:
        transaction.put_memos(memos)
        return put(transaction, counters, reach.event.event_id, reach.home, dict.fromkeys(keys))

    return write_all


def forget(store: HubStore) -> Iterator[int]:
    """Take out of log and quarantine what erased people's events said; yield after each step how many events changed.

    It may be cut off at any place: the next call goes on there.
    """
    with store.reading() as reading:
        waiting = [memo.key for memo in reading.memos(ERASING)]
    changed = 0
    for key in waiting:
        while (done := _next_step(store, MemoKey(ERASING, key))) is not None:
            changed += done
            yield changed
    store.scrub()


def _person(transaction: Transaction, member_id: str) -> dict[str, str]:
    """Return all ids of a person, each with the one in whose books the points are, if that is another."""
    where = find(transaction, member_id)
    people = dict.fromkeys((member_id, where.owner), "")
    row = transaction.rows([RowKey(RowKind.MEMBER, where.owner)]).get(RowKey(RowKind.MEMBER, where.owner))
    if row and row.document is not None:
        shown = _member(row.document)
        people |= {part.member_id: part.book for part in shown.parts} | {where.owner: shown.book}
    return people


def _next_step(store: HubStore, key: MemoKey) -> int | None:
    """Take one more piece out; return how many events changed, or None when nothing is left to do."""
    with store.transaction() as transaction:
        memo = transaction.own_memo(key)
        if memo is None:
            return None
        progress = _progress(memo.document)
        if progress.partition == PARTITIONS:
            changed = _aside(transaction, progress)
            transaction.drop_memos([key])
        else:
            changed, progress = _logged(transaction, progress)
            transaction.put_memos([memo._replace(document=msgspec.json.encode(progress))])
        transaction.commit()
    return changed


def _logged(transaction: Transaction, progress: _Progress) -> tuple[int, _Progress]:
    """Go through a chunk of the log, which may be the whole of several partitions."""
    changed, left, at = 0, _CHUNK, progress
    while left and at.partition < PARTITIONS:
        piece = transaction.log_above(at.partition, at.number, left)
        said = [each.event for each in piece if each.event.member_id in at.members]
        taken_out = [after for before in said if (after := redacted(before)) is not before]
        transaction.redact(taken_out)
        changed += len(taken_out)
        is_over = len(piece) < left
        left -= len(piece)
        at = _Progress(at.members, at.partition + is_over, 0 if is_over else piece[-1].number)
    return changed, at


def _aside(transaction: Transaction, progress: _Progress) -> int:
    said = [each for each in transaction.quarantine() if each.event.member_id in progress.members]
    left = [each._replace(event=after) for each in said if (after := redacted(each.event)) is not each.event]
    transaction.redact_aside(left)
    return len(left)
