"""The feed coming down: what is said to the line, and what it wants done."""

import pytest

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from sync.engine.effects import (
    ACKNOWLEDGED_KEPT_MS,
    Abandon,
    ApplyPage,
    Fetch,
    OfferAgain,
    Rebase,
    Settle,
    Way,
)
from sync.engine.flow import Phase
from sync.engine.inputs import Failed, Halted, Hint, Listens, PullAnswered, Quiet, Settled, Started, Stopped
from sync.engine.line import Line
from sync.engine.push import PushFlow
from sync.engine.troubles import Trouble
from sync.wire import HaltReason
from tests.sync.engine.wired import Talk

HUB_MS = 1_774_085_400_000
NEVER_NS = 10**18
ROW = Row(kind=RowKind.MEMBER, key="m1", partition=0, number=1)


def talk() -> Talk:
    """Return a line that has just begun its first pull, with a push that will not be heard of."""
    return Talk(Line(push=PushFlow(phase=Phase.SETTLING, until_ns=NEVER_NS))).said(Started())


def cursor(number: int = 0, epoch: str = "one") -> Cursor:
    """Return a cursor that is so far in partition 0."""
    return Cursor(epoch=epoch, numbers={0: number} if number else {})


def page(number: int, *rows: Row, more: bool = False, epoch: str = "one") -> FeedPage:
    """Return a page up to this number."""
    return FeedPage(rows=rows, cursor=cursor(number, epoch), more=more, hub_ms=HUB_MS)


def answered(number: int, asked: int, came: FeedPage) -> PullAnswered:
    """Return the answer to a pull from this number of epoch one."""
    return PullAnswered(number, cursor(asked), came)


def settle(number: int, came: FeedPage, asked: Cursor) -> Settle:
    """Return the wish to write a page that was asked for from there."""
    again = OfferAgain(came.cursor.epoch, HUB_MS - ACKNOWLEDGED_KEPT_MS)
    return Settle(Way.PULL, number, (again, ApplyPage(came, asked)))


def rebase(number: int, common: Cursor) -> Settle:
    """Return the wish to go back to what is common."""
    return Settle(Way.PULL, number, (OfferAgain(common.epoch, HUB_MS - ACKNOWLEDGED_KEPT_MS), Rebase(common)))


def settled(number: int, *wrong: int) -> Settled:
    """Return the word that all is written, and which checksums were not the hub's."""
    return Settled(way=Way.PULL, number=number, wrong=frozenset(wrong))


def failed(number: int, trouble: Trouble) -> Failed:
    """Return the failure of a pull."""
    return Failed(way=Way.PULL, number=number, trouble=trouble)


def test_pages_follow_each_other_without_a_pause() -> None:
    """Each is on disk before the next is asked for; after the last the line rests."""
    first, last = page(5, more=True), page(8)
    line = talk().asks(Fetch(1)).wakes(30).said(answered(1, 0, first)).asks(settle(1, first, cursor()))
    line.said(settled(1)).asks(Fetch(2)).said(answered(2, 5, last)).asks(settle(2, last, cursor(5)))
    line.said(settled(2)).asks().wakes(5).later(5).asks(Fetch(3))


def test_a_fresh_till_takes_any_epoch() -> None:
    """Its cursor has none yet."""
    came = page(5, ROW)
    talk().said(PullAnswered(1, Cursor(), came)).asks(settle(1, came, Cursor()))


def test_a_page_that_brings_nothing_is_good() -> None:
    """Nothing has changed since: the cursor stays, and the data are fresh."""
    line = talk().said(answered(1, 5, page(5))).asks(settle(1, page(5), cursor(5))).said(settled(1)).asks()
    assert line.line.status.fresh_ns == line.now.ns


def test_a_hint_brings_the_next_pull_at_once() -> None:
    """While the line rests; while it asks, right after that, since the answer may be older than the hint."""
    line = talk().said(answered(1, 0, page(5)), settled(1), Hint()).asks(Fetch(2))
    line.said(Hint(), answered(2, 5, page(5)), settled(2)).asks(Fetch(3))
    line.said(answered(3, 5, page(5)), Hint(), settled(3)).asks(Fetch(4))
    line.said(answered(4, 5, page(5)), settled(4)).asks()


def test_a_hint_does_not_cut_a_wait_short() -> None:
    """A hub in trouble is not asked more often because it has news."""
    talk().said(failed(1, Trouble.SERVER), Hint()).asks().later(0.25).asks(Fetch(2))


def test_the_clock_looks_once_a_minute_while_somebody_waits_for_news() -> None:
    """And every 5 s again when nobody does, beginning at once: something may have come up that nobody heard of."""
    line = talk().said(Listens(up=True), answered(1, 0, page(5)), settled(1)).asks().wakes(60)
    line.said(Listens(up=True)).asks().later(59).asks().said(Hint()).asks(Fetch(2))
    line.said(answered(2, 5, page(6)), settled(2)).wakes(60).said(Listens(up=False)).asks(Fetch(3))
    line.said(Listens(up=False)).said(answered(3, 6, page(6)), settled(3)).asks().wakes(5)


def test_a_wait_that_breaks_off_while_a_pull_is_under_way_brings_another() -> None:
    """What it asked for may be older than what the wait would have told of. A pause is not cut short by it."""
    line = talk().said(Listens(up=True), Listens(up=False), answered(1, 0, page(5)), settled(1)).asks(Fetch(2))
    line.said(Listens(up=True), failed(2, Trouble.SERVER), Listens(up=False)).asks().later(0.25).asks(Fetch(3))


