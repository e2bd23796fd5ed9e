"""Where a member is found: merged into whom, and in whose books the points are. Pure over the transaction.

A row says it of its own member. It is looked at under the lock of that row, and only then is it known which others a
step needs; a step that would need more than it has locked is undone and made again.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from pos_loyalty.core.feed import Row, RowKind
from sync.hub.hub_store import Transaction
from sync.hub.kept import Memo, MemoKey, RowKey

BOOK_OF = "book"
"""Memos: of an erased member, whose document cannot say it, the one in whose books the points are."""

_MERGED, _BOOK = b'"merged_into":"', b'"book":"'
"""Without one of these a document, which most are, need not be read."""


class Whereabouts(NamedTuple):
    """Where one member is."""

    owner: str
    """Whose document has the member: itself, unless it was merged into another."""
    book: str
    """In whose books the points are: the owner's, unless those are, or were, another's as well."""
    through: tuple[str, ...] = ()
    """Whose rows say so, from the member's own on; nobody's if the member is where it always was."""


class Elsewhere(Exception):
    """A step did not lock all it needs: undo it, and make it again with ``known``."""

    def __init__(self, known: Mapping[str, Whereabouts]) -> None:
        super().__init__()
        self.known = known


class _Pointer(msgspec.Struct, frozen=True):
    """What a document says of it."""

    merged_into: str = ""
    book: str = ""


_NOWHERE = _Pointer()
_NOTHING: Mapping[RowKey, Row | None] = {}
_pointer = msgspec.json.Decoder(_Pointer).decode


def find(transaction: Transaction, member_id: str, rows: Mapping[RowKey, Row | None] = _NOTHING) -> Whereabouts:
    """Return where a member is, by ``rows`` (None: there is none) and, where those do not go on, by the store."""
    return _Search(transaction, rows).whereabouts(member_id)


def insist(transaction: Transaction, supposed: Mapping[str, Whereabouts], rows: Mapping[RowKey, Row | None]) -> None:
    """Check, under the locks, that members are where a step supposed.

    Raises:
        Elsewhere: some are not.
    """
    search = _Search(transaction, rows)
    found = {member_id: search.whereabouts(member_id) for member_id in supposed}
    if found != supposed:
        raise Elsewhere(found)


def keep_book(member_id: str, book: str) -> Memo:
    """Return what to keep of a member that is about to be erased."""
    return Memo(BOOK_OF, member_id, book.encode())


class _Search:
    def __init__(self, transaction: Transaction, rows: Mapping[RowKey, Row | None]) -> None:
        self._transaction = transaction
        self._rows = rows

    def whereabouts(self, member_id: str) -> Whereabouts:
        pointer = self._said_by(member_id)
        if pointer is _NOWHERE:
            return Whereabouts(member_id, member_id)
        through: list[str] = []
        owner = member_id
        # Documents that were brought in may say anything, and whoever follows them holds locks: never in a circle.
        while pointer.merged_into and pointer.merged_into not in (owner, *through):
            through.append(owner)
            owner = pointer.merged_into
            pointer = self._said_by(owner)
        # Apart from those before: who was merged into the owner may be the one in whose books both were already.
        book, keepers = owner, list[str]()
        while pointer.book and pointer.book not in (book, *keepers):
            keepers.append(book)
            book = pointer.book
            pointer = self._said_by(book)
        return Whereabouts(owner, book, tuple(dict.fromkeys((*through, *keepers))))

    def _said_by(self, member_id: str) -> _Pointer:
        key = RowKey(RowKind.MEMBER, member_id)
        row = self._rows[key] if key in self._rows else self._transaction.rows([key]).get(key)
        if row is None:
            return _NOWHERE
        if row.document is None:
            memo = self._transaction.memo(MemoKey(BOOK_OF, member_id))
            return _Pointer(book=memo.document.decode()) if memo else _NOWHERE
        document = bytes(row.document)
        return _pointer(document) if _MERGED in document or _BOOK in document else _NOWHERE
