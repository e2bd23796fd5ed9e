"""Documents that people and other programs write, JSON or TOML, read without ever trusting them.

No number becomes a float. What an attacker or a broken program may send (a million brackets, a number of a thousand
digits, a name twice in one table, half a letter) is a fault that says where, never an exception.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, TypeVar

from pos_loyalty.core.document_faults import FOUND_MAX, ROOT, DocumentFault, inside, unfit
from pos_loyalty.core.document_shapes import FAULTS_MAX, fit

__all__ = ["DEPTH_MAX", "INTEGER_MAX", "SIZE_MAX", "DocumentFault", "Form", "decode", "parse"]

SIZE_MAX = 16 * 2**20
"""Bytes: some five thousand programs, or twenty thousand baskets."""
DEPTH_MAX = 40
"""Tables and lists inside each other; the deepest of our own documents has 12."""
INTEGER_MAX = 2**63 - 1
NUMBER_CHARACTERS_MAX = 64
_BITS_SHOWN = 128
_EXPONENT_DIGITS_MAX = 3
"""A Decimal of 1e999999999 is quickly written, and an integer of it never finished."""

_T = TypeVar("_T")
_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXPONENT = re.compile(r"[eE][+-]?0*([0-9_]+)$")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Form(StrEnum):
    """How a document is written."""

    JSON = "json"
    TOML = "toml"


class _OddNumber(NamedTuple):
    """A number that nothing here could reckon with; it stays in the tree until its path is known."""

    text: str


class _Twice(dict[str, object]):
    """A table in which a name was used twice. TOML refuses that itself, JSON readers take the last (RFC 8259 §4)."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.names = sorted({name for name in names if names.count(name) > 1})


def decode(data: bytes, form: Form, wanted: type[_T]) -> _T | tuple[DocumentFault, ...]:
    """Return what ``data`` says as ``wanted``, or every fault that can be found, at most ``FAULTS_MAX``.

    ``wanted`` is no tuple, so that the answer can be told from faults: ``isinstance(answer, tuple)``.
    """
    tree = parse(data, form)
    return tree if isinstance(tree, tuple) else fit(tree, wanted)


def parse(data: bytes, form: Form, line: int = 1) -> object | tuple[DocumentFault, ...]:
    """Return the tree of plain values in ``data``: dict, list, str, int, Decimal, bool, None and the dates of TOML.

    Or the faults of the text (one, with its line) or of values that are wrong wherever they stand. ``line`` is the
    number of the first one, for a document that is a line of a larger file.
    """
    text = _text(data, line)
    if isinstance(text, DocumentFault):
        return (text,)
    try:
        tree = _PARSERS[form](text)
    except RecursionError:
        return (_too_deep(ROOT),)
    except json.JSONDecodeError as error:
        hint = _hint(form, text, error.lineno, error.colno)
        return (_not_well_formed(form, error.msg, hint, line + error.lineno - 1, error.colno),)
    except ValueError as error:
        complaint = str(error)
        place = _TOML_PLACE.search(complaint)
        at, column = (int(place[1]), int(place[2])) if place and place[1] else (text.count("\n") + 1, None)
        hint = _hint(form, text, at, column)
        return (_not_well_formed(form, _TOML_PLACE.sub("", complaint), hint, line + at - 1, column),)
    return tuple(islice(_unusable(tree, ROOT, 0), FAULTS_MAX)) or tree


