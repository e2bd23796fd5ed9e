"""The line as a whole: up, down, news, and an end in time, whatever the hub does."""

import time
from functools import partial

from pos_loyalty.core.feed import RowKind
from pos_loyalty.ports import LineState, LineView
from tests.sync.client.conftest import Shop
from tests.sync.hub.shop import note


def test_what_was_done_goes_up_and_comes_down(shop: Shop) -> None:
    """An event in the outbox is at the hub soon, its verdict in the outbox, and its row in the replica."""
    event = shop.did()
    view = shop.wait_for(lambda view: view.waiting == 0 and view.fresh_ms is not None)
    assert view.state is LineState.ONLINE
    assert view.trouble == ""
    shop.server.news.set()
    shop.wait_for(lambda _: shop.stock.replica.row(RowKind.MEMBER, "m1") is not None)
    assert shop.stock.outbox.ended(event.event_id) is not None


def is_known(shop: Shop, member_id: str, _: LineView) -> bool:
    """Whether the till has the member's row."""
    return shop.stock.replica.row(RowKind.MEMBER, member_id) is not None


def test_news_of_another_till_is_here_within_a_second(shop: Shop) -> None:
    """The hub says there is something; the till has it, without the next look of the clock. The quickest counts."""
    took: list[float] = []
    shop.wait_for(lambda view: view.fresh_ms is not None)
    for member_id in ("m1", "m2", "m3"):
        shop.server.wait_for(lambda: shop.server.count("/sync/1/wait") > len(took))
        began = time.monotonic()
        shop.did(note(), member_id)
        shop.wait_for(lambda view: view.waiting == 0)
        shop.server.news.set()
        shop.wait_for(partial(is_known, shop, member_id))
        took.append(time.monotonic() - began)
    assert min(took) < 1, took


def test_it_ends_within_a_second_in_mid_request(shop: Shop) -> None:
    """The long poll and a push that gets no answer are cut, which would take half a minute."""
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.wait_for(lambda: shop.server.count("/sync/1/wait") > 0)
    began = time.monotonic()
    shop.line.stop()
    assert time.monotonic() - began < 1
