"""From facts to the ledger: the entries that a sale, a return, a void or a happening writes into the books.

An entry is named by the event and by what moved it, so an event that is settled twice is settled once. A return first
gives back, then takes back: what was spent of the very points that are to be taken back is there again.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from pos_loyalty.core.accounts import derive
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import Accrue, AnyEntry, Outcome, Redeem, RestoreRedemption, ReverseAccrual
from pos_loyalty.core.evaluation import PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, PointsEarned
from pos_loyalty.core.expiry import NEVER
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.programs import ProgramSet, Returns, Spends
from pos_loyalty.core.sources import program_of, version_of


class Due(NamedTuple):
    """An entry, and the unit (account of the shop, ``Program.account``) of the book it belongs in."""

    unit: str
    entry: AnyEntry


def entries_of_sale(
    event_id: str, member_id: str, body: BasketCommitted, programs: ProgramSet, *, offline: bool = False
) -> tuple[Due, ...]:
    """Return what a sale writes: a redemption or an accrual for each source of its moves.

    Redemptions come first; in a program that lets a basket spend what it earns (``spends = "both"``), after its
    accruals. Expiry is that of the program version the move names; of a version that nobody knows, never. ``offline``:
    the sale was written without asking the ledger, so what its redemptions lack is owed instead of refused. A sale
    that is a fact already is settled with it.
    """
    writing = _Writing(event_id, member_id, programs)
    ready, spent, other = [], [], []
    for move in _by_source(body.moves):
        if move.points < 0:
            spent.append(writing.redeem(move, force=offline))
        elif writing.pays_its_own_basket(move):
            ready.append(writing.accrue(move))
        else:
            other.append(writing.accrue(move))
    return (*ready, *spent, *other)


def entries_of_return(event_id: str, member_id: str, body: BasketReturned, programs: ProgramSet) -> tuple[Due, ...]:
    """Return what a return writes: restorations of the sale's redemptions, then reversals of its accruals.

    Both ask for all that belongs to the goods. How much of a reversal is taken, owed or lost the ledger decides by
    ``Program.returns.earned`` of the version the move names, and how much of a restoration goes for an earlier loss.
    """
    return _entries_back(_Writing(event_id, member_id, programs), body.sale_event_id, body.moves)


def entries_of_void(event_id: str, member_id: str, body: BasketVoided, programs: ProgramSet) -> tuple[Due, ...]:
    """Return what a void writes: as a return of all that was left. Nothing if nothing had been sold."""
    if body.sale_event_id is None:
        return ()
    return _entries_back(_Writing(event_id, member_id, programs), body.sale_event_id, body.moves)


def entries_of_happening(event_id: str, member_id: str, body: PointsEarned, programs: ProgramSet) -> tuple[Due, ...]:
    """Return what a happening that is no purchase writes: its accruals."""
    writing = _Writing(event_id, member_id, programs)
    return tuple(writing.accrue(move) for move in _by_source(body.moves))


def settle(
    books: Mapping[str, Book], entries: Iterable[Due], now: datetime
) -> tuple[dict[str, Book], tuple[Outcome, ...]]:
    """Perform ``entries`` in their order; return the books by unit, and one outcome for each entry.

    A unit without a book gets one. A refused entry changes nothing and does not stop the others. ``now`` is in the
    program's time zone: points expire by its date.

    Raises:
        InvariantBroken: ``now`` has no time zone.
    """
    after = dict(books)
    outcomes = []
    for unit, entry in entries:
        after[unit], outcome = perform(after.get(unit) or Book(unit=unit), entry, now)
        outcomes.append(outcome)
    return after, tuple(outcomes)


class _Sum(NamedTuple):
    """All moves of one source together."""

    account: str
    source: str
    points: int
    pending_until: date | None


class _Writing:
    """What writes one event's entries."""

    def __init__(self, event_id: str, member_id: str, programs: ProgramSet) -> None:
        self._event_id = event_id
        self._member_id = member_id
        self._programs = programs

    def pays_its_own_basket(self, move: _Sum) -> bool:
        program = version_of(self._programs, move.source)
        return program is not None and program.spends is Spends.BOTH

    def accrue(self, move: _Sum) -> Due:
        program = version_of(self._programs, move.source)
        entry = Accrue(
            event_id=self._event_id,
            leg=_leg("earn", move.source),
            member=self._member_id,
            program=program_of(move.source),
            points=move.points,
            expiry=program.expiry if program else NEVER,
            pending_until=move.pending_until,
        )
        return Due(move.account, entry)

    def redeem(self, move: _Sum, *, force: bool) -> Due:
        entry = Redeem(
            event_id=self._event_id,
            leg=_leg("spend", move.source),
            member=self._member_id,
            program=program_of(move.source),
            points=-move.points,
            force=force,
        )
        return Due(move.account, entry)

    def restore(self, move: _Sum, sale_event_id: str) -> Due:
        entry = RestoreRedemption(
            event_id=self._event_id,
            leg=_leg("restore", move.source),
            redemption=derive(sale_event_id, _leg("spend", move.source)),
            points=move.points,
        )
        return Due(move.account, entry)

    def reverse(self, move: _Sum, sale_event_id: str) -> Due:
        program = version_of(self._programs, move.source)
        entry = ReverseAccrual(
            event_id=self._event_id,
            leg=_leg("reverse", move.source),
            accrual=sale_event_id,
            member=self._member_id,
            program=program_of(move.source),
            points=-move.points,
            policy=(program.returns if program else Returns()).earned,
        )
        return Due(move.account, entry)


def _entries_back(writing: _Writing, sale_event_id: str, moves: Iterable[PointsMove]) -> tuple[Due, ...]:
    summed = _by_source(moves)
    restored = [writing.restore(move, sale_event_id) for move in summed if move.points > 0]
    return (*restored, *(writing.reverse(move, sale_event_id) for move in summed if move.points < 0))


def _by_source(moves: Iterable[PointsMove]) -> list[_Sum]:
    """Return the sum of the moves of each source, of what was added and of what was taken apart."""
    sums: dict[tuple[str, bool], _Sum] = {}
    for move in moves:
        points = move.points - move.forgiven - move.short
        key = move.source, points > 0
        before = sums[key].points if key in sums else 0
        sums[key] = _Sum(move.account, move.source, before + points, move.pending_until)
    return [each for each in sums.values() if each.points]


def _leg(what: str, source: str) -> str:
    """Return the name of an entry. A leg has no ``/``; no name has ``@``, so what stands behind it stays unique."""
    return f"{what}:{source.replace('/', ':')}"
