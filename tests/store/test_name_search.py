"""Reading what people type, and the two indexes that answer it."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_loyalty.ports import ReplicaContents
from pos_loyalty.store.bulk_load import make_replica, rows_of_contents
from pos_loyalty.store.name_search import keys_of, national, query
from pos_loyalty.store.places import Places
from pos_loyalty.store.replica import ReplicaReader
from tests.store.shop import person, phone


@pytest.mark.parametrize(
    ("number", "rest"),
    [
        ("989123456789", "9123456789"),
        ("14155550123", "4155550123"),
        ("79161234567", "9161234567"),
        ("966501234567", "501234567"),
        ("97150123456", "50123456"),
        ("442071234567", "2071234567"),
        ("35312345678", "12345678"),
        ("", ""),
    ],
)
def test_a_number_is_cut_after_its_country_code(number: str, rest: str) -> None:
    """True if country codes of one, two and three digits are told apart."""
    assert national(number) == rest


@pytest.mark.parametrize("text", ["", "  ", "-", "\x00", "؟"])
def test_nothing_to_look_for_is_no_query(text: str) -> None:
    """True if a text without a letter or digit asks nothing."""
    assert query(text) is None


def test_only_so_much_of_a_text_is_looked_at() -> None:
    """True if words and characters beyond the limit are left out."""
    asked = query("a " * 500)
    assert asked is not None
    assert asked.words == ("a",) * 8


typed = st.text(max_size=12) | st.text("علیرضاکيىAliß ـ\u200c'\"*-()1", max_size=12)
digits = st.text("0123456789", max_size=12)


@settings(max_examples=80, deadline=None)
@given(people=st.lists(st.tuples(typed, typed, digits), max_size=4), text=typed | digits)
@example(people=[("عبد الله", "ß", "989123456789")], text="عبدالله ss")
@example(people=[("", "", "12")], text="012")
def test_the_indexes_miss_nobody(people: list[tuple[str, str, str]], text: str) -> None:
    """True if everybody a text means by the rules is among the candidates that SQLite finds."""
    members = [
        person(f"m{n}", given_name, family, phone("+" + number))
        for n, (given_name, family, number) in enumerate(people)
    ]
    asked = query(text)
    if asked is None:
        return
    meant = {member.member_id for member in members if asked.rank(member.member_id, keys_of(member))}
    with TemporaryDirectory() as room:
        place = Path(room) / "replica.db"
        make_replica(place, rows_of_contents(ReplicaContents(members=members)), lambda _: Places())
        with closing(ReplicaReader(place)) as reader:
            found = {member.member_id for member in reader.candidates(asked, 10)}
    assert meant <= found
    assert {member.member_id for member in members if member.member_id in found} == found
