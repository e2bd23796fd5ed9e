"""The step: one batch of one terminal, all of it in one transaction of the hub. Pure over the transaction.

Everything is loaded under the locks before anything is folded, and written after all is folded; what one event does
is worked out whole before any of it counts, so an event that cannot be taken leaves nothing. Whoever calls commits,
and only then says what was answered.
"""

from collections.abc import Mapping

import msgspec

from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.errors import whence
from sync.hub.batch import Batch
from sync.hub.books import EntryRefused
from sync.hub.hub_store import Transaction
from sync.hub.intake import Again, Arrival, InLog, Intake, sort_out
from sync.hub.kept import PutAside
from sync.hub.reach import Reach, reach_of
from sync.hub.shop import Shop
from sync.hub.terminals import forked, heard, served
from sync.wire import Halt, PushAnswer, PushRequest


def push(transaction: Transaction, request: PushRequest, shop: Shop) -> PushAnswer | Halt:
    """Take a batch, or say why its terminal is served no more; then nothing was written.

    Raises:
        StoreError: the database said no. Nothing was taken.
    """
    terminal = served(transaction.own(request.terminal_id), request.terminal_id)
    if isinstance(terminal, Halt):
        return terminal
    intake = sort_out(transaction, request)
    if intake.forks:
        return forked(terminal, request.boot_nonce, intake.forks[0])
    step = _Step(transaction, request.terminal_id, intake, shop)
    step.run()
    transaction.put_terminal(heard(terminal, request.boot_nonce, [intake.arrivals[i].event.seq for i in intake.new]))
    epoch = transaction.epochs()[-1].name
    return PushAnswer(verdicts=step.verdicts(), epoch=epoch, hub_ms=shop.now_ms)


class _Step:
    """The new events of one batch on their way in."""

    def __init__(self, transaction: Transaction, terminal_id: str, intake: Intake, shop: Shop) -> None:
        self._transaction = transaction
        self._terminal_id = terminal_id
        self._intake = intake
        self._shop = shop
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
                reaches[index] = reach_of(self._intake.arrivals[index].event, self._shop.programs)
            except (msgspec.MsgspecError, ArithmeticError, ValueError) as error:
                self._put_aside(index, QuarantineCode.UNREADABLE, whence(error))
        return reaches

    def _take(self, reaches: Mapping[int, Reach]) -> None:
        batch = Batch(self._transaction, tuple(reaches.values()), self._shop)
        for index, reach in reaches.items():
            try:
                self._numbers[index] = batch.take(self._intake.arrivals[index], reach)
            except EntryRefused as refused:
                self._put_aside(index, QuarantineCode.REFUSED, f"the ledger: {refused}")
            except Exception as error:  # noqa: BLE001 - an event that our own fault chokes on must stop no other
                self._put_aside(index, QuarantineCode.REFUSED, whence(error))
        batch.write()

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
