"""Nights: what time does with points and tiers, once, in the right order, whatever happens to the clock and to us."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import MemberMerged
from pos_loyalty.core.tiering import TierBy, Tiering, TierMeasure, TierPeriod
from sync.hub.hub_store import HubStore
from sync.hub.jobs.days import AHEAD_DAYS_MAX
from sync.hub.jobs.night import Nights
from sync.hub.office import Office
from tests.sync.hub.jobs.nightly import START, NightShop, SetClock, berlin, club, jobs_of
from tests.sync.hub.shop import Ids, back, enrolled, sale, voided
from tests.sync.hub.stores import KINDS


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def test_pending_points_are_there_on_their_day_and_not_before(store: HubStore) -> None:
    """Two nights: the first finds nothing due, the second makes them available; their life begins then."""
    shop = NightShop(store)
    shop.did(shop.pending(40, days=2))
    assert jobs_of(shop.pass_nights()) == []
    assert shop.member().balances.get("points", 0) == 0
    assert jobs_of(shop.pass_nights()) == ["activate"]
    assert shop.member().balances == {"points": 40}
    assert shop.told() == ["points.activated"]
    assert shop.is_sound()


def test_points_are_there_on_their_last_day_and_gone_after_it(store: HubStore) -> None:
    """Earned on 21 March for a month: good on 21 April, gone in the night of the 22nd, and told to the tills."""
    shop = NightShop(store)
    shop.did(sale(50))
    for _ in range(31):
        shop.pass_nights()
    assert shop.member().balances == {"points": 50}
    assert jobs_of(shop.pass_nights()) == ["expire"]
    assert shop.member().balances == {"points": 0}
    assert shop.is_sound()


def test_a_night_that_is_made_twice_does_nothing_twice(store: HubStore) -> None:
    """The same day again, by another worker that has not heard: every event is a duplicate."""
    shop = NightShop(store)
    shop.did(sale(50))
    shop.did(shop.pending(40, days=20), "m2")
    shop.pass_nights(days=32)
    before = shop.told(), shop.member(), shop.member("m2")
    day = shop.clock.time.date()
    assert list(shop.nights.run(day))
    assert list(shop.nights.run(day - timedelta(days=5)))
    assert (shop.told(), shop.member(), shop.member("m2")) == before
    assert shop.nights.plan().days == ()
    assert shop.is_sound()


@pytest.mark.parametrize("pieces", [0, 1, 2, 3])
def test_a_night_that_was_cut_off_is_made_again(store: HubStore, pieces: int) -> None:
    """Killed after any piece: the day is still due, and the end is the same."""
    shop = NightShop(store, club(Tiering()))
    shop.did(sale(500))
    shop.did(shop.pending(40, days=5))
    shop.clock.time += timedelta(days=32)
    steps = shop.nights.run(shop.clock.time.date())
    for _ in range(pieces):
        next(steps)
    steps.close()
    assert shop.nights.plan().days
    shop.night()
    assert shop.told() == ["points.activated", "tier.assessed", "points.expired"]
    assert shop.member().tier == "silver"
    assert shop.nights.plan().days == ()
    assert shop.is_sound()


def test_two_workers_make_one_night(store: HubStore) -> None:
    """At the same time, over the same store: what is told is told once."""
    shop = NightShop(store)
    for number in range(30):
        shop.did(sale(50), f"m{number}")
    shop.clock.time += timedelta(days=40)
    day = shop.clock.time.date()
    others = [Nights(store, shop.hub, Office(shop.hub, store, Ids(2_000_000 + n))) for n in range(2)]
    threads = [Thread(target=lambda nights=nights: list(nights.run(day))) for nights in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.told() == ["points.expired"] * 30
    assert {shop.member(f"m{number}").balances["points"] for number in range(30)} == {0}
    assert shop.is_sound()


def test_under_a_clock_that_was_set_back_no_night_is_due(store: HubStore) -> None:
    """Nothing expires or comes back; when the clock is right again, the nights go on where they were."""
    shop = NightShop(store)
    shop.did(sale(50))
    shop.pass_nights()
    shop.clock.time -= timedelta(days=400)
    assert shop.night() == []
    shop.clock.time = START + timedelta(days=3)
    assert [step.day for step in shop.night() if step.job == "done"] == [date(2026, 3, 23), date(2026, 3, 24)]
    assert shop.member().balances == {"points": 50}


def test_a_clock_far_ahead_is_doubted(store: HubStore) -> None:
    """Whoever asks is told so before anything expires; a hub that was off for a week is not doubted."""
    shop = NightShop(store)
    shop.night()
    shop.clock.time += timedelta(days=AHEAD_DAYS_MAX)
    assert not shop.nights.plan().is_far_ahead
    shop.clock.time += timedelta(days=40)
    plan = shop.nights.plan()
    assert plan.is_far_ahead
    assert len(plan.days) == AHEAD_DAYS_MAX + 40


def test_nights_that_were_missed_are_made_up_for_one_by_one(store: HubStore) -> None:
    """The hub was off for three days: pending points live from their day, as if it had been on."""
    shop = NightShop(store)
    shop.night()
    shop.did(shop.pending(40, days=1))
    shop.pass_nights(days=3)
    with store.reading() as reading:
        (lot,) = (each for each in reading.records_of(next(iter(reading.books()))) if each.kind == "lot")
    assert b'"expires_on":"2026-04-22"' in lot.document


def test_a_day_is_one_of_the_shops_zone(store: HubStore) -> None:
    """At half past eleven in the evening UTC it is tomorrow in Berlin; and a day of 23 hours is a day."""
    clock = SetClock(datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    shop = NightShop(store, zone=berlin(), clock=clock)
    assert shop.nights.plan().today == date(2026, 3, 28)
    shop.night()
    clock.time += timedelta(hours=1)
    assert shop.nights.plan().days == (date(2026, 3, 29),)
    shop.night()
    clock.time += timedelta(hours=23)
    assert shop.nights.plan().days == (date(2026, 3, 30),)
    shop.did(shop.pending(5, days=1))
    shop.pass_nights()
    assert shop.member().balances == {"points": 5}


def test_points_of_one_who_was_merged_expire_with_the_other(store: HubStore) -> None:
    """The book is the target's: its document says what is left."""
    shop = NightShop(store)
    shop.did(sale(50))
    shop.did(sale(30), "m2")
    shop.did(MemberMerged(target="m1"), "m2")
    shop.pass_nights(days=33)
    assert shop.member().balances == {"points": 0}
    assert shop.is_sound()


