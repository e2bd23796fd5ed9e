"""Every invariant bites: a book with one thing wrong is found out."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from pos_loyalty.core.accounts import Account, AccountKind
from pos_loyalty.core.audit import check_invariants, check_step
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import PostHold, VoidHold
from pos_loyalty.core.lots import HoldStatus
from pos_loyalty.errors import InvariantBroken
from tests.support.counted import Counted, months


@pytest.fixture
def book() -> Book:
    """Return a book with something of everything."""
    made = Counted()
    made.earn(100, months(1))
    made.spend(10)
    made.do(PostHold(event_id=made.event(), hold_id=made.hold(10)))
    made.do(VoidHold(event_id=made.event(), hold_id=made.hold(10)))
    made.hold(10)
    made.spend(1, member="n", force=True)
    return made.book


def changed(book: Book, table: str, index: int, **fields: object) -> Book:
    """Return ``book`` with one record of ``table`` changed."""
    records = dict(getattr(book, table))
    key = [*records][index]
    records[key] = replace(records[key], **fields)
    return replace(book, **{table: records})


AVAILABLE = Account("m", AccountKind.AVAILABLE)
FAULTS: list[tuple[str, Callable[[Book], Book]]] = [
    ("the accounts sum to 5", lambda b: replace(b, balances=b.balances | {AVAILABLE: b.balances[AVAILABLE] + 5})),
    ("not those of the transfers", lambda b: replace(b, balances={})),
    ("queues are not those of the lots", lambda b: replace(b, queues={})),
    ("balances of the members are not", lambda b: changed(b, "lots", 0, remaining=71)),
    ("available of m is -7", lambda b: replace(b, balances=b.balances | {AVAILABLE: -7})),
    ("overdraft of n is 7", lambda b: replace(b, balances=b.balances | {Account("n", AccountKind.OVERDRAFT): 7})),
    ("is not derived from its cause and leg", lambda b: changed(b, "transfers", 0, leg="other")),
    ("moves nothing", lambda b: changed(b, "transfers", 0, points=0)),
    ("moves nothing", lambda b: changed(b, "transfers", 0, credit=next(iter(b.transfers.values())).debit)),
    ("is not what remains, expired and was taken", lambda b: changed(b, "lots", 0, expired=1)),
    ("is not what remains, expired and was taken", lambda b: changed(b, "lots", 0, remaining=-1, expired=71)),
    ("was reversed for more than it earned", lambda b: changed(b, "lots", 0, reversed=101)),
    ("is not what was taken, is owed", lambda b: changed(b, "spends", 0, restored=1)),
    ("is not what was taken, is owed", lambda b: changed(b, "spends", 0, restored=1, forgiven=-1)),
    ("is voided and was posted 1 times", lambda b: changed(b, "holds", 0, status=HoldStatus.VOIDED)),
    ("is posted and was posted 0 times", lambda b: changed(b, "holds", 2, status=HoldStatus.POSTED)),
    ("is open and was released", lambda b: changed(b, "holds", 1, status=HoldStatus.OPEN)),
    ("is open and has 0", lambda b: changed(b, "holds", 2, terminal="here", points=0, uses=())),
    ("holds what no lot gave", lambda b: changed(b, "holds", 2, uses=())),
    ("a transfer is missing", lambda b: replace(b, transfers={})),
    ("belongs to two entries", lambda b: replace(b, written=b.written | {"x": next(iter(b.written.values()))})),
]


@pytest.mark.parametrize(("sentence", "spoil"), FAULTS)
def test_a_book_with_one_thing_wrong_is_found_out(book: Book, sentence: str, spoil: Callable[[Book], Book]) -> None:
    """The book as it was made passes; with the fault in it, the message says which."""
    check_invariants(book)
    with pytest.raises(InvariantBroken, match=sentence):
        check_invariants(spoil(book))


REWRITTEN: list[tuple[str, Callable[[Book], Book]]] = [
    ("transfers", lambda b: changed(b, "transfers", 0, points=99)),
    ("transfers", lambda b: replace(b, transfers=dict([*b.transfers.items()][:-1]))),
    ("written", lambda b: replace(b, written={})),
    ("lots", lambda b: replace(b, lots={})),
    ("spends", lambda b: replace(b, spends=dict([*b.spends.items()][1:]))),
    ("hold ", lambda b: changed(b, "holds", 1, status=HoldStatus.POSTED)),
    ("hold ", lambda b: replace(b, holds=dict([*b.holds.items()][2:]))),
]


@pytest.mark.parametrize(("sentence", "rewrite"), REWRITTEN)
def test_a_step_that_rewrites_the_past_is_found_out(book: Book, sentence: str, rewrite: Callable[[Book], Book]) -> None:
    """From a book to itself is a step; to one in which something old is gone or different is none."""
    check_step(book, book)
    with pytest.raises(InvariantBroken, match=f"was rewritten: .*{sentence}"):
        check_step(book, rewrite(book))
