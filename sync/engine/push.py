"""The outbox goes up: one batch at a time, each as large as the last answers allow. Pure.

* A failed try halves the batch and an answer doubles it. A large batch on a bad line thereby becomes one that
  arrives, and a hub that comes back is asked first with little.
* An event ends by a verdict that names it. An answer that names none of what was sent is a failure: it is not asked
  again at once, since nothing would be different.
* An event that is refused alone is put aside. The first goes aside without a pause; a hub that refuses one after the
  other is more likely wrong than they are, and gets one a minute.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from pos_loyalty.core.verdicts import QuarantineCode, Verdict
from sync.engine.effects import ACKNOWLEDGED_KEPT_MS, OfferAgain, PutAside, Record, Send, Write
from sync.engine.flow import Flow, asking, failed, going_on, resting, settling
from sync.engine.inputs import Failed, NothingToSend, PushAnswered, PushOutcome
from sync.engine.pauses import BATCH_BYTES_MAX, Now, backoff_ns
from sync.engine.troubles import Trouble
from sync.wire import BATCH_EVENTS_MAX

_ASIDE = {Trouble.REFUSED: QuarantineCode.REFUSED, Trouble.TOO_LARGE: QuarantineCode.TOO_LARGE}

Moved = tuple["PushFlow", tuple[Write, ...]]


class PushFlow(Flow, frozen=True, kw_only=True):
    """The conversation, and how much goes into one batch."""

    limit: int = BATCH_EVENTS_MAX


def send(flow: PushFlow, now: Now) -> tuple[PushFlow, Send]:
    """Begin a try."""
    flow = asking(flow, now)
    return flow, Send(flow.number, flow.limit, BATCH_BYTES_MAX)


def heard(flow: PushFlow, happened: PushOutcome, now: Now) -> Moved:
    """Return the flow after the outcome it was waiting for, and what has to be written."""
    match happened:
        case PushAnswered():
            return _answered(flow, happened, now)
        case Failed():
            return _failed(flow, happened, now)
        case NothingToSend():
            return resting(replace(flow, failures=0, trouble=None), now), ()
        case _:
            return going_on(flow, now), ()


def _answered(flow: PushFlow, happened: PushAnswered, now: Now) -> Moved:
    """Have the verdicts written, in the epoch they were given in."""
    answer = happened.answer
    if not answer.epoch:
        # Without an epoch nobody could tell later whether the verdicts still hold.
        return _smaller(failed(flow, Trouble.UNREADABLE, now), len(happened.sent)), ()
    verdicts = _named(answer.verdicts, happened.sent)
    writes = (OfferAgain(answer.epoch, answer.hub_ms - ACKNOWLEDGED_KEPT_MS), Record(verdicts, answer.hub_ms))
    if verdicts:
        larger = min(2 * flow.limit, BATCH_EVENTS_MAX)
        return settling(replace(flow, failures=0, trouble=None, limit=larger)), writes
    waiting = _smaller(failed(flow, Trouble.UNREADABLE, now), len(happened.sent))
    return settling(waiting, waiting.until_ns), writes[:1]


def _failed(flow: PushFlow, happened: Failed, now: Now) -> Moved:
    """Wait, or make the batch smaller, or put its only event aside."""
    code, sent = _ASIDE.get(happened.trouble), happened.sent
    if code is None or not sent:
        waiting = failed(flow, happened.trouble, now, happened.retry_after_ns)
        return _smaller(waiting, len(sent) or flow.limit), ()
    tried = replace(flow, trouble=happened.trouble)
    if len(sent) > 1:
        return going_on(_smaller(tried, len(sent)), now), ()
    next_ns = now.ns + backoff_ns(flow.failures, now.chance) if flow.failures else now.ns
    return settling(replace(tried, failures=flow.failures + 1), next_ns), (PutAside(sent[0], code),)


def _smaller(flow: PushFlow, sent: int) -> PushFlow:
    return replace(flow, limit=max(1, sent // 2))


def _named(verdicts: Iterable[Verdict], sent: Iterable[str]) -> tuple[Verdict, ...]:
    """Return the verdicts on what was sent, one for each event. Two that contradict each other are none."""
    wanted = set(sent)
    first: dict[str, Verdict] = {}
    contradicted: set[str] = set()
    for verdict in verdicts:
        if verdict.event_id in wanted and first.setdefault(verdict.event_id, verdict) != verdict:
            contradicted.add(verdict.event_id)
    return tuple(verdict for event_id, verdict in first.items() if event_id not in contradicted)
