"""What is wrong with a document somebody wrote: where, what was met, what was expected, and what to do."""

import json
from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

ROOT = "$"
FOUND_MAX = 40
"""Characters of a value that a fault quotes; it never quotes a whole document."""


class DocumentFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault. ``message`` is a sentence that says all of it; the other fields are for programs."""

    path: str
    """As in ``$.programs[2].rules[0].amount``; ``$`` is the document."""
    message: str
    found: str = ""
    expected: str = ""
    nearest: str = ""
    """The nearest known name of a field, a kind or a choice, if one is close."""
    line: int | None = None
    """From 1: where the text itself is wrong, whose path is ``$``, or where a path stands in a TOML file."""
    column: int | None = None
    """In characters, from 1, where the text itself is wrong."""


def unfit(path: str, value: object, expected: str, choices: Iterable[str] = ()) -> DocumentFault:
    """Return the fault of a value that is not what was expected."""
    found = shown(value)
    near = nearest(value, choices)
    return DocumentFault(
        path=path,
        found=found,
        expected=expected,
        nearest=near,
        message=f"{path} is {found}: expected {expected}{did_you_mean(near)}",
    )


def misnamed(path: str, name: str, known: Iterable[str], what: str = "field") -> DocumentFault:
    """Return the fault of a name that means nothing at ``path``."""
    names = sorted(known)
    near = nearest(name, names)
    expected = f"one of {', '.join(names)}" if names else f"no {what} at all"
    remedy = did_you_mean(near) or "; remove it"
    return DocumentFault(
        path=path,
        found=shown(name),
        expected=expected,
        nearest=near,
        message=f"{path}: there is no {what} {shown(name)}, expected {expected}{remedy}",
    )


def nearest(value: object, known: Iterable[str]) -> str:
    """Return the one of ``known`` that is most like ``value``, empty if none is much like it.

    >>> nearest("promtion", ["promotion", "voucher"])
    'promotion'
    """
    near = get_close_matches(value[: 2 * FOUND_MAX], list(known), n=1) if isinstance(value, str) else []
    return near[0] if near else ""


def did_you_mean(near: str) -> str:
    """Return the question that ends a message, empty without a near name."""
    return f'; did you mean "{near}"?' if near else ""


def shown(value: object) -> str:
    """Return a value in so few characters that a sentence can hold it.

    >>> shown("x" * 99), shown([1, 2]), shown({}), shown(True)
    ('"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…', 'a list of 2', 'a table of 0', 'true')
    """
    match value:
        case dict():
            return f"a table of {len(value)}"
        case list():
            return f"a list of {len(value)}"
        case str() | bool() | None:
            text = json.dumps(value if not isinstance(value, str) else value[: 2 * FOUND_MAX], ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= FOUND_MAX else f"{text[: FOUND_MAX - 1]}…"


def inside(path: str, name: str) -> str:
    """Return the path of a field.

    >>> inside("$", "rules"), inside("$", "a b")
    ('$.rules', '$["a b"]')
    """
    return (
        f"{path}.{name}"
        if name.replace("-", "_").isidentifier() and len(name) <= FOUND_MAX
        else f"{path}[{shown(name)}]"
    )
