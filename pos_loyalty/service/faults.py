"""Refusals of the service: one problem for each, with value, expectation and remedy; and what a broken store means.

The words after ``urn:pos-loyalty:problem:`` are part of the API and documented in docs/reference/api.md.
"""

from msgspec.structs import replace

from pos_loyalty.core.basket import (
    CLAIMS_MAX,
    LINES_MAX,
    QUANTITY_MAX,
    Basket,
    LineFault,
    LineFaultKind,
)
from pos_loyalty.core.gestures import GestureRefusal, GestureRefused
from pos_loyalty.core.payment_cards import holds_payment_card
from pos_loyalty.core.return_requests import ReturnFault, ReturnFaultKind
from pos_loyalty.core.scans import ScanFault
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.errors import StoreDamaged, StoreError, StoreFull, StoreLocked, StoreReadOnly
from pos_loyalty.service.wire import Problem

_URN = "urn:pos-loyalty:problem:"
_NOTICES = {code.value: code for code in NoticeCode}
CODES_MAX = 20
"""Of one basket; a purse full of coupons has fewer."""
STORE_SAID_NO = 503
"""Status of every problem that comes from the store."""

SCAN_NOTICES = {
    ScanFault.PAYMENT_CARD: NoticeCode.PAYMENT_CARD,
    ScanFault.UNREADABLE: NoticeCode.UNREADABLE,
    ScanFault.PARITY: NoticeCode.PARITY,
    ScanFault.TOO_LONG: NoticeCode.TOO_LONG,
    ScanFault.INTERRUPTED: NoticeCode.INTERRUPTED,
    ScanFault.LOST_EVENTS: NoticeCode.LOST_EVENTS,
    ScanFault.RANDOM_NUMBER: NoticeCode.RANDOM_NUMBER,
}

_STORE_NOTICES: dict[type[StoreError], NoticeCode] = {
    StoreLocked: NoticeCode.STORE_LOCKED,
    StoreFull: NoticeCode.STORE_FULL,
    StoreReadOnly: NoticeCode.STORE_READ_ONLY,
    StoreDamaged: NoticeCode.STORE_DAMAGED,
}


def store_notice(error: StoreError) -> NoticeCode:
    """Return what the cashier is told of a store that said no."""
    return _STORE_NOTICES.get(type(error), NoticeCode.STORE_UNREADABLE)


def problem(word: str, status: int, title: str, detail: str) -> Problem:
    """Return a problem document."""
    return Problem(type=f"{_URN}{word}", title=title, status=status, detail=detail)


def notice_of(refusal: Problem) -> NoticeCode:
    """Return what the cashier is told of a problem that met a reader: its own word where that is a notice."""
    return _NOTICES.get(refusal.type.removeprefix(_URN).replace("-", "_"), NoticeCode.NOT_NOW)


def store_failed(error: StoreError) -> Problem:
    """The store could not be read or written; nothing was promised."""
    word = store_notice(error).value.replace("_", "-")
    return problem(word, STORE_SAID_NO, error.title, str(error))


def no_such(what: str, where: str) -> Problem:
    """A path names something that does not exist."""
    return problem(f"unknown-{what}", 404, f"Unknown {what}", f"no {what} {where}: check the id in the path")


def not_a_code() -> Problem:
    """What came through the terminal is no code; the keys belong to whoever typed them."""
    detail = "no keyboard layout of this till makes a code of it: treat the keys as typed"
    return problem("not-a-code", 422, "Not a code", detail)


def bad_times() -> Problem:
    """A screen says that it painted a scan before it came, or long after."""
    detail = "painted_ns is not within a minute after last_byte_ns: take both from the monotonic clock of this machine"
    return problem("bad-request", 400, "The request is wrong", detail)


