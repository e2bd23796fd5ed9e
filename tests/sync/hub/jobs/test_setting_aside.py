"""Allowances: set aside by night, drawn on sale by sale, and given back when all is told and not before."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core import redemptions
from pos_loyalty.core.event_bodies import BasketCommitted, MemberErased, MemberMerged, MemberUnmerged
from pos_loyalty.core.events import Draft, Event, body_of
from pos_loyalty.core.hold_ends import draw, release
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.lots import Hold, HoldStatus, Use
from pos_loyalty.core.offline import CLOCK_BACK_MS_MAX
from pos_loyalty.core.posting import Posting
from pos_loyalty.core.tiering import Tiering, TierMeasure
from pos_loyalty.errors import InvariantBroken
from sync.hub.allowances import AllowancePolicy, HeldBack, Looking, held_back
from sync.hub.hub_store import HubStore
from sync.hub.jobs.night import Nights
from sync.hub.jobs.setting_aside import set_aside
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.office import Office
from sync.hub.shop import milliseconds
from sync.hub.terminals import Settled, settle
from sync.wire import HoldAnswer, HoldRequest, HoldState
from tests.sync.hub.jobs.lending import POLICY, Lending
from tests.sync.hub.jobs.nightly import NightShop, club
from tests.sync.hub.shop import Ids, back, sale


def test_points_are_set_aside_for_the_terminals_at_home(store: HubStore) -> None:
    """Half of what the member has, not more than the most, and nothing of who is at home in another store."""
    shop = Lending(store)
    shop.joins(100)
    shop.joins(1_000, "m2", "a2")
    shop.joins(100, "m3", "b1")
    shop.joins(1, "m4")
    assert shop.night() == 2
    assert [shop.aside(f"m{number}") for number in (1, 2, 3, 4)] == [{"a1": 50}, {"a1": 300}, {}, {}]
    assert (shop.row().balances, shop.accounts()) == ({"points": 100}, {"available": 50, "escrow": 50})
    (held,) = shop.row().held.values()
    assert held.until_ms == milliseconds(shop.clock.time + timedelta(days=8))
    assert shop.is_sound()


def test_a_till_cut_off_sells_twice_and_another_redeems_the_rest(store: HubStore) -> None:
    """Nobody overdraws: the one has its allowance, the other what is left, and a third wish is refused."""
    shop = Lending(store)
    shop.joins(100)
    shop.night()
    shop.pull("a1")
    for points, left in ((20, 30), (30, 0)):
        shop.did_offline("a1", shop.drawn("a1", points))
        assert sum(each.points for each in shop.shown("a1").held.values()) == left
    assert shop.drawn("a1", 1).moves == ()
    request = HoldRequest(hold_id=Ids(9_000)(), member_id="m1", unit="points", points=51)
    refused = shop.hub.hold("b1", request)
    assert isinstance(refused, HoldAnswer)
    assert (refused.state, refused.available) == (HoldState.REFUSED, 50)
    shop.did("b1", sale(-50))
    shop.push("a1")
    assert (shop.accounts(), shop.row().held, shop.row().overdrawn) == ({}, {}, ())
    shop.pull("a1")
    assert shop.shown("a1").held == {}
    assert shop.is_sound()


def test_a_night_that_is_made_again_changes_nothing(store: HubStore) -> None:
    """No row takes a number, neither at once nor in the next night; until half of the days are over."""
    shop = Lending(store)
    for number in range(5):
        shop.joins(100, f"m{number}")
    assert shop.night() == 5
    with store.reading() as reading:
        before = reading.counters()
    assert [shop.night(), *shop.nights(3, "a1")] == [0, 0, 0, 0]
    with store.reading() as reading:
        assert reading.counters() == before
    assert shop.nights(3, "a1") == [0, 5, 0]
    assert shop.is_sound()


def test_an_allowance_is_renewed_with_what_its_part_is_by_then(store: HubStore) -> None:
    """More, if there is more or half of it was spent; never less, and not before it is due."""
    shop = Lending(store)
    shop.joins(100)
    shop.night()
    shop.did("a1", sale(100))
    assert (shop.night(), shop.aside()) == (0, {"a1": 50})
    shop.pull("a1")
    shop.did("a1", shop.drawn("a1", 5))
    assert (shop.night(), shop.aside()) == (1, {"a1": 97})
    shop.did("b1", sale(-90))
    assert shop.nights(5, "a1")[-1] == 1
    assert shop.aside() == {"a1": 97}
    assert shop.is_sound()


def test_an_allowance_ends_when_its_terminal_has_told_all_and_not_by_any_clock(store: HubStore) -> None:
    """Weeks later it is there still, and a sale of its time is in it; then the terminal's word ends it."""
    shop = Lending(store)
    shop.joins(100)
    shop.night()
    shop.pull("a1")
    (held,) = shop.row().held.values()
    shop.did_offline("a1", shop.drawn("a1", 20))
    shop.nights(40)
    assert shop.aside() == {"a1": 50}
    shop.push("a1")
    assert _held_back(shop) == {"a1": HeldBack(1, held.until_ms)}
    shop.told("a1", held.until_ms + CLOCK_BACK_MS_MAX - 1)
    assert (shop.night(), shop.aside()) == (0, {"a1": 30})
    shop.told("a1", held.until_ms + CLOCK_BACK_MS_MAX)
    assert (shop.night(), shop.aside(), shop.accounts()) == (1, {}, {"available": 80})
    assert _held_back(shop) == {}
    assert shop.is_sound()


