"""Documents from outside: every fault has a place and a remedy, and nothing that can be sent makes us stumble."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.document_faults import FOUND_MAX, inside, shown
from pos_loyalty.core.document_shapes import FAULTS_MAX
from pos_loyalty.core.documents import DEPTH_MAX, SIZE_MAX, DocumentFault, Form, decode, parse
from pos_loyalty.core.moments import Moment


class Colour(StrEnum):
    """A closed list."""

    GREEN = "green"
    GREY = "grey"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all kinds have."""

    amount: Annotated[int, msgspec.Meta(ge=1, le=99)]


class Wheel(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="wheel"):
    """One kind."""

    spokes: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Door(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="door"):
    """Another kind, that can contradict itself."""

    percent: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        """Refuse nothing at all."""
        if not self.percent:
            raise ValueError("percent is 0: expected more")


class Short(msgspec.Struct, frozen=True):
    """Something that may be written as a name."""

    name: str


class Car(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every type of field that our documents have."""

    car_id: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", max_length=9)] = "a"
    plate: Annotated[str, msgspec.Meta(pattern="^[^/@\\s]+$")] = "a"
    wheels: int = 4
    open: bool = False
    colour: Colour = Colour.GREY
    size: Literal["s", "l"] | None = None
    parts: tuple[Wheel | Door, ...] = ()
    shorts: list[str | Short] = []
    names: dict[str, str] = {}
    numbers: Mapping[str, int] = {}
    ratios: Sequence[Decimal] = ()
    built: Moment | None = None
    sold: datetime | None = None
    day: date | None = None
    either: int | bool = 0
    raw: msgspec.Raw | None = None


class Garage(msgspec.Struct, frozen=True, kw_only=True):
    """A document that ignores what it does not know."""

    car: Car
    extra: Short | None = None


def faults(text: str | bytes, form: Form = Form.JSON, wanted: type[msgspec.Struct] = Car) -> tuple[DocumentFault, ...]:
    """Return what is wrong with a document."""
    answer = decode(text if isinstance(text, bytes) else text.encode(), form, wanted)
    assert isinstance(answer, tuple)
    return answer


def test_a_document_becomes_structs_and_no_number_a_float() -> None:
    """JSON and TOML of the same document are equal; rates are exact."""
    json = (
        b'{"parts": [{"kind": "door", "amount": 2, "percent": 0.1}], "day": "2026-03-21", "names": {"fa": "\xd8\xa7"}}'
    )
    toml = 'parts = [{kind = "door", amount = 2, percent = 0.1}]\nday = 2026-03-21\nnames.fa = "ا"'.encode()
    car = Car(parts=(Door(amount=2, percent=Decimal("0.1")),), day=date(2026, 3, 21), names={"fa": "ا"})
    assert decode(json, Form.JSON, Car) == decode(toml, Form.TOML, Car) == car


def test_all_faults_are_found_not_only_the_first() -> None:
    """Each member of a list and each field is looked at apart, with its path."""
    found = faults(
        """{"colur": 1, "wheels": "four", "colour": "gren", "size": "m", "parts": [
            {"kind": "wheel", "amount": 0}, {"kind": "wheel", "amount": 1, "spokes": 0}, {"kind": "dor"}, {"amount": 1},
            {"kind": "door", "amount": 1, "percent": 0}, {"kind": "door"}, 7, {"kind": "door", "amount": 1}],
            "shorts": ["a", {"nam": "b"}, 5], "names": {"en": 1, "a b": 2}, "numbers": [], "ratios": [true]}"""
    )
    assert [fault.path for fault in found] == [
        "$",
        "$.wheels",
        "$.colour",
        "$.size",
        "$.parts[0].amount",
        "$.parts[1].spokes",
        "$.parts[2].kind",
        "$.parts[3].kind",
        "$.parts[4]",
        "$.parts[5].amount",
        "$.parts[6]",
        "$.shorts[1].name",
        "$.shorts[2]",
        "$.names.en",
        '$.names["a b"]',
        "$.numbers",
        "$.ratios[0]",
    ]
    assert [fault.nearest for fault in found if fault.nearest] == ["colour", "green", "door"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"colur": 1}',
            (
                '$: there is no field "colur", expected one of built, car_id, colour, day, either, names, numbers, '
                'open, parts, plate, ratios, raw, shorts, size, sold, wheels; did you mean "colour"?'
            ),
        ),
        ('{"parts": [{"kind": "dor"}]}', '$.parts[0].kind is "dor": expected one of wheel, door; did you mean "door"?'),
        ('{"parts": [{}]}', "$.parts[0]: kind is missing: expected one of wheel, door; add it"),
        ('{"parts": [{"kind": 5}]}', "$.parts[0].kind is 5: expected one of wheel, door"),
        ('{"parts": [[]]}', "$.parts[0] is a list of 0: expected a table"),
        (
            '{"parts": [{"kind": "door"}]}',
            "$.parts[0]: amount is missing: expected a whole number from 1 to 99; add it",
        ),
        ('{"parts": [{"kind": "door", "amount": 1, "percent": 0}]}', "$.parts[0]: percent is 0: expected more"),
        (
            '{"parts": [{"kind": "wheel", "amount": 1, "spokes": 0}]}',
            "$.parts[0].spokes is 0: expected a whole number of 1 at least",
        ),
        ('{"wheels": 4.0}', "$.wheels is 4.0: expected a whole number"),
        ('{"open": "yes"}', '$.open is "yes": expected true or false'),
        ('{"size": "m"}', '$.size is "m": expected one of l, s'),
        ('{"plate": "a b"}', '$.plate is "a b": expected a text, without blanks, / and @'),
        ('{"car_id": "A"}', '$.car_id is "A": expected a text, of the form ^[a-z]+$, at most 9 long'),
        ('{"ratios": [null]}', "$.ratios[0] is null: expected a number such as 12.5"),
        ('{"parts": {}}', "$.parts is a table of 0: expected a list"),
        ('{"shorts": 1}', "$.shorts is 1: expected a list"),
        ('{"names": 1}', "$.names is 1: expected a table"),
        (
            '{"built": "2026-03-21T09:00:00"}',
            '$.built is "2026-03-21T09:00:00": expected a date and time with a zone: 2026-03-21T09:00:00+03:30',
        ),
        ('{"sold": 1}', "$.sold is 1: expected a date and time without a zone: 2026-03-21T09:00:00"),
        ('{"day": "21.3.2026"}', '$.day is "21.3.2026": expected a date such as 2026-03-21'),
        ('{"either": {}}', "$.either is a table of 0: expected a whole number or true or false"),
        ("[]", "$ is a list of 0: expected a table"),
        ('{"names": {"en": 1}}', "$.names.en is 1: expected a text"),
    ],
)
def test_a_message_says_value_expectation_and_remedy(text: str, message: str) -> None:
    """One sentence, that a shop owner can act on."""
    assert [fault.message for fault in faults(text)] == [message]


def test_fields_of_a_newer_version_are_ignored_where_the_struct_says_so() -> None:
    """Only a struct that forbids unknown fields calls them a fault; those beside a fault are not one either."""
    assert decode(b'{"car": {}, "colour": "x"}', Form.JSON, Garage) == Garage(car=Car())
    assert [fault.path for fault in faults('{"colour": "x"}', wanted=Garage)] == ["$.car"]
    assert [fault.message for fault in faults('{"car": {}, "extra": {}}', wanted=Garage)] == [
        "$.extra: name is missing: expected a text; add it"
    ]


@pytest.mark.parametrize(
    ("data", "form", "line", "column", "expected"),
    [
        (b'{"wheels": 1', Form.JSON, 1, 13, "well-formed JSON"),
        (b'{\n"wheels": 1,}', Form.JSON, 2, 14, "well-formed JSON"),
        (b"", Form.JSON, 1, 1, "well-formed JSON"),
        (b'wheels = 4\ncar_id = "a', Form.TOML, 2, None, "well-formed TOML"),
        (b"wheels = 4\nwheels = 5\n", Form.TOML, 2, 11, "well-formed TOML"),
        (b"wheels = 4\n[names\n", Form.TOML, 2, 7, "well-formed TOML"),
        (b"wheels = " + b"9" * 5000, Form.TOML, 1, None, "well-formed TOML"),
        (b"\xef\xbb\xbf{}", Form.JSON, 1, 1, "UTF-8 without one"),
        (b'{\n"a\xd8\xa7\xff": 1}', Form.JSON, 2, 4, "UTF-8"),
        ('wheels = "چ"'.encode("cp1256"), Form.TOML, 1, 11, "UTF-8"),
        (b"\xff\xfe{\x00}\x00", Form.JSON, 1, 1, "UTF-8"),
    ],
)
def test_text_that_cannot_be_read_has_its_line(
    data: bytes, form: Form, line: int, column: int | None, expected: str
) -> None:
    """A truncated file, a wrong encoding or a name twice in TOML: line and column where the parser gives them."""
    (fault,) = faults(data, form)
    assert (fault.path, fault.line, fault.expected) == ("$", line, expected)
    assert fault.column == column or line == 2
    assert fault.message.startswith(f"line {line}")


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ('{"ratios": [NaN]}', "$.ratios[0]", '"NaN"'),
        ('{"ratios": [-Infinity]}', "$.ratios[0]", '"-Infinity"'),
        ('{"ratios": [1e1000000]}', "$.ratios[0]", '"1e1000000"'),
        ('{"wheels": 9223372036854775808}', "$.wheels", '"9223372036854775808"'),
        (f'{{"wheels": {"9" * 9999}}}', "$.wheels", f'"{"9" * (FOUND_MAX - 2)}…'),
        ('{"wheels": 1, "wheels": 2, "open": true}', "$", '"wheels"'),
        ('{"car_id": "\\ud800"}', "$.car_id", '"\\\\ud800"'),
        ('{"names": {"\\udfff": "x"}}', "$.names (a name)", '"\\\\udfff"'),
        (f'{{"names": {"[" * (DEPTH_MAX + 1)}{"]" * (DEPTH_MAX + 1)}}}', f"$.names{'[0]' * DEPTH_MAX}", ""),
        (f'{{"names": {"[" * 200_000}', "$", ""),
    ],
)
def test_values_that_are_wrong_anywhere_are_faults(text: str, path: str, found: str) -> None:
    """What JSON readers let pass or choke on: NaN, huge numbers, a name twice, half a letter, endless nesting."""
    (fault,) = faults(text)
    assert (fault.path, fault.found) == (path, found)


@pytest.mark.parametrize(
    ("text", "form", "hint"),
    [
        ("wheels = ۴", Form.TOML, 'with the digits 0 to 9, and put "۴" and other words in straight quotes'),
        ("نام = 4", Form.TOML, 'put "ن" and other words in straight quotes'),
        ("names = «گاری»", Form.TOML, 'put "«" and other words in straight quotes'),
        ('{"wheels": ۴}', Form.JSON, '0 to 9, and put "۴" and other words in straight quotes'),
        ("wheels = 1,000", Form.TOML, "without commas, as 1000000 or 1_000_000"),
        ('{"wheels": 1,}', Form.JSON, "look at that line and the one before"),
        ("wheels = ", Form.TOML, "look at that line and the one before"),
    ],
)
def test_the_sign_at_which_a_reader_gives_up_says_what_to_do(text: str, form: Form, hint: str) -> None:
    """Persian digits, names and quotes where TOML knows only those of ASCII, and commas in large numbers."""
    (fault,) = faults(text, form)
    assert fault.message.endswith(hint)


def test_a_line_of_a_larger_file_counts_from_there() -> None:
    """What is wrong with the five hundredth line is said of line 500."""
    for data in (b"{", b"\xff", b"\xef\xbb\xbf{}"):
        answer = parse(data, Form.JSON, 500)
        assert isinstance(answer, tuple)
        assert answer[0].line == 500
        assert answer[0].message.startswith("line 500, column ")


def test_toml_has_the_same_limits() -> None:
    """Not a number, hexadecimal numbers of any length, endless nesting."""
    assert [fault.path for fault in faults("ratios = [nan, inf, 1e9999]", Form.TOML)] == [
        f"$.ratios[{index}]" for index in range(3)
    ]
    assert faults(f"wheels = 0x{'f' * 20_000}", Form.TOML)[0].path == "$.wheels"
    assert faults(f"wheels = {'[' * 200_000}", Form.TOML)[0].path == "$"
    assert faults(f"wheels = {'9' * 20}", Form.TOML)[0].expected == "a finite number that fits into 64 bits"


def test_a_document_has_a_size() -> None:
    """More than sixteen million bytes are not looked at."""
    (fault,) = faults(b" " * (SIZE_MAX + 1))
    assert fault.expected.startswith(f"at most {SIZE_MAX} bytes")


def test_nobody_is_told_more_than_a_hundred_faults() -> None:
    """A document of a thousand wrong values has the first hundred."""
    assert len(faults(f'{{"ratios": [{", ".join(["null"] * 1000)}]}}')) == FAULTS_MAX
    assert len(faults(f'{{"ratios": [{", ".join(["NaN"] * 1000)}]}}')) == FAULTS_MAX


def test_a_fault_quotes_little() -> None:
    """Neither a long text, a long name nor a document is repeated."""
    long = "x" * 100_000
    assert all(
        len(fault.message) < 400 for fault in faults(f'{{"day": "{long}", "{long}": 1, "names": {{"{long}": 1}}}}')
    )
    assert len(inside("$", long)) < FOUND_MAX + 5
    assert shown({"a": 1}) == "a table of 1"


def test_a_field_of_a_type_without_a_word_still_has_a_fault() -> None:
    """The sentence is poorer, the path is there."""

    class Odd(msgspec.Struct):
        raw: bytes

    assert [fault.message for fault in faults('{"raw": 1}', wanted=Odd)] == [
        "$.raw is 1: expected another kind of value"
    ]


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["door", "green", "wheel"])
_NAMES = st.sampled_from([field.name for field in msgspec.structs.fields(Car)] + ["kind", "amount", "percent", "x"])
_TREES = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6))


@given(st.dictionaries(_NAMES, _TREES, max_size=6))
def test_a_tree_is_a_car_or_has_faults(tree: dict[str, object]) -> None:
    """Whatever is written, the answer is the struct msgspec makes of it, or at least one fault and no exception."""
    data = msgspec.json.encode(tree)
    answer = decode(data, Form.JSON, Car)
    if isinstance(answer, Car):
        assert msgspec.json.decode(data, type=Car) == answer
    else:
        assert answer
        assert all(fault.path.startswith("$") and fault.message for fault in answer)


@given(st.binary(max_size=60), st.sampled_from(Form))
def test_no_bytes_make_it_stumble(data: bytes, form: Form) -> None:
    """Any bytes give a tree or faults."""
    answer = parse(data, form)
    assert not isinstance(answer, tuple) or all(fault.message for fault in answer)
