"""UAX #9, rules W1 to I2: the classes of one isolating run sequence (BD13) become levels.

Every rule is a function that bears its name and changes the list of classes in place.
"""

from collections.abc import Iterator, Sequence

from pos_loyalty.i18n.mirrors import CLOSING, OPENING

INITIATORS = frozenset({"LRI", "RLI", "FSI"})
"""Classes that open an isolate (BD8)."""

_BRACKETS_MAX = 63  # BD16
_NEUTRALS = frozenset({"B", "S", "WS", "ON", "PDI", *INITIATORS})  # "NI" of N1
_NUMBERS = frozenset({"EN", "AN"})
_STRONG_AS = {"L": "L", "R": "R", "EN": "R", "AN": "R"}  # how N0 and N1 read their context


def implicit_levels(chars: Sequence[str], kinds: list[str], level: int, before: int, after: int) -> list[int]:
    """Return the level of each character of a sequence.

    ``kinds`` are the classes that X1 to X8 left and are used up. ``level`` is the explicit level of the
    sequence, ``before`` and ``after`` are those of what surrounds it, which make its sos and eos (X10).
    """
    embedding, sos, eos = _direction(level), _direction(max(level, before)), _direction(max(level, after))
    marks = [kind == "NSM" for kind in kinds]
    _weak(kinds, sos)
    _n0(chars, marks, kinds, sos, embedding)
    _n1_n2(kinds, sos, eos, embedding)
    return [_implicit(level, kind) for kind in kinds]


def _direction(level: int) -> str:
    return "R" if level % 2 else "L"


def _weak(kinds: list[str], sos: str) -> None:
    """W1 to W7, leaving out those that have nothing to work on."""
    present = set(kinds)
    if "NSM" in present:
        _w1(kinds, sos)
    if "EN" in present and (sos == "R" or "AL" in present):
        _w2(kinds)
    _w3(kinds)
    if not present.isdisjoint({"ES", "ET", "CS"}):
        _w4(kinds)
        _w5(kinds)
        _w6(kinds)
    _w7(kinds, sos)


def _w1(kinds: list[str], sos: str) -> None:
    """A mark takes the class of what it sits on."""
    before = sos
    for i, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[i] = "ON" if before in INITIATORS or before == "PDI" else before
        before = kinds[i]


def _w2(kinds: list[str]) -> None:
    """European digits after an Arabic letter are Arabic numbers."""
    strong = ""
    for i, kind in enumerate(kinds):
        if kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"


def _w3(kinds: list[str]) -> None:
    """Arabic letters are right-to-left letters from here on."""
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _w4(kinds: list[str]) -> None:
    """One separator between two numbers of a kind belongs to them."""
    for i in range(1, len(kinds) - 1):
        before, kind, after = kinds[i - 1 : i + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in _NUMBERS)):
            kinds[i] = before


def _w5(kinds: list[str]) -> None:
    """Terminators (currency signs, percent) beside European digits belong to them."""
    for start, end in _runs_of({"ET"}, kinds):
        if "EN" in {*kinds[max(0, start - 1) : start], *kinds[end : end + 1]}:
            kinds[start:end] = ["EN"] * (end - start)


def _w6(kinds: list[str]) -> None:
    """Separators and terminators left over are neutral."""
    kinds[:] = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in kinds]


def _w7(kinds: list[str], sos: str) -> None:
    """European digits after a left-to-right letter are part of that text."""
    strong = sos
    for i, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"


def _bracket_pairs(chars: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """BD16: positions of paired brackets in the order of the opening ones; none at all on overflow."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for i, char in enumerate(chars):
        if kinds[i] != "ON":
            continue
        if (closing := OPENING.get(char)) is not None:
            if len(stack) == _BRACKETS_MAX:
                return []
            stack.append((closing, i))
        elif (closing := CLOSING.get(char)) is not None:
            depth = next((k for k in range(len(stack) - 1, -1, -1) if stack[k][0] == closing), None)
            if depth is not None:
                pairs.append((stack[depth][1], i))
                del stack[depth:]
    return sorted(pairs)


def _n0(chars: Sequence[str], marks: Sequence[bool], kinds: list[str], sos: str, embedding: str) -> None:
    """A pair of brackets takes the direction of what it encloses, or of what precedes it."""
    for start, end in _bracket_pairs(chars, kinds):
        inside = {_STRONG_AS[kind] for kind in kinds[start + 1 : end] if kind in _STRONG_AS}
        if not inside:
            continue
        direction = embedding
        if embedding not in inside:  # N0 c: only the opposite direction within
            before = next((_STRONG_AS[kind] for kind in reversed(kinds[:start]) if kind in _STRONG_AS), sos)
            direction = before if before in inside else embedding
        for i in (start, end):
            kinds[i] = direction
            mark = i + 1
            while mark < len(kinds) and marks[mark]:
                kinds[mark] = direction
                mark += 1


def _n1_n2(kinds: list[str], sos: str, eos: str, embedding: str) -> None:
    """Neutrals between two equal directions take it (N1), others that of the embedding (N2)."""
    for start, end in _runs_of(_NEUTRALS, kinds):
        before = _STRONG_AS[kinds[start - 1]] if start else sos
        after = _STRONG_AS[kinds[end]] if end < len(kinds) else eos
        kinds[start:end] = [before if before == after else embedding] * (end - start)


def _runs_of(members: frozenset[str] | set[str], kinds: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the longest stretches of ``kinds`` whose classes are all in ``members``, as start and end."""
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] in members:
            end += 1
        if end > start:
            yield start, end
        start = end + 1


def _implicit(level: int, kind: str) -> int:
    """I1 and I2."""
    if level % 2:
        return level + (kind != "R")
    return level + {"L": 0, "R": 1}.get(kind, 2)