def _text(data: bytes, line: int) -> str | DocumentFault:
    if len(data) > SIZE_MAX:
        # Readers stop at the first byte too many, so nobody knows how many there are.
        expected = f"at most {SIZE_MAX} bytes"
        return DocumentFault(path=ROOT, expected=expected, message=f"$ is too long: expected {expected}; split it")
    if data.startswith(_BOM):
        return _misspelt("a byte order mark", "UTF-8 without one", line, 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        return _misspelt(f"the byte 0x{data[error.start]:02x}", "UTF-8", line + before.count(b"\n"), column)


def _misspelt(found: str, expected: str, line: int, column: int) -> DocumentFault:
    return DocumentFault(
        path=ROOT,
        found=found,
        expected=expected,
        line=line,
        column=column,
        message=f"line {line}, column {column}: {found}: expected {expected}; save the file again as {expected}",
    )


def _not_well_formed(form: Form, complaint: str, hint: str, line: int, column: int | None) -> DocumentFault:
    name = form.value.upper()
    where = f"line {line}" if column is None else f"line {line}, column {column}"
    said = complaint[: 2 * FOUND_MAX]
    return DocumentFault(
        path=ROOT,
        found=said,
        expected=f"well-formed {name}",
        line=line,
        column=column,
        message=f"{where}: this is not {name}: {said}; {hint}",
    )


def _hint(form: Form, text: str, line: int, column: int | None) -> str:
    """Return what to do about the sign at which a reader gave up."""
    sign = text.split("\n")[line - 1][column - 1 : column] if column else ""
    if not sign.isascii():
        return f'write numbers with the digits 0 to 9, and put "{sign}" and other words in straight quotes'
    if form is Form.TOML and sign == ",":
        return "write a large number without commas, as 1000000 or 1_000_000"
    return "look at that line and the one before"


def _unusable(node: object, path: str, depth: int) -> Iterator[DocumentFault]:
    """Yield the faults that do not depend on what is expected."""
    if depth > DEPTH_MAX:
        yield _too_deep(path)
        return
    match node:
        case dict():
            yield from _unusable_table(node, path, depth)
        case list():
            for index, item in enumerate(node):
                yield from _unusable(item, f"{path}[{index}]", depth + 1)
        case str() if _SURROGATE.search(node):
            yield unfit(path, node.encode(errors="backslashreplace").decode(), "whole letters, not half a \\u pair")
        case _OddNumber(text=text):
            yield _odd(path, text)
        case int() if not -INTEGER_MAX <= node <= INTEGER_MAX:
            # Python writes no decimal of more than 4,300 digits, and TOML reads such a number in hexadecimal.
            yield _odd(path, f"{node:#x}" if node.bit_length() > _BITS_SHOWN else f"{node}")


def _unusable_table(node: dict[str, object], path: str, depth: int) -> Iterator[DocumentFault]:
    if isinstance(node, _Twice):
        yield from (unfit(path, name, "every name once; it is there twice") for name in node.names)
    for name, value in node.items():
        yield from _unusable(name, f"{path} (a name)", 0)
        yield from _unusable(value, inside(path, name.encode(errors="replace").decode()), depth + 1)


def _odd(path: str, text: str) -> DocumentFault:
    return unfit(path, text, "a finite number that fits into 64 bits")


def _too_deep(path: str) -> DocumentFault:
    expected = f"at most {DEPTH_MAX} tables and lists inside each other"
    return DocumentFault(path=path, expected=expected, message=f"{path} is nested too deeply: expected {expected}")


def _integer(text: str) -> int | _OddNumber:
    return int(text) if len(text) <= NUMBER_CHARACTERS_MAX else _OddNumber(text)


def _number(text: str) -> Decimal | _OddNumber:
    exponent = _EXPONENT.search(text)
    if len(text) > NUMBER_CHARACTERS_MAX or (exponent and len(exponent[1]) > _EXPONENT_DIGITS_MAX):
        return _OddNumber(text)
    number = Decimal(text)
    return number if number.is_finite() else _OddNumber(text)


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    return table if len(table) == len(pairs) else _Twice(pairs)


def _json(text: str) -> object:
    return json.loads(
        text, parse_float=_number, parse_int=_integer, parse_constant=_OddNumber, object_pairs_hook=_table
    )


def _toml(text: str) -> object:
    return tomllib.loads(text, parse_float=_number)


_PARSERS: Mapping[Form, Callable[[str], object]] = {Form.JSON: _json, Form.TOML: _toml}
