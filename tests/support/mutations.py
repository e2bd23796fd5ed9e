"""Documents that are almost right: a valid one, with something in it dropped, swapped, repeated or made odd."""

import copy
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    100,
    10**15,
    2**63 - 1,
    2**64,
    0.5,
    1e300,
    "",
    " ",
    "x",
    "۱۲",
    "NaN",
    "1e400",
    "0." + "1" * 30,
    "99.99",
    "\x1b[2J",
    "club/ten",
    "club@1",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2024-02-29T23:30:00+03:30",
    "2026-03-29T02:30:00+01:00",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    [],
    ["x"],
    {},
    {"x": 1},
)
"""What stands in wrong places."""

Path = tuple[str | int, ...]


def paths(node: object, here: Path = ()) -> list[Path]:
    """Return the path of every value in a tree, but for the tree itself."""
    found: list[Path] = [here] if here else []
    if isinstance(node, dict):
        for name, value in node.items():
            found += paths(value, (*here, name))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            found += paths(value, (*here, i))
    return found


def at(tree: Any, path: Path) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return the value at ``path``."""
    for step in path:
        tree = tree[step]
    return tree


@st.composite
def almost(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """Return ``document`` with one to four things done to it."""
    tree = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        if places := paths(tree):
            _spoil(draw, tree, draw(st.sampled_from(places)))
    return tree


def _spoil(draw: st.DrawFn, tree: dict[str, Any], path: Path) -> None:
    name: Any = path[-1]
    parent = at(tree, path[:-1])
    match draw(st.sampled_from(("drop", "odd", "swap", "repeat", "rename", "number"))):
        case "drop":
            del parent[name]
        case "odd":
            parent[name] = copy.deepcopy(draw(st.sampled_from(ODD)))
        case "number":
            parent[name] = draw(st.integers(-(2**64), 2**64))
        case "swap":
            parent[name] = copy.deepcopy(at(tree, draw(st.sampled_from(paths(tree)))))
        case "repeat" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[name]))
        case "rename" if isinstance(parent, dict):
            parent[f"{name}s"] = parent.pop(name)
