"""Identifiers have the shape of the standard and parts never move."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.accounts import is_event_id
from pos_loyalty.core.ids import ENTROPY_BYTES, PARTS, named_uuid, part_of, uuid7
from pos_loyalty.errors import InvariantBroken

TIMES = st.integers(0, 2**48 - 1)
ENTROPY = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


def test_the_example_of_the_standard() -> None:
    """RFC 9562 appendix A.6: time 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    random = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    assert uuid7(0x017F22E279B0, random.to_bytes(10, "big")) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(TIMES, ENTROPY)
def test_every_id_is_a_version_7_uuid_that_keeps_what_it_was_given(unix_ms: int, entropy: bytes) -> None:
    """Version, variant and canonical form are right; the time and 74 random bits can be read back."""
    text = uuid7(unix_ms, entropy)
    parsed = UUID(text)
    assert (str(parsed), parsed.version, parsed.variant) == (text, 7, RFC_4122)
    random = int.from_bytes(entropy, "big") & ((1 << 74) - 1)
    assert parsed.int >> 80 == unix_ms
    assert (parsed.int >> 64 & 0xFFF) << 62 | parsed.int & ((1 << 62) - 1) == random


@given(TIMES, TIMES, ENTROPY, ENTROPY)
def test_ids_of_different_milliseconds_sort_by_time(one: int, other: int, first: bytes, second: bytes) -> None:
    """The text order of two ids is the order of their milliseconds, whatever chance added."""
    if one != other:
        assert (uuid7(one, first) < uuid7(other, second)) == (one < other)


@pytest.mark.parametrize(
    ("unix_ms", "entropy"), [(-1, bytes(10)), (2**48, bytes(10)), (0, b""), (0, bytes(9)), (0, bytes(11))]
)
def test_what_does_not_fit_is_our_own_fault(unix_ms: int, entropy: bytes) -> None:
    """A time outside 48 bits, or too little chance, never becomes an id."""
    with pytest.raises(InvariantBroken, match="uuid7 needs"):
        uuid7(unix_ms, entropy)


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("", 0),
        # CRC-32 of these nine digits is 0xCBF43926 in every catalogue of checksums.
        ("123456789", 0x126),
        ("m1", 815),
        ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 689),
        ("سارا", 564),
    ],
)
def test_a_key_has_the_same_part_for_ever(key: str, part: int) -> None:
    """A journal keeps the part of each event; another rule would tear the histories of members apart."""
    assert part_of(key) == part


@given(st.text(st.characters(codec="utf-8")))
def test_every_key_has_a_part(key: str) -> None:
    """A part is one of 1024."""
    assert 0 <= part_of(key) < PARTS == 1024


@given(st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_a_named_id_is_a_version_8_uuid_that_follows_from_its_names(names: list[str]) -> None:
    """The same names give the same id, and it is one that an event may have."""
    parsed = UUID(named_uuid(*names))
    assert (str(parsed), parsed.version, parsed.variant) == (named_uuid(*names), 8, RFC_4122)
    assert is_event_id(str(parsed))


def test_names_are_told_apart_whole() -> None:
    """Where one name ends and the next begins is part of it."""
    assert len({named_uuid("ab", "c"), named_uuid("a", "bc"), named_uuid("abc"), named_uuid("abc", "")}) == 4
