"""What a caller wants a basket to be: whether it may be kept, and how to want a little more of what is there."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from pos_loyalty.core.basket import CLAIMS_MAX, LineRequest
from pos_loyalty.core.claims import spelt_out
from pos_loyalty.core.products import Product
from pos_loyalty.service import faults
from pos_loyalty.service.wire import BasketRequest, Problem

TEXT_LENGTH_MAX = 200
"""Of a text that is kept with the basket, and of names in the member's history."""


def unfit(wanted: BasketRequest, codes_taken: AbstractSet[str]) -> Problem | None:
    """Return why ``wanted`` may not be kept. A claim that is no reward's name is kept, with the reason.

    ``codes_taken`` were let in before, by those who can tell a coupon from a payment card.
    """
    gifts = (claim.gifts for claim in spelt_out(wanted.claims))
    for named in (wanted.claims, wanted.declined, *gifts):
        if len(named) > CLAIMS_MAX:
            return faults.too_many_claims(len(named))
    if len(wanted.codes) > faults.CODES_MAX:
        return faults.too_many_codes(len(wanted.codes))
    new = replace(wanted, codes=tuple(code for code in wanted.codes if code not in codes_taken))
    refusals = (faults.unfit_text(what, text, 0, TEXT_LENGTH_MAX) for what, text in _texts(new))
    return next((refusal for refusal in refusals if refusal is not None), None)


def _texts(wanted: BasketRequest) -> Iterator[tuple[str, str]]:
    """Yield every text of ``wanted`` that would be kept with the basket, and what it is."""
    for line in wanted.lines:
        yield "product", line.product
        yield "line", line.name
    for claim in spelt_out(wanted.claims):
        yield "reward", claim.reward
        yield "code", claim.code
        yield from (("gift", gift) for gift in claim.gifts)
    yield from (("reward", reward) for reward in wanted.declined)
    yield from (("code", code) for code in wanted.codes)


def with_one_more(wanted: BasketRequest, product: Product) -> BasketRequest:
    """Return ``wanted`` with one unit more of ``product``."""
    name, lines = product.product_id, wanted.lines
    if all(line.product != name for line in lines):
        return replace(wanted, lines=(*lines, LineRequest(product=name)))
    more = (replace(line, quantity=line.quantity + 1) if line.product == name else line for line in lines)
    return replace(wanted, lines=tuple(more))
