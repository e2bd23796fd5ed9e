"""The price document: what it may say, and every way in which it contradicts itself, with its place."""

import time
from typing import Any

import pytest

from pos_loyalty.core.document_shapes import FAULTS_MAX
from pos_loyalty.core.evaluation import Because
from tests.support.price_documents import CLUB, COUPON, NOW, Document, priced, refused, shop


def lines(*lines: Document) -> Document:
    """Return a shop with these lines in the basket."""
    return shop(basket={"lines": list(lines)})


def product(**more: object) -> Document:
    """Return a shop with one product more."""
    return shop(products=[*shop()["products"], {"product_id": "x", "unit_price": 1, **more}])


def member(**more: object) -> Document:
    """Return a shop with another member."""
    return shop(member=more)


def category(*pairs: tuple[str, str]) -> Document:
    """Return a shop with another tree of categories, above ``goods`` and ``clothes``."""
    more = [{"category_id": name, "parent": parent} for name, parent in pairs]
    return shop(categories=[*shop()["categories"], *more])


def step(**said: object) -> Document:
    """Return a shop with one step."""
    return shop(steps=[said])


CHAIN = [(f"c{i}", f"c{i - 1}" if i else "") for i in range(35)]


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        (shop(now="1970-06-01T00:00:00Z"), "$.now", "1971 to 2999"),
        (step(wait={"until": "3000-01-01T00:00:00Z"}), "$.steps[0].wait.until", "1971 to 2999"),
        (step(commit={"now": "3000-01-01T00:00:00Z"}), "$.steps[0].commit.now", "1971 to 2999"),
        (step(price={}, wait={"until": NOW}), "$.steps[0]", "one of price, commit, return, void, wait, earn"),
        (step(), "$.steps[0]", "this has 0"),
        (step(prise={}), "$.steps[0]", 'did you mean "price"'),
        (step(earn={"happening": "visti"}), "$.steps[0].earn.happening", 'did you mean "visit"'),
        (step(**{"return": {"sale": 1}}), "$.steps[0].return.sale", "a commit before it"),
        (shop(steps=[{"commit": {}}, {"void": {"sale": 2}}]), "$.steps[1].void.sale", "one of the 1 sales"),
        (
            shop(steps=[{"price": {"basket": {"lines": [{"product": "x"}]}}}]),
            "$.steps[0].price.basket.lines[0].product",
            "id",
        ),
        (category(("a", "b"), ("b", "a")), "$.categories[2].parent", '"a in b in a"'),
        (category(("a", "a")), "$.categories[2].parent", "no category holds itself"),
        (category(("a", "clothse")), "$.categories[2].parent", 'did you mean "clothes"'),
        (category(("goods", "")), "$.categories[2].category_id", "$.categories[0] has this one"),
        (category(*CHAIN), "$.categories[35].parent", "at most 32"),
        (product(category="clohtes"), "$.products[3].category", 'did you mean "clothes"'),
        (product(tax="vta"), "$.products[3].tax", 'did you mean "vat"'),
        (product(codes=["SH1"]), "$.products[3].codes[0]", "$.products[0] has this one"),
        (product(codes=["\u200f "]), "$.products[3].codes[0]", "something is left of it"),
        (product(product_id="shirt"), "$.products[3].product_id", "$.products[0] has this one"),
        (product(unit_price=-1), "$.products[3].unit_price", "from 0"),
        (product(unit_price=10**15 + 1), "$.products[3].unit_price", "from 0"),
        (shop(taxes=[{"tax_id": "vat"}, {"tax_id": "deposit"}, {"tax_id": "vat"}]), "$.taxes[2].tax_id", "$.taxes[0]"),
        (shop(taxes=[{"tax_id": "vat", "percent": -1}]), "$.taxes[0]", "0 to 1000"),
        (shop(taxes=[{"tax_id": "vat", "percent": "0." + "1" * 30}]), "$.taxes[0]", "steps of 0.01"),
        (shop(programs=[{**CLUB, "valid_from": "9999-12-31T23:59:59-12:00"}]), "$.programs[0].valid_from", "2 to 9998"),
        (shop(programs=[CLUB, CLUB]), "$", "club@1"),
        (shop(programs=[{**CLUB, "valid_until": "2026-01-01"}]), "$.programs[0].valid_until", "with a zone"),
        (member(vouchers=[{"code": "a", "program_id": "nxet"}]), "$.member.vouchers[0].program_id", "a program"),
        (member(vouchers=[{"code": " ", "program_id": "club"}]), "$.member.vouchers[0].code", "without blanks"),
        (
            shop(
                member={"vouchers": [{"code": "۱a", "program_id": "club"}]},
                vouchers=[{"code": "1A", "program_id": "club"}],
            ),
            "$.vouchers[0].code",
            "$.member.vouchers[0] has this one",
        ),
        (
            shop(vouchers=[{"code": "a", "program_id": "club", "valid_from": "0001-01-01T00:00:00Z"}]),
            "$.vouchers[0].valid_from",
            "years 2",
        ),
        (member(balances={"club": 1}, lots={"club": []}), "$.member.balances.club", "not both"),
        (member(lots={"a b": [{"points": 10**15}, {"points": 1}]}), '$.member.lots["a b"]', "at most"),
        (member(lots={"club": [{"points": 0}]}), "$.member.lots.club[0].points", "from 1"),
        (member(balances={"club": 10**15 + 1}), "$.member.balances.club", "from -1000000000000000"),
        (member(segment=["vip"]), "$.member", 'did you mean "segments"'),
        (shop(basket={"pinned": ["club@2"]}), "$.basket.pinned[0]", 'did you mean "club@1"'),
        (lines({"product": "shrit"}), "$.basket.lines[0].product", 'did you mean "shirt"'),
        (lines({}), "$.basket.lines[0]", "either a product or an amount"),
        (lines({"product": "shirt", "amount": 5}), "$.basket.lines[0]", "either a product or an amount"),
        (lines({"amount": 5, "unit_price": 5}), "$.basket.lines[0]", "leave it out"),
        (lines({"amount": 0}), "$.basket.lines[0].amount", "from 1"),
        (lines({"amount": 1, "quantity": 10_000}), "$.basket.lines[0].quantity", "from 1 to 9999"),
        (lines({"amount": 10**15}, {"amount": 1}), "$.basket", "1000000000000000 at most"),
        (lines(*[{"amount": 1, "quantity": 9_999}] * 11), "$.basket", "100000 units at most"),
        (lines(*[{"amount": 1}] * 1_001), "$.basket.lines", "is a list of 1001"),
        (shop(programs=[{**CLUB, "version": i} for i in range(1, 502)]), "$.programs", "is a list of 501"),
        (shop(claims=["club/five"] * 21), "$.claims", "is a list of 21"),
    ],
)
def test_a_fault_has_its_place_and_what_was_expected(document: Document, path: str, words: str) -> None:
    """The fault stands where the path says, and its sentence says what would be right."""
    (fault,) = [fault for fault in refused(document) if words in fault.message][:1]
    assert fault.path == path


