"""The page on programs teaches every kind with examples that are true, and leaves out no field, value or reason."""

import json
import re
from collections.abc import Iterator
from enum import Enum, EnumType
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import convert

from pos_loyalty.core.documents import Form
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.price_request import PriceRequest
from pos_loyalty.core.products_file import read_products
from pos_loyalty.core.program_check import Shop, check
from pos_loyalty.core.programs import Kind
from pos_loyalty.core.programs.reading import Programs
from pos_loyalty.core.programs.rewards import DiscountBase, RewardBase
from pos_loyalty.core.programs.rules import PointsRule, RuleBase
from tests.programs_page import EXAMPLES, PAGE, explained, filled, programs, rendered

TEXT = PAGE.read_text("utf-8")
SHARED = {
    RewardBase: "Every reward",
    DiscountBase: "Every discount",
    RuleBase: "Every rule",
    PointsRule: "Every rule that gives points",
}
BASKETS = sorted(EXAMPLES.glob("*.json"))


def section(title: str) -> str:
    """Return what stands under a heading, up to the next one of any level."""
    (text,) = re.findall(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return str(text)


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in ``text``, but for their heads."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [line for line in lines if line[0] not in ("field", "code")]


def _parts(hint: Any) -> Iterator[type]:  # noqa: ANN401 - a type hint is any object
    """Yield the structs and enumerations inside a type hint."""
    if get_origin(hint) is None:
        if isinstance(hint, EnumType) or (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
            yield hint
        return
    for part in get_args(hint):
        if isinstance(part, type | UnionType) or get_origin(part) in (dict, tuple, Annotated):
            yield from _parts(part)


def _reachable() -> tuple[list[type[msgspec.Struct]], set[EnumType]]:
    """Return every struct of a document, the shared ones too, and every enumeration."""
    structs: list[type[msgspec.Struct]] = [Programs]
    enums: set[EnumType] = set()
    for struct in structs:
        found = [part for hint in get_type_hints(struct, include_extras=True).values() for part in _parts(hint)]
        enums |= {part for part in found if isinstance(part, EnumType)}
        found += [base for base in struct.__mro__[1:] if base in SHARED]
        structs += [part for part in dict.fromkeys(found) if issubclass(part, msgspec.Struct) and part not in structs]
    return structs, enums


STRUCTS, ENUMS = _reachable()


def title_of(struct: type[msgspec.Struct]) -> str:
    """Return the heading under which a struct stands."""
    return SHARED.get(struct) or f"`{struct.__struct_config__.tag or struct.__name__}`"


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """Return the default as the page says it: the way it would be written in TOML."""
    if field.required:
        return "required"
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    match msgspec.to_builtins(default):
        case None:
            return "absent"
        case bool(value):
            return f"`{str(value).lower()}`"
        case str(text):
            return f'`"{text}"`'
        case tuple() | list():
            return "`[]`"
        case value:
            return f"`{value}`"


def test_page_and_baskets_are_what_the_files_say() -> None:
    """Programs and figures are those of the files and of the engine; if not: python -m tests.programs_page."""
    assert rendered(TEXT) == TEXT
    assert [basket.name for basket in BASKETS if filled(basket) != basket.read_text("utf-8")] == []


@pytest.mark.parametrize("kind", Kind)
def test_the_linter_has_nothing_against_an_example(kind: Kind) -> None:
    """What the page teaches could be published, on the products of its basket: no error, no warning, no note."""
    basket = (EXAMPLES / f"{kind}.json").read_bytes()
    products = read_products(basket, Form.JSON)
    assert isinstance(products, dict)
    now = convert(json.loads(basket), PriceRequest).now
    findings = check(programs(kind).programs, Shop(now=now, products=tuple(products.values())))
    assert [finding.message for finding in findings] == []


def test_every_kind_has_an_example_with_a_basket() -> None:
    """Thirteen kinds, thirteen programs, thirteen baskets, in the order in which the code names the kinds."""
    named = re.findall(r"^`docs/examples/programs/(\w+)\.(\w+)`$", TEXT, re.MULTILINE)
    assert named == [(kind.value, form) for kind in Kind for form in ("toml", "json")]
    assert sorted(file.name for file in EXAMPLES.iterdir()) == sorted(".".join(name) for name in named)
    assert all({program.kind for program in programs(kind).programs} == {kind} for kind in Kind)


@pytest.mark.parametrize("basket", BASKETS, ids=lambda basket: basket.stem)
def test_the_figures_in_the_text_are_in_the_example(basket: Path) -> None:
    """Every number of five digits and more that the words name stands in the program or in the answer."""
    (text,) = (part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE) if f"/{basket.name}`" in part)
    words = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    said = {number.replace(",", "") for number in re.findall(r"\d{1,3}(?:,\d{3})+", words)}
    shown = (EXAMPLES / f"{basket.stem}.toml").read_text("utf-8").replace("_", "") + explained(basket).replace(",", "")
    shown += basket.read_text("utf-8")
    assert sorted(number for number in said if not re.search(rf"(?<!\d){number}(?!\d)", shown)) == []


@pytest.mark.parametrize("struct", STRUCTS, ids=title_of)
def test_every_field_is_on_the_page(struct: type[msgspec.Struct]) -> None:
    """Each struct has a section with its own fields in order, their defaults and a meaning; others have theirs."""
    own = struct.__annotations__
    expected = [
        (f"`{field.encode_name}`", default_of(field)) for field in msgspec.structs.fields(struct) if field.name in own
    ]
    on_page = rows(section(title_of(struct)))
    assert sorted((name, default) for name, default, _ in on_page) == sorted(expected)
    assert all(meaning for *_, meaning in on_page)


@pytest.mark.parametrize("values", sorted(ENUMS, key=str), ids=lambda values: values.__name__)
def test_every_value_is_on_the_page(values: type[Enum]) -> None:
    """Whatever word a field takes can be found."""
    assert [
        value.value
        for value in values
        if value.value and f"`{value.value}`" not in TEXT and f'"{value.value}"' not in TEXT
    ] == []


def test_every_reason_is_explained_and_none_is_invented() -> None:
    """The codes stand in the order of the code, each with a meaning."""
    explained_codes = rows(section("Why not"))
    assert [code.strip("`") for code, _ in explained_codes] == [code.value for code in Because]
    assert all(meaning for _, meaning in explained_codes)
