"""Judging the SQLite in use."""

import pytest

from pos_loyalty.store.linked_sqlite import Version, dbapi, is_fixed, linked_version


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ((3, 6, 23), True),
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_the_wal_reset_bug_is_known_by_version(version: Version, *, fixed: bool) -> None:
    """True if exactly the affected versions are judged as such."""
    assert is_fixed(version) is fixed


def test_the_version_is_that_of_the_library_in_use() -> None:
    """True if what is judged is what runs."""
    said = dbapi.connect(":memory:").execute("SELECT sqlite_version()")
    assert ".".join(map(str, linked_version())) == said.fetchone()[0]
