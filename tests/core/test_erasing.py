"""Of an event about an erased person, nothing is left that a person wrote or is called."""

import pytest
from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.erasing import EMPTIED, HARMLESS, archived, redacted
from pos_loyalty.core.event_bodies import BODIES, Body, EventArchived, EventErased
from pos_loyalty.core.events import body_of
from tests.core.test_events import SAMPLES
from tests.support.builders import event


@pytest.mark.parametrize("body", SAMPLES, ids=lambda body: type(body).__name__)
def test_what_stays_is_harmless_or_only_says_what_it_was(body: Body) -> None:
    """Goods, money and points stay; names, notes, numbers and reasons go, and the place in the journal stays."""
    said = event(body, 7)
    left = redacted(said)
    assert (left.event_id, left.terminal_id, left.seq, left.part) == (said.event_id, "t1", 7, said.part)
    if said.type in HARMLESS:
        assert left is said
    else:
        assert body_of(left) == EventErased(was=said.type)
    assert redacted(left) is left


def test_what_nobody_knows_may_say_anything_and_goes() -> None:
    """A type of a newer build is not harmless; every harmless type is one that this build knows."""
    unknown = replace(event(SAMPLES[0]), type="letter.written", body=Raw(b'{"text":"dear Sara"}'))
    assert b"Sara" not in bytes(redacted(unknown).body)
    assert set(BODIES) > HARMLESS


def test_of_an_archived_event_the_place_and_the_file_stay() -> None:
    """What was emptied before is not emptied again."""
    left = archived(event(SAMPLES[0]), "f")
    assert body_of(left) == EventArchived(was="member.enrolled", file="f")
    assert archived(left, "g") is left
    assert redacted(left) is left
    assert {left.type, "event.erased"} == EMPTIED
