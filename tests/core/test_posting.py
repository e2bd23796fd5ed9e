"""A posting writes every transfer once."""

import pytest

from pos_loyalty.core.accounts import Account, AccountKind, TransferKind
from pos_loyalty.core.book import Book
from pos_loyalty.core.posting import Posting
from pos_loyalty.errors import InvariantBroken
from tests.support.builders import uuid_of
from tests.support.counted import START, noon

ISSUED, AVAILABLE = Account("club", AccountKind.ISSUED), Account("m", AccountKind.AVAILABLE)


def test_the_same_transfer_twice_is_a_defect() -> None:
    """Neither in one posting nor in the next on the same book can one id stand for two movements."""
    posting = Posting(Book(unit="points"), noon(START))
    posting.under(uuid_of(1), "accrue")
    posting.move(ISSUED, AVAILABLE, 5, TransferKind.ACCRUAL)
    for again in (posting, Posting(posting.sealed(), noon(START))):
        again.under(uuid_of(1), "accrue")
        with pytest.raises(InvariantBroken, match="is in the book already"):
            again.move(ISSUED, AVAILABLE, 5, TransferKind.ACCRUAL)


def test_nothing_is_no_transfer() -> None:
    """Moving no points writes nothing and takes no number."""
    posting = Posting(Book(unit="points"), noon(START))
    posting.under(uuid_of(1), "accrue")
    posting.move(ISSUED, AVAILABLE, 0, TransferKind.ACCRUAL)
    assert posting.sealed() == Book(unit="points")
