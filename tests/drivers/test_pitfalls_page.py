"""docs/explanation/reader-pitfalls.md names a test for each of the 21 pitfalls, and each of them is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "explanation" / "reader-pitfalls.md"
ROWS = re.findall(r"^\| (\d+) \| .+? \| .+? \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_every_pitfall_is_on_the_page() -> None:
    """1 to 21, in order, each once."""
    assert [int(number) for number, _ in ROWS] == list(range(1, 22))


@pytest.mark.parametrize(("number", "named"), ROWS, ids=[number for number, _ in ROWS])
def test_every_test_on_the_page_exists(number: str, named: str) -> None:
    """Each pitfall names the file and the test, by which it can be run."""
    names = re.findall(r"`([^`]+)`", named)
    assert names, f"pitfall {number} names no test"
    for name in names:
        file, _, test = name.partition("::")
        assert re.search(rf"^(?:async )?def {test}\(", (TESTS / file).read_text("utf-8"), re.MULTILINE), name
