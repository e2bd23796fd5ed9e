"""The reference pages say what the code does."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pos_loyalty.core.evaluation import MoveKind, Payment, PointsMove, Reason, TaxShare, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BODIES, Body, PaidBack, ReturnedLine, SoldLine, UnknownBody
from pos_loyalty.core.events import VERSIONS, Event
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Occasion, PersonName, Preference, Title
from pos_loyalty.core.programs import Happening
from pos_loyalty.core.session import Effect, Input, Stage
from pos_loyalty.core.usage import Counted
from tests.core.session_cases import INPUTS, SITUATIONS, outcome
from tests.core.session_page import PAGE, rendered

EVENTS = PAGE.with_name("events.md").read_text("utf-8")
SESSION = PAGE.read_text("utf-8")
PARTS = (
    PersonName,
    Identifier,
    SoldLine,
    TaxShare,
    Payment,
    PaidBack,
    ReturnedLine,
    PointsMove,
    VoucherMove,
    Counted,
    Reason,
    Preference,
    Occasion,
)
SECTIONS: dict[str, type[msgspec.Struct]] = {"Envelope": Event} | BODIES | {part.__name__: part for part in PARTS}


def section(page: str, title: str) -> str:
    """Return what stands under a heading."""
    (text,) = re.findall(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    return str(text)


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table, but for its head."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines[1:] if not line[0].startswith("---")]


def test_the_tables_of_the_session_are_those_of_the_code() -> None:
    """Every stage, input, effect and time-out on the page; if not: python -m tests.core.session_page."""
    assert rendered(SESSION) == SESSION
    assert re.findall(r"^<!-- (\w+) -->$", SESSION, re.MULTILINE)[::2] == ["seconds", *(stage.value for stage in Stage)]


@pytest.mark.parametrize(("title", "words"), [("What can happen", Input), ("What is to be done", Effect)])
def test_every_input_and_effect_of_the_session_is_explained(title: str, words: object) -> None:
    """The page has a meaning for each, and for nothing else."""
    explained = [name.strip("`") for name, _ in rows(section(SESSION, title))]
    assert explained == [word.__name__ for word in get_args(words)]


def test_every_arrow_of_the_diagram_is_in_the_table() -> None:
    """The drawing leaves things out and invents nothing."""
    arrows = re.findall(r"^ +(\w+) --> (\w+): (.+)$", SESSION, re.MULTILINE)
    assert {stage for source, target, _ in arrows for stage in (source, target)} == {stage.value for stage in Stage}
    for source, target, label in arrows:
        for name in re.findall(r"[A-Z]\w+", label):
            targets = {outcome(session, INPUTS[name]).split(":")[0] for session in SITUATIONS[Stage(source)].values()}
            assert target in targets, f"{source} --> {target}: {name}"


@pytest.mark.parametrize("title", SECTIONS)
def test_every_field_of_an_event_is_on_the_page(title: str) -> None:
    """Each type and part has a section with its fields in order, required or optional, and a meaning for each."""
    fields = [
        (f"`{field.name}`", "required" if field.required else "optional")
        for field in msgspec.structs.fields(SECTIONS[title])
    ]
    on_page = rows(section(EVENTS, title))
    assert [(name, needed) for name, needed, _ in on_page] == fields
    assert all(meaning for _, _, meaning in on_page)


@pytest.mark.parametrize("name", BODIES)
def test_the_version_of_every_type_is_on_the_page(name: str) -> None:
    """A new version of a body is a change of the page."""
    assert section(EVENTS, name).strip().startswith(f"Version {VERSIONS[name]}. ")


def test_the_page_has_no_type_that_the_code_does_not_have() -> None:
    """Headings and types are the same list, in the same order; every type but the unknown one has a name."""
    assert re.findall(r"^### ([a-z_.]+)$", EVENTS, re.MULTILINE) == list(BODIES)
    assert set(Body.__subclasses__()) - set(BODIES.values()) == {UnknownBody}


@pytest.mark.parametrize(
    ("part", "field", "words"),
    [
        ("PersonName", "title", [title for title in Title if title]),
        ("Identifier", "kind", list(IdentifierKind)),
        ("PointsMove", "kind", list(MoveKind)),
        ("VoucherMove", "kind", list(VoucherMoveKind)),
        ("points.earned", "happening", list(Happening)),
    ],
)
def test_every_word_of_a_closed_list_is_on_the_page(part: str, field: str, words: list[str]) -> None:
    """What may stand in the field stands there, in order."""
    (meaning,) = (meaning for name, _, meaning in rows(section(EVENTS, part)) if name == f"`{field}`")
    assert re.findall(r"`(\w+)`", meaning) == [str(word) for word in words]


@pytest.mark.parametrize("page", [EVENTS, SESSION], ids=["events", "session"])
def test_links_and_files_exist(page: str) -> None:
    """An anchor has its heading, a file is there."""
    headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\(#(\w+)\)", page)) <= headings
    root = Path(__file__).parents[2]
    assert all((root / name).is_file() for name in re.findall(r"`((?:pos_loyalty|tests)/[\w/]+\.py)`", page))
