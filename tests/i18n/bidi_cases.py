"""BidiCharacterTest.txt: how a line of it reads, and how our sample is drawn from it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SAMPLE = Path(__file__).parent / "data" / "bidi_character_sample.txt"
WHOLE = Path("/usr/share/unicode/BidiCharacterTest.txt")
"""Where Debian's package unicode-data puts it."""

EMBEDDINGS = frozenset("\u202a\u202b\u202c\u202d\u202e")
_EVERY = 50


class BidiCase(NamedTuple):
    """One line of the file (its header describes the five fields)."""

    text: str
    base: int | None
    """Field 1: the paragraph direction; None for auto-LTR."""
    resolved_base: int
    levels: list[int | None]
    """Field 3; None for a character that X9 removes."""
    order: list[int]
    """Field 4: indices from left to right, without the removed ones."""


def read_cases(path: Path) -> Iterator[BidiCase]:
    """Read the cases of the file, whole or sampled."""
    return (_case(line) for line in _test_lines(path.read_text("utf-8").splitlines()))


def sample(lines: Iterable[str]) -> list[str]:
    """Return every 50th test line, and each one with an explicit embedding: those are only 81."""
    tests = list(_test_lines(lines))
    return [line for i, line in enumerate(tests) if not i % _EVERY or EMBEDDINGS.intersection(_case(line).text)]


def _test_lines(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line and not line.startswith("#"))


def _case(line: str) -> BidiCase:
    points, base, resolved, levels, order = line.split(";")
    return BidiCase(
        text="".join(chr(int(point, 16)) for point in points.split()),
        base={"0": 0, "1": 1, "2": None}[base],
        resolved_base=int(resolved),
        levels=[None if level == "x" else int(level) for level in levels.split()],
        order=[int(index) for index in order.split()],
    )
