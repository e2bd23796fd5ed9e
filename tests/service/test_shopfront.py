"""The till follows the feed: names, prices and gifts are those of the programs and products that are here now."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.feed import SHOP_PARTITION, Row, RowKind
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.ports import ReplicaContents, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.shopfront import named
from pos_loyalty.store.sqlite import SqliteStore
from tests.service.shop_of_rewards import GIFT, SPRING, filled, price_of, sold
from tests.store.feed import member_row, page, row, take
from tests.support.near_hub import NearHub
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import CLUB, EMILY, EMILY_CODE, PRODUCTS, SCARF, SHIRT, SHOP, ManualClock, contents

BARE = replace(SHOP, accounts={}, tiers=())
"""A till as it is configured: every name comes with the programs."""


@pytest.fixture
def hub() -> NearHub:
    """A hub whose line is up."""
    return NearHub()


@pytest.fixture
async def till(store: Store, tmp_path: Path, hub: NearHub) -> AsyncIterator[RunningTill]:
    """A till of that hub."""
    async with running(store, tmp_path / "till.sock", shop=BARE, hub=hub) as it:
        yield it


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store that has had nothing from the hub yet."""
    with closing(SqliteStore(tmp_path / "empty", clock=ManualClock(), ids=RandomIds())) as made:
        yield made


def of_program(program: Program, number: int) -> Row:
    """Return the row of one version of a program."""
    return row(RowKind.PROGRAM, f"{program.program_id}@{program.version}", number, program, SHOP_PARTITION)


def of_product(product: Product, number: int) -> Row:
    """Return the row of a product."""
    return row(RowKind.PRODUCT, product.product_id, number, product, SHOP_PARTITION)


def with_gift(price: int) -> ReplicaContents:
    """Return what the hub sends when a scarf is a gift, and costs ``price``."""
    goods = tuple(replace(each, unit_price=price) if each.product_id == SCARF else each for each in PRODUCTS)
    return replace(contents(), products=goods, programs=(CLUB, GIFT))


async def test_a_program_that_comes_down_brings_its_names(till: RunningTill, hub: NearHub, store: Store) -> None:
    """The view is of another edition, and who asks for the shop then has the new labels; no restart is needed."""
    before = await till.client.shop()
    assert [label.program_id for label in before.programs] == ["club", "thanks"]
    store.load(replace(contents(), programs=(CLUB, SPRING)))
    hub.tell()
    view = await till.view_when(lambda view: view.edition != before.edition)
    after = await till.client.shop()
    assert (after.edition, [label.program_id for label in after.programs]) == (view.edition, ["club", "spring"])
    assert till.till.shop is till.till.shop


async def test_a_till_that_begins_with_nothing_learns_all_names_by_the_feed(
    empty: SqliteStore, tmp_path: Path, hub: NearHub
) -> None:
    """Members, goods and programs come in pages; accounts and tiers have names, and the very next sale earns."""
    async with running(empty, tmp_path / "till.sock", shop=BARE, hub=hub) as till:
        nothing = await till.client.shop()
        assert (nothing.accounts, nothing.tiers, nothing.programs) == ({}, (), ())
        goods = (of_product(product, number) for number, product in enumerate(PRODUCTS, 1))
        take(empty.replica, page(member_row(EMILY, 1), *goods, of_program(CLUB, 9)))
        hub.tell()
        await till.view_when(lambda view: view.edition != nothing.edition and view.members == 1)
        shop = await till.client.shop()
        assert (shop.accounts, shop.tiers) == ({"club": CLUB.name}, CLUB.tiers)
        await till.client.scan(EMILY_CODE)
        assert price_of(await filled(till, SHIRT)).programs == ("club@1",)


async def test_members_that_come_down_make_no_other_edition(empty: SqliteStore) -> None:
    """No screen asks for anything again because somebody bought a scarf elsewhere."""
    take(empty.replica, page(of_program(CLUB, 1)))
    before = empty.edition, empty.programs()
    take(empty.replica, page(member_row(EMILY, 1)))
    assert empty.edition == before[0]
    assert empty.programs() is before[1]


async def test_a_gift_costs_what_it_costs_now(till: RunningTill, hub: NearHub, store: Store) -> None:
    """A product that a program gives away changes its price: the shown price is made anew, the basket stays."""
    store.load(with_gift(900_000))
    basket = await filled(till, SHIRT)
    store.load(with_gift(700_000))
    hub.tell()
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision == basket.revision + 1)
    assert view.basket
    assert view.basket.evaluation
    assert (price_of(basket).lines[-1].gross, view.basket.evaluation.lines[-1].gross) == (900_000, 700_000)
    assert view.basket.lines == basket.lines


async def test_goods_that_no_price_is_made_of_leave_it_as_it_is(till: RunningTill, hub: NearHub, store: Store) -> None:
    """Another edition alone is no reason to move a price that somebody is paying."""
    basket = await filled(till, SHIRT)
    before = till.till.board.view.edition
    store.load(replace(contents(), products=PRODUCTS[:2]))
    hub.tell()
    view = await till.view_when(lambda view: view.edition != before)
    assert view.basket == basket
    sold = await till.client.commit(basket.basket_id)
    assert sold == till.till.store.basket(basket.basket_id)


async def test_the_newest_programs_price_the_next_basket(till: RunningTill, hub: NearHub, store: Store) -> None:
    """Nothing that was held of the old ones is used again."""
    await sold(till, SHIRT)
    store.load(replace(contents(), programs=(replace(CLUB, version=2),)))
    hub.tell()
    await till.client.scan(EMILY_CODE)
    assert price_of(await filled(till, SHIRT)).programs == ("club@2",)


def test_what_the_shop_itself_says_stays() -> None:
    """Names that were given before the programs came win over theirs."""
    shop = named(SHOP, (CLUB,))
    assert (shop.accounts, shop.tiers) == (SHOP.accounts, CLUB.tiers)
