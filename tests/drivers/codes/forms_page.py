"""Writes drivers/codes/identifier_forms.py from the library biip: ``make pages``, or ``python -m`` this."""

import textwrap
from pathlib import Path
from typing import Final

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

PAGE: Final = Path(__file__).parents[3] / "drivers" / "codes" / "identifier_forms.py"
_HEAD: Final = '''# ruff: noqa: E501 - written by a program
"""The forms of all GS1 application identifiers, as data; ``make pages`` writes it from the library biip {version}.

Of the library the till needs this table alone, and importing it takes 80 ms and 17 MB, most of it for the prefixes of
companies, which nobody asks for.
"""

from typing import Final

FORMS: Final[dict[str, str]] = {{
{rows}
}}
"""Regular expression of the data to the identifiers that have it."""
'''


def forms() -> dict[str, list[str]]:
    """Return the form of the data to its identifiers, both in the order of the identifiers."""
    found: dict[str, list[str]] = {}
    for length in (2, 3, 4):
        for number in range(10**length):
            ai = f"{number:0{length}}"
            if (form := form_of(ai)) is not None:
                found.setdefault(form, []).append(ai)
    return dict(sorted(found.items(), key=lambda item: item[1][0]))


def form_of(ai: str) -> str | None:
    """Return the regular expression of the data of one identifier; None if there is no such identifier."""
    try:
        found = GS1ApplicationIdentifier.extract(ai)
    except ParseError:
        return None
    return found.pattern.removesuffix("$").removeprefix("^").removeprefix(ai) if found.ai == ai else None


def page(version: str) -> str:
    """Return the module."""
    return _HEAD.format(version=version, rows="\n".join(_row(form, ais) for form, ais in forms().items()))


def _row(form: str, ais: list[str]) -> str:
    lines = textwrap.wrap(" ".join(ais), 100)
    if len(lines) == 1:
        return f'    r"{form}": "{lines[0]}",'
    body = "\n".join(f'        "{line}{" " if line is not lines[-1] else ""}"' for line in lines)
    return f'    r"{form}": (\n{body}\n    ),'


if __name__ == "__main__":
    from importlib.metadata import version as version_of

    PAGE.write_text(page(version_of("biip")), encoding="utf-8")
