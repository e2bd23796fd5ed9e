"""Two members become one, and two again."""

from pos_loyalty.core.entries import MergeMembers, PostHold, Refusal, UnmergeMembers, VoidHold
from tests.support.counted import Counted


def merge(book: Counted, source: str, target: str) -> None:
    """Make ``source`` part of ``target``."""
    book.do(MergeMembers(event_id=book.event(), source=source, target=target))


def part(book: Counted, source: str) -> None:
    """Make ``source`` a member of its own again."""
    book.do(UnmergeMembers(event_id=book.event(), source=source))


def test_undone_at_once_everything_is_as_it_was() -> None:
    """Balances, debts, pending and held points of both, to the point."""
    book = Counted()
    book.earn(30)
    book.hold(10, terminal="t1")
    book.earn(5, member="n", pending_until=book.today.replace(year=2027))
    book.spend(7, member="n", force=True)
    before = book.has("m"), book.has("n")
    merge(book, "m", "n")
    assert book.has("n") == {"available": 20, "escrow": 10, "pending": 5, "overdraft": -7}
    assert book.book.spendable("n", book.today) == 13
    part(book, "m")
    assert (book.has("m"), book.has("n")) == before


def test_the_next_accrual_nets_what_the_other_owed() -> None:
    """Two cards, one debt: it is paid from what both have."""
    book = Counted()
    book.earn(30)
    book.spend(7, member="n", force=True)
    merge(book, "n", "m")
    book.earn(1)
    assert book.has() == {"available": 24}


def test_the_old_name_still_earns_and_takes_it_along() -> None:
    """A till that has not heard of the merge uses the old name; undone, what was earned under it goes back."""
    book = Counted()
    merge(book, "old", "m")
    book.earn(10, member="old")
    assert book.has() == {"available": 10}
    part(book, "old")
    assert (book.has("old"), book.has()) == ({"available": 10}, {})


def test_what_was_spent_in_between_stays_spent() -> None:
    """The lots go back with what is left of them; a later return gives to whose lot it is."""
    book = Counted()
    book.earn(10, member="old")
    book.earn(10)
    merge(book, "old", "m")
    redemption = book.spend(15).entry_id
    part(book, "old")
    assert (book.has("old"), book.has()) == ({}, {"available": 5})
    book.give_back(redemption)
    assert (book.has("old"), book.has()) == ({"available": 10}, {"available": 10})


def test_a_hold_over_both_gives_back_to_both() -> None:
    """It was placed while they were one and ended when they were two."""
    book = Counted()
    book.earn(10, member="old")
    book.earn(10)
    merge(book, "old", "m")
    posted, voided = book.hold(4), book.hold(16)
    part(book, "old")
    book.do(VoidHold(event_id=book.event(), hold_id=voided))
    book.do(PostHold(event_id=book.event(), hold_id=posted))
    assert (book.has("old"), book.has()) == ({"available": 6}, {"available": 10})


def test_merges_make_a_chain_that_opens_in_any_order() -> None:
    """After a into b and b into c, a leaves alone, and b leaves with what is b's."""
    book = Counted()
    for member in "abc":
        book.earn(10, member=member)
    merge(book, "a", "b")
    merge(book, "b", "c")
    assert book.has("a") == {"available": 30}
    part(book, "a")
    assert (book.has("a"), book.has("b")) == ({"available": 10}, {"available": 20})
    merge(book, "a", "b")
    part(book, "b")
    assert (book.has("a"), book.has("c")) == ({"available": 20}, {"available": 10})


def test_no_circle_can_be_made() -> None:
    """One that is part of another is merged no further, and nobody into a part of itself."""
    book = Counted()
    merge(book, "a", "b")
    again = MergeMembers(event_id=book.event(), source="a", target="c")
    assert book.refused(again).reason is Refusal.ALREADY_MERGED
    back = MergeMembers(event_id=book.event(), source="b", target="a")
    assert book.refused(back).reason is Refusal.SAME_MEMBER
