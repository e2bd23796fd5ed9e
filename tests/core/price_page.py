"""Writes the schemas of ``docs/reference/price.md``: ``python -m tests.core.price_page`` (``make pages``)."""

import json
from pathlib import Path
from typing import Any

import msgspec

from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.price_answer import Faults, Steps
from pos_loyalty.core.price_request import PriceRequest
from pos_loyalty.core.programs.reading import SCHEMA_DIALECT, polished

_FOLDER = Path(__file__).parents[2] / "docs" / "reference"
REQUEST = _FOLDER / "price-request.schema.json"
ANSWER = _FOLDER / "price-answer.schema.json"


def rendered() -> dict[Path, str]:
    """Return the files as the code has them."""
    return {
        REQUEST: _text("The document that pos-loyalty price reads", PriceRequest),
        ANSWER: _text("What pos-loyalty price answers", Evaluation, Steps, Faults),
    }


def _text(title: str, *wholes: type[msgspec.Struct]) -> str:
    roots, components = msgspec.json.schema_components(wholes)
    schema: dict[str, Any] = {
        "$schema": SCHEMA_DIALECT,
        "title": title,
        "anyOf": list(roots),
        "$defs": polished({name: components[name] for name in sorted(components)}),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in rendered().items():
        path.write_text(text, "utf-8")