def test_a_terminal_that_is_heard_of_again_gets_an_allowance_anew(store: HubStore) -> None:
    """Nothing is set aside for one that nobody hears of; nor are members forgotten who were passed over meanwhile."""
    shop = Lending(store)
    shop.nights(5)
    shop.joins(100)
    assert (shop.night(), shop.aside()) == (0, {})
    shop.tell("a1")
    assert (shop.night(), shop.aside()) == (1, {"a1": 50})
    shop.nights(30)
    assert shop.aside() == {"a1": 50}
    shop.tell("a1")
    assert (shop.night(), shop.aside()) == (1, {"a1": 50})
    assert shop.accounts() == {"available": 50, "escrow": 50}
    assert shop.is_sound()


def test_the_allowances_of_a_terminal_that_is_revoked_are_given_back(store: HubStore) -> None:
    """In the next night, whenever they end: that it comes back no more is a person's word."""
    shop = Lending(store)
    shop.joins(100)
    shop.night()
    shop.hub.revoke("a1")
    assert [shop.night(), shop.night()] == [1, 0]
    assert (shop.aside(), shop.accounts()) == ({}, {"available": 100})
    assert shop.is_sound()


def test_tills_of_one_store_share(memory: Lending) -> None:
    """Equally, and each has its own: what one spends is not the other's."""
    memory.joins(100)
    both = replace(POLICY, terminals=("a2", "a1", "b1"))
    memory.night(both)
    assert memory.aside() == {"a1": 25, "a2": 25}
    memory.pull("a2")
    memory.did("a2", memory.drawn("a2", 99))
    assert memory.aside() == {"a1": 25}


def test_a_night_without_a_policy_forgets_nothing(memory: Lending) -> None:
    """Two that make the nights of one hub, one of them without a policy, do not have all rows looked at each time."""
    memory.joins(100)
    memory.night()
    before = memory.looked_at()
    assert memory.night(AllowancePolicy()) == 0
    assert memory.looked_at() == before


def test_without_a_policy_nothing_is_set_aside_and_what_is_runs_out(memory: Lending) -> None:
    """As when a terminal is named no more: it is not taken back before its time, and not renewed."""
    memory.joins(100)
    nobody = AllowancePolicy()
    assert memory.night(nobody) == 0
    memory.night()
    assert (memory.night(nobody), memory.aside()) == (0, {"a1": 50})
    memory.clock.time += timedelta(days=8, milliseconds=CLOCK_BACK_MS_MAX)
    memory.tell("a1")
    assert (memory.night(nobody), memory.aside()) == (1, {})


def test_another_policy_is_for_everybody(memory: Lending) -> None:
    """Whoever was looked at by the old one is looked at again."""
    memory.joins(100)
    assert memory.night(replace(POLICY, most={"stamps": 5})) == 0
    assert memory.night() == 1
    assert memory.aside() == {"a1": 50}


def test_an_allowance_that_has_grown_too_great_runs_out(memory: Lending) -> None:
    """Once the rest was spent elsewhere, all that is left would be bound to one till: it is not renewed so."""
    few = replace(POLICY, share=20, days=2)
    memory.joins(1_000)
    memory.night(few)
    memory.did("b1", sale(-790))
    memory.clock.time += timedelta(days=1, hours=1)
    memory.tell("a1")
    assert (memory.night(few), memory.aside()) == (0, {"a1": 200})
    memory.clock.time += timedelta(days=1)
    memory.tell("a1")
    assert (memory.night(few), memory.aside()) == (1, {"a1": 42})


