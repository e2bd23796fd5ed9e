"""A cashier who sells without pause, and a fate that kills the service again and again."""

import asyncio
from pathlib import Path
from random import Random

from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.identifiers import IdentifierKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.core.session import Stage
from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import TillView
from tests.crash.journal_on_disk import JournalOnDisk
from tests.crash.promises import Promises, Reply, Wish
from tests.support.service_process import ServiceProcess

ANSWER_WITHIN_S = 30.0
_HERE = (Stage.IDENTIFIED, Stage.BASKET_OPEN, Stage.PRICED)


class Fate:
    """Kills the service so many times, each time within ``longest_s`` of a start."""

    def __init__(self, service: ServiceProcess, kills: int, chance: Random, *, longest_s: float) -> None:
        self._service = service
        self._chance = chance
        self._longest_s = longest_s
        self.left = kills

    def strike_later(self) -> None:
        """Kill once more, if any is left."""
        if self.left:
            asyncio.get_running_loop().call_later(self._chance.uniform(0, self._longest_s), self._strike)

    def _strike(self) -> None:
        self.left -= 1
        self._service.kill()


class Cashier:
    """Sells to ``members`` through the reader and the socket, and starts the service again whenever it is gone."""

    def __init__(
        self,
        service: ServiceProcess,
        scanner: VirtualScanner,
        journal: Path,
        members: tuple[Member, ...],
        products: tuple[Product, ...],
        chance: Random,
    ) -> None:
        self.promises = Promises(members)
        self.journal = JournalOnDisk(journal)
        self.retried: list[str] = []
        """Every wish that was in flight at a kill."""
        self._service = service
        self._scanner = scanner
        self._members = members
        self._products = products
        self._chance = chance
        self._client = TillClient(service.socket)
        self._wishes = 0
        self._served: Member | None = None

    async def sell_until_fate_rests(self, fate: Fate) -> None:
        """Make one sale after the other, the last one undisturbed, and check everything."""
        try:
            await self._start(fate)
            while fate.left:
                await self._sell(fate)
            await self._sell(fate)
            await self.promises.check(self._client, self.journal)
            self.journal.read_again()
        finally:
            await self._client.close()

    async def _sell(self, fate: Fate) -> None:
        member = self._chance.choice([member for member in self._members if member is not self._served])
        self._served = member
        if self._chance.random() < 0.7:
            await self._ask(self._scan(member), fate)
        await self._ask(self._open(), fate)
        for _ in range(self._chance.randint(1, 3)):
            await self._ask(self._replace(self._basket()), fate)
        if self._basket().member_id is None:
            # Not scanned yet, or greeted by a service that died before the greeting was on disk: it promises nothing.
            await self._ask(self._scan(member), fate)
        if self._chance.random() < 0.5:
            await self._ask(self._note(member), fate)
        await self._ask(self._commit(self._basket()), fate)

    def _basket(self) -> Basket:
        assert self.promises.basket is not None
        return self.promises.basket

    def _key(self) -> str:
        self._wishes += 1
        return f"wish-{self._wishes}"

    def _scan(self, member: Member) -> Wish:
        code = next(i.value for i in member.identifiers if i.kind is not IdentifierKind.PHONE)
        return Wish(
            what="scan", send=lambda client: self._read(client, code, member.member_id), member_id=member.member_id
        )

    def _open(self) -> Wish:
        key = self._key()
        return Wish(what="open", send=lambda client: client.open_basket(key))

    def _replace(self, basket: Basket) -> Wish:
        key, claims = self._key(), basket.claims
        chosen = self._chance.sample(self._products, self._chance.randint(1, 4))
        lines = tuple(LineRequest(product=p.product_id, quantity=self._chance.randint(1, 3)) for p in chosen)
        if basket.evaluation and basket.evaluation.claimable and self._chance.random() < 0.3:
            claims = (basket.evaluation.claimable[0].reward,)
        return Wish(
            what="replace",
            send=lambda client: client.replace(basket.basket_id, lines, claims, basket.revision, key),
            lines=lines,
        )

    def _note(self, member: Member) -> Wish:
        key = self._key()
        text = f"remark {key}"
        return Wish(what="note", send=lambda client: client.note(member.member_id, text, key), note=text)

    def _commit(self, basket: Basket) -> Wish:
        key = self._key()
        return Wish(what="commit", send=lambda client: client.commit(basket.basket_id, basket.revision, key))

    async def _read(self, client: TillClient, code: str, member_id: str) -> TillView:
        """Hold the card before the reader, once it is ready; return the view that shows its owner."""
        held = False
        async for view in client.watch():
            if view.stage in _HERE and view.member and view.member.member_id == member_id:
                return view
            if not held and view.readers and view.readers[0].state is ReaderState.READY:
                held = True
                self._scanner.scan(code)
        raise AssertionError("the stream ended without a word")

    async def _ask(self, wish: Wish, fate: Fate) -> None:
        self.promises.in_flight = wish
        interrupted = False
        while True:
            try:
                reply = await self._send(wish)
                if interrupted and wish.what != "scan":
                    assert await self._send(wish) == reply, f"{wish.what} was answered differently the second time"
            except ServiceUnreachable:
                interrupted = True
                self.retried.append(wish.what)
                await self._start(fate)
            else:
                self.promises.take(wish, reply)
                return

    async def _send(self, wish: Wish) -> Reply:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await wish.send(self._client)

    async def _start(self, fate: Fate) -> None:
        """Start the service, whatever is left of it, and see whether it keeps its promises."""
        self._service.kill()
        self._scanner.tend()
        self._service.start()
        await self._client.close()
        self._client = TillClient(self._service.socket)
        await self.promises.check(self._client, self.journal)
        fate.strike_later()
