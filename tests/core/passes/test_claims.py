"""What stands in a pass, and in how many bytes."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.passes import Claims
from pos_loyalty.core.passes.claims import from_bytes, has_uuid, to_bytes
from tests.core.passes.samples import EMILY, NOON, REZA, some_claims


@given(some_claims())
def test_claims_come_back(claims: Claims) -> None:
    """Any member, name in any script, tier and time."""
    assert from_bytes(to_bytes(claims), is_uuid=has_uuid(claims), rotates=claims.rotates) == claims


@given(st.binary(max_size=140), st.booleans())
def test_bytes_are_claims_of_that_form_or_none(data: bytes, is_uuid: bool) -> None:  # noqa: FBT001 - hypothesis names it
    """Nothing raises, and what is read would be written with the same bytes."""
    claims = from_bytes(data, is_uuid=is_uuid, rotates=False)
    assert claims is None or to_bytes(claims) == data


@given(some_claims(), st.data())
def test_claims_cut_short_are_other_claims_or_none(claims: Claims, draw: st.DataObject) -> None:
    """No end can be missing unseen: whatever is left says something else, which no key has signed."""
    data = to_bytes(claims)
    cut = data[: draw.draw(st.integers(0, len(data) - 1))]
    assert from_bytes(cut, is_uuid=has_uuid(claims), rotates=claims.rotates) != claims


def test_the_bytes_are_those_of_the_decision() -> None:
    """Known answer: times, member with its length, tier with its length, name."""
    assert to_bytes(EMILY) == b"\x6b\x02\xd9\x40\x6c\xe4\x0c\xc0\x07PL-1003\x00Ms Emily Carter"
    assert len(to_bytes(REZA)) == 8 + 16 + 1 + len("gold") + len("رضا رضایی".encode())


def test_the_instance_is_the_second_of_issue() -> None:
    """Later passes of a member have higher numbers."""
    later = msgspec.structs.replace(REZA, issued=NOON + timedelta(seconds=1))
    assert REZA.instance == int(NOON.timestamp())
    assert later.instance == REZA.instance + 1
    assert REZA.instance_id == f"{REZA.member_id}@{REZA.instance}"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"member_id": ""}, "member_id"),
        ({"member_id": "m" * 33}, "member_id"),
        ({"name": ""}, "name"),
        ({"name": "ر" * 33}, "name"),
        ({"name": "\x1b[2J"}, "name"),
        ({"name": "\udcff"}, "surrogates"),
        ({"tier": "t" * 17}, "tier"),
        ({"issued": datetime(2026, 11, 22)}, "with an offset"),  # noqa: DTZ001 - the fault that is meant
        ({"issued": NOON + timedelta(milliseconds=1)}, "whole second"),
        ({"issued": datetime(1969, 12, 31, tzinfo=UTC)}, "1970"),
        ({"expires": datetime(2107, 1, 1, tzinfo=UTC)}, "2106"),
        ({"expires": NOON}, "after issued"),
    ],
)
def test_what_a_pass_cannot_hold_is_refused(change: dict[str, object], field: str) -> None:
    """Each text and time has its limits, and the message names what is wrong."""
    with pytest.raises(ValueError, match=field):
        Claims(**{**msgspec.structs.asdict(REZA), **change})
