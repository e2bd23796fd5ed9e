"""On which line of a TOML document a path stands: tomllib does not say, and nobody counts to ``$.programs[13]``."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from pos_loyalty.core.document_faults import ROOT, DocumentFault, inside

_NAMES = r"""((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)"""
_HEADER = re.compile(rf"\s*\[(\[?)\s*{_NAMES}\s*\]")
_KEY = re.compile(rf"\s*{_NAMES}\s*=")
_NAME = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_LONG_QUOTE = re.compile(r"""\"""|'''""")


def placed(faults: Iterable[DocumentFault], text: str) -> tuple[DocumentFault, ...]:
    """Return ``faults`` of the TOML document ``text``, each with the line of what its path names, or of what holds it.

    A value inside a list or table that is written in one piece has the line on which that piece begins. A fault that
    has a line keeps it, and one of the whole document has none.
    """
    lines: dict[str, int] = {}
    for place, number in _places(text):
        lines.setdefault(place, number)
    return tuple(fault if fault.line else msgspec.structs.replace(fault, line=_line(fault, lines)) for fault in faults)


def _line(fault: DocumentFault, lines: Mapping[str, int]) -> int | None:
    # The path of a misspelt field is that of its table, and the field is what was found.
    place = inside(fault.path, fault.found.strip('"'))
    while place and place not in lines:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines.get(place)


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield the path of every table and every key, with its line."""
    members: dict[str, int] = {}
    table, in_text = ROOT, False
    for number, line in enumerate(text.split("\n"), 1):
        header, key = (None, None) if in_text else (_HEADER.match(line), _KEY.match(line))
        if header:
            *above, last = _named(header[2])
            table = ROOT
            for name in above:
                table = inside(table, name)
                table += f"[{members[table]}]" if table in members else ""
            table = inside(table, last)
            if header[1]:
                members[table] = members.get(table, -1) + 1
                table += f"[{members[table]}]"
            yield table, number
        elif key:
            path = table
            for name in _named(key[1]):
                path = inside(path, name)
                yield path, number
        in_text ^= len(_LONG_QUOTE.findall(line)) % 2 == 1


def _named(names: str) -> list[str]:
    return [name.strip("\"'") for name in _NAME.findall(names)]
