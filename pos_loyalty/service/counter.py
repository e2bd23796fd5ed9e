"""The counter: one customer, one basket, one thing at a time.

Everything that changes the session goes through :meth:`Counter.turn` and :meth:`Counter.settle`: take a
:class:`~pos_loyalty.service.work.Work`, feed it, settle it. Settling writes the change and only then shows it,
with one exception: a greeting is shown at once, since it promises nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member
from pos_loyalty.core.scans import ReaderStatus
from pos_loyalty.core.session import STAGE_SECONDS, CommitFailed, NoticeCode, Session, Stage
from pos_loyalty.core.transitions import resume, step
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Answer, Clock, KeyReused, LineView, Replayed, StaleBasket, Store, StoreCounts
from pos_loyalty.service.board import Board
from pos_loyalty.service.faults import key_reused, stale, store_failed, store_notice
from pos_loyalty.service.wire import Notice, Problem, ScanTimes, TillView
from pos_loyalty.service.work import Desk, Work

_log = logging.getLogger(__name__)


class Counter:
    """The state behind the screen, and the only way to change it."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, board: Board) -> None:
        self.store = store
        self.clock = clock
        self.desk = desk
        self.ids = desk.ids
        self.turn = asyncio.Lock()
        """Held by whoever changes the session, from reading it to having written it."""
        self.session = Session()
        self.basket: Basket | None = None
        self._board = board
        self._member: Member | None = None
        self._candidates: tuple[Member, ...] = ()
        self._notice: Notice | None = None
        self._scan: ScanTimes | None = None
        self._readers: dict[str, ReaderStatus] = {}
        self._counts = StoreCounts(members=0, events=0, waiting=0)
        self.line = LineView()
        """How the line to the hub was when it last changed."""
        self._timer: asyncio.TimerHandle | None = None
        self.on_time_up: Callable[[Session], None] = lambda _: None
        """Told of a session whose stage has lasted long enough; it may be over by then."""
        self.on_released: Callable[[tuple[str, ...]], None] = lambda _: None
        """Told which holds the baskets do not need any more."""

    def resume(self) -> None:
        """Take up what the journal says was on the counter when the service ended.

        Raises:
            StoreError: the journal cannot be read.
        """
        live = self.store.live_baskets()
        session = _saved(self.store.session())
        if live:
            session = replace(session, basket_id=live[-1].basket_id)
        self.basket = self.store.basket(session.basket_id) if session.basket_id else None
        self._enter(resume(session, self.basket))
        if self.session.basket_id is None:
            self.basket = None
        self._member = self.store.member(self.session.member_id) if self.session.member_id else None
        self.show()

    def work(self) -> Work:
        """Return a blank piece of work on what is at the counter now."""
        return self.work_on(self.basket)

    def work_on(self, basket: Basket | None) -> Work:
        """Return a blank piece of work on ``basket`` as it stands on disk; None for one that is to be made."""
        return Work(self.session, basket, now=self.clock.now(), desk=self.desk)

    def greet(self, work: Work, members: tuple[Member, ...]) -> None:
        """Show at once what ``work`` makes of a scan, with the documents that were just read."""
        self._take_over(work)
        if len(members) == 1 and members[0].is_called(self.session.member_id):
            self._member = members[0]
        elif self.session.stage is Stage.CHOOSING:
            self._candidates = members
        self.show()

    async def settle(
        self, work: Work, answer: Callable[[], Answer] | None = None, *, shown: bool = False
    ) -> Answer | Problem | None:
        """Write what ``work`` leaves behind, then take it over and show it.

        ``shown`` says that the screen has it already. Returns None if all went well, the first answer if the
        idempotency key had been used for the same request, else the problem. A problem changes nothing; what was
        shown stays, without the visit that is not on disk.
        """
        events: tuple[Event, ...] = ()
        if not work.empty or answer is not None:
            try:
                outcome = await asyncio.wrap_future(self.store.commit(work.change(answer)))
            except StoreError as error:
                if shown:
                    self._enter(replace(self.session, visit_id=None))
                return self.store_failed(error)
            match outcome:
                case Replayed():
                    return outcome.answer
                case KeyReused():
                    return key_reused()
                case StaleBasket():
                    self.resume()
                    return stale(outcome.basket)
            events = outcome.events
        self._take_over(work)
        self.on_released(work.released)
        self._follow(events)
        if not shown or work.moves_points:
            self.show()
        return None

    def committing(self, work: Work) -> None:
        """Show that a sale is being written; nothing else has changed."""
        self.session = work.session
        view = self._board.view
        self._board.show(replace(view, revision=view.revision + 1, stage=self.session.stage))

    def end_commit(self) -> None:
        """Go back to the priced basket if the sale is still being written: it failed and left no trace."""
        if self.session.stage is Stage.COMMITTING:
            self.session, _ = step(self.session, CommitFailed(NoticeCode.COMMIT_FAILED))
            self.show()

    def _follow(self, events: tuple[Event, ...]) -> None:
        """Let the document of the member at the counter say what was just written: as the store will, without a read.

        Somebody else at the counter than before is read, as far as that is possible.
        """
        member_id = self.session.member_id
        if self._member is not None and self._member.is_called(member_id):
            self._member = apply_all(self._member, events)
        else:
            with contextlib.suppress(StoreError):
                self._member = self.store.member(member_id) if member_id else None

    def tell(self, code: NoticeCode) -> None:
        """Tell the cashier one thing."""
        number = self._notice.number + 1 if self._notice else 1
        self._notice = Notice(number=number, code=code)
        self.show()

    def news(self, line: LineView) -> None:
        """Show how the line is now, and the member at the counter as the store knows them now.

        It needs no turn: a document that is read while events are being written has room for them, and nothing else
        at the counter changes. A member who is gone from the store stays until the customer leaves.
        """
        self.line = line
        member_id = self.session.member_id
        with contextlib.suppress(StoreError):
            self._member = (self.store.member(member_id) if member_id else None) or self._member
        view = self._view()
        if replace(view, revision=self._board.view.revision) != self._board.view:
            self._board.show(view)

    def store_failed(self, error: StoreError) -> Problem:
        """Tell the cashier, and whoever reads the log, that the store said no; return the problem."""
        # What a store says is about files, never about people.
        _log.error("%s: %s", error.title, error)
        self.tell(store_notice(error))
        return store_failed(error)

    def scanned(self, times: ScanTimes) -> None:
        """Note when the scan that is being dealt with came in; the next view carries it."""
        self._scan = times

    def reader_changed(self, status: ReaderStatus) -> None:
        """Take note of a reader's state and counters; only a change of state is worth a new view."""
        before = self._readers.get(status.reader_id)
        self._readers[status.reader_id] = status
        if before is None or (before.state, before.detail) != (status.state, status.detail):
            self.show()

    @property
    def readers(self) -> tuple[ReaderStatus, ...]:
        """The state of every reader, by name."""
        return tuple(self._readers[name] for name in sorted(self._readers))

    def show(self) -> None:
        """Make the board say what is so."""
        self._board.show(self._view())

    def _view(self) -> TillView:
        # What has to be told may be that the store cannot be read; the last counts will do then.
        with contextlib.suppress(StoreError):
            self._counts = self.store.counts()
        return TillView(
            revision=self._board.view.revision + 1,
            stage=self.session.stage,
            member=self._member if self._member and self._member.is_called(self.session.member_id) else None,
            candidates=self._candidates if self.session.stage is Stage.CHOOSING else (),
            refusal=self.session.refusal,
            basket=self.basket,
            notice=self._notice,
            readers=self.readers,
            members=self._counts.members,
            waiting=self._counts.waiting,
            line=self.line,
            edition=self.store.edition,
            scan=self._scan,
            replica_reset=self.store.replica_reset,
        )

    def stop(self) -> None:
        """Let go of the timer."""
        if self._timer:
            self._timer.cancel()

    def _take_over(self, work: Work) -> None:
        if work.session.basket_id is None:
            self.basket = None
        elif work.basket and work.basket.basket_id == work.session.basket_id:
            self.basket = work.basket
        self._enter(work.session)

    def _enter(self, session: Session) -> None:
        """Make ``session`` the one at the counter, with a timer of its own if its stage does not last."""
        self.session = session
        self.stop()
        seconds = STAGE_SECONDS.get(self.session.stage)
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.on_time_up, self.session)

    def live_basket(self) -> Basket | None:
        """Return the basket at the counter if it can still change."""
        return self.basket if self.basket and self.basket.live else None


def _saved(session: bytes | None) -> Session:
    """Read a saved session. One of another version may hold words unknown here; the basket counts, not the greeting."""
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(session or b"{}", type=Session)
    return Session()
