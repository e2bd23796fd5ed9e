"""docs/explanation/pitfalls.md names a test for each of the 32 points, and each of them is there."""

import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROWS = re.findall(
    r"^\| (\d+) \| .+? \| .+? \| (.+) \|$", (ROOT / "docs/explanation/pitfalls.md").read_text("utf-8"), re.MULTILINE
)


def names_in(folder_or_file: Path) -> set[str]:
    """Return the names of the tests that are written there."""
    files = folder_or_file.glob("test_*.py") if folder_or_file.is_dir() else (folder_or_file,)
    return set(
        chain.from_iterable(
            re.findall(r"^(?:async )?def (test_\w+)", f.read_text("utf-8"), re.MULTILINE) for f in files
        )
    )


def test_every_point_is_on_the_page() -> None:
    """1 to 32, in order, each once."""
    assert [int(number) for number, _ in ROWS] == list(range(1, 33))


@pytest.mark.parametrize(("number", "named"), ROWS, ids=[number for number, _ in ROWS])
def test_every_test_on_the_page_exists(number: str, named: str) -> None:
    """Each point names a test at least, and a test that is of that point by its name unless it says where it stands."""
    names = re.findall(r"`([^`]+)`", named)
    assert names
    for name in names:
        place, _, test = name.rpartition("::")
        assert test in names_in(ROOT / place if place else Path(__file__).parent), name
        assert place or test.startswith(f"test_point_{number}_")
