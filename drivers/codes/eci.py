r"""Extended channels: texts whose reader says which character set each part is in. Pure.

A reader that transmits Extended Channel Interpretations (AIM ITS/04-001) writes ``\nnnnnn`` in front of every change
of the character set and doubles the backslashes of the data. Its AIM identifier says that it does: ``]Q2``, ``]Q4``,
``]d4``, ``]z3``, ``]L1`` and their like. What is not undone here would become part of a number.
"""

import re
from typing import Final

UTF_8: Final = 26
_ESCAPE: Final = re.compile(rb"\\(?:(?P<eci>[0-9]{6})|(?P<data>\\)|(?P<stray>))")
_CHARACTER_SETS: Final[dict[int, str]] = {
    0: "cp437",
    1: "latin-1",
    2: "cp437",
    3: "latin-1",
    **{number: f"iso8859-{number - 2}" for number in (*range(4, 14), *range(15, 19))},
    20: "shift_jis",
    21: "cp1250",
    22: "cp1251",
    23: "cp1252",
    24: "cp1256",
    25: "utf-16-be",
    UTF_8: "utf-8",
    27: "ascii",
    28: "big5",
    29: "gb2312",
    30: "euc-kr",
    170: "ascii",
}
"""Those of the register that are character sets. Others (compression, encryption, binary data) make no text."""


def unescape(payload: bytes) -> bytes | None:
    r"""Return what was encoded, as UTF-8; None if there is an escape, a character set or a byte that fits nothing.

    Parts in front of the first escape are taken for UTF-8, as printers of QR codes write it.

    >>> unescape(b"\\000024\xc2\xe3\xcf").decode()
    'آمد'
    """
    text: list[str] = []
    number, start = UTF_8, 0
    held = b""
    for escape in _ESCAPE.finditer(payload):
        held += payload[start : escape.start()]
        start = escape.end()
        if escape["data"]:
            held += b"\\"
        elif escape["eci"] is None:
            return None
        else:
            if (part := _decoded(held, number)) is None:
                return None
            text.append(part)
            held, number = b"", int(escape["eci"])
    if (part := _decoded(held + payload[start:], number)) is None:
        return None
    return "".join((*text, part)).encode()


def _decoded(data: bytes, number: int) -> str | None:
    name = _CHARACTER_SETS.get(number)
    if name is None:
        return None
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None
