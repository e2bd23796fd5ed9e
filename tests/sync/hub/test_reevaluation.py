"""Sales are priced again by the same engine: what comes out otherwise is written down, once, and changes nothing."""

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.checkout import sold
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.programs import PercentOff
from sync.hub.authority import program_row
from sync.hub.reevaluation import Difference, differences, reevaluate
from tests.sync.hub.shop import CLUB, NOON, enrolled, note
from tests.sync.hub.stores import KINDS
from tests.sync.hub.test_merging import World

TEN = PercentOff(reward_id="off", name={"en": "ten"}, cost=10, percent=Decimal(10))
PROGRAM = replace(CLUB, rewards=(TEN,))


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a hub over each kind of store with the program, and a member."""
    store = KINDS[request.param](tmp_path)
    world = World(store)
    world.hub.publish([program_row(PROGRAM)])
    world.did((enrolled(), "m1"))
    yield world
    store.close()


def sell(member: Member | None, amount: int = 100, claims: tuple[str, ...] = ()) -> BasketCommitted:
    """Return what a till makes of a basket."""
    line = BasketLine(number=1, name="shirt", unit_price=amount, quantity=1)
    basket = Basket(basket_id="b1", currency="EUR", opened_at=NOON, lines=(line,), claims=claims)
    return sold(
        basket, evaluate(basket, member, [PROGRAM], NOON.astimezone(UTC)), day=NOON.date(), catalogue={}, language="en"
    )


def found(world: World) -> tuple[int, list[Difference]]:
    """Price again what was sold; return how many sales that were, and all differences by now."""
    with world.store.reading() as reading:
        shop = world.hub.shop(reading)
    sales = sum(reevaluate(world.store, shop))
    with world.store.reading() as reading:
        return sales, differences(reading)


def test_what_the_till_made_of_a_sale_comes_out_again(world: World) -> None:
    """Earned, then spent on a discount; for a member and for nobody: no difference."""
    world.did((sell(world.member("m1")), "m1"))
    assert found(world) == (1, [])
    world.did((sell(world.member("m1"), 50, ("club/off",)), "m1"))
    assert world.member("m1").balances == {"points": 100 - 10 + 50}
    assert found(world) == (1, [])
    event = world.till.did(sell(None), None)
    world.hub.push(world.till.request(event))
    assert found(world) == (1, [])


def test_what_comes_out_otherwise_is_written_down_once(world: World) -> None:
    """A till that gave too many points and too large a discount: both numbers stand beside each other."""
    honest = sell(world.member("m1"))
    forged = replace(honest, net=60, moves=(replace(honest.moves[0], points=500),))
    world.did((forged, "m1"))
    sales, (difference,) = found(world)
    assert sales == 1
    assert difference.event_id == world.till.journal[-1].event_id
    assert difference.net == (60, 100)
    assert difference.points == {"club@1/per-money": (500, 100)}
    assert difference.exact
    assert found(world) == (0, [difference])
    assert world.member("m1").balances == {"points": 500}


def test_a_difference_of_a_member_who_changed_since_is_not_exact(world: World) -> None:
    """The hub does not know what the till saw: it says so."""
    world.did((replace(sell(world.member("m1")), net=1), "m1"), (note(), "m1"))
    _, (difference,) = found(world)
    assert not difference.exact


def test_the_programs_are_those_that_the_till_asked(world: World) -> None:
    """A new version with other points is not held against a sale that names the old one."""
    event = world.till.did(sell(world.member("m1")), "m1")
    stamped = replace(event, program_versions=("club@1",))
    world.till.journal[-1] = stamped
    world.hub.publish([program_row(replace(PROGRAM, version=2, rules=(replace(CLUB.rules[0], points=7),)))])
    world.hub.push(world.till.request(stamped))
    assert found(world) == (1, [])
    world.did((sell(world.member("m1")), "m1"))
    assert [each.points for each in found(world)[1]] == [{"club@1/per-money": (100, 0), "club@2/per-money": (0, 700)}]


def test_a_sale_that_a_newer_build_made_is_left_to_it(world: World) -> None:
    """What cannot be read is not priced."""
    event = world.till.did(sell(world.member("m1")), "m1")
    world.till.journal[-1] = replace(event, version=9)
    world.hub.push(world.till.request(world.till.journal[-1]))
    assert found(world) == (1, [])