def test_a_tier_is_reached_in_the_night_and_its_term_is_looked_at(store: HubStore) -> None:
    """Raised the night after the sale; held for a month; lowered in the night after that, since nothing came in."""
    tiering = Tiering(period=TierPeriod.ROLLING, months=1, keep_months=1)
    shop = NightShop(store, club(tiering, months=None))
    shop.did(enrolled())
    shop.did(sale(150))
    shop.pass_nights()
    member = shop.member()
    assert (member.tier, member.tier_terms["club"].held_until) == ("silver", date(2026, 4, 22))
    for _ in range(31):
        shop.pass_nights()
    assert shop.member().tier == "silver"
    shop.pass_nights()
    assert (shop.member().tier, shop.member().tier_terms) == ("", {})
    assert shop.told() == ["tier.assessed", "tier.assessed"]
    assert shop.is_sound()


def test_a_tier_by_balance_is_seen_before_its_points_expire(store: HubStore) -> None:
    """The order of the night: what is gone a moment later was there."""
    shop = NightShop(store, club(Tiering(measure=TierMeasure.BALANCE)))
    shop.did(sale(150))
    shop.did(shop.pending(900, days=5))
    shop.clock.time += timedelta(days=32)
    day = shop.clock.time.date()
    steps = jobs_of(shop.nights.run(day))
    assert steps == ["activate", "tiers", "expire"]
    assert shop.member().tier == "silver"


def test_a_tier_by_money_counts_what_was_paid_and_not_given_back(store: HubStore) -> None:
    """Sales of the year, less what came back of them and what was undone; the other currency is another's."""
    shop = NightShop(store, club(Tiering(by=TierBy.SPEND, period=TierPeriod.CALENDAR_YEAR), months=None))
    paid = replace(sale(), net=90)
    shop.did(paid)
    first = shop.till.journal[-1].event_id
    shop.did(replace(sale(), net=900, currency="USD"))
    shop.pass_nights()
    assert shop.member().tier == ""
    shop.did(replace(sale(), net=20), "m2")
    shop.did(MemberMerged(target="m1"), "m2")
    shop.pass_nights()
    assert shop.member().tier == "silver"
    shop.did(replace(back(first), refund=80), "m1")
    undone = shop.till.journal[-3].event_id
    shop.did(replace(voided(undone), refund=20), "m1")
    shop.did(replace(paid, net=960))
    shop.pass_nights()
    assert shop.member().tier == "silver"
    shop.did(replace(paid, net=30))
    shop.pass_nights()
    assert shop.member().tier == "gold"


def test_a_long_night_is_made_in_pieces(store: HubStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many members are due, and whatever the size of a piece."""
    for name in ("points._BOOKS_AT_ONCE", "tiers._MEMBERS_AT_ONCE", "tiers._CHUNK", "spending._CHUNK"):
        monkeypatch.setattr(f"sync.hub.jobs.{name}", 2)
    monkeypatch.setattr("sync.hub.office._BATCH", 1)
    shop = NightShop(store, club(Tiering(by=TierBy.SPEND, keep_months=1)))
    for number in range(5):
        shop.did(replace(sale(50), net=200), f"m{number}")
    shop.pass_nights()
    assert [shop.member(f"m{number}").tier for number in range(5)] == ["silver"] * 5
    shop.pass_nights(days=32)
    assert shop.told().count("points.expired") == 5
    assert shop.is_sound()
