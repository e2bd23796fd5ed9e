"""Ids of transfers are derived, and never by chance the same."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.accounts import derive, is_event_id
from tests.support.builders import uuid_of


@given(st.uuids(), st.text())
def test_an_id_is_derived_as_the_standard_says(cause: UUID, leg: str) -> None:
    """``derive`` is UUID version 5 of RFC 9562, as Python's own module makes it."""
    assert derive(str(cause), leg) == str(uuid5(cause, leg))
    assert not is_event_id(derive(str(cause), leg))


def test_only_the_canonical_form_names_an_event() -> None:
    """Two ways to write one id would be two ids, and a derived id belongs to a lot or a hold."""
    canonical = uuid_of(1)
    assert is_event_id(canonical)
    others = canonical.upper(), canonical.replace("-", ""), f"{canonical} ", "", "e1", derive(canonical, "accrue")
    assert not any(map(is_event_id, others))
