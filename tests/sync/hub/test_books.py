"""What a step loads of a book: as much as it needs, and never so little that it comes to another end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.programs import ProgramSet
from sync.hub import books
from sync.hub.book_records import Shelf, shelf_of
from sync.hub.kept import BookKey, Posted
from sync.hub.memory import MemoryHubStore
from sync.hub.reach import reach_of
from sync.wire import HoldRequest
from tests.sync.hub.shop import CLUB, Ids, Till, answered, back, earned, hub_over, sale

BOOK = BookKey("m1", "points")

_amounts = st.integers(1, 50)
_acts = st.lists(
    st.one_of(
        st.builds(earned, _amounts),
        st.builds(sale, _amounts),
        st.builds(lambda spent: sale(-spent), _amounts),
        st.builds(lambda spent, got: sale(-spent, got), _amounts, _amounts),
        st.tuples(st.integers(0, 11), _amounts, _amounts),
    ),
    max_size=12,
)
"""What happens; three numbers: goods of an earlier event come back, and so many points with them."""


def lived(acts: list[Body | tuple[int, int, int]]) -> Till:
    """Let a till live through some acts."""
    till = Till("t1", Ids())
    for act in acts:
        if isinstance(act, Body):
            till.did(act)
        elif till.journal:
            which, taken, given_back = act
            till.did(back(till.journal[which % len(till.journal)].event_id, -taken, given_back))
    return till


def book_after(acts: list[Body | tuple[int, int, int]], at_once: int) -> tuple[Shelf, list[Posted]]:
    """Push what happened so many at a time; return all that is in the member's book then."""
    store, till = MemoryHubStore(), lived(acts)
    hub = hub_over(store, "t1")
    for start in range(0, len(till.journal), at_once):
        answered(hub.push(till.request(*till.journal[start : start + at_once])))
    with store.reading() as reading:
        return shelf_of(BOOK, reading.records_of(BOOK)), sorted(
            reading.postings_of(BOOK), key=lambda each: each.transfer.transfer_id
        )


def loaded(till: Till, body: Body, *, held: int = 0) -> Shelf:
    """Return what a step that brings ``body`` loads of the member's book, after all that the till did before."""
    store = MemoryHubStore()
    hub = hub_over(store, "t1")
    answered(hub.push(till.request()))
    if held:
        hub.hold("t1", HoldRequest(hold_id=Ids(9)(), member_id="m1", unit="points", points=held))
    reach = reach_of(till.did(body), ProgramSet((CLUB,)))
    with store.transaction() as step:
        return books.load(step, [reach])[BOOK]


@settings(max_examples=150, deadline=None)
@given(_acts)
def test_events_one_by_one_make_the_same_book_as_all_at_once(acts: list[Body | tuple[int, int, int]]) -> None:
    """Of a batch everything is at hand, of what came before only what was loaded: the ledger comes to the same."""
    assert book_after(acts, 1) == book_after(acts, len(acts) or 1)


def test_who_only_earns_needs_no_lots() -> None:
    """However many lots a member has, a sale that spends none of them does not read them."""
    shelf = loaded(lived([earned(10), earned(20), earned(30)]), sale(5))
    assert (shelf.book.lots, shelf.book.balance("m1")) == ({}, 60)


def test_of_what_is_held_only_the_lots_are_there_that_it_was_taken_from() -> None:
    """A hold may end by the clock in any step, and then its points go back where they were."""
    shelf = loaded(lived([earned(10), earned(20), earned(30)]), sale(5), held=15)
    (hold,) = shelf.book.holds.values()
    assert shelf.book.lots.keys() == {use.lot_id for use in hold.uses}


def test_who_spends_gets_the_lots() -> None:
    """Points that are spent are taken from lots, so these are there."""
    shelf = loaded(lived([earned(10), earned(20)]), sale(-5, 5))
    assert [lot.points for lot in shelf.book.lots.values()] == [10, 20]


def test_who_owes_gets_the_lots() -> None:
    """A debt is paid by what is earned, so everything is there that it can be paid from."""
    shelf = loaded(lived([earned(10), sale(-30)]), sale(5))
    assert [spend.owed for spend in shelf.book.spends.values()] == [20]
