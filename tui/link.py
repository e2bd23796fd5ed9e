"""The link to the till: one stream of views, and wishes granted one after another.

In order, because each wish builds on the basket that the one before left behind; a cashier types faster than a
slow disk writes.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
from textual.message import Message

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, TillView
from tui.messages import Answered, Connected, Delayed, Lost, ViewArrived
from tui.wishes import NO_ANSWER, Answer, Wish

_RETRY_S = 0.25
"""A restarted service is on the screen again before anybody has read that it was gone."""

_PATIENCE_S = 1.5
"""How long a wish may take before the cashier is told; a disk that waits for its writes takes a tenth of it."""

_NO_SENSE = (ServiceUnreachable, msgspec.MsgspecError)
"""Nobody there, or somebody who speaks another version of the wire."""


class TillLink:
    """Keeps the connection and tells the application what happens, by messages."""

    def __init__(self, client: TillClient, tell: Callable[[Message], object]) -> None:
        self._client = client
        self._tell = tell
        self._wishes: asyncio.Queue[Wish] = asyncio.Queue()
        self._up = asyncio.Event()
        self._view: TillView | None = None
        self._answered: Basket | None = None

    def wish(self, wish: Wish) -> None:
        """Ask for something when everything asked before is answered."""
        self._wishes.put_nowait(wish)

    async def search(self, text: str, limit: int) -> tuple[Member, ...]:
        """Return members whose name or phone begins like ``text``; none without a service."""
        try:
            found = await self._client.search(text, limit)
        except _NO_SENSE:
            return ()
        return () if isinstance(found, Problem) else found.members

    async def products(self, product_ids: set[str]) -> tuple[Product, ...]:
        """Return the products with these ids; none without a service."""
        try:
            found = await self._client.products(*product_ids)
        except _NO_SENSE:
            return ()
        return () if isinstance(found, Problem) else found.products

    async def knows(self, code: str) -> bool:
        """Return whether the till has an answer to ``code`` as a code; without a service, no."""
        try:
            found = await self._client.identify(code)
        except _NO_SENSE:
            return False
        return not isinstance(found, Problem) and found.outcome not in NO_ANSWER

    async def painted(self, last_byte_ns: int, painted_ns: int) -> None:
        """Tell the till how long a scan took; whether it hears that changes nothing."""
        with suppress(*_NO_SENSE):
            await self._client.painted(last_byte_ns, painted_ns)

    async def run(self) -> None:
        """Watch and grant until cancelled."""
        try:
            await asyncio.gather(self._watch(), self._grant())
        finally:
            await self._client.close()

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow()
            except _NO_SENSE:
                # A stream that broke off is tried again at once; only who does not answer then is gone.
                if self._up.is_set():
                    self._up.clear()
                    continue
                self._tell(Lost())
            await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        shop = await self._client.shop()
        self._tell(Connected(shop))
        async for view in self._client.watch():
            if view.edition != shop.edition:
                shop = await self._client.shop()
                self._tell(Connected(shop))
            first = not self._up.is_set()
            self._view = view
            self._tell(ViewArrived(view, first=first))
            self._up.set()

    async def _grant(self) -> None:
        while True:
            wish = await self._wishes.get()
            self._tell(await self._until_answered(wish))

    async def _until_answered(self, wish: Wish) -> Answered:
        repeated = False
        while True:
            await self._up.wait()
            try:
                answer = await self._patiently(wish)
            except _NO_SENSE:
                if not wish.repeatable:
                    return Answered(wish, None, repeated=repeated)
                repeated = True
                await asyncio.sleep(_RETRY_S)
                continue
            if isinstance(answer, Basket):
                self._answered = answer
            return Answered(wish, answer, repeated=repeated)

    async def _patiently(self, wish: Wish) -> Answer:
        late = asyncio.get_running_loop().call_later(_PATIENCE_S, lambda: self._tell(Delayed()))
        try:
            return await wish.send(self._client, self._basket())
        finally:
            late.cancel()

    def _basket(self) -> Basket | None:
        """Return the newest basket known, if it can still change: an answer may be ahead of the stream."""
        newest, ahead = self._view.basket if self._view else None, self._answered
        if newest and ahead and ahead.basket_id == newest.basket_id and ahead.revision > newest.revision:
            newest = ahead
        return newest if newest and newest.live else None
