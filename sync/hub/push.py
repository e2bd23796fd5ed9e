"""The step: one batch of one terminal, all of it in one transaction of the hub. Pure over the transaction.

Everything is loaded under the locks before anything is folded, and written after all is folded; what one event does
is worked out whole before any of it counts, so an event that cannot be taken leaves nothing. Whoever calls commits,
and only then says what was answered.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.errors import StoreError, whence
from sync.hub.batch import Batch
from sync.hub.books import EntryRefused
from sync.hub.erasing import erase
from sync.hub.hub_store import Transaction
from sync.hub.intake import Again, Arrival, InLog, Intake, sort_out
from sync.hub.kept import Logged, PutAside
from sync.hub.merging import join, part
from sync.hub.reach import Reach, reach_of
from sync.hub.scopes import scope_of, told
from sync.hub.shop import Shop
from sync.hub.terminals import forked, heard, served
from sync.hub.whereabouts import Elsewhere, Whereabouts
from sync.wire import Halt, PushAnswer, PushRequest

NOWHERE_ELSE: Mapping[str, Whereabouts] = {}
ALONE: Mapping[str, Callable[[Transaction, Reach, Shop], Callable[[], int]]] = {
    "member.merged": join,
    "member.unmerged": part,
    "member.erased": erase,
}
"""Types of events that are a batch of their own, since they are about more than one member."""


def batches(request: PushRequest) -> Iterator[PushRequest]:
    """Yield a request as those that are one step each, in its order."""
    for _, events in groupby(enumerate(request.events), lambda each: each[0] if each[1].type in ALONE else -1):
        yield replace(request, events=tuple(event for _, event in events))


def push(
    transaction: Transaction, request: PushRequest, shop: Shop, known: Mapping[str, Whereabouts] = NOWHERE_ELSE
) -> PushAnswer | Halt:
    """Take a batch, or say why its terminal is served no more; then nothing was written.

    ``request`` is one of :func:`batches`, ``known`` is where members are that are not where they always were.

    Raises:
        StoreError: the database said no. Nothing was taken.
        Elsewhere: members are where nobody supposed. Nothing may be committed.
    """
    terminal = served(transaction.own(request.terminal_id), request.terminal_id)
    if isinstance(terminal, Halt):
        return terminal
    intake = sort_out(transaction, request)
    if intake.forks:
        return forked(terminal, request.boot_nonce, intake.forks[0])
    here = shop._replace(store_id=terminal.store_id)
    step = _Step(transaction, request.terminal_id, intake, here, known)
    step.run()
    transaction.put_terminal(heard(terminal, request.boot_nonce, [intake.arrivals[i].event.seq for i in intake.new]))
    epoch = told(transaction.epochs()[-1].name, scope_of(transaction, terminal))
    return PushAnswer(verdicts=step.verdicts(), epoch=epoch, hub_ms=shop.now_ms)


class _Step:
    """The new events of one batch on their way in."""

    def __init__(
        self, transaction: Transaction, terminal_id: str, intake: Intake, shop: Shop, known: Mapping[str, Whereabouts]
    ) -> None:
        self._transaction = transaction
        self._terminal_id = terminal_id
        self._intake = intake
        self._shop = shop
        self._known = known
        self._numbers: dict[int, int] = {}
        self._codes: dict[int, QuarantineCode] = {}
        self._aside: list[PutAside] = []

    def run(self) -> None:
        """Take what can be taken, and put the rest aside."""
        for index, standing in enumerate(self._intake.standings):
            if isinstance(standing, QuarantineCode):
                self._put_aside(index, standing, "its envelope says enough")
        reaches = self._reaches()
        if reaches:
            self._take(reaches)
        self._transaction.put_aside(self._aside)

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return one verdict for each event of the batch, in its order."""
        return tuple(self._verdict(index, arrival) for index, arrival in enumerate(self._intake.arrivals))

    def _reaches(self) -> Mapping[int, Reach]:
        reaches = {}
        for index in self._intake.new:
            try:
                reach = reach_of(self._intake.arrivals[index].event, self._shop.programs)
                known = self._known.get(reach.member_id)
                reaches[index] = reach if known is None else reach.at(known)
            except (msgspec.MsgspecError, ArithmeticError, ValueError) as error:
                self._put_aside(index, QuarantineCode.UNREADABLE, whence(error))
        return reaches

    def _take(self, reaches: Mapping[int, Reach]) -> None:
        for index, reach in reaches.items():
            if reach.event.type in ALONE:
                self._take_alone(index, reach)
                return
        batch = Batch(self._transaction, tuple(reaches.values()), self._shop)
        for index, reach in reaches.items():
            try:
                self._numbers[index] = batch.take(self._intake.arrivals[index], reach)
            except EntryRefused as refused:
                self._put_aside(index, QuarantineCode.REFUSED, f"the ledger: {refused}")
            except Exception as error:  # noqa: BLE001 - an event that our own fault chokes on must stop no other
                self._put_aside(index, QuarantineCode.REFUSED, whence(error))
        batch.write()

    def _take_alone(self, index: int, reach: Reach) -> None:
        event, digest = self._intake.arrivals[index]
        try:
            written = ALONE[event.type](self._transaction, reach, self._shop)
        except EntryRefused as refused:
            self._put_aside(index, QuarantineCode.REFUSED, f"the ledger: {refused}")
            return
        except (Elsewhere, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - as of the others
            self._put_aside(index, QuarantineCode.REFUSED, whence(error))
            return
        number = written()
        self._transaction.append([Logged(event, digest, reach.home, number, self._shop.now_ms)])
        self._numbers[index] = number

    def _put_aside(self, index: int, code: QuarantineCode, reason: str) -> None:
        event, digest = self._intake.arrivals[index]
        # What cannot be read may carry any number; one that is not the terminal's own takes up none of its numbers.
        held = event.seq if index in self._intake.new else 0
        self._codes[index] = code
        self._aside.append(PutAside(self._terminal_id, event, digest, held, code, reason, self._shop.now_ms))

    def _verdict(self, index: int, arrival: Arrival) -> Verdict:
        name = arrival.event.event_id
        match self._intake.standings[index]:
            case InLog(number):
                return Verdict(event_id=name, outcome=Outcome.DUPLICATE, number=number)
            case Again(first) if first in self._numbers:
                return Verdict(event_id=name, outcome=Outcome.DUPLICATE, number=self._numbers[first])
            case Again(first):
                return Verdict(event_id=name, outcome=Outcome.QUARANTINED, code=self._codes[first])
            case _ if index in self._codes:
                return Verdict(event_id=name, outcome=Outcome.QUARANTINED, code=self._codes[index])
        return Verdict(event_id=name, outcome=Outcome.APPLIED, number=self._numbers[index])
