"""From a tree of plain values to frozen structs, with every fault that can be told from the others.

msgspec stops at the first fault. Here a tree that does not fit is looked at again, part by part: each field of a
struct, each member of a list. What contradicts itself as a whole (``__post_init__``) is said once its parts are right.
"""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, TypeGuard, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from pos_loyalty.core.document_faults import ROOT, DocumentFault, inside, misnamed, shown, unfit

FAULTS_MAX = 100
"""Nobody reads more at once."""

_T = TypeVar("_T")
_PLACE = re.compile(r" - at `[^`]*`$")
_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.DecimalType: "a number such as 12.5",
    inspect.DateType: "a date such as 2026-03-21",
    inspect.StructType: "a table",
    inspect.DictType: "a table",
    inspect.VarTupleType: "a list",
    inspect.ListType: "a list",
}
_FORMS: Mapping[str, str] = {
    r"^[^/@\s]+$": "without blanks, / and @",
    "^[^/@]+$": "without / and @",
    "^[A-Z]{3}$": "of three capital letters",
}
"""Forms of a text, in words."""


def fit(tree: object, wanted: type[_T], path: str = ROOT) -> _T | tuple[DocumentFault, ...]:
    """Return ``tree`` as ``wanted``, or every fault in it, at most ``FAULTS_MAX``. ``path`` is where the tree stands.

    The tree is of dict, list, str, int, Decimal, bool, None and the dates of TOML. ``wanted`` is no tuple, so that
    the answer can be told from faults.
    """
    try:
        return msgspec.convert(tree, wanted)
    except msgspec.ValidationError:
        return tuple(islice(_faults(tree, wanted, path), FAULTS_MAX))


def _faults(node: object, wanted: Any, path: str) -> Iterator[DocumentFault]:  # noqa: ANN401 - any type hint
    try:
        msgspec.convert(node, wanted)
    except msgspec.ValidationError as error:
        parts = list(_faults_of_parts(node, wanted, path))
        yield from parts or [_own_fault(node, wanted, path, str(error))]


def _faults_of_parts(node: object, wanted: Any, path: str) -> Iterator[DocumentFault]:  # noqa: ANN401 - any type hint
    """Yield the faults inside ``node``; none if it is wrong as a whole."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        yield from _faults_of_parts(node, arguments[0], path)
    elif origin in (Union, types.UnionType):
        yield from _faults_of_union(node, arguments, path)
    elif _is_struct(wanted) and isinstance(node, dict):
        yield from _faults_of_struct(node, wanted, path)
    elif origin in (tuple, list, Sequence) and isinstance(node, list):
        for index, item in enumerate(node):
            yield from _faults(item, arguments[0], f"{path}[{index}]")
    elif origin in (dict, Mapping) and isinstance(node, dict):
        for name, item in node.items():
            yield from _faults(item, arguments[1], inside(path, name))


def _faults_of_union(node: object, members: Sequence[Any], path: str) -> Iterator[DocumentFault]:
    is_table = isinstance(node, dict)
    candidates = [member for member in members if member is not type(None) and _is_struct(member) is is_table]
    if len(candidates) == 1:
        yield from _faults(node, candidates[0], path)
    elif isinstance(node, dict) and candidates:
        yield from _faults_of_kinds(node, candidates, path)


def _faults_of_kinds(
    node: dict[str, object], kinds: Sequence[type[msgspec.Struct]], path: str
) -> Iterator[DocumentFault]:
    """Look at a table of one of several kinds as the kind it says it is."""
    field = kinds[0].__struct_config__.tag_field or ""
    by_tag = {str(kind.__struct_config__.tag): kind for kind in kinds}
    said = node.get(field)
    if isinstance(said, str) and said in by_tag:
        yield from _faults(node, by_tag[said], path)
    elif field in node:
        yield unfit(inside(path, field), said, _one_of(by_tag), by_tag)
    else:
        yield _missing(path, field, _one_of(by_tag))


def _faults_of_struct(node: dict[str, object], struct: type[msgspec.Struct], path: str) -> Iterator[DocumentFault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    config = struct.__struct_config__
    known = {*fields, *([config.tag_field] if config.tag_field else [])}
    if config.forbid_unknown_fields:
        yield from (misnamed(path, name, known) for name in node if name not in known)
    for name, field in fields.items():
        if name in node:
            yield from _faults(node[name], field.type, inside(path, name))
        elif field.required:
            yield _missing(path, name, _words(inspect.type_info(field.type)))


def _own_fault(node: object, wanted: Any, path: str, complaint: str) -> DocumentFault:  # noqa: ANN401 - any type hint
    """Return the fault of a value that is wrong as a whole."""
    if isinstance(node, dict) and _is_struct(wanted):
        said = _PLACE.sub("", complaint)
        return DocumentFault(path=path, found=shown(node), expected=said, message=f"{path}: {said}")
    info = inspect.type_info(wanted)
    return unfit(path, node, _words(info), _choices(info))


def _missing(path: str, name: str, expected: str) -> DocumentFault:
    return DocumentFault(
        path=inside(path, name), expected=expected, message=f"{path}: {name} is missing: expected {expected}; add it"
    )


def _is_struct(wanted: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)


def _words(info: inspect.Type) -> str:
    """Return what is expected, in words."""
    match info:
        case inspect.UnionType(types=members):
            return " or ".join(dict.fromkeys(_words(m) for m in members if not isinstance(m, inspect.NoneType)))
        case inspect.IntType(ge=least, le=most):
            return f"a whole number{_span(least, most)}"
        case inspect.StrType(pattern=pattern, max_length=longest):
            form = _FORMS.get(pattern or "", f"of the form {pattern}")
            limits = (form if pattern else "", f"at most {longest} long" if longest else "")
            return ", ".join(("a text", *(limit for limit in limits if limit)))
        case inspect.DateTimeType(tz=has_zone):
            return f"a date and time {'with' if has_zone else 'without'} a zone: 2026-03-21T09:00:00" + (
                "+03:30" if has_zone else ""
            )
    choices = _choices(info)
    return _one_of(choices) if choices else _WORDS.get(type(info), "another kind of value")


def _span(least: int | None, most: int | None) -> str:
    if most is not None:
        return f" from {least} to {most}"
    return "" if least is None else f" of {least} at least"


def _choices(info: inspect.Type) -> tuple[str, ...]:
    """Return all values, where they are a closed list of texts."""
    match info:
        case inspect.UnionType(types=members):
            return tuple(choice for member in members for choice in _choices(member))
        case inspect.EnumType(cls=enum):
            return tuple(str(member.value) for member in enum)
        case inspect.LiteralType(values=values):
            return tuple(str(value) for value in values)
    return ()


def _one_of(choices: Sequence[str] | Mapping[str, object]) -> str:
    return f"one of {', '.join(choices)}"
