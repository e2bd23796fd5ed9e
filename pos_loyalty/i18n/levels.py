"""UAX #9 (revision 46, Unicode 15), rules P2 to L2, for one line that is already wrapped.

A line is treated as a paragraph of its own: what an embedding or isolate opened on an earlier line is not known
here. Each rule is a function that bears its name; W1 to I2 are in :mod:`pos_loyalty.i18n.sequence_rules`.
Classes are the ``Bidi_Class`` values of ``unicodedata``.

Python decides which characters are known (3.11: Unicode 14, 3.13: 15.1); later ones count as left-to-right,
except in the blocks that Unicode reserves for right-to-left scripts.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pos_loyalty.i18n.sequence_rules import INITIATORS, implicit_levels

_DEPTH_MAX = 125  # BD2
_EMBEDDINGS = {"LRE": (0, ""), "RLE": (1, ""), "LRO": (0, "L"), "RLO": (1, "R")}
_REMOVED = frozenset({*_EMBEDDINGS, "PDF", "BN"})  # X9


@lru_cache(2048)
def bidi_class(char: str) -> str:
    """Return the ``Bidi_Class`` of ``char``, with Unicode's default for one that this Python does not know."""
    if kind := unicodedata.bidirectional(char):
        return kind
    code = ord(char)
    reserved = 0x0590 <= code < 0x0900 or 0x10800 <= code < 0x11000 or 0x1E800 <= code < 0x1F000  # noqa: PLR2004 - DerivedBidiClass.txt
    return "R" if reserved else "L"


def first_strong(text: str) -> int | None:
    """Return the level that the first strong character outside isolates gives (P2, P3); None without one."""
    return _first_strong([bidi_class(char) for char in text])


def _first_strong(classes: Sequence[str]) -> int | None:
    depth = 0
    for kind in classes:
        if kind in INITIATORS:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif not depth and kind in {"L", "R", "AL"}:
            return int(kind != "L")
    return None


def resolve(text: str, base: int) -> list[int]:
    """Return the embedding level of each character of a line, with the line's own level ``base`` (0 or 1).

    Characters that X9 removes get the level of the text around them, which nothing reads: they are not shown.
    """
    original = [bidi_class(char) for char in text]
    pdi_of = _matching_pdis(original)
    classes = list(original)
    explicit = _explicit(classes, base, pdi_of)
    line = _Line(original, classes, explicit, pdi_of, base)
    levels = list(explicit)
    for indices in _sequences(original, explicit, pdi_of):
        line.raise_levels(text, indices, levels)
    _l1(original, levels, base)
    return levels