def bad_lines(faults: tuple[LineFault, ...]) -> Problem:
    """Requested lines cannot be in a basket; the basket is unchanged."""
    first = faults[0]
    where = "the basket" if first.index is None else f"line {first.index + 1}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    refusal = problem("lines", 422, "These lines cannot be sold", f"{where}: {_fault(first)}{more}")
    return replace(refusal, faults=faults)


def _fault(fault: LineFault) -> str:
    match fault.kind:
        case LineFaultKind.UNKNOWN_PRODUCT:
            return "the product is not known; check the code, or type the amount instead"
        case LineFaultKind.QUANTITY:
            return f"the quantity is {fault.found}, expected 1 to {QUANTITY_MAX}"
        case LineFaultKind.AMOUNT:
            return f"the amount is {fault.found}, expected 1 to {fault.limit} minor units"
        case LineFaultKind.NOTHING_NAMED:
            return "it names neither a product nor an amount; give one of them"
        case LineFaultKind.TOO_MANY_LINES:
            return f"it has {fault.found} lines, at most {LINES_MAX} fit; sell the rest in a second basket"
        case LineFaultKind.TOTAL:
            return f"its total of {fault.found} is above {fault.limit} minor units; check the quantities"


def too_many_claims(count: int) -> Problem:
    """More rewards were claimed, or declined, than any basket can use."""
    return problem("claims", 422, "Too many rewards", f"{count} rewards are named, at most {CLAIMS_MAX} fit")


def too_many_codes(count: int) -> Problem:
    """More codes were entered than any basket can use."""
    return problem("codes", 422, "Too many codes", f"{count} codes are entered, at most {CODES_MAX} fit")


def mistyped_code() -> Problem:
    """A code that looks like a voucher's has a wrong check character."""
    detail = "a sign of this code is wrong, or two are swapped: compare it with the voucher and type it again"
    return problem("mistyped-code", 422, "The code is mistyped", detail)


def too_many_guesses(seconds: int) -> Problem:
    """So many unknown codes were entered that it looks like a search for good ones."""
    detail = f"too many codes were unknown; codes are taken again in {seconds} s, everything else goes on"
    return replace(problem("too-many-guesses", 429, "Too many unknown codes", detail), retry_after=seconds)


def not_sold(basket: Basket) -> Problem:
    """Nothing can come back of a basket that was never sold, or whose sale was undone."""
    detail = f"the basket is {basket.status.value}: only what was sold can come back"
    return replace(problem("not-sold", 409, "Not sold", detail), basket=basket)


def bad_returns(faults: tuple[ReturnFault, ...]) -> Problem:
    """Goods cannot be taken back; nothing was changed."""
    first = faults[0]
    where = "the return" if first.index is None else f"line {first.index + 1} of the return"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    said = _RETURN_FAULTS[first.kind].format(found=first.found, limit=first.limit)
    over = first.kind in (ReturnFaultKind.VOIDED, ReturnFaultKind.NOTHING_LEFT)
    detail = f"{where}: {said}{more}"
    refusal = problem("return", 409 if over else 422, "These goods cannot be taken back", detail)
    return replace(refusal, return_faults=faults)


_RETURN_FAULTS = {
    ReturnFaultKind.NOTHING_NAMED: "it names no goods; say which lines, and how many of each",
    ReturnFaultKind.UNKNOWN_LINE: "the sale has no line {found}; give the number that the sale has",
    ReturnFaultKind.QUANTITY: "the quantity is {found}, expected 1 or more",
    ReturnFaultKind.TOO_MANY: "the quantity is {found}, of which {limit} are still out",
    ReturnFaultKind.UNKNOWN_CARD: "a gift card is not of this line, is back already, or not known here; check its code",
    ReturnFaultKind.VOIDED: "the whole sale was undone before; there is nothing more to give",
    ReturnFaultKind.NOTHING_LEFT: "everything came back before; there is nothing more to give",
}


def bad_gesture(refused: GestureRefused) -> Problem:
    """A gesture of goodwill cannot be made."""
    detail = _GESTURE_REFUSALS[refused.kind].format(limit=refused.limit)
    return problem("gesture", 422, "This gesture cannot be made", detail)