def test_all_faults_are_told_at_once() -> None:
    """Two values that do not fit are two faults; so are two names that lead nowhere."""
    assert [fault.path for fault in refused(shop(currency="euro", claim=1))] == ["$", "$.currency"]
    wrong = {"lines": [{"product": "a"}, {"product": "b"}], "pinned": ["c"]}
    assert len(refused(shop(basket=wrong))) == 3


def test_a_document_that_is_all_wrong_has_an_end() -> None:
    """No more than a hundred faults are told, and a nearest name is not looked for among thousands."""
    goods = [{"product_id": f"p{i}", "unit_price": 1} for i in range(3_000)]
    unknown = {"lines": [{"product": f"q{i}"} for i in range(1_000)]}
    started = time.monotonic()
    found = refused(shop(products=goods, basket=unknown))
    assert len(found) == FAULTS_MAX
    assert not any(fault.nearest for fault in found)
    assert time.monotonic() - started < 5


def test_a_product_is_found_by_its_id_and_by_any_spelling_of_its_codes() -> None:
    """Persian digits, small letters and blanks are the same code; another price may be said in the line."""
    found = priced(lines({"product": "shirt"}, {"product": "۴۰۰۶۳۸۱۳۳۳۹۳۱"}, {"product": "Sh1", "unit_price": 100}))
    assert [line.gross for line in found.lines] == [4_000, 4_000, 100]
    assert [share.tax_id for share in found.taxes] == ["vat"]


def test_a_category_stands_for_all_below_it() -> None:
    """A reward on the category above reaches the product; a typed amount has no category."""
    reward = {"kind": "percent_off", "reward_id": "x", "name": {}, "percent": 50, "on": "products"}
    promotion = {
        **COUPON,
        "kind": "promotion",
        "rules": [],
        "rewards": [{**reward, "goods": {"categories": ["goods"]}}],
    }
    document = {**lines({"product": "shirt"}, {"amount": 1_000}), "programs": [promotion]}
    assert [line.net for line in priced(document).lines] == [2_000, 1_000]


def test_a_mode_may_be_said_once_for_a_group() -> None:
    """Of two rewards in a group that is best for the customer only the better one is given."""
    half: dict[str, Any] = {"kind": "percent_off", "reward_id": "x", "name": {}, "combines": True}
    base = {**COUPON, "kind": "promotion", "rules": [], "stacking": {"group": "g"}}
    programs = [
        {**base, "program_id": "a", "rewards": [{**half, "percent": 10}]},
        {**base, "program_id": "b", "rewards": [{**half, "percent": 20}]},
    ]
    assert priced(shop(programs=programs)).discount == 2_240
    best = [{"group_id": "g", "mode": "best_for_customer"}]
    assert priced(shop(programs=programs, groups=best)).discount == 1_600
    wrong = [{"group_id": "h", "mode": "first"}]
    assert [fault.path for fault in refused(shop(programs=programs, groups=wrong))] == [
        "$.programs[0].stacking.group",
        "$.programs[1].stacking.group",
    ]


def test_without_a_zone_the_clock_is_that_of_now() -> None:
    """The offset of the moment says what the hour is."""
    at_ten = {
        **CLUB,
        "rewards": [{**CLUB["rewards"][0], "only": {"when": {"hours": {"from": "10:00", "until": "11:00"}}}}],
    }
    document = {**shop(programs=[at_ten], claims=["club/five"]), "time_zone": ""}
    assert priced(document).discount == 500
    (why,) = [held.reason for held in priced({**document, "now": "2026-01-31T09:00:00Z"}).withheld]
    assert why.code is Because.NOT_YET


def test_a_thousand_lines_and_five_hundred_programs_are_priced() -> None:
    """The largest document that is allowed has a price, and its lines sum to it."""
    programs = [{**CLUB, "program_id": f"p{i}", "account": f"a{i}"} for i in range(500)]
    found = priced({**lines(*[{"product": "shirt"}] * 1_000), "programs": programs})
    assert found.net == sum(line.net for line in found.lines) == 4_000_000
    assert len(found.moves) == 500
