"""GS1 element strings: what stands in a GS1 bar code, read strictly or not at all. Pure.

GS1 General Specifications, 7.8: identifier and data, one element behind the other. Where the identifier does not say
how long its data are, FNC1 ends them, which readers send as GS (0x1D). The FNC1 in front of everything, which makes a
bar code a GS1 one, is not sent: the AIM identifier says it (``]C1``, ``]d2``, ``]Q3``, ``]e0``, ``]J1``).
"""

from typing import Final

from drivers.codes.application_identifiers import (
    Element,
    ElementFault,
    element,
    identifier,
    predefined_length,
    swallows,
)
from drivers.codes.associations import fault
from drivers.codes.decoding import GS

_KEYS_ALONE: Final = frozenset({"01", "8018"})
"""What a bar code may be without any sign that it is a GS1 one: a whole key, and nothing behind it."""


def parse(text: str) -> tuple[Element, ...] | ElementFault:
    """Return the elements of a GS1 bar code, or the first thing that is wrong with it.

    FNC1 behind data of predefined length, and at the end, is not needed and does no harm. Without it where it is
    needed, the next element would become part of the data: this is seen where the data become too long, or are
    digits of a fixed number.

    >>> parse("8018952012345678900007")
    (Element(ai='8018'),)
    """
    found: list[Element] = []
    at = 0
    while at < len(text):
        ai = identifier(text, at)
        if not ai:
            return ElementFault.MISPLACED_FNC1 if text[at] == GS else ElementFault.UNKNOWN
        value = _value(text, at + len(ai), predefined_length(ai))
        checked = element(ai, value)
        if isinstance(checked, ElementFault):
            is_glued = checked is ElementFault.FORMAT and swallows(ai, value)
            return ElementFault.MISSING_FNC1 if is_glued else checked
        found.append(checked)
        at += len(ai) + len(value)
        at += text.startswith(GS, at)
    return (fault(found) or tuple(found)) if found else ElementFault.EMPTY


def key_alone(text: str) -> tuple[Element, ...]:
    """Return the key of a trade item or a member that ``text`` is from a reader that says nothing about symbologies.

    Anything longer could be something else as well, and nothing is returned for it.
    """
    if not (text.isascii() and text.isdecimal() and identifier(text) in _KEYS_ALONE):
        return ()
    found = parse(text)
    return () if isinstance(found, ElementFault) or len(found) > 1 else found


def _value(text: str, start: int, length: int | None) -> str:
    """Return what stands from ``start`` to the next FNC1, and not more than ``length`` of it."""
    value = text[start:].partition(GS)[0]
    return value if length is None else value[:length]
