"""What the values of a price document say about each other: every name leads somewhere, and nothing contradicts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.document_faults import DocumentFault, inside, unfit
from pos_loyalty.core.document_shapes import FAULTS_MAX
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.price_request import (
    GivenBasket,
    GivenLine,
    GivenProduct,
    PriceRequest,
    PriceStep,
    ReturnStep,
    Step,
    VoidStep,
    WaitStep,
)

DEPTH_MAX = 32
"""Categories above a category."""
YEARS = range(1971, 3000)
"""In which baskets are priced: calendars and recurrence rules are at home there."""
UNITS_MAX = 100_000
"""In one basket: offers on units look at each of them, and each may be a gift card."""
LAST_YEAR = 9998
"""Of other moments: with another offset a moment in the year 9999 may have no date."""
_NAMES_MAX = 2_000


def check(request: PriceRequest) -> tuple[DocumentFault, ...]:
    """Return the faults that lie in what several values say together, at most ``FAULTS_MAX``."""
    faults = chain(
        _times(request),
        _categories(request),
        _products(request),
        _programs(request),
        _people(request),
        _baskets(request),
        _sales(request.steps),
    )
    return tuple(islice(faults, FAULTS_MAX))


def sellable(request: PriceRequest) -> dict[str, GivenProduct]:
    """Return the products by every name a line may call them: an id comes before a code."""
    by_code = {normal_code(code): product for product in request.products for code in product.codes}
    return by_code | {product.product_id: product for product in request.products}


def find(product: str, known: Mapping[str, GivenProduct]) -> GivenProduct | None:
    """Return the product that a line calls ``product``."""
    return known.get(product) or known.get(normal_code(product))


def unit_price(line: GivenLine, product: GivenProduct | None) -> int:
    """Return what one unit of ``line`` costs here."""
    if product is None:
        return line.amount or 0
    return product.unit_price if line.unit_price is None else line.unit_price


def above(category: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """Return what holds ``category``, nearest first, as far up as a tree may go."""
    found: list[str] = []
    while (category := parents.get(category, "")) and len(found) <= DEPTH_MAX:
        found.append(category)
    return tuple(found)


def _times(request: PriceRequest) -> Iterator[DocumentFault]:
    yield from _in_years("$.now", request.now)
    for i, step in enumerate(request.steps):
        name, said = step.said
        if isinstance(said, WaitStep):
            yield from _in_years(f"$.steps[{i}].wait.until", said.until)
        elif said.now:
            yield from _in_years(f"$.steps[{i}].{name}.now", said.now)


def _in_years(path: str, moment: datetime) -> Iterator[DocumentFault]:
    if moment.year not in YEARS:
        yield unfit(path, moment.isoformat(), f"a moment in the years {YEARS.start} to {YEARS.stop - 1}")


def _begins(path: str, moment: datetime | None) -> Iterator[DocumentFault]:
    if moment and not 1 < moment.year <= LAST_YEAR:
        yield unfit(f"{path}.valid_from", moment.isoformat(), f"a moment in the years 2 to {LAST_YEAR}, or none")


def _unique(path: str, field: str, names: Sequence[str]) -> Iterator[DocumentFault]:
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if first.setdefault(name, i) != i:
            yield unfit(f"{path}[{i}].{field}", name, f"a name of its own; {path}[{first[name]}] has this one")


def _categories(request: PriceRequest) -> Iterator[DocumentFault]:
    parents = {category.category_id: category.parent for category in request.categories}
    yield from _unique("$.categories", "category_id", [category.category_id for category in request.categories])
    for i, category in enumerate(request.categories):
        path = f"$.categories[{i}].parent"
        if category.parent and category.parent not in parents:
            yield unfit(path, category.parent, "the category_id of a category, or nothing", _few(parents))
        over = above(category.category_id, parents)
        if category.category_id in over:
            chain_up = (category.category_id, *over[: over.index(category.category_id) + 1])
            yield unfit(path, " in ".join(chain_up), "a tree: no category holds itself")
        elif len(over) > DEPTH_MAX:
            yield unfit(path, f"{len(over)} categories or more above it", f"at most {DEPTH_MAX}")


def _products(request: PriceRequest) -> Iterator[DocumentFault]:
    products = request.products
    categories = [category.category_id for category in request.categories]
    taxes = [tax.tax_id for tax in request.taxes]
    yield from _unique("$.taxes", "tax_id", taxes)
    yield from _unique("$.products", "product_id", [product.product_id for product in products])
    known_categories, known_taxes = {"", *categories}, {"", *taxes}
    codes: dict[str, int] = {}
    for i, product in enumerate(products):
        path = f"$.products[{i}]"
        if product.category not in known_categories:
            yield unfit(
                f"{path}.category", product.category, "the category_id of a category, or nothing", _few(categories)
            )
        if product.tax not in known_taxes:
            yield unfit(f"{path}.tax", product.tax, "the tax_id of a tax, or nothing", taxes)
        for k, code in enumerate(product.codes):
            if not normal_code(code):
                yield unfit(f"{path}.codes[{k}]", code, "a code: something is left of it without blanks")
            elif codes.setdefault(normal_code(code), i) != i:
                other = f"$.products[{codes[normal_code(code)]}]"
                yield unfit(f"{path}.codes[{k}]", code, f"a code of its own; {other} has this one")


def _programs(request: PriceRequest) -> Iterator[DocumentFault]:
    for i, program in enumerate(request.programs):
        yield from _begins(f"$.programs[{i}]", program.valid_from)


def _people(request: PriceRequest) -> Iterator[DocumentFault]:
    programs = {program.program_id for program in request.programs}
    member = request.member
    own = member.vouchers if member else ()
    vouchers = [(f"$.member.vouchers[{i}]", voucher) for i, voucher in enumerate(own)]
    vouchers += [(f"$.vouchers[{i}]", voucher) for i, voucher in enumerate(request.vouchers)]
    codes: dict[str, str] = {}
    for path, voucher in vouchers:
        code = normal_code(voucher.code)
        yield from _begins(path, voucher.valid_from)
        if voucher.program_id not in programs:
            yield unfit(f"{path}.program_id", voucher.program_id, "the program_id of a program", programs)
        if not code:
            yield unfit(f"{path}.code", voucher.code, "a code: something is left of it without blanks")
        elif codes.setdefault(code, path) != path:
            yield unfit(f"{path}.code", voucher.code, f"a code of its own; {codes[code]} has this one")
    for account, lots in member.lots.items() if member else ():
        points = sum(lot.points for lot in lots)
        if points > POINTS_MAX:
            yield unfit(inside("$.member.lots", account), points, f"lots that come to {POINTS_MAX} at most")
    for account in sorted({*member.lots} & {*member.balances} if member else ()):
        yield unfit(inside("$.member.balances", account), "a balance", "lots or a balance of an account, not both")


def _baskets(request: PriceRequest) -> Iterator[DocumentFault]:
    known = sellable(request)
    per_unit = {tax.tax_id: tax.per_unit for tax in request.taxes}
    stamps = {program.stamp for program in request.programs}
    baskets = [("$.basket", request.basket)]
    for i, step in enumerate(request.steps):
        name, said = step.said
        if isinstance(said, PriceStep) and said.basket:
            baskets.append((f"$.steps[{i}].{name}.basket", said.basket))
    for path, basket in baskets:
        for k, stamp in enumerate(basket.pinned):
            if stamp not in stamps:
                yield unfit(f"{path}.pinned[{k}]", stamp, "a program and its version, as in club@2", stamps)
        yield from _lines(path, basket, known, per_unit)


def _lines(
    path: str, basket: GivenBasket, known: Mapping[str, GivenProduct], per_unit: Mapping[str, int]
) -> Iterator[DocumentFault]:
    total = 0
    for i, line in enumerate(basket.lines):
        product = find(line.product, known)
        if line.product and product is None:
            yield unfit(f"{path}.lines[{i}].product", line.product, "the id or a code of a product", _few(known))
        piece = per_unit.get(product.tax, 0) if product else 0
        total += (unit_price(line, product) + piece) * line.quantity
    if total > AMOUNT_MAX:
        yield unfit(path, total, f"lines that come to {AMOUNT_MAX} at most")
    if (units := sum(line.quantity for line in basket.lines)) > UNITS_MAX:
        yield unfit(path, f"{units} units", f"{UNITS_MAX} units at most, of all lines together")


def _few(names: Collection[str]) -> Collection[str]:
    """Return ``names`` to look for the nearest among, unless that would take longer than anybody waits."""
    return names if len(names) <= _NAMES_MAX else ()


def _sales(steps: Sequence[Step]) -> Iterator[DocumentFault]:
    sales = 0
    for i, step in enumerate(steps):
        name, said = step.said
        if isinstance(said, ReturnStep | VoidStep) and said.sale > sales:
            expected = f"one of the {sales} sales before it" if sales else "a commit before it"
            yield unfit(f"$.steps[{i}].{name}.sale", said.sale, expected)
        sales += name == "commit"
