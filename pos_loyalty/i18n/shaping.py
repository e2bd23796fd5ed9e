"""Arabic joining with the presentation forms of U+FB50-FDFF and U+FE70-FEFF.

A terminal draws one glyph for one character and joins nothing, so each letter is replaced by the form that its
neighbours ask for (The Unicode Standard, 9.2, rules R1 to R7). The forms come from ``unicodedata``'s
decompositions. A letter without presentation forms (ڠ, ݐ and others that Persian and Arabic do not use) stays as
it is and joins nothing, since there would be no glyph to join with. Of the ligatures only the mandatory lam-alef
is made; الله stays four letters, because its ligature U+FDF2 is drawn wider than the one cell it counts for.
"""

import unicodedata
from collections.abc import Sequence

_ZWJ = "\u200d"
_LAM = "\u0644"
_TATWEEL = "\u0640"
_HAMZA_ABOVE = "\u0654"
# Canonically these pairs are not equal to a letter, but readers know only the letter, and fonts have only its
# forms: foot fell back to another font for U+0647 U+0654 and lost the heh.
_COMPOSED = {"\u0647\u0654": "\u06c0", "\u06cc\u0654": "\u0626"}
_FORM_NAMES = {"<isolated>", "<final>", "<initial>", "<medial>"}


def _presentation_forms() -> dict[str, dict[str, str]]:
    """Return letter, or lam with alef, -> form name -> character."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFC00), *range(0xFE70, 0xFEFD)):
        name, *parts = unicodedata.decomposition(chr(code)).split() or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        is_letter = len(letters) == 1 or (len(letters) == 2 and letters[0] == _LAM)  # noqa: PLR2004 - lam and alef
        if name in _FORM_NAMES and is_letter:
            forms.setdefault(letters, {})[name.strip("<>")] = chr(code)
    return forms


_FORMS = _presentation_forms()
# DejaVu Sans Mono has neither U+06C0 nor its forms, so the letter vanished from the screen. Persian writes خانه for
# خانهٔ as well; a heh without its hamza is read, an empty cell is not.
_FORMS["\u06c0"] = {name: _FORMS["\u0647"][name] for name in ("isolated", "final")}
_LETTERS = frozenset(letters for letters in _FORMS if len(letters) == 1)
# Joining_Type D, R and C of ArabicShaping.txt, as far as there are forms to show it with.
_JOINS_NEXT = frozenset({letter for letter in _LETTERS if "initial" in _FORMS[letter]} | {_TATWEEL, _ZWJ})
_JOINS_PREVIOUS = frozenset({letter for letter in _LETTERS if "final" in _FORMS[letter]} | {_TATWEEL, _ZWJ})


def is_mark(char: str) -> bool:
    """Whether ``char`` sits on the letter before it and is transparent to joining (Joining_Type T of marks)."""
    return unicodedata.category(char) in {"Mn", "Me"}


def shape(text: str) -> list[tuple[str, int]]:
    """Return each letter with its marks, in logical order, in the form to be drawn, and where it starts in ``text``.

    Lam and alef become one item at the index of the lam. An invisible character is an item of its own.

    >>> "".join(item for item, _ in shape("سلام"))
    'ﺳﻼﻡ'
    """
    clusters = _composed(clusters_of(text))
    letters = [cluster[:1] for cluster, _ in clusters]
    shaped: list[tuple[str, int]] = []
    joined = False
    i = 0
    while i < len(clusters):
        cluster, start = clusters[i]
        ligature = _FORMS.get(_LAM + letters[i + 1]) if letters[i] == _LAM and i + 1 < len(letters) else None
        if ligature:
            marks = cluster[1:] + clusters[i + 1][0][1:]
            shaped.append((ligature["final" if joined else "isolated"] + marks, start))
            joined = False
            i += 2
            continue
        joins_next = letters[i] in _JOINS_NEXT and i + 1 < len(letters) and letters[i + 1] in _JOINS_PREVIOUS
        shaped.append((_form(letters[i], joined=joined, joins_next=joins_next) + cluster[1:], start))
        joined = joins_next
        i += 1
    return shaped


def clusters_of(text: str) -> list[tuple[str, int]]:
    """Return each character with the marks that follow it, and its index."""
    clusters: list[tuple[str, int]] = []
    for i, char in enumerate(text):
        if clusters and is_mark(char):
            letter, start = clusters[-1]
            clusters[-1] = (letter + char, start)
        else:
            clusters.append((char, i))
    return clusters


def _composed(clusters: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Merge marks into their letter where one character says both, so that it has presentation forms."""
    return [(_compose(cluster) if len(cluster) > 1 else cluster, start) for cluster, start in clusters]


def _compose(cluster: str) -> str:
    for pair, letter in _COMPOSED.items():
        if cluster[0] == pair[0] and _HAMZA_ABOVE in cluster:
            return letter + cluster[1:].replace(_HAMZA_ABOVE, "", 1)
    return unicodedata.normalize("NFC", cluster)


def _form(letter: str, *, joined: bool, joins_next: bool) -> str:
    """Return the form of ``letter`` between its neighbours; ``joined`` tells of the one before."""
    forms = _FORMS.get(letter)
    if forms is None:
        return letter
    name = ("medial" if joined else "initial") if joins_next else ("final" if joined else "isolated")
    return forms.get(name, letter)