def test_a_wait_without_news_is_as_good_as_an_empty_page() -> None:
    """The data are as fresh as the hub's last look, and never less fresh than they were."""
    line = talk().said(Quiet(7))
    assert line.line.status.fresh_ns == 7
    line.said(answered(1, 0, page(5)), settled(1), Quiet(8)).untold()
    assert line.line.status.fresh_ns == line.now.ns
    line.said(Quiet(line.now.ns + 1)).asks()
    assert line.line.status.fresh_ns == line.now.ns + 1


def test_patience_ends() -> None:
    """After 30 s; the number of the next try is another."""
    line = talk().later(30).asks(Abandon(Way.PULL, 1)).said(answered(1, 0, page(5))).asks()
    line.later(0.25).asks(Fetch(2))


def test_a_disk_that_takes_no_page_is_waited_for() -> None:
    """With the pauses of a failure, and from the cursor that is really there."""
    line = talk().said(answered(1, 0, page(5, more=True)), failed(1, Trouble.STORE)).asks().wakes(0.25)
    line.later(0.25).asks(Fetch(2)).said(answered(2, 0, page(5)), failed(2, Trouble.STORE)).wakes(0.25)


@pytest.mark.parametrize(
    "came",
    [page(4), page(0), page(5, more=True), page(5, epoch="")],
    ids=["goes back", "forgets", "more of nothing", "without an epoch"],
)
def test_a_page_that_cannot_follow_is_not_written(came: FeedPage) -> None:
    """From 5 one can go on or stay, and more is promised only to those who get further."""
    talk().said(answered(1, 5, came)).asks().wakes(0.25)


def test_a_wrong_checksum_takes_the_partition_anew() -> None:
    """At once the first time, then with growing pauses, until a complete page is right."""
    line = talk().said(answered(1, 0, page(5)), settled(1, 3)).asks(Fetch(2))
    line.said(answered(2, 5, page(7, more=True)), settled(2)).asks(Fetch(3))
    line.said(answered(3, 7, page(9)), settled(3, 3)).asks().wakes(0.25).later(0.25).asks(Fetch(4))
    line.said(answered(4, 9, page(9)), settled(4, 3)).asks().wakes(0.5).later(0.5).asks(Fetch(5))
    assert line.line.status.fresh_ns is None
    line.said(answered(5, 9, page(9)), settled(5)).asks().wakes(5).later(5)
    line.said(answered(6, 9, page(9)), settled(6, 3)).asks(Fetch(7))


def test_another_epoch_goes_back_to_what_is_common() -> None:
    """The hub fell back: its page says up to where both agree, and the feed goes on from there at once."""
    line = talk().said(answered(1, 9, page(4, epoch="two"))).asks(rebase(1, cursor(4, "two")))
    line.said(settled(1)).asks(Fetch(2))


def test_rows_beside_another_epoch_make_nothing_common() -> None:
    """With them nobody can tell where the common part ends."""
    line = talk().said(answered(1, 9, page(12, ROW, epoch="two"))).asks(rebase(1, Cursor(epoch="two")))
    line.said(settled(1)).asks(Fetch(2))


def test_a_hub_that_changes_its_epoch_with_every_answer_is_not_asked_without_end() -> None:
    """Two hubs behind one name: from the second change on there are pauses."""
    line = talk().said(answered(1, 9, page(4, epoch="two")), settled(1))
    line.said(PullAnswered(2, cursor(4, "two"), page(4)), settled(2)).asks().wakes(0.25)


def test_what_waits_again_is_sent_at_once() -> None:
    """A pull that finds another epoch wakes the push."""
    line = Talk(Line(push=PushFlow(number=6, until_ns=NEVER_NS), running=True))
    line.said(answered(0, 9, page(4)))  # nobody asked
    line.later(0).said(answered(1, 9, page(4, epoch="two"))).asks(rebase(1, cursor(4, "two")))
    line.said(Settled(way=Way.PULL, number=1, reopened=True))
    assert [effect.number for effect in line.sends()] == [7]


def test_a_halt_stops_the_pull_too() -> None:
    """A revoked terminal gets nothing more, in either direction."""
    line = talk().said(Halted(Way.PULL, 1, HaltReason.REVOKED)).asks().wakes(None).said(Hint()).asks()
    line.later(3_600).asks().said(Started()).asks(Fetch(2))


def test_a_forbidden_pull_halts_as_well() -> None:
    """403 without a document is the same thing said by a proxy; a person looks at it."""
    line = talk().said(failed(1, Trouble.FORBIDDEN)).asks().later(3_600).asks()
    assert line.line.halt is HaltReason.REVOKED


def test_a_late_halt_is_no_halt() -> None:
    """It belongs to a try that was given up."""
    line = talk().later(30).said(Halted(Way.PULL, 1, HaltReason.REVOKED)).asks()
    assert line.line.halt is None


def test_a_stopped_line_asks_for_no_next_page() -> None:
    """What has come is written, and that is all."""
    line = talk().said(Stopped(), answered(1, 0, page(5, more=True))).asks(settle(1, page(5, more=True), cursor()))
    line.said(settled(1)).asks().wakes(None).said(Started()).asks(Fetch(2))
