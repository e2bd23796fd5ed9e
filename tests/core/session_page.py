"""Writes the tables of ``docs/reference/session.md``: ``python -m tests.core.session_page``.

What stands between ``<!-- stage -->`` or ``<!-- seconds -->`` and ``<!-- end -->`` comes from the code; the rest of
the page is written by hand. ``test_reference_pages.py`` fails when the page does not say what is so.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pos_loyalty.core.session import STAGE_SECONDS, Stage
from tests.core.session_cases import INPUTS, SITUATIONS, inputs_of, outcome

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "session.md"
_BLOCK = re.compile(r"(<!-- ([a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = ("what happens", "next stage", "what is to be done")


def rendered(page: str) -> str:
    """Return the text of the page with the tables as the code has them."""
    return _BLOCK.sub(lambda block: "\n".join((block[1], *_table(block[2]), "", block[3])), page)


def _table(name: str) -> Iterator[str]:
    if name == "seconds":
        return _rows(("stage", "seconds"), ((f"`{stage.value}`", str(n)) for stage, n in STAGE_SECONDS.items()))
    return _rows(_HEAD, _cells(Stage(name)))


def _cells(stage: Stage) -> Iterator[tuple[str, ...]]:
    """Yield a row for each input, and one for each situation where it makes a difference."""
    for name, happened in INPUTS.items():
        outcomes = {
            which: outcome(session, happened)
            for which, session in SITUATIONS[stage].items()
            if name in inputs_of(session)
        }
        differs = len(set(outcomes.values())) > 1
        for which in outcomes if differs else list(outcomes)[:1]:
            next_stage, _, effects = outcomes[which].partition(": ")
            yield f"{name}; {which}" if differs else name, f"`{next_stage}`", effects or "nothing"


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
