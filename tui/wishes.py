"""What the cashier can wish for, each as one object that may be sent again.

A wish that changes a basket or a book makes its idempotency key once and fixes its request at the first try: sent
again after a lost connection it is the same wish, so it is granted once. The others are harmless to drop.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from secrets import token_hex

from msgspec.structs import replace
from textual.events import Key

from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.claims import Claim, spelt_out
from pos_loyalty.core.evaluation import Reason
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import BasketRequest, Problem, Recorded, TillView
from tui.bursts import Burst
from tui.present.picks import is_claimed, is_given, is_typed
from tui.typed import Typed

NO_ANSWER = frozenset({"unknown_code", "unreadable", "empty_code", "too_long", "voucher", "gift_card"})
"""Outcomes of a code that may still be the id of a product, or an amount. Of vouchers the till says only in a basket
whether it knows them; F7 is for them."""

Answer = TillView | Basket | Recorded | Problem | None


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


class Read(Wish):
    """Act on what a reader typed into the terminal, if it is a code."""

    def __init__(self, burst: Burst[Key]) -> None:
        super().__init__()
        self.burst = burst
        self.is_code = True
        """Whether the till took it for a scan; else it was typed."""

    async def send(self, client: TillClient, _basket: Basket | None, /) -> Answer:
        """Send the characters as they came, with their times."""
        answer = await client.read(self.burst.text, self.burst.first_ns, self.burst.last_ns)
        self.is_code = not (isinstance(answer, Problem) and answer.type.endswith(":not-a-code"))
        return answer


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
        self._request: tuple[str, BasketRequest] | None = None

    async def _put(self, client: TillClient, basket: Basket, wanted: BasketRequest) -> Answer:
        self._request = self._request or (basket.basket_id, wanted)
        return await client.fill(*self._request, self._key)

    async def _again(self, client: TillClient) -> Answer:
        return await client.fill(*self._request, self._key) if self._request else None


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
        content = content_of(opened)
        return await self._put(client, opened, replace(content, lines=(*content.lines, line)))

    async def _line(self, client: TillClient) -> LineRequest | Answer:
        wanted = self._wanted
        if wanted.code:
            found = await client.identify(wanted.code)
            if isinstance(found, Problem):
                return found
            if found.product:
                return LineRequest(product=found.product.product_id, quantity=wanted.quantity)
            if found.outcome not in NO_ANSWER:
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
        content = content_of(basket)
        lines, old = content.lines, content.lines[self._index]
        quantity = self._quantity_of(old.quantity)
        kept = () if quantity < 1 else (replace(old, quantity=quantity),)
        lines = (*lines[: self._index], *kept, *lines[self._index + 1 :])
        return await self._put(client, basket, replace(content, lines=lines))


class Turn(_Replace):
    """Give the customer a reward or take it off again, whichever it is not; or drop a code that does nothing."""

    def __init__(self, reward: str, code: str = "", claim: Claim | None = None) -> None:
        """Wish for a turn.

        Args:
            reward: the reward; empty for a code that does nothing.
            code: the voucher or card behind it.
            claim: the choices that go with it, where it is given and leaves any.
        """
        super().__init__()
        self._reward, self._code, self._claim = reward, code, claim

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Turn it round."""
        if self._request:
            return await self._again(client)
        return await self._put(client, basket, self._turned(basket)) if basket else None

    def _turned(self, basket: Basket) -> BasketRequest:
        content, reward = content_of(basket), self._reward
        if is_typed(self._code, basket):
            code = normal_code(self._code)
            return replace(content, codes=tuple(one for one in basket.codes if normal_code(one) != code))
        if is_claimed(reward, basket):
            return replace(content, claims=tuple(one for one in spelt_out(basket.claims) if one.reward != reward))
        if reward in basket.declined:
            return replace(content, declined=tuple(one for one in basket.declined if one != reward))
        if is_given(reward, basket):
            return replace(content, declined=(*basket.declined, reward))
        return replace(content, claims=(*basket.claims, self._claim or reward))


class UseCode(_Replace):
    """Use the code of a promotion, a voucher or a gift card, opening a basket where there is none.

    A code that does nothing is taken out again at once, so that it does not stand in the way of the sale.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self._open_key, self._undo_key = token_hex(16), token_hex(16)
        self.refused: Reason | None = None
        """Why it does nothing, once that is known."""
        self.waits = False
        """Whether it is kept, and nothing has come of it yet: something is still missing."""
        self._before: tuple[object, ...] = ()

    async def send(self, client: TillClient, basket: Basket | None, /) -> Answer:
        """Add it to the codes of the basket."""
        if self._request:
            answer = await self._again(client)
        else:
            opened = basket or await client.open_basket(self._open_key)
            if isinstance(opened, Problem):
                return opened
            if is_typed(self.typed, opened):
                return opened
            self._before = _benefits(opened)
            answer = await self._put(client, opened, replace(content_of(opened), codes=(*opened.codes, self.typed)))
        return await self._without_refused(client, answer) if isinstance(answer, Basket) else answer

    async def _without_refused(self, client: TillClient, basket: Basket) -> Answer:
        refused = basket.evaluation.refused_codes if basket.evaluation else ()
        last = len(basket.codes) - 1
        self.refused = next((one.reason for one in refused if one.index == last), None)
        if self.refused is None:
            self.waits = _benefits(basket) == self._before
            return basket
        return await client.fill(
            basket.basket_id, replace(content_of(basket), codes=basket.codes[:last]), self._undo_key
        )


def _benefits(basket: Basket) -> tuple[object, ...]:
    """Return all that the customer has of ``basket``, or could have for the asking."""
    priced = basket.evaluation
    return (priced.applied, priced.payments, priced.claimable, priced.moves) if priced else ()


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


def content_of(basket: Basket) -> BasketRequest:
    """Return the request that would leave ``basket`` as it is, unless somebody else has changed it."""
    return replace(BasketRequest.of(basket), revision=basket.revision)