def visual_order(levels: Sequence[int]) -> list[int]:
    """L2: return the indices of ``levels`` from the leftmost to the rightmost place.

    >>> visual_order([1, 1, 2, 2, 1])
    [4, 2, 3, 1, 0]
    """
    order = list(range(len(levels)))
    odd = [level for level in levels if level % 2]
    if not odd:
        return order
    for level in range(max(levels), min(odd) - 1, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return order


def _matching_pdis(classes: Sequence[str]) -> dict[int, int]:
    """BD9: isolate initiator -> its PDI, for those that have one."""
    pdi_of: dict[int, int] = {}
    open_isolates: list[int] = []
    for i, kind in enumerate(classes):
        if kind in INITIATORS:
            open_isolates.append(i)
        elif kind == "PDI" and open_isolates:
            pdi_of[open_isolates.pop()] = i
    return pdi_of


class _Status(NamedTuple):
    level: int
    override: str
    isolate: bool


class _Directions:
    """The directional status stack with its overflow counters (X1)."""

    def __init__(self, base: int) -> None:
        self._stack = [_Status(base, "", isolate=False)]
        self._isolates = 0
        self._overflow_isolates = 0
        self._overflow_embeddings = 0

    @property
    def now(self) -> _Status:
        return self._stack[-1]

    def _next_level(self, direction: int) -> int:
        """Return the least level above the present one whose parity is ``direction``."""
        return self.now.level + 1 + (self.now.level + 1 + direction) % 2

    def embed(self, direction: int, override: str) -> None:
        """X2 to X5."""
        level = self._next_level(direction)
        if level <= _DEPTH_MAX and not self._overflow_isolates and not self._overflow_embeddings:
            self._stack.append(_Status(level, override, isolate=False))
        elif not self._overflow_isolates:
            self._overflow_embeddings += 1

    def isolate(self, direction: int) -> None:
        """X5a to X5c."""
        level = self._next_level(direction)
        if level <= _DEPTH_MAX and not self._overflow_isolates and not self._overflow_embeddings:
            self._isolates += 1
            self._stack.append(_Status(level, "", isolate=True))
        else:
            self._overflow_isolates += 1

    def pop_isolate(self) -> None:
        """X6a."""
        if self._overflow_isolates:
            self._overflow_isolates -= 1
        elif self._isolates:
            self._overflow_embeddings = 0
            while not self._stack.pop().isolate:
                pass
            self._isolates -= 1

    def pop_embedding(self) -> None:
        """X7."""
        if self._overflow_isolates:
            return
        if self._overflow_embeddings:
            self._overflow_embeddings -= 1
        elif not self.now.isolate and len(self._stack) > 1:
            self._stack.pop()


def _explicit(classes: list[str], base: int, pdi_of: dict[int, int]) -> list[int]:
    """X1 to X8: return the explicit levels; overrides replace ``classes`` in place."""
    directions = _Directions(base)
    levels = []
    for i, kind in enumerate(classes):
        if kind == "PDI":
            directions.pop_isolate()
        levels.append(base if kind == "B" else directions.now.level)
        if directions.now.override and kind not in _REMOVED and kind != "B":
            classes[i] = directions.now.override
        if kind in INITIATORS:
            inside = classes[i + 1 : pdi_of.get(i)] if kind == "FSI" else ()
            directions.isolate(int(kind == "RLI" or bool(inside and _first_strong(inside))))
        elif kind in _EMBEDDINGS:
            directions.embed(*_EMBEDDINGS[kind])
        elif kind == "PDF":
            directions.pop_embedding()
    return levels


def _level_runs(original: Sequence[str], levels: Sequence[int]) -> Iterator[list[int]]:
    """BD7, over the characters that X9 keeps."""
    run: list[int] = []
    for i, kind in enumerate(original):
        if kind in _REMOVED:
            continue
        if run and levels[run[-1]] != levels[i]:
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _sequences(original: Sequence[str], levels: Sequence[int], pdi_of: dict[int, int]) -> Iterator[list[int]]:
    """X10, BD13: isolating run sequences, each as the list of its indices."""
    runs = {run[0]: run for run in _level_runs(original, levels)}
    continued = set(pdi_of.values())
    for start, run in runs.items():
        if original[start] == "PDI" and start in continued:
            continue
        sequence = list(run)
        while original[sequence[-1]] in INITIATORS and (pdi := pdi_of.get(sequence[-1])) is not None:
            sequence += runs[pdi]
        yield sequence


class _Line(NamedTuple):
    """What X1 to X8 made of a line."""

    original: list[str]
    classes: list[str]
    explicit: list[int]
    pdi_of: dict[int, int]
    base: int

    def raise_levels(self, text: str, indices: list[int], levels: list[int]) -> None:
        """X10: put the implicit levels of one isolating run sequence into ``levels``."""
        first, last = indices[0], indices[-1]
        unclosed = self.original[last] in INITIATORS and last not in self.pdi_of
        after = self.base if unclosed else self._neighbour(last, 1)
        chars, kinds = [text[i] for i in indices], [self.classes[i] for i in indices]
        raised = implicit_levels(chars, kinds, self.explicit[first], self._neighbour(first, -1), after)
        for i, level in zip(indices, raised, strict=True):
            levels[i] = level

    def _neighbour(self, start: int, step: int) -> int:
        """Return the explicit level of the next character that X9 keeps, or of the line at its ends."""
        i = start + step
        while 0 <= i < len(self.explicit):
            if self.original[i] not in _REMOVED:
                return self.explicit[i]
            i += step
        return self.base


def _l1(original: Sequence[str], levels: list[int], base: int) -> None:
    """Separators, and the spaces before them or at the end of the line, are at the level of the line."""
    trailing = True
    for i in range(len(levels) - 1, -1, -1):
        kind = original[i]
        if kind in {"B", "S"}:
            trailing = True
        elif kind != "WS" and kind not in INITIATORS and kind != "PDI" and kind not in _REMOVED:
            trailing = False
        if trailing:
            levels[i] = base