_GESTURE_REFUSALS = {
    GestureRefusal.NOT_IN_FORCE: "no goodwill program of this name is in force; check the reward",
    GestureRefusal.UNKNOWN_REWARD: "the program has no reward of this name with a fixed amount; check the reward",
    GestureRefusal.UNKNOWN_ROLE: "the program lets nobody of this role give; ask somebody whom it names",
    GestureRefusal.AMOUNT: "the amount is not 1 to {limit} minor units; ask somebody who may give more",
    GestureRefusal.NO_REASON: "it has no reason; say in a few words what it is for",
}


def stale(basket: Basket | None) -> Problem:
    """Somebody else changed the basket first."""
    now = "gone" if basket is None else f"at revision {basket.revision}"
    detail = f"the basket is {now}: read it again, then repeat what is still wanted"
    return replace(problem("stale-basket", 409, "The basket has changed", detail), basket=basket)


def closed(basket: Basket) -> Problem:
    """The basket is committed or voided and takes no more changes."""
    detail = f"the basket is {basket.status.value} and takes no more changes: open a new one"
    return replace(problem("basket-closed", 409, "The basket is closed", detail), basket=basket)


def not_possible(code: NoticeCode) -> Problem:
    """The session is in a stage in which the wish cannot be granted."""
    title, detail = _SESSION_REFUSALS.get(code, _SESSION_REFUSALS[NoticeCode.NOT_NOW])
    return problem(code.value.replace("_", "-"), 409, title, detail)


_SESSION_REFUSALS = {
    NoticeCode.BUSY: ("A sale is being written", "a sale is being written to disk: try again in a moment"),
    NoticeCode.NO_BASKET: ("No basket is open", "no basket is open: open one and add a line first"),
    NoticeCode.NOTHING_TO_SELL: ("The basket is empty", "the basket has no lines: add one before committing"),
    NoticeCode.BASKET_IS_OPEN: ("A basket is open", "a basket is open: commit or void it first"),
    NoticeCode.BASKET_HAS_MEMBER: (
        "The basket has a member",
        "the open basket belongs to another member: commit or void it first",
    ),
    NoticeCode.ALREADY_HERE: ("Already greeted", "this member is at the counter already"),
    NoticeCode.NOT_NOW: ("Not now", "this is not possible in the present stage of the till session"),
}


def key_reused() -> Problem:
    """An idempotency key came with another request than the first time."""
    detail = "this Idempotency-Key was used for another request: make a new key for every new wish"
    return problem("key-reused", 422, "The key was used before", detail)


def bad_text(what: str, length: int, longest: int, shortest: int = 1) -> Problem:
    """A text is empty or too long."""
    detail = f"it has {length} characters, expected {shortest} to {longest}"
    return problem("text", 422, f"The {what} cannot be kept", detail)


def payment_card(what: str) -> Problem:
    """A payment card number came in where it must not."""
    detail = f"the {what} holds a payment card number; it was not kept: leave the number out"
    return problem("payment-card", 422, "Payment cards are refused", detail)


def unfit_text(what: str, text: str, shortest: int, longest: int) -> Problem | None:
    """Return why a text that somebody typed may not be kept, or None if it may."""
    if not shortest <= len(text) <= longest:
        return bad_text(what, len(text), longest, shortest)
    return payment_card(what) if holds_payment_card(text) else None


def bad_request(status: int, detail: str) -> Problem:
    """The request itself is wrong: its body, its size, its path or its method."""
    titles = {404: "No such path", 405: "Method not allowed", 413: "The body is too large"}
    return problem("bad-request", status, titles.get(status, "The request is wrong"), detail)


def our_fault() -> Problem:
    """Something in the service failed that should not have; the log says where."""
    detail = "the service met an error of its own and changed nothing: see its log, then try again"
    return problem("internal", 500, "Internal error", detail)