def test_an_allowance_keeps_no_points_alive() -> None:
    """It lasts no longer than its points: what would expire meanwhile is not set aside, nor renewed."""
    shop = Lending(MemoryHubStore(), months=1)
    shop.joins(100)
    shop.night()
    shop.nights(20, "a1")
    (held,) = shop.row().held.values()
    assert held.until_ms <= milliseconds(shop.clock.time + timedelta(days=12))
    shop.nights(12, "a1")
    assert (shop.aside(), shop.accounts()) == ({}, {"available": 100})
    assert shop.is_sound()


def test_the_allowances_of_two_who_are_merged_are_ones(store: HubStore) -> None:
    """The sale of a till that has not heard of it draws on its own; parted, each has what is left of it.

    Together they are filled up to the part of the one that the two are now.
    """
    shop = Lending(store)
    shop.joins(100)
    shop.joins(60, "m2")
    shop.night()
    shop.pull("a1")
    shop.did("b1", MemberMerged(target="m2"))
    assert sorted(each.points for each in shop.row("m2").held.values()) == [30, 50]
    shop.did("a1", shop.drawn("a1", 20))
    assert sorted(each.points for each in shop.row("m2").held.values()) == [30, 30]
    assert shop.night() == 0
    shop.did("b1", sale(60), "m2")
    assert shop.night() == 1
    assert sorted(each.points for each in shop.row("m2").held.values()) == [30, 70]
    shop.did("b1", MemberUnmerged(target="m2"))
    assert sorted([*shop.aside().values(), *shop.aside("m2").values()]) == [30, 70]
    assert shop.row().overdrawn == shop.row("m2").overdrawn == ()
    assert shop.is_sound()


def test_the_allowance_of_an_erased_member_is_given_back_to_the_book(store: HubStore) -> None:
    """Nobody sees it any more, and nothing is set aside anew; a sale that comes late is booked as it was made."""
    shop = Lending(store)
    shop.joins(100)
    shop.night()
    shop.pull("a1")
    shop.did_offline("a1", shop.drawn("a1", 20))
    Office(shop.hub, store, Ids(3_000_000)).tell([_erased(shop)])
    shop.push("a1")
    assert shop.accounts() == {"available": 50, "escrow": 30}
    shop.clock.time += timedelta(days=8, milliseconds=CLOCK_BACK_MS_MAX)
    shop.tell("a1")
    assert (shop.night(), shop.accounts()) == (1, {"available": 80})
    assert shop.night() == 0
    assert shop.is_sound()


def test_what_is_set_aside_counts_for_a_tier_by_balance() -> None:
    """It is the member's as before: a tier is not lost because points wait at a till."""
    shop = NightShop(MemoryHubStore(), club(Tiering(measure=TierMeasure.BALANCE), months=None))
    shop.hub.enrol(Terminal(terminal_id="t1", store_id="a"))
    with shop.store.transaction() as step:
        settle(step, "t1", Settled(step.epochs()[-1].name, milliseconds(shop.clock.time)))
        step.commit()
    policy = AllowancePolicy(terminals=("t1",), most={"points": 900})
    shop.nights = Nights(shop.store, shop.hub, Office(shop.hub, shop.store, Ids(5_000_000)), policy)
    shop.did(sale(150))
    shop.pass_nights(1)
    assert (shop.member().tier, [each.points for each in shop.member().held.values()]) == ("silver", [75])


def _held_back(shop: Lending) -> dict[str, HeldBack]:
    with shop.store.reading() as reading:
        return held_back(reading, shop.clock.time)


def _erased(shop: Lending) -> Draft:
    event_id = Ids(4_000_000)()
    return Draft(
        event_id=event_id, occurred_at=shop.clock.time, body=MemberErased(), member_id="m1", part=part_of("m1")
    )


def test_a_look_that_is_cut_off_goes_on_there(store: HubStore) -> None:
    """Whatever the step: in the end everybody has one allowance."""
    shop = Lending(store)
    for number in range(120):
        shop.did_offline("a1", sale(100), f"m{number}")
    shop.push("a1")
    for _ in range(3):
        with store.reading() as reading:
            steps = set_aside(store, shop.hub.shop(reading), POLICY)
        next(steps)
        next(steps)
        steps.close()
    shop.night()
    assert {tuple(shop.aside(f"m{number}").items()) for number in range(120)} == {(("a1", 50),)}
    assert shop.is_sound()


