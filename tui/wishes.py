"""What the cashier can wish for, each as one object that may be sent again.

A wish that changes a basket or a book makes its idempotency key once and fixes its request at the first try: sent
again after a lost connection it is the same wish, so it is granted once. The others are harmless to drop.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from secrets import token_hex

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, Recorded, TillView
from tui.typed import Typed

Answer = TillView | Basket | Recorded | Problem | None
Lines = tuple[LineRequest, ...]


class Wish(ABC):
    """One thing to ask of the till. ``typed`` is given back to the field if it is not granted."""

    repeatable = False
    """Whether it may be sent again after a lost connection."""

    def __init__(self, typed: str = "") -> None:
        self.typed = typed

    @abstractmethod
    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Ask for it, given the newest basket known; None when there is nothing to ask for."""


class Scan(Wish):
    """Act on a typed code as if it had been scanned."""

    def __init__(self, code: str, typed: str = "") -> None:
        super().__init__(typed)
        self._code = code

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Send the code."""
        return await client.scan(self._code)


class Choose(Wish):
    """This is the customer."""

    def __init__(self, member_id: str) -> None:
        super().__init__()
        self._member_id = member_id

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Send the choice."""
        return await client.choose(self._member_id)


class Dismiss(Wish):
    """Be done with what is on the screen."""

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Leave, or refuse to leave a basket behind."""
        return await client.dismiss()


class Keyed(Wish):
    """A wish that changes something for good."""

    repeatable = True

    def __init__(self, typed: str = "") -> None:
        super().__init__(typed)
        self._key = token_hex(16)


class Note(Keyed):
    """Keep a remark in the client book."""

    def __init__(self, member_id: str, text: str) -> None:
        super().__init__()
        self.member_id, self.text = member_id, text

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Write it."""
        return await client.note(self.member_id, self.text, self._key)


class OpenBasket(Keyed):
    """Sell, whoever it is."""

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Open a basket, or be content with the open one."""
        return await client.open_basket(self._key)


class _Replace(Keyed):
    """Replace the content of the basket by what follows from the content seen at the first try."""

    def __init__(self, typed: str = "") -> None:
        super().__init__(typed)
        self._request: tuple[str, Lines, tuple[str, ...], int] | None = None

    async def _put(self, client: TillClient, basket: Basket, lines: Lines, claims: tuple[str, ...]) -> Answer:
        self._request = self._request or (basket.basket_id, lines, claims, basket.revision)
        return await client.replace(*self._request, key=self._key)

    async def _again(self, client: TillClient) -> Answer:
        return await client.replace(*self._request, key=self._key) if self._request else None


class Add(_Replace):
    """Put what was typed into the basket, opening one where there is none."""

    def __init__(self, wanted: Typed, typed: str) -> None:
        super().__init__(typed)
        self._wanted = wanted
        self._open_key = token_hex(16)

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Find out what the text names: a product or a member comes before an amount."""
        if self._request:
            return await self._again(client)
        line = await self._line(client)
        if not isinstance(line, LineRequest):
            return line
        opened = basket or await client.open_basket(self._open_key)
        if isinstance(opened, Problem):
            return opened
        return await self._put(client, opened, (*requested(opened), line), opened.claims)

    async def _line(self, client: TillClient) -> LineRequest | Answer:
        wanted = self._wanted
        if wanted.code:
            found = await client.identify(wanted.code)
            if isinstance(found, Problem):
                return found
            if found.product:
                return LineRequest(product=found.product.product_id, quantity=wanted.quantity)
            if found.outcome in {"member", "ambiguous", "payment_card"}:
                return await client.scan(wanted.code)
        if wanted.amount is None:
            # Perhaps the id of a product, which need not look like a code; the till knows, and says so if not.
            return LineRequest(product=wanted.code, quantity=wanted.quantity)
        return LineRequest(amount=wanted.amount, quantity=wanted.quantity)


class Change(_Replace):
    """Change the quantity of one line; a line of which nothing is left goes."""

    def __init__(self, index: int, quantity_of: Callable[[int], int], typed: str = "") -> None:
        super().__init__(typed)
        self._index, self._quantity_of = index, quantity_of

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Replace the basket by itself but for one line."""
        if self._request:
            return await self._again(client)
        if basket is None or not 0 <= self._index < len(basket.lines):
            return None
        lines = requested(basket)
        old = lines[self._index]
        quantity = self._quantity_of(old.quantity)
        kept = () if quantity < 1 else (replace(old, quantity=quantity),)
        return await self._put(client, basket, (*lines[: self._index], *kept, *lines[self._index + 1 :]), basket.claims)


class Claim(_Replace):
    """Give the customer a reward, or take it off again."""

    def __init__(self, reward: str) -> None:
        super().__init__()
        self._reward = reward

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Turn the claim round."""
        if self._request:
            return await self._again(client)
        if basket is None:
            return None
        others = tuple(claim for claim in basket.claims if claim != self._reward)
        claims = others if self._reward in basket.claims else (*basket.claims, self._reward)
        return await self._put(client, basket, requested(basket), claims)


class Pay(Keyed):
    """The customer has paid."""

    def __init__(self) -> None:
        super().__init__()
        self._request: tuple[str, int] | None = None

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Write the sale, or fetch the receipt if it has been written already."""
        if self._request is None:
            if basket is None:
                return None
            self._request = (basket.basket_id, basket.revision)
        return await client.commit(*self._request, key=self._key)


class Void(Keyed):
    """Give up the basket."""

    def __init__(self) -> None:
        super().__init__()
        self._basket_id: str | None = None

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Void the basket seen at the first try."""
        self._basket_id = self._basket_id or (basket.basket_id if basket else None)
        return await client.void(self._basket_id, key=self._key) if self._basket_id else None


def requested(basket: Basket) -> Lines:
    """Return the request that would make the lines of ``basket`` again."""
    return tuple(
        LineRequest(product=line.product_id, quantity=line.quantity)
        if line.product_id
        else LineRequest(amount=line.unit_price, quantity=line.quantity, name=line.name)
        for line in basket.lines
    )
