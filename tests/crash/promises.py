"""What the service has acknowledged, and whether it still stands."""

from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec

from pos_loyalty.core.basket import Basket, BasketStatus, LineRequest
from pos_loyalty.core.members import Member
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, Recorded, TillView
from tests.crash.journal_on_disk import JournalOnDisk

Reply = Basket | Recorded | TillView | Problem


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One request: sending it again must change nothing more."""

    what: str
    send: Callable[[TillClient], Awaitable[Reply]]
    lines: tuple[LineRequest, ...] | None = None
    """What the basket will hold, for a wish that changes it."""
    member_id: str | None = None
    """Whom the basket will belong to, for a scan."""
    note: str | None = None


class Promises:
    """The one who remembers. ``members`` are those who will buy, as they were before."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        self._balances = {member.member_id: Counter(member.balances) for member in members}
        self.sales: dict[str, Basket] = {}
        """Event id to the committed basket."""
        self.notes: dict[str, str] = {}
        """Event id to text."""
        self.basket: Basket | None = None
        """The basket at the counter, as it was acknowledged last."""
        self.in_flight: Wish | None = None
        """Asked, and not answered."""

    def take(self, wish: Wish, reply: Reply) -> None:
        """Remember what ``wish`` was answered."""
        self.in_flight = None
        match reply:
            case Basket(status=BasketStatus.COMMITTED, receipt=receipt):
                assert receipt is not None
                assert receipt.event_id not in self.sales, "two sales have one event"
                self.sales[receipt.event_id] = reply
                self.basket = None
            case Basket():
                self.basket = reply
            case Recorded(event_id=event_id):
                assert wish.note is not None
                self.notes[event_id] = wish.note
            case TillView(basket=basket):
                self.basket = basket
            case Problem():
                raise AssertionError(f"{wish.what} was refused: {reply.detail}")

    async def check(self, client: TillClient, journal: JournalOnDisk) -> None:
        """Compare with the journal and with what the service says.

        Raises:
            AssertionError: a promise is broken.
        """
        journal.read_on()
        self._check_sales(journal)
        self._check_notes(journal)
        await self._check_balances(client, journal)
        await self._check_basket(client)

    def _check_sales(self, journal: JournalOnDisk) -> None:
        times_sold = Counter(sale.basket_id for _, sale in journal.sales.values())
        assert set(times_sold.values()) <= {1}, "a sale was doubled"
        for event_id, basket in self.sales.items():
            assert event_id in journal.sales, "an acknowledged sale was lost"
            member_id, sale = journal.sales[event_id]
            assert basket.receipt is not None
            assert (member_id, sale.basket_id) == (basket.member_id, basket.basket_id)
            assert (sale.net, sale.moves) == (basket.receipt.net, basket.receipt.moves)
        unpromised = [sale.basket_id for event_id, (_, sale) in journal.sales.items() if event_id not in self.sales]
        allowed = [self.basket.basket_id] if self.basket and self._flies("commit") else []
        assert unpromised in ([], allowed), "a sale was written that nobody asked for"

    def _check_notes(self, journal: JournalOnDisk) -> None:
        assert set(Counter(journal.notes.values()).values()) <= {1}, "a note was doubled"
        assert self.notes.items() <= journal.notes.items(), "an acknowledged note was lost"
        unpromised = [text for event_id, text in journal.notes.items() if event_id not in self.notes]
        allowed = [self.in_flight.note] if self.in_flight and self._flies("note") else []
        assert unpromised in ([], allowed), "a note was written that nobody asked for"

    async def _check_balances(self, client: TillClient, journal: JournalOnDisk) -> None:
        expected = {member_id: Counter(balances) for member_id, balances in self._balances.items()}
        for member_id, sale in journal.sales.values():
            assert member_id is not None
            for move in sale.moves:
                expected[member_id][move.account] += move.points
        for member_id, balances in expected.items():
            member = await client.member(member_id)
            assert isinstance(member, Member)
            assert Counter(member.balances) == balances, "the balances are not what was sold"

    async def _check_basket(self, client: TillClient) -> None:
        promised = self.basket
        if promised is None:
            return
        found = await client.basket(promised.basket_id)
        assert isinstance(found, Basket), "the open basket is gone"
        if found != promised:
            assert self.in_flight is not None, "the basket changed by itself"
            assert found.revision == promised.revision + 1
            assert _content(found) == _wanted(self.in_flight, promised)
            assert (found.status is BasketStatus.COMMITTED) == self._flies("commit")
        if found.live:
            assert (await client.till()).basket == found, "the open basket is not at the counter"

    def _flies(self, what: str) -> bool:
        return self.in_flight is not None and self.in_flight.what == what


_Content = tuple[str | None, list[tuple[str, int]]]


def _content(basket: Basket) -> _Content:
    return basket.member_id, [(line.product_id, line.quantity) for line in basket.lines]


def _wanted(wish: Wish, before: Basket) -> _Content:
    member_id, lines = _content(before)
    if wish.lines is not None:
        lines = [(line.product, line.quantity) for line in wish.lines]
    return wish.member_id or member_id, lines
