"""Writes ``docs/reference/programs.schema.json``: ``python -m tests.core.programs.schema_page`` (``make pages``)."""

import json
from pathlib import Path

from pos_loyalty.core.programs.reading import schema

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "programs.schema.json"


def rendered() -> str:
    """Return the file as the code has it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(rendered(), "utf-8")
