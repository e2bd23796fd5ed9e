"""Readings as lines of JSON on standard input: ``{"hex": "..."}`` or ``{"text": "..."}``, at times with ``at_ms``."""

import binascii
import sys
from collections.abc import Iterator
from typing import Final

import msgspec

_LINE_BYTES_MAX: Final = 65_536
_EXPECTED: Final = 'expected one object a line, {"hex": "..."} or {"text": "..."}'


class Given(msgspec.Struct, frozen=True):
    """One line that can be used."""

    data: bytes
    is_hex: bool
    """Whether it was written as the bytes of a device, and not as text."""
    at_ms: int | None


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    hex: str | None = None
    text: str | None = None
    at_ms: int | None = None


def lines() -> Iterator[tuple[int, Given | str]]:
    """Yield every line that is not blank with its number, as what is given or what is wrong; it quotes nothing."""
    for number, line in _raw_lines():
        yield number, _given(line)


def _raw_lines() -> Iterator[tuple[int, bytes]]:
    """Yield lines; of one too long only so much that it is seen."""
    stream, number = sys.stdin.buffer, 0
    while line := stream.readline(_LINE_BYTES_MAX + 1):
        number += 1
        ends = line.endswith(b"\n")
        while not ends and (rest := stream.readline(_LINE_BYTES_MAX)):
            ends = rest.endswith(b"\n")
        if line.strip():
            yield number, line


def _given(line: bytes) -> Given | str:
    parsed = _parsed(line)
    if isinstance(parsed, str):
        return parsed
    if parsed.text is not None:
        return Given(parsed.text.encode(), is_hex=False, at_ms=parsed.at_ms)
    try:
        return Given(binascii.unhexlify("".join((parsed.hex or "").split())), is_hex=True, at_ms=parsed.at_ms)
    except ValueError:
        return "hex: expected pairs of hexadecimal digits"


def _parsed(line: bytes) -> _Line | str:
    if len(line) > _LINE_BYTES_MAX:
        return f"more than {_LINE_BYTES_MAX} bytes: {_EXPECTED}"
    try:
        parsed = msgspec.json.decode(line, type=_Line)
    except msgspec.ValidationError:
        return f"other keys or types: {_EXPECTED}, and at_ms if it has a time"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"not JSON: {_EXPECTED}"
    is_one = (parsed.hex is None) != (parsed.text is None)
    return parsed if is_one else f"neither or both of hex and text: {_EXPECTED}"
