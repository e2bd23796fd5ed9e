"""AIM symbology identifiers (ISO/IEC 15424) as data: what the two characters behind ``]`` say. Pure.

The first names the symbology, the second (the modifier) what the reader did with it. The tables hold what tills
meet; a modifier that is not in them is still reported with its symbology, and no meaning is made up for it.
"""

from typing import Final

import msgspec


class Symbology(msgspec.Struct, frozen=True):
    """One AIM identifier, explained."""

    name: str
    """Such as ``EAN/UPC`` or ``Code 128``."""
    meaning: str
    """What the modifier says, in a few words; empty if the table does not know it."""
    is_gs1: bool
    """The data are GS1 element strings: FNC1 stood in first position."""
    is_extended: bool = False
    """Changes of the character set are in the data as escapes (``drivers.codes.eci``)."""


_PLAIN: Final = "plain data"
_FNC1_FIRST: Final = "GS1 data: FNC1 in first position"
_FNC1_SECOND: Final = "FNC1 in second position"
_CHECK: Final = {"0": "no check digit", "1": "check digit tested and sent", "3": "check digit tested and stripped"}

_TABLE: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "A": (
        "Code 39",
        {
            "0": _PLAIN,
            "1": "check character tested and sent",
            "2": "check character stripped",
            "3": "check character tested and stripped",
            "4": "full ASCII",
            "5": "full ASCII, check character tested and sent",
            "7": "full ASCII, check character tested and stripped",
        },
    ),
    "B": ("Telepen", {"0": "full ASCII", "1": "double density numeric"}),
    "C": (
        "Code 128",
        {"0": _PLAIN, "1": _FNC1_FIRST, "2": _FNC1_SECOND, "4": "ISBT 128, several symbols joined"},
    ),
    "D": ("Code One", {}),
    "E": (
        "EAN/UPC",
        {
            "0": "EAN-13, UPC-A or UPC-E as 13 digits",
            "1": "two-digit add-on alone",
            "2": "five-digit add-on alone",
            "3": "13 digits with an add-on",
            "4": "EAN-8",
        },
    ),
    "F": ("Codabar", {"0": _PLAIN, "1": "ABC Codabar", "2": _CHECK["1"], "4": _CHECK["3"]}),
    "G": ("Code 93", {"0": _PLAIN}),
    "H": ("Code 11", {}),
    "I": ("Interleaved 2 of 5", _CHECK),
    "J": ("DotCode", {"0": _PLAIN, "1": _FNC1_FIRST, "2": _FNC1_SECOND}),
    "K": ("Code 16K", {"0": _PLAIN, "1": _FNC1_FIRST, "2": _FNC1_SECOND}),
    "L": (
        "PDF417",
        {
            "0": "by the rules of 1994",
            "1": "extended channels, backslashes doubled",
            "2": "basic channel, backslashes as they are",
            "3": "Code 128 emulation, " + _FNC1_FIRST,
            "4": "Code 128 emulation, " + _FNC1_SECOND,
            "5": "Code 128 emulation, " + _PLAIN,
        },
    ),
    "M": ("MSI", {"0": "check digit tested and sent", "1": "check digit tested and stripped"}),
    "N": ("Anker", {}),
    "O": ("Codablock", {}),
    "P": ("Plessey", {}),
    "Q": (
        "QR Code",
        {
            "0": "model 1",
            "1": _PLAIN,
            "2": "extended channels",
            "3": _FNC1_FIRST,
            "4": _FNC1_FIRST + ", extended channels",
            "5": _FNC1_SECOND,
            "6": _FNC1_SECOND + ", extended channels",
        },
    ),
    "R": ("Straight 2 of 5, two start bars", _CHECK),
    "S": ("Straight 2 of 5, three start bars", _CHECK),
    "T": ("Code 49", {}),
    "U": ("MaxiCode", {}),
    "X": ("other symbology", {}),
    "Y": ("system expansion", {}),
    "Z": ("no bar code", {}),
    "c": ("Channel Code", {}),
    "d": (
        "Data Matrix",
        {
            "0": "ECC 000 to 140",
            "1": _PLAIN,
            "2": _FNC1_FIRST,
            "3": _FNC1_SECOND,
            "4": "extended channels",
            "5": _FNC1_FIRST + ", extended channels",
            "6": _FNC1_SECOND + ", extended channels",
        },
    ),
    "e": ("GS1 DataBar", {"0": "GS1 data", "1": "composite, second part", "2": "composite, after an escape"}),
    "h": ("Han Xin", {}),
    "o": ("OCR", {}),
    "p": ("PosiCode", {}),
    "s": ("SuperCode", {}),
    "z": (
        "Aztec",
        {
            "0": _PLAIN,
            "1": _FNC1_FIRST,
            "2": _FNC1_SECOND,
            "3": "extended channels",
            "4": _FNC1_FIRST + ", extended channels",
            "5": _FNC1_SECOND + ", extended channels",
            "C": "rune",
        },
    ),
}
_GS1_WITHOUT_FNC1: Final = frozenset({"e0"})


def describe(aim: str) -> Symbology | None:
    """Explain an identifier without its bracket, such as ``E0``; ``None`` if ISO/IEC 15424 has no such letter here.

    >>> describe("C1")
    Symbology(name='Code 128', meaning='GS1 data: FNC1 in first position', is_gs1=True, is_extended=False)
    """
    name, modifiers = _TABLE.get(aim[:1], ("", {}))
    if not name:
        return None
    meaning = modifiers.get(aim[1:], "")
    is_gs1 = _FNC1_FIRST in meaning or aim in _GS1_WITHOUT_FNC1
    return Symbology(name, meaning, is_gs1, "extended channels" in meaning)
