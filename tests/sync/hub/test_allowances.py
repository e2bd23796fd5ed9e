"""Allowances: whose they are, how much they are together, and when they are left alone."""

from datetime import timedelta

from msgspec.structs import replace

from pos_loyalty.core.members import Member
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from tests.sync.hub.jobs.lending import POLICY, Lending
from tests.sync.hub.shop import sale


def test_home_is_the_store_of_the_till_that_was_first(store: HubStore) -> None:
    """Whatever the tills are called: one who was enrolled in store b stays at home there, and buys in store a."""
    shop = Lending(store)
    shop.joins(100, "m1", "b1")
    shop.did("a1", sale(10))
    shop.did("a2", sale(10))
    assert list(shop.row().applied) == ["b1", "a1", "a2"]
    assert (shop.night(), shop.aside()) == (0, {})
    assert shop.night(replace(POLICY, terminals=("a1", "b1"))) == 1
    assert shop.aside() == {"b1": 60}


def test_one_who_is_brought_in_stays_at_home(memory: Lending) -> None:
    """The order of a document that comes from elsewhere is kept."""
    memory.hub.bring_in([Member(member_id="m1", balances={"points": 100}, applied={"b1": 2, "a1": 1})])
    assert list(memory.row().applied) == ["b1", "a1"]
    assert memory.night() == 0


def test_what_tills_that_are_silent_still_hold_counts(memory: Lending) -> None:
    """All that is set aside of a member stays within share and most, however few tills are served by now."""
    both = replace(POLICY, terminals=("a1", "a2"))
    memory.policy = both
    memory.joins(100)
    memory.night()
    assert memory.aside() == {"a1": 25, "a2": 25}
    memory.nights(12, "a1")
    assert memory.aside() == {"a1": 25, "a2": 25}
    memory.did("a1", sale(20))
    memory.nights(6, "a1")
    assert memory.aside() == {"a1": 35, "a2": 25}


def test_a_till_that_is_new_in_a_store_gets_its_part_when_the_other_has_run_out(memory: Lending) -> None:
    """The one that had all has no more than its part then; before, nothing more is set aside."""
    memory.joins(100)
    memory.night()
    memory.policy = replace(POLICY, terminals=("a1", "a2"))
    assert (memory.night(), memory.aside()) == (0, {"a1": 50})
    memory.nights(9, "a1", "a2")
    assert memory.aside() == {"a1": 25, "a2": 25}
    assert sum(memory.nights(3, "a1", "a2")) == 0


def test_a_till_that_moved_gets_what_is_of_its_new_store(memory: Lending) -> None:
    """At once, of members whose rows nobody changed; those whom it enrolled itself go along."""
    memory.policy = replace(POLICY, terminals=("b1",))
    memory.joins(100, "m1", "a2")
    memory.joins(100, "m2", "b1")
    assert (memory.night(), memory.aside(), memory.aside("m2")) == (1, {}, {"b1": 50})
    memory.hub.enrol(Terminal(terminal_id="b1", store_id="a"))
    assert (memory.night(), memory.aside()) == (1, {"b1": 50})
    assert (memory.night(), memory.aside("m2")) == (0, {"b1": 50})


def test_an_allowance_that_cannot_be_filled_is_left_alone() -> None:
    """The other points end before an allowance would: none of them is put to it, so no row changes night by night."""
    shop = Lending(MemoryHubStore(), months=1)
    shop.joins(100)
    shop.clock.time += timedelta(days=20)
    shop.did("a1", sale(10))
    shop.clock.time += timedelta(days=4)
    shop.tell("a1")
    assert (shop.night(), shop.aside()) == (1, {"a1": 10})
    assert shop.nights(3, "a1") == [0, 0, 0]
