"""What is news: rows that changed, and not the many events that change none."""

from collections.abc import Mapping

import pytest

from pos_loyalty.core.feed import Cursor, FeedPage, RowKind
from sync.hub.authority import Authority
from sync.hub.kept import Counter, RowKey
from sync.hub.memory import MemoryHubStore
from sync.hub.news import Seen, Standing, look, seen
from sync.hub.publishing import Publication
from tests.sync.hub.shop import Ids, Till, hub_over, note, visit

AT_FIVE = Cursor(epoch="one", numbers={0: 5, 1: 2})
FIVE = Standing("one", {0: Counter(5, 77), 1: Counter(2, 8)})


def nothing_above(_: Mapping[int, int]) -> None:
    """Return that no row is above its number."""


def known() -> Seen:
    """Return what is known after a first look."""
    return seen(FIVE, None, nothing_above)


@pytest.mark.parametrize(
    ("now", "more", "less"),
    [
        (FIVE, False, False),
        (Standing("one", {0: Counter(6, 77), 1: Counter(9, 8)}), False, False),
        (Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}), True, False),
        (Standing("one", {0: Counter(5, 77), 1: Counter(2, 8), 2: Counter(1, 4)}), True, False),
        (Standing("one", {0: Counter(5, 77), 1: Counter(2, 8), 2: Counter(1, 0)}), False, False),
        (Standing("two", FIVE.counters), True, False),
        (Standing("one", {0: Counter(4, 77), 1: Counter(2, 8)}), False, True),
        (Standing("one", {0: Counter(5, 77)}), False, True),
    ],
    ids=["nothing", "no row", "a row", "a first row", "a first event", "another life", "fallen back", "gone"],
)
def test_news_is_a_row_that_changed(now: Standing, *, more: bool, less: bool) -> None:
    """Numbers of events that changed no row are none; of a hub with less than the till had that is said apart."""
    after = seen(now, known(), nothing_above)
    assert (after.has_more(AT_FIVE), after.has_less(AT_FIVE)) == (more, less)


def test_who_is_behind_hears_of_it_until_it_has_asked() -> None:
    """A change is news for as long as a reader may be from before it, however many looks ago that was."""
    reached = known()
    for number, checksum in ((6, 78), (7, 78), (8, 78)):
        standing = Standing("one", {0: Counter(number, checksum), 1: Counter(2, 8)})
        reached = seen(standing, reached, nothing_above)
    assert reached.has_more(AT_FIVE)
    assert not reached.has_more(Cursor(epoch="one", numbers={0: 6, 1: 2}))
    assert not reached.has_more(Cursor(epoch="one@store:7/1", numbers={0: 8, 1: 2}))


def test_whoever_comes_first_may_have_missed_something() -> None:
    """Before its first look a worker knows of no change, so everything counts as one."""
    assert known().has_more(Cursor(epoch="one", numbers={0: 4, 1: 2}))
    assert not known().has_more(AT_FIVE)


def test_what_came_and_went_between_two_looks_is_news() -> None:
    """The checksum is what it was, and still somebody may have read the row meanwhile: it must hear that it is gone."""
    store = MemoryHubStore()
    hub = hub_over(store, "t1")
    product, other = RowKey(RowKind.PRODUCT, "p1"), RowKey(RowKind.PRODUCT, "p0")
    hub.publish([Publication(other, b"{}")])
    before = looked(store, None)
    hub.publish([Publication(product, b"{}")])
    meanwhile = cursor_of(hub)
    hub.publish([Publication(product, None)])
    after = looked(store, before)
    assert before.standing.counters[64].checksum == after.standing.counters[64].checksum
    assert after.has_more(meanwhile)
    assert not after.has_more(cursor_of(hub))


def test_each_partition_that_went_on_is_looked_at() -> None:
    """One with a row does not hide another, and one without any is no news."""
    after = Standing("one", {0: Counter(6, 77), 1: Counter(3, 8), 2: Counter(4, 0)})
    rows = {1, 2}

    def first_above(numbers: Mapping[int, int]) -> int | None:
        assert numbers.keys() <= {0, 1, 2}
        return min(rows & numbers.keys(), default=None)

    assert seen(after, known(), first_above).changed == {0: 5, 1: 3, 2: 4}


def test_an_event_without_a_row_is_none() -> None:
    """It takes a number, and nobody has to ask for it."""
    store = MemoryHubStore()
    hub, till = hub_over(store, "t1"), Till("t1", Ids())
    hub.push(till.request(till.did(note())))
    before = looked(store, None)
    hub.push(till.request(till.did(visit(), member_id=None)))
    after = looked(store, before)
    assert after.standing.counters != before.standing.counters
    assert after.changed == before.changed
    hub.push(till.request(till.did(note("likes red"))))
    assert looked(store, after).changed != after.changed


def looked(store: MemoryHubStore, before: Seen | None) -> Seen:
    """Return what is known after another look."""
    with store.reading() as reading:
        return look(reading, before)


def cursor_of(hub: Authority) -> Cursor:
    """Return where the feed ends."""
    page = hub.feed("t1", Cursor())
    assert isinstance(page, FeedPage)
    return page.cursor
