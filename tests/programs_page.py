"""Writes the examples of ``docs/reference/programs.md``: ``python -m tests.programs_page``.

A line that names a file under ``docs/examples/programs/`` is followed by what is in it: a program as it stands, a
basket as ``pos-loyalty price --explain`` answers it. The programs inside the baskets come from the TOML files, too. The
rest is written by hand; ``test_programs_page.py`` fails when page, files and engine do not say the same.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

from pos_loyalty.cli.price import price
from pos_loyalty.core.documents import Form
from pos_loyalty.core.programs.reading import Programs, read_programs

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "programs.md"
EXAMPLES = ROOT / "docs" / "examples" / "programs"
_BLOCK = re.compile(r"^`(docs/examples/programs/(\w+)\.(toml|json))`\n(?:\n```.*?^```\n)?", re.MULTILINE | re.DOTALL)
_NARROW = 110
"""Characters of a line; what is shorter stands on one."""


def rendered(page: str) -> str:
    """Return the text of the page with every example as it is."""
    return _BLOCK.sub(lambda found: f"`{found[1]}`\n\n{_example(ROOT / found[1])}", page)


def _example(file: Path) -> str:
    if file.suffix == ".toml":
        return f"```toml\n{file.read_text('utf-8')}```\n"
    name = file.relative_to(ROOT)
    return f"```console\n$ pos-loyalty price --explain {name}\n{explained(file)}```\n"


def explained(file: Path) -> str:
    """Return what the command says about a basket."""
    ran = CliRunner().invoke(price, ["--explain", str(file)])
    if ran.exit_code:
        raise ValueError(f"{file.name}: {ran.output}")
    return ran.output


def programs(kind: str) -> Programs:
    """Return the example of a kind."""
    read = read_programs((EXAMPLES / f"{kind}.toml").read_bytes(), Form.TOML)
    if not isinstance(read, Programs):
        raise TypeError(read[0].message)
    return read


def filled(basket: Path) -> str:
    """Return the text of a basket with the programs of the TOML file beside it."""
    document = json.loads(basket.read_text("utf-8"))
    document["programs"] = msgspec.to_builtins(programs(basket.stem).programs)
    return _written(document) + "\n"


def _written(node: Any, indent: str = "") -> str:  # noqa: ANN401 - any part of a JSON document
    """Return JSON in which tables and lists that fit on a line stand on one."""
    short = json.dumps(node, ensure_ascii=False)
    if len(indent) + len(short) <= _NARROW or not isinstance(node, dict | list | tuple):
        return short
    deeper = f"{indent}  "
    if isinstance(node, dict):
        parts = [f"{json.dumps(name)}: {_written(value, deeper)}" for name, value in node.items()]
        return "{\n" + ",\n".join(deeper + part for part in parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _written(item, deeper) for item in node) + f"\n{indent}]"


if __name__ == "__main__":
    for each in sorted(EXAMPLES.glob("*.json")):
        each.write_text(filled(each), "utf-8")
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
