"""The programs of a shop in one document: TOML in files, JSON on the wire.

On top stand ``groups``, which say once how the rewards of several programs go together, and ``programs``. A document
may also be a single program. docs/reference/programs.md explains every field.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pos_loyalty.core.document_faults import ROOT, DocumentFault, misnamed, shown
from pos_loyalty.core.document_shapes import fit
from pos_loyalty.core.documents import Form, parse
from pos_loyalty.core.programs.document import Mode, Program
from pos_loyalty.core.programs.terms import Name, Texts, check_unique

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the rewards of the programs that name this group go together."""

    group_id: Name
    mode: Mode
    name: Texts = {}


class Programs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A whole document. Every program in it knows the mode of its group."""

    groups: tuple[Group, ...] = ()
    """With groups every group that a program names is one of them; without, the programs say the mode themselves."""
    programs: tuple[Program, ...]

    def __post_init__(self) -> None:
        """Refuse a name that means two things (msgspec's protocol: ValueError)."""
        check_unique("group_id", [group.group_id for group in self.groups])
        check_unique("program and version", [program.stamp for program in self.programs])


class _WrittenProgram(msgspec.Struct):
    """What a program says itself: a mode that is left out is not the same as the default."""

    stacking: dict[str, object] = {}


class _Written(msgspec.Struct):
    programs: list[_WrittenProgram]


def read_programs(data: bytes, form: Form) -> Programs | tuple[DocumentFault, ...]:
    """Return the programs in a document, or everything that is wrong with it."""
    tree = parse(data, form)
    return tree if isinstance(tree, tuple) else programs_of(tree)


def programs_of(tree: object, path: str = ROOT) -> Programs | tuple[DocumentFault, ...]:
    """Return the programs in a tree of plain values (see :func:`~pos_loyalty.core.documents.parse`) at ``path``."""
    if isinstance(tree, dict) and "program_id" in tree:
        program = fit(tree, Program, path)
        return Programs(programs=(program,)) if isinstance(program, Program) else program
    document = fit(tree, Programs, path)
    if isinstance(document, tuple):
        return document
    written = msgspec.convert(tree, _Written).programs
    if faults := tuple(_faults_of_groups(document, written, path)):
        return faults
    modes = {group.group_id: group.mode for group in document.groups}
    programs = tuple(_in_mode(program, modes.get(program.stacking.group)) for program in document.programs)
    return msgspec.structs.replace(document, programs=programs)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document."""
    (whole, one), components = msgspec.json.schema_components((Programs, Program))
    return {
        "$schema": SCHEMA_DIALECT,
        "title": "Programs of a shop, as pos-loyalty reads them",
        "anyOf": [whole, one],
        "$defs": polished({name: components[name] for name in sorted(components)}),
    }


def _faults_of_groups(document: Programs, as_written: Sequence[_WrittenProgram], path: str) -> Iterator[DocumentFault]:
    """Yield a fault for each group that is not there, or that is said to have two modes."""
    modes = {group.group_id: group.mode for group in document.groups}
    for index, (program, written) in enumerate(zip(document.programs, as_written, strict=True)):
        group, mode = program.stacking.group, program.stacking.mode
        if not group:
            continue
        place = f"{path}.programs[{index}].stacking"
        if document.groups and group not in modes:
            yield misnamed(f"{place}.group", group, modes, "group")
        elif "mode" in written.stacking or not document.groups:
            known = modes.setdefault(group, mode)
            if known is not mode:
                yield _contradiction(f"{place}.mode", group, mode, known)


def _contradiction(path: str, group: str, mode: Mode, known: Mode) -> DocumentFault:
    return DocumentFault(
        path=path,
        found=shown(mode.value),
        expected=known.value,
        message=f"{path} is {shown(mode.value)} and group {shown(group)} is {known.value} elsewhere: "
        "a group has one mode, so say it once, under groups",
    )


def _in_mode(program: Program, mode: Mode | None) -> Program:
    if mode is None:
        return program
    return msgspec.structs.replace(program, stacking=msgspec.structs.replace(program.stacking, mode=mode))


def polished(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return a part of a schema as it is published: rates may be numbers, too, as our reader takes them.

    Descriptions lose their indentation, of which Python 3.13 keeps less than the versions before it.
    """
    if isinstance(node, list):
        return [polished(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "decimal":
        return {**node, "type": ["number", "string"]}
    return {name: _flush(item) if name == "description" else polished(item) for name, item in node.items()}


def _flush(text: Any) -> Any:  # noqa: ANN401 - a field of a document may be called description, too
    return "\n".join(line.strip() for line in text.splitlines()) if isinstance(text, str) else polished(text)
