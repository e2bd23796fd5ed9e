"""The link between the screen and the till."""

import asyncio
from collections.abc import AsyncGenerator

from textual.message import Message

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.session import Stage
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import TillView
from tests.support.running_till import RunningTill
from tui.link import TillLink
from tui.messages import Answered, Delayed
from tui.typed import Typed
from tui.wishes import Add, Answer, OpenBasket, Pay, Void, Wish

DEADLINE_S = 30.0


class _Behind(TillClient):
    """A stream that has not yet told of anything after the price."""

    async def watch(self) -> AsyncGenerator[TillView]:
        """Yield views up to the first with a price."""
        async for view in super().watch():
            yield view
            if view.stage is Stage.PRICED:
                await asyncio.Event().wait()


async def answers(till: RunningTill, *wishes: Wish) -> list[Answer]:
    """Wish for all of them at once, on a screen that is behind; return what was answered."""
    told: list[Answer] = []
    done = asyncio.Event()

    def hear(message: Message) -> None:
        if isinstance(message, Answered):
            told.append(message.answer)
            if len(told) == len(wishes):
                done.set()

    link = TillLink(_Behind(till.socket), hear)
    for wish in wishes:
        link.wish(wish)
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(DEADLINE_S):
        await done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return told


class _Late(Wish):
    """Answered only after the cashier has been told to wait."""

    def __init__(self, told: asyncio.Event) -> None:
        super().__init__()
        self._told = told

    async def send(self, _client: TillClient, _basket: Basket | None, /) -> Answer:
        """Wait."""
        await self._told.wait()
        return None


async def test_a_till_that_takes_long_is_told_before_it_answers(till: RunningTill) -> None:
    """A service that hangs without breaking the stream would else look like a dead keyboard."""
    said: list[type[Message]] = []
    delayed, answered = asyncio.Event(), asyncio.Event()

    def hear(message: Message) -> None:
        said.append(type(message))
        if isinstance(message, Delayed):
            delayed.set()
        if isinstance(message, Answered):
            answered.set()

    link = TillLink(TillClient(till.socket), hear)
    link.wish(_Late(delayed))
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(DEADLINE_S):
        await answered.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [kind for kind in said if kind in {Delayed, Answered}] == [Delayed, Answered]


async def test_a_sale_that_was_just_written_is_not_undone_by_what_was_pressed_after(till: RunningTill) -> None:
    """Before the screen has shown the receipt, a second F9 and a Cancel find nothing to act on."""
    opened, added, paid, again, cancelled = await answers(
        till, OpenBasket(), Add(Typed(amount=500_000), "50000"), Pay(), Pay(), Void()
    )
    assert isinstance(opened, Basket)
    assert isinstance(added, Basket)
    assert isinstance(paid, Basket)
    assert paid.status is BasketStatus.COMMITTED
    assert (again, cancelled) == (None, None)
    assert till.till.store.basket(paid.basket_id) == paid
