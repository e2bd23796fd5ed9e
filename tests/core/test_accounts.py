"""Ids of transfers are derived, and never by chance the same."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.accounts import derive, is_uuid


@given(st.uuids(), st.text())
def test_an_id_is_derived_as_the_standard_says(cause: UUID, leg: str) -> None:
    """``derive`` is UUID version 5 of RFC 9562, as Python's own module makes it."""
    assert derive(str(cause), leg) == str(uuid5(cause, leg))
    assert is_uuid(derive(str(cause), leg))


def test_only_the_canonical_form_is_a_uuid() -> None:
    """Two ways to write one id would be two ids."""
    canonical = "2ed6657d-e927-568b-95e1-2665a8aea6a2"
    assert is_uuid(canonical)
    assert not any(map(is_uuid, (canonical.upper(), canonical.replace("-", ""), f"{canonical} ", "", "e1")))
