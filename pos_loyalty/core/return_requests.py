"""What a customer wants to bring back, and why that is not possible."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from pos_loyalty.core.evaluation import VoucherMove
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.returned_cards import cards_out, left_on
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.vouchers import Voucher


class ReturnRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Goods the customer brings back."""

    number: int
    """The line of the sale."""
    quantity: int = 1
    cards: tuple[str, ...] = ()
    """Of a line of gift cards: the codes of those that are brought back; absent: those with most left on them."""


class ReturnFaultKind(StrEnum):
    """Why goods cannot be taken back."""

    NOTHING_NAMED = "nothing_named"
    UNKNOWN_LINE = "unknown_line"
    QUANTITY = "quantity"
    """Fewer than one."""
    TOO_MANY = "too_many"
    """More than ``limit``, which are sold and not back."""
    UNKNOWN_CARD = "unknown_card"
    """A gift card that is not of this line, is back already, or whose balance this till does not know."""
    VOIDED = "voided"
    """The sale was undone as a whole."""
    NOTHING_LEFT = "nothing_left"
    """Everything has come back before."""


class ReturnFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refusal. ``index`` counts the requests from 0; it is absent when the return as a whole is refused."""

    kind: ReturnFaultKind
    index: int | None = None
    found: int | None = None
    limit: int | None = None


class Accepted(NamedTuple):
    """What comes back, by line number."""

    units: Counter[int]
    cards: Mapping[int, Sequence[VoucherMove]]
    """Gift cards, as the sale issued them; nothing for a line of other goods."""


def accept(
    sale: Sale, wanted: Sequence[ReturnRequest], vouchers: Mapping[str, Voucher]
) -> Accepted | tuple[ReturnFault, ...]:
    """Return what comes back of ``sale``, or every reason why it cannot. Requests for the same line add up."""
    if sale.voided:
        return (ReturnFault(kind=ReturnFaultKind.VOIDED),)
    if not sale.out:
        return (ReturnFault(kind=ReturnFaultKind.NOTHING_LEFT),)
    if not wanted:
        return (ReturnFault(kind=ReturnFaultKind.NOTHING_NAMED),)
    if faults := tuple(_faults(sale, wanted)):
        return faults
    units: Counter[int] = Counter()
    cards: dict[int, list[VoucherMove]] = {}
    for index, request in enumerate(wanted):
        units[request.number] += request.quantity
        taken = cards.setdefault(request.number, [])
        chosen = _cards(sale, request, taken, vouchers)
        if chosen is None:
            return (ReturnFault(kind=ReturnFaultKind.UNKNOWN_CARD, index=index),)
        taken += chosen
    return Accepted(units, cards)


def _faults(sale: Sale, wanted: Sequence[ReturnRequest]) -> Iterator[ReturnFault]:
    left = {line.number: 0 for line in sale.body.lines} | sale.out
    for index, request in enumerate(wanted):
        number, quantity = request.number, request.quantity
        if number not in left:
            yield ReturnFault(kind=ReturnFaultKind.UNKNOWN_LINE, index=index, found=number)
        elif quantity < 1:
            yield ReturnFault(kind=ReturnFaultKind.QUANTITY, index=index, found=quantity)
        elif quantity > left[number]:
            yield ReturnFault(kind=ReturnFaultKind.TOO_MANY, index=index, found=quantity, limit=left[number])
        else:
            left[number] -= quantity


def _cards(
    sale: Sale, request: ReturnRequest, taken: Sequence[VoucherMove], vouchers: Mapping[str, Voucher]
) -> list[VoucherMove] | None:
    """Return the cards that come with ``request``: those that are named, then those with most on them."""
    out = {move.code: move for move in cards_out(sale, request.number) if move not in taken}
    needed = min(request.quantity, len(out))
    named = dict.fromkeys(normal_code(code) for code in request.cards)
    known = out.keys() & vouchers.keys()
    others = sorted(known - named.keys(), key=lambda code: (-left_on(vouchers[code]), code))
    if not named.keys() <= known or not len(named) <= needed <= len(known):
        return None
    return [out[code] for code in (*named, *others)[:needed]]
