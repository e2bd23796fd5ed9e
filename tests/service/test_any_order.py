"""Any wishes in any order, on a disk that is full at times and a service that is restarted: the disk decides."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.basket import LineRequest
from pos_loyalty.core.event_bodies import BasketCommitted, VisitClosed, VisitOpened
from pos_loyalty.core.events import body_of
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.session import Stage
from pos_loyalty.errors import StoreFull
from pos_loyalty.ports import Change, Outcome
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import BasketRequest
from pos_loyalty.store.memory import MemoryStore
from tests.support.small_shop import AHMAD_CODE, FIXED, REZA_CODE, SHARED_CODE, SHIRT_CODE, SHOP, ManualClock, contents


class FillingStore(MemoryStore):
    """A store whose disk is full while ``full`` is set."""

    full = False

    def commit(self, change: Change) -> "Future[Outcome]":
        """Write, or say that the disk is full."""
        if not self.full:
            return super().commit(change)
        refused: Future[Outcome] = Future()
        refused.set_exception(StoreFull("the disk is full"))
        return refused


FILLED = BasketRequest(lines=(LineRequest(amount=3_000_000),), claims=(FIXED,))
CODED = BasketRequest(lines=(LineRequest(amount=1_000_000),), codes=("NOBODY-1",), declined=("club/none",))
Wish = Callable[[Till, str], Coroutine[Any, Any, object]]
WISHES: dict[str, Wish] = {
    "Reza's card": lambda till, _: till.scan(REZA_CODE),
    "Ahmad's card": lambda till, _: till.scan(AHMAD_CODE),
    "a card of two": lambda till, _: till.scan(SHARED_CODE),
    "a shirt": lambda till, _: till.scan(SHIRT_CODE),
    "an unknown code": lambda till, _: till.scan("NOBODY"),
    "choose Emily": lambda till, _: till.choose("m-emily"),
    "dismiss": lambda till, _: till.dismiss(),
    "open": lambda till, _: till.baskets.open(),
    "fill": lambda till, basket: till.baskets.replace(basket, FILLED),
    "empty": lambda till, basket: till.baskets.replace(basket, BasketRequest()),
    "commit": lambda till, basket: till.baskets.commit(basket),
    "void": lambda till, basket: till.baskets.void(basket),
    "return": lambda till, basket: till.baskets.take_back(basket, (ReturnRequest(number=1),)),
    "a code": lambda till, basket: till.baskets.replace(basket, CODED),
}
OF_THE_HOUSE = ("the disk fills", "the disk has room", "a restart")


def _agree(till: Till, store: MemoryStore) -> None:
    session, view = till.counter.session, till.board.view
    basket = store.basket(session.basket_id) if session.basket_id else None
    assert (view.stage, view.basket) == (session.stage, basket)
    assert (view.member.member_id if view.member else None) == session.member_id
    assert session.stage is not Stage.COMMITTING
    live = store.live_baskets()
    assert live == ((basket,) if basket and basket.live else ())
    assert not live or live[0].member_id == session.member_id


async def _live_through(happenings: list[str]) -> None:
    store, baskets = FillingStore(ids=RandomIds()), ["none yet"]
    store.load(contents())
    till = Till(store, SHOP, ManualClock(), RandomIds(), recogniser(SHOP_AS_DELIVERED))
    await till.start()
    for happening in happenings:
        if happening in WISHES:
            await WISHES[happening](till, baskets[-1])
        elif happening == "a restart":
            await till.stop()
            till = Till(store, SHOP, ManualClock(), RandomIds(), recogniser(SHOP_AS_DELIVERED))
            await till.start()
        else:
            store.full = happening == "the disk fills"
        baskets += [live.basket_id for live in store.live_baskets() if live.basket_id != baskets[-1]]
        _agree(till, store)
    await till.stop()
    bodies = [body_of(event) for event in store.events()]
    opened = Counter(body.visit_id for body in bodies if isinstance(body, VisitOpened))
    closed = Counter(body.visit_id for body in bodies if isinstance(body, VisitClosed))
    sold = Counter(body.basket_id for body in bodies if isinstance(body, BasketCommitted))
    assert closed <= opened
    assert set((opened | closed | sold).values()) <= {1}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WISHES, *OF_THE_HOUSE]), max_size=40))
def test_whatever_happens_the_screen_says_what_is_on_disk(happenings: list[str]) -> None:
    """Stage, member and basket agree; one basket lives; no sale is doubled; no visit ends that did not begin."""
    asyncio.run(_live_through(happenings))
