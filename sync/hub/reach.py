"""What an event can touch, said before anything is loaded or locked. Pure.

Everything about a member is in the partition of the member's part. A voucher can be brought by anybody, and a limit
can be everybody's, so those have partitions of their own: that of their code, or key. An event takes a number in its
home partition and in each partition of which it changes a row.
"""

from typing import NamedTuple

import msgspec

from pos_loyalty.core.accounts import POINTS_MAX, is_event_id
from pos_loyalty.core.evaluation import VoucherMove
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    MemberErased,
    MemberMerged,
    MemberUnmerged,
    PointsEarned,
)
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.feed import SHOP_PARTITION, RowKind, partition_of
from pos_loyalty.core.identifiers import CODE_LENGTH_MAX
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.programs import ProgramSet
from pos_loyalty.core.settlement import (
    Due,
    entries_of_happening,
    entries_of_return,
    entries_of_sale,
    entries_of_void,
)
from pos_loyalty.core.subjects import shared_counts, voucher_moves
from pos_loyalty.core.usage import Counted
from sync.hub.kept import RowKey
from sync.hub.whereabouts import Whereabouts

_MEMBERS = frozenset({RowKind.MEMBER, RowKind.VOUCHER, RowKind.USAGE})
_NAMING = ("target", "unit", "program_id")
"""Fields of bodies that name something."""


class Reach(NamedTuple):
    """An event that was read, and what it may touch."""

    event: Event
    body: Body
    home: int
    rows: tuple[RowKey, ...]
    vouchers: tuple[VoucherMove, ...]
    counts: tuple[Counted, ...]
    """Of limits that are not the member's alone."""
    dues: tuple[Due, ...]
    member_id: str = ""
    """Whom the event names; empty for nobody."""
    whereabouts: Whereabouts = Whereabouts("", "")
    """Where that member is."""
    holds: tuple[str, ...] = ()
    """What was kept for it, and ends by it."""

    @property
    def book(self) -> str:
        """The member in whose books the event's points are."""
        return self.whereabouts.book

    @property
    def signposts(self) -> tuple[RowKey, ...]:
        """Rows that are not changed, and say where the member is."""
        return tuple(RowKey(RowKind.MEMBER, each) for each in self.whereabouts.through)

    @property
    def partitions(self) -> set[int]:
        """All that must be locked."""
        elsewhere = (*self.signposts, RowKey(RowKind.MEMBER, self.book)) if self.whereabouts.through else ()
        return {self.home, *map(partition_of_row, self.rows), *map(partition_of_row, elsewhere)}

    @property
    def sale(self) -> str:
        """The event that this one undoes, or itself: what its lots were earned by."""
        undone: str | None = getattr(self.body, "sale_event_id", None)
        return undone or self.event.event_id

    def at(self, whereabouts: Whereabouts) -> "Reach":
        """Return the same where the member was merged into another, or its points are in another's books."""
        own = RowKey(RowKind.MEMBER, self.member_id)
        rows = tuple(RowKey(RowKind.MEMBER, whereabouts.owner) if row == own else row for row in self.rows)
        return self._replace(rows=rows, whereabouts=whereabouts)


def reach_of(event: Event, programs: ProgramSet) -> Reach:
    """Read ``event``.

    Raises:
        msgspec.ValidationError: its body is not one of its type, or names what nothing can be named.
    """
    body = body_of(event)
    vouchers = tuple(move for move in voucher_moves(body) if move.code)
    counts = shared_counts(body)
    keys = [RowKey(RowKind.VOUCHER, move.code) for move in vouchers]
    keys += [RowKey(RowKind.USAGE, counted.key) for counted in counts]
    if event.member_id is not None:
        keys.append(RowKey(RowKind.MEMBER, event.member_id))
    member_id = event.member_id or ""
    rows, home = tuple(dict.fromkeys(keys)), partition_of(event.part)
    here = Whereabouts(member_id, member_id)
    dues = _dues(body, event, programs)
    reach = Reach(event, body, home, rows, vouchers, counts, dues, member_id, here, _holds(body))
    _check(reach)
    return reach


def partition_of_row(row: RowKey) -> int:
    """Return the partition in which a row is, for ever."""
    return partition_of(part_of(row.key)) if row.kind in _MEMBERS else SHOP_PARTITION


def is_name(text: str) -> bool:
    """Whether a row, an account or a code can be called this: PostgreSQL keeps no NUL in a text."""
    return "\0" not in text and 0 < len(text) <= CODE_LENGTH_MAX


def _holds(body: Body) -> tuple[str, ...]:
    named: tuple[str, ...] = getattr(body, "holds", ())
    # A name that no hold can have is no reason to refuse a sale.
    return tuple(name for name in dict.fromkeys(named) if is_event_id(name)) if named else ()


def _dues(body: Body, event: Event, programs: ProgramSet) -> tuple[Due, ...]:
    match body:
        case BasketCommitted():
            # It has happened: what is not there is owed.
            return entries_of_sale(event.event_id, _member(event, body), body, programs, offline=True)
        case BasketReturned():
            return entries_of_return(event.event_id, _member(event, body), body, programs)
        case BasketVoided():
            return entries_of_void(event.event_id, _member(event, body), body, programs)
        case PointsEarned():
            return entries_of_happening(event.event_id, _member(event, body), body, programs)
    return ()


def _member(event: Event, body: BasketCommitted | BasketReturned | BasketVoided | PointsEarned) -> str:
    if body.moves and event.member_id is None:
        raise msgspec.ValidationError("points that are nobody's - at `$.member_id`")
    return event.member_id or ""


def _check(reach: Reach) -> None:
    """Refuse what a database may choke on in the middle of a batch, or what no till makes.

    Nobody keeps a number past 64 bits.
    """
    names = [row.key for row in reach.rows] + [due.unit for due in reach.dues]
    names += [name for field in _NAMING if (name := getattr(reach.body, field, None)) is not None]
    if not all(map(is_name, names)):
        raise msgspec.ValidationError(f"a name is empty, has a NUL, or more than {CODE_LENGTH_MAX} characters")
    amounts = [move.amount for move in reach.vouchers] + [counted.amount for counted in reach.counts]
    if amounts and max(map(abs, amounts)) > POINTS_MAX:
        raise msgspec.ValidationError(f"an amount is above {POINTS_MAX}")
    if isinstance(reach.body, MemberMerged | MemberUnmerged | MemberErased) and not reach.member_id:
        raise msgspec.ValidationError("it is about nobody - at `$.member_id`")
    if reach.dues and not is_event_id(reach.sale):
        raise msgspec.ValidationError("what is undone is no event - at `$.body.sale_event_id`")
