"""Both conversations together: what starts them, what is told, and when the timer goes off."""

import pytest

from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.core.verdicts import Outcome, Verdict
from sync.engine.effects import Abandon, Fetch, Send, Way
from sync.engine.inputs import (
    Appended,
    Failed,
    Halted,
    Hint,
    NothingToSend,
    PullAnswered,
    PushAnswered,
    Settled,
    Started,
    Stopped,
)
from sync.engine.line import Line
from sync.engine.pauses import BATCH_BYTES_MAX
from sync.engine.troubles import Trouble
from sync.wire import BATCH_EVENTS_MAX, HaltReason, PushAnswer
from tests.sync.engine.wired import Talk, ids

PAGE = FeedPage(rows=(), cursor=Cursor(epoch="one"), hub_ms=1)
GOOD = PushAnswer(verdicts=(Verdict(event_id=ids(1)[0], outcome=Outcome.APPLIED),), epoch="one", hub_ms=1)


def test_a_line_that_was_never_started_is_silent() -> None:
    """Sales and hints wait for the start; then both conversations begin."""
    line = Talk().said(Appended(), Hint()).asks().wakes(None).later(9).asks().wakes(None)
    line.said(Started()).asks(Send(1, BATCH_EVENTS_MAX, BATCH_BYTES_MAX), Fetch(1)).wakes(30)


def test_both_give_up_in_one_step() -> None:
    """After a night in standby both are overdue; each has its own next try."""
    line = Talk().said(Started()).later(8 * 3_600).wakes(0.25)
    assert line.line.push.trouble is line.line.pull.trouble is Trouble.TIMEOUT
    line.later(0.25).asks(Send(2, 500, BATCH_BYTES_MAX), Fetch(2))


def test_a_timer_that_goes_off_early_is_set_again() -> None:
    """Nothing is due, nothing has changed, and still the clock must not be lost."""
    Talk().said(Started()).later(29.999).asks().wakes(0.001)


def test_the_screen_is_told_once_of_each_change() -> None:
    """Online with the first answer, fresh with the first whole feed, troubled with the first failure."""
    line = Talk().said(Started()).said(PullAnswered(1, Cursor(), PAGE)).tells(online=True)
    start_ns = line.now.ns
    line.said(Settled(way=Way.PULL, number=1)).tells(online=True, fresh_ns=start_ns)
    line.said(Failed(way=Way.PUSH, number=1, trouble=Trouble.PORTAL))
    line.tells(push_trouble=Trouble.PORTAL, fresh_ns=start_ns).later(0.25).untold()
    line.said(PushAnswered(2, ids(1), GOOD)).tells(online=True, fresh_ns=start_ns)


@pytest.mark.parametrize(
    ("trouble", "online"),
    [
        (Trouble.UNREACHABLE, False),
        (Trouble.TLS, False),
        (Trouble.TIMEOUT, False),
        (Trouble.PORTAL, False),
        (Trouble.SERVER, False),
        (Trouble.BUSY, False),
        (Trouble.UNEXPECTED, False),
        (Trouble.UNREADABLE, False),
        (Trouble.REFUSED, True),
        (Trouble.TOO_LARGE, True),
        (Trouble.STORE, True),
    ],
)
def test_online_means_that_the_hub_can_be_worked_with(trouble: Trouble, online: bool) -> None:  # noqa: FBT001
    """A hub that refuses one event is there; the till's own disk says nothing about the hub."""
    line = Talk(Line(online=True)).said(Started(), Failed(way=Way.PULL, number=1, trouble=trouble))
    line.tells(online=online, pull_trouble=trouble)


@pytest.mark.parametrize(("trouble", "sent"), [(Trouble.REFUSED, ids(1)), (Trouble.SERVER, ids(1))])
def test_an_empty_outbox_has_no_trouble(trouble: Trouble, sent: tuple[str, ...]) -> None:
    """When nothing waits any more, what went wrong before is over."""
    line = Talk().said(Started(), Failed(way=Way.PUSH, number=1, trouble=trouble, sent=sent))
    line.said(Settled(way=Way.PUSH, number=1)).later(1)
    assert line.line.status.push_trouble is trouble
    line.said(NothingToSend(2))
    assert line.line.status.push_trouble is None


@pytest.mark.parametrize("way", Way)
def test_a_halt_is_told_with_its_reason(way: Way) -> None:
    """The hub has answered, so the till is online, and there is something for a person to do."""
    Talk().said(Started(), Halted(way, 1, HaltReason.FORKED)).tells(online=True, halt=HaltReason.FORKED)


def test_a_halt_lets_the_other_conversation_end() -> None:
    """The page that was under way is still written, and no other is asked for."""
    line = Talk().said(Started(), Halted(Way.PUSH, 1, HaltReason.CLONED)).wakes(None)
    line.said(PullAnswered(1, Cursor(), PAGE), Settled(way=Way.PULL, number=1)).asks().later(60).asks()


UNKNOWN = Halted(Way.PUSH, 1, HaltReason.UNKNOWN_TERMINAL)


def halted() -> Talk:
    """Return a line whose till nobody knows, with nothing under way."""
    line = Talk().said(Started(), PullAnswered(1, Cursor(), PAGE), Settled(way=Way.PULL, number=1))
    return line.said(UNKNOWN).asks().wakes(600)


def test_a_till_that_nobody_knows_asks_again_by_itself() -> None:
    """One pull after about ten minutes: the hub may have had the wrong database. Once it is known, all goes on."""
    line = halted().said(Appended(), Hint()).asks().later(599).asks().later(1).asks(Fetch(2)).wakes(30)
    line.said(PullAnswered(2, Cursor(), PAGE))
    assert line.line.halt is None
    assert [send.number for send in line.sends()] == [2]


def test_a_till_that_is_still_unknown_waits_as_long_again() -> None:
    """Whether the hub says so or is not there, the screen says what it said, and nothing else is asked."""
    line = halted().later(600).asks(Fetch(2)).said(Halted(Way.PULL, 2, HaltReason.UNKNOWN_TERMINAL)).wakes(600)
    line.later(600).asks(Fetch(3)).said(Failed(way=Way.PULL, number=3, trouble=Trouble.UNREACHABLE)).asks().wakes(600)
    line.later(600).asks(Fetch(4)).later(30).asks(Abandon(Way.PULL, 4)).wakes(600)
    line.later(600).asks(Fetch(5)).said(Failed(way=Way.PULL, number=5, trouble=Trouble.UNAUTHENTICATED)).wakes(600)
    assert line.line.halt is HaltReason.UNKNOWN_TERMINAL
    line.later(600).asks(Fetch(6)).said(Halted(Way.PULL, 6, HaltReason.REVOKED)).wakes(None).later(3_600).asks()


def test_an_answer_from_before_the_halt_does_not_end_it() -> None:
    """Of two hubs behind one name one knows the till: it shall not be asked by both without end."""
    line = Talk().said(Started(), UNKNOWN).wakes(None).said(PullAnswered(1, Cursor(), PAGE))
    line.said(Settled(way=Way.PULL, number=1)).asks().wakes(600)
    assert line.line.halt is HaltReason.UNKNOWN_TERMINAL
    line.later(600).said(PullAnswered(2, Cursor(), PAGE), Halted(Way.PUSH, 2, HaltReason.UNKNOWN_TERMINAL)).asks()
    line.said(Settled(way=Way.PULL, number=2)).asks().wakes(600).later(600).asks(Fetch(3))


def test_a_stopped_line_asks_no_more_though_nobody_knows_its_till() -> None:
    """The end of the service is the end."""
    halted().said(Stopped()).later(600).asks().wakes(None)
