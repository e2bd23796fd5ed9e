"""The link between the screen and the till."""

import asyncio

from textual.message import Message

from pos_loyalty.core.basket import Basket
from pos_loyalty.service.client import TillClient
from tests.support.running_till import RunningTill
from tui.link import TillLink
from tui.messages import Answered, Delayed
from tui.wishes import Answer, Wish

DEADLINE_S = 10.0


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
