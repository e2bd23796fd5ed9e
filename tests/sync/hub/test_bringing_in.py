"""Members that are brought in over what the hub has: nobody comes back, no points double, nothing goes in a circle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import MemberMerged
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.verdicts import Outcome
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication
from tests.sync.hub.shop import enrolled, note, sale
from tests.sync.hub.stores import KINDS
from tests.sync.hub.test_merging import World


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a hub over each kind of store."""
    store = KINDS[request.param](tmp_path)
    yield World(store)
    store.close()


def test_whoever_was_erased_is_not_brought_in_again(world: World) -> None:
    """An old export has them still; the hub keeps what it promised them."""
    world.did((enrolled(), "m1"))
    key = RowKey(RowKind.MEMBER, "m1")
    world.hub.publish([Publication(key, None)])
    assert world.hub.bring_in([Member(member_id="m1", balances={"points": 9}), Member(member_id="m2")]) == 1
    with world.store.transaction() as step:
        assert step.rows([key])[key].document is None
    assert world.is_sound()


def test_whoever_is_one_with_another_is_left_as_they_are(world: World) -> None:
    """The points are both's: neither of two that were merged is replaced by what each was before."""
    world.did((enrolled("Roya"), "m1"), (sale(50), "m1"), (enrolled("R."), "m2"), (sale(30), "m2"))
    world.did((MemberMerged(target="m1"), "m2"))
    before = [Member(member_id="m1", balances={"points": 50}), Member(member_id="m2", balances={"points": 30})]
    assert world.hub.bring_in(before) == 0
    assert world.member("m1").balances == {"points": 80}
    assert world.member("m2").merged_into == "m1"
    assert world.is_sound()


@pytest.mark.parametrize("field", ["merged_into", "book"])
@pytest.mark.parametrize("ring", [("m1",), ("m1", "m2"), ("m1", "m2", "m3")])
def test_documents_that_point_in_a_circle_hold_up_nobody(world: World, field: str, ring: tuple[str, ...]) -> None:
    """A step that went round it would never end, and keep its locks."""
    others = (*ring[1:], ring[0])
    pointing = zip(ring, others, strict=True)
    world.hub.bring_in([replace(Member(member_id=each), **{field: other}) for each, other in pointing])
    assert world.did((note(), "m1"), (note(), "m9"))[1] is Outcome.APPLIED
