"""Programs files: read naturally, and every fault told at once."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pos_loyalty.core.documents import DocumentFault, Form
from pos_loyalty.core.programs import Kind, Mode, Program
from pos_loyalty.core.programs.reading import Group, Programs, programs_of, read_programs, schema
from tests.core.programs.schema_page import PAGE, rendered

FILE = """
[[groups]]
group_id = "discounts"
mode = "best_for_customer"
name = {en = "Discounts"}

[[programs]]
program_id = "happy-hour"
version = 1
kind = "promotion"
name = {en = "Happy hour", fa = "ساعت خوش"}
currency = "IRR"
valid_from = 2026-03-21T00:00:00+03:30
stacking = {group = "discounts", priority = 5}

[programs.only.when]
weekdays = ["sat", "sun"]
hours = {from = "17:00", until = "20:00"}

[[programs.rewards]]
reward_id = "tenth"
kind = "percent_off"
name = {en = "12.5 % off"}
percent = 12.5
goods.categories = ["suits"]

[[programs]]
program_id = "code"
version = 1
kind = "promotion"
name = {en = "By code"}
currency = "IRR"
codes = ["NOWRUZ"]
stacking = {group = "discounts", mode = "best_for_customer"}

[[programs.rewards]]
reward_id = "off"
kind = "fixed_off"
name = {en = "500,000 off"}
amount = 500_000
"""
ONE: dict[str, Any] = {
    "program_id": "a",
    "version": 1,
    "kind": "promotion",
    "name": {"en": "A"},
    "currency": "IRR",
    "rewards": [{"kind": "percent_off", "reward_id": "r", "name": {}, "percent": 10}],
}


def of(*stackings: dict[str, str], groups: tuple[dict[str, str], ...] = ()) -> Programs | tuple[DocumentFault, ...]:
    """Read a document of programs that differ in their names and their stacking."""
    programs = [{**ONE, "program_id": f"p{i}", "stacking": stacking} for i, stacking in enumerate(stackings)]
    return programs_of({"programs": programs, "groups": list(groups)})


def messages(answer: Programs | tuple[DocumentFault, ...]) -> list[str]:
    """Return the messages of faults."""
    assert isinstance(answer, tuple)
    return [fault.message for fault in answer]


def modes(answer: Programs | tuple[DocumentFault, ...]) -> list[Mode]:
    """Return the modes of the groups that the programs are in."""
    assert isinstance(answer, Programs)
    return [program.stacking.mode for program in answer.programs]


def test_a_file_reads_naturally() -> None:
    """Hours, weekdays, rates and moments are what they say, and groups are folded into their programs."""
    document = read_programs(FILE.encode(), Form.TOML)
    assert isinstance(document, Programs)
    assert document.groups == (Group(group_id="discounts", mode=Mode.BEST_FOR_CUSTOMER, name={"en": "Discounts"}),)
    happy, code = document.programs
    assert (happy.kind, happy.only.when.weekdays) == (Kind.PROMOTION, ("sat", "sun"))
    assert happy.only.when.hours is not None
    assert (happy.only.when.hours.start, happy.only.when.hours.end) == ("17:00", "20:00")
    assert getattr(happy.rewards[0], "percent", None) == Decimal("12.5")
    assert happy.valid_from is not None
    assert happy.valid_from.isoformat() == "2026-03-21T00:00:00+03:30"
    assert happy.stacking.mode is code.stacking.mode is Mode.BEST_FOR_CUSTOMER
    assert happy.stacking.priority == 5


def test_toml_and_json_say_the_same() -> None:
    """What was read from TOML and goes over the wire as JSON is read back as the same document."""
    document = read_programs(FILE.encode(), Form.TOML)
    assert read_programs(msgspec.json.encode(document), Form.JSON) == document


def test_one_program_is_a_document_too() -> None:
    """Paths begin at the program, whether it can be read or not."""
    document = read_programs(msgspec.json.encode(ONE), Form.JSON)
    assert isinstance(document, Programs)
    assert [program.program_id for program in document.programs] == ["a"]
    wrong = read_programs(msgspec.json.encode({**ONE, "version": 0}), Form.JSON)
    assert isinstance(wrong, tuple)
    assert [fault.path for fault in wrong] == ["$.version"]


def test_every_fault_of_every_program_is_told_at_once() -> None:
    """A wrong kind, an unknown field, a percentage over 100 and a missing amount stand in one list."""
    wrong = FILE.replace('"promotion"', '"promtion"', 1).replace("percent = 12.5", "percent = 120\nprcent = 1")
    answer = read_programs(wrong.replace("amount = 500_000", "amuont = 5").encode(), Form.TOML)
    assert isinstance(answer, tuple)
    assert [(fault.path, fault.nearest) for fault in answer] == [
        ("$.programs[0].kind", "promotion"),
        ("$.programs[0].rewards[0]", "percent"),
        ("$.programs[1].rewards[0]", "amount"),
        ("$.programs[1].rewards[0].amount", ""),
    ]


def test_text_that_is_no_toml_is_a_fault_with_a_line() -> None:
    """The parser's line is passed on."""
    answer = read_programs(b"[[programs]]\nprogram_id =", Form.TOML)
    assert isinstance(answer, tuple)
    assert answer[0].line == 2


