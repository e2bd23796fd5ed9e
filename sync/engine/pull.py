"""The feed comes down: one page at a time, each on disk before the next is asked for. Pure.

A page is *doubted* if it is of another epoch than the cursor, or if a checksum shows that the till's rows are not the
hub's. What is in doubt is taken anew, the first time at once. From the second doubt on, with no good and complete
page between, there is a pause: else a hub that contradicts itself would be asked for the same rows without end.

While a long wait at the hub says when there is news, the clock looks once a minute only. A wait that ends without any
proves what an empty page would.
"""

from msgspec.structs import replace

from pos_loyalty.core.feed import Cursor, FeedPage
from sync.engine.effects import ACKNOWLEDGED_KEPT_MS, ApplyPage, Fetch, OfferAgain, Rebase, Write
from sync.engine.flow import Flow, asking, failed, going_on, resting, roused, settling
from sync.engine.inputs import Hint, Listens, PullAnswered, PullOutcome, Quiet, Settled
from sync.engine.pauses import CALM_NS, POLL_NS, Now, backoff_ns
from sync.engine.troubles import Trouble

Moved = tuple["PullFlow", tuple[Write, ...]]


class PullFlow(Flow, frozen=True, kw_only=True):
    """The conversation, and how far what came of it can be believed."""

    more: bool = False
    """The page that is being written is not the last."""
    doubts: int = 0
    """Since the last good and complete page."""
    fresh_ns: int | None = None
    """When that was, or when the hub was last heard to have nothing more."""
    listens: bool = False
    """Somebody waits at the hub for news."""


def fetch(flow: PullFlow, now: Now) -> tuple[PullFlow, Fetch]:
    """Begin a try."""
    flow = asking(flow, now)
    return flow, Fetch(flow.number)


def told(flow: PullFlow, happened: Hint | Listens | Quiet, now: Now) -> PullFlow:
    """Take what is known of news: that there is some, whether somebody waits for it, or that there was none."""
    match happened:
        case Hint():
            return roused(flow, now)
        case Listens():
            after = replace(flow, listens=happened.up)
            return roused(after, now) if flow.listens and not happened.up else after
        case _:
            return replace(flow, fresh_ns=max(flow.fresh_ns or happened.since_ns, happened.since_ns))


def heard(flow: PullFlow, happened: PullOutcome, now: Now) -> Moved:
    """Return the flow after the outcome it was waiting for, and what has to be written."""
    match happened:
        case PullAnswered():
            return _answered(flow, happened, now)
        case Settled():
            return _settled(flow, happened, now), ()
        case _:
            return failed(flow, happened.trouble, now, happened.retry_after_ns), ()


def _answered(flow: PullFlow, happened: PullAnswered, now: Now) -> Moved:
    """Have the page written, or the cursor turned back to what is common."""
    asked, page = happened.asked, happened.page
    if not _can_follow(asked, page):
        return failed(flow, Trouble.UNREADABLE, now), ()
    flow = replace(flow, failures=0, trouble=None, more=page.more)
    again = OfferAgain(page.cursor.epoch, page.hub_ms - ACKNOWLEDGED_KEPT_MS)
    if asked.epoch in {"", page.cursor.epoch}:
        return settling(flow), (again, ApplyPage(page, asked))
    doubting = _doubting(replace(flow, more=True), now)
    return settling(doubting, doubting.until_ns), (again, Rebase(_common(page)))


def _settled(flow: PullFlow, happened: Settled, now: Now) -> PullFlow:
    """Go on if there is more, take anew what is wrong, or rest."""
    if happened.wrong:
        return going_on(_doubting(flow, now), now)
    if flow.more:
        return going_on(flow, now)
    return resting(replace(flow, doubts=0, fresh_ns=now.ns), now, CALM_NS if flow.listens else POLL_NS)


def _can_follow(asked: Cursor, page: FeedPage) -> bool:
    """Return whether this page can be an answer to that cursor: never behind it, and with more only if ahead of it."""
    cursor = page.cursor
    if not cursor.epoch:
        return False
    if asked.epoch and cursor.epoch != asked.epoch:
        return True
    behind = any(cursor.at(partition) < number for partition, number in asked.numbers.items())
    ahead = any(asked.at(partition) < number for partition, number in cursor.numbers.items())
    return not behind and (ahead or not page.more)


def _common(page: FeedPage) -> Cursor:
    """Return what the two epochs share. Rows beside it would hide where that ends, so then it is nothing."""
    return Cursor(epoch=page.cursor.epoch) if page.rows else page.cursor


def _doubting(flow: PullFlow, now: Now) -> PullFlow:
    pause_ns = backoff_ns(flow.doubts, now.chance) if flow.doubts else 0
    return replace(flow, doubts=flow.doubts + 1, until_ns=now.ns + pause_ns)