Happened = tuple[str, str, int]
TILLS = st.sampled_from(("a1", "a2"))
STEPS = st.one_of(
    st.tuples(st.just("sells"), TILLS, st.integers(1, 20)),
    st.tuples(st.sampled_from(("pushes", "pulls", "tells", "gives back")), TILLS, st.just(0)),
    st.tuples(st.sampled_from(("earns", "spends")), st.just("b1"), st.integers(1, 60)),
    st.tuples(st.just("nights"), st.just(""), st.integers(0, 6)),
)


@settings(max_examples=25, deadline=None)
@given(happened=st.lists(STEPS, min_size=10, max_size=40))
def test_nothing_that_happens_overdraws(happened: list[Happened]) -> None:
    """Two tills that are cut off as they like, with clocks that stand, and a third that takes all the hub lets it have.

    A till never counts on more than the hub has for it, and once both have told each other all they say the same.
    """
    _play(happened)


def _ends_by_the_clock(looking: Looking, hold: Hold) -> bool:
    """Give an allowance back when its time is over, as a hold of a basket."""
    return hold.until <= looking.now


def _gives_the_rest_back(posting: Posting, hold: Hold, points: int, program: str) -> tuple[Use, ...]:
    """End an allowance by the first sale that names it."""
    spent = draw(posting, hold, points, program)
    left = posting.holds[hold.hold_id]
    if left.points:
        release(posting, left, HoldStatus.VOIDED)
    return spent


def _is_not_told(till: Lending, name: str) -> None:
    """Say that all is told, though something waits."""
    till.told(name, till.seen_ms[name])


@pytest.mark.parametrize(
    ("where", "name", "mistake"),
    [
        (Looking, "is_told", _ends_by_the_clock),
        (redemptions, "draw", _gives_the_rest_back),
        (Lending, "tell_if_told", _is_not_told),
    ],
)
def test_a_mistake_is_found(monkeypatch: pytest.MonkeyPatch, where: object, name: str, mistake: object) -> None:
    """Each of these overdraws within fifty stories, none of which the real parts do."""
    monkeypatch.setattr(where, name, mistake)
    with pytest.raises((AssertionError, InvariantBroken)):
        _play_all()


def test_it_is_the_mistake_that_is_found() -> None:
    """In the same stories the real parts do well."""
    _play_all()


def _play_all() -> None:
    for seed in range(50):
        _play(_story(seed))


def _story(seed: int) -> list[Happened]:
    chance = Random(seed)  # noqa: S311 - a story must be the same each time it is told
    things = (*["sells"] * 3, "pushes", "pulls", "tells", "gives back", "earns", "spends", "spends", "nights")
    told = [(chance.choice(things), chance.choice(("a1", "a2")), chance.randint(1, 20)) for _ in range(40)]
    return [(what, till, number % 7 if what == "nights" else number) for what, till, number in told]


def _play(happened: list[Happened]) -> None:
    shop = Lending(MemoryHubStore(), months=1, policy=replace(POLICY, terminals=("a1", "a2"), days=2))
    shop.joins(100)
    shop.night()
    for till in ("a1", "a2"):
        shop.pull(till)
    for step in happened:
        _do(shop, *step)
        assert "overdraft" not in shop.accounts()
        for till in ("a1", "a2"):
            drawn = sum(sum(_draws(event).values()) for event in shop.tills[till].journal[shop.pushed[till] :])
            counted_on = sum(each.points for each in shop.rights(till).values())
            assert counted_on + drawn <= shop.aside().get(till, 0)
    for till in ("a1", "a2"):
        shop.push(till)
    for till in ("a1", "a2"):
        shop.pull(till)
        assert shop.shown(till) == shop.row()
    assert shop.is_sound()


def _do(shop: Lending, what: str, till: str, number: int) -> None:
    match what:
        case "sells":
            shop.did_offline(till, shop.drawn(till, number))
        case "pushes":
            shop.push(till)
        case "pulls":
            shop.pull(till)
        case "tells":
            shop.tell_if_told(till)
        case "gives back":
            sales = [(event, sum(_draws(event).values())) for event in shop.tills[till].journal]
            bought = [(event, points) for event, points in sales if points]
            if bought:
                shop.did_offline(till, back(bought[-1][0].event_id, bought[-1][1]))
        case "earns":
            shop.did("b1", sale(number))
        case "spends" if number <= shop.accounts().get("available", 0):
            shop.did("b1", sale(-number))
        case "nights":
            shop.clock.time += timedelta(days=number / 2)
            shop.night()
        case _:
            pass


def _draws(event: Event) -> dict[str, int]:
    body = body_of(event)
    return body.draws if isinstance(body, BasketCommitted) else {}