def test_a_group_is_said_once() -> None:
    """A program that names it need not repeat its mode; one that does must say the same."""
    best = {"group_id": "g", "mode": "first"}
    assert modes(of({"group": "g"}, {"group": "g", "mode": "first"}, {}, groups=(best,))) == ["first", "first", "stack"]
    assert messages(of({"group": "g"}, {"group": "g", "mode": "stack"}, groups=(best,))) == [
        (
            '$.programs[1].stacking.mode is "stack" and group "g" is first elsewhere: '
            "a group has one mode, so say it once, under groups"
        )
    ]


def test_a_group_that_is_not_declared_is_a_fault_where_groups_are() -> None:
    """With the nearest name; a document without groups says the modes itself, and they must agree."""
    assert messages(of({"group": "discuonts"}, groups=({"group_id": "discounts", "mode": "first"},))) == [
        (
            '$.programs[0].stacking.group: there is no group "discuonts", expected one of discounts; '
            'did you mean "discounts"?'
        )
    ]
    assert modes(of({"group": "g", "mode": "first"}, {"group": "g", "mode": "first"})) == ["first", "first"]
    assert [message[:49] for message in messages(of({"group": "g", "mode": "first"}, {"group": "g"}))] == [
        '$.programs[1].stacking.mode is "stack" and group '
    ]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"programs": [ONE, ONE]}, "program and version 'a@1' is there twice"),
        ({"programs": [], "groups": [{"group_id": "g", "mode": "first"}] * 2}, "group_id 'g' is there twice"),
    ],
)
def test_a_name_means_one_thing(document: dict[str, object], sentence: str) -> None:
    """Neither a version of a program nor a group is there twice."""
    assert sentence in messages(programs_of(document))[0]


def test_the_schema_is_that_of_the_code() -> None:
    """The published file is what the code says; if not: make pages."""
    assert rendered() == PAGE.read_text("utf-8")


def test_the_schema_knows_every_field_and_takes_rates_as_numbers() -> None:
    """Fields of the program are properties, and a percentage may be a number or a text."""
    defined = schema()["$defs"]
    assert set(defined["Program"]["properties"]) == {f.encode_name for f in msgspec.structs.fields(Program)}
    assert defined["PercentOff"]["properties"]["percent"]["type"] == ["number", "string"]
    assert defined["Hours"]["required"] == ["from", "until"]


def test_the_examples_can_be_read() -> None:
    """Each programs file under docs/examples is read without a fault, and the two forms of one say the same."""
    folder = Path(__file__).parents[3] / "docs" / "examples" / "programs"
    for file in sorted(folder.glob("*.toml")):
        document = read_programs(file.read_bytes(), Form.TOML)
        assert isinstance(document, Programs), (file.name, messages(document))
