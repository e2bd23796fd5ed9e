"""The outbox going up: what is said to the line, and what it wants done."""

import pytest

from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from sync.engine.effects import ACKNOWLEDGED_KEPT_MS, Abandon, OfferAgain, PutAside, Record, Send, Settle, Way
from sync.engine.flow import Phase
from sync.engine.inputs import (
    Appended,
    Failed,
    Halted,
    NothingToSend,
    PushAnswered,
    Settled,
    Started,
    Stopped,
)
from sync.engine.line import Line
from sync.engine.pauses import BATCH_BYTES_MAX
from sync.engine.pull import PullFlow
from sync.engine.push import PushFlow
from sync.engine.troubles import Trouble
from sync.wire import BATCH_EVENTS_MAX, HaltReason, PushAnswer
from tests.sync.engine.wired import SECOND, Talk, ids

HUB_MS = 1_774_085_400_000
AGAIN = OfferAgain("one", HUB_MS - ACKNOWLEDGED_KEPT_MS)
NEVER_NS = 10**18


def talk(push: PushFlow | None = None) -> Talk:
    """Return a line that has just begun its first push, with a pull that will not be heard of."""
    quiet = PullFlow(phase=Phase.SETTLING, until_ns=NEVER_NS)
    return Talk(Line(push=push or PushFlow(), pull=quiet)).said(Started())


def send(number: int, events: int = BATCH_EVENTS_MAX) -> Send:
    """Return the wish for a push."""
    return Send(number, events, BATCH_BYTES_MAX)


def verdict(seq: int, outcome: Outcome = Outcome.APPLIED) -> Verdict:
    """Return the hub's word on an event."""
    return Verdict(event_id=ids(seq)[0], outcome=outcome, number=seq)


def answered(number: int, sent: tuple[str, ...], *verdicts: Verdict, epoch: str = "one") -> PushAnswered:
    """Return an answer to a push."""
    return PushAnswered(number, sent, PushAnswer(verdicts=verdicts, epoch=epoch, hub_ms=HUB_MS))


def failed(number: int, trouble: Trouble, *seqs: int, retry_after_ns: int = 0) -> Failed:
    """Return the failure of a push of these events."""
    return Failed(way=Way.PUSH, number=number, trouble=trouble, sent=ids(*seqs), retry_after_ns=retry_after_ns)


def settled(number: int) -> Settled:
    """Return the word that all is written."""
    return Settled(way=Way.PUSH, number=number)


def settle(number: int, *verdicts: Verdict) -> Settle:
    """Return the wish to write these verdicts."""
    return Settle(Way.PUSH, number, (AGAIN, Record(verdicts, HUB_MS)))


def test_a_sale_goes_up_at_once_and_its_verdict_is_written_before_the_next() -> None:
    """Append, send, answer, disk, and then the rest of the outbox, until there is none."""
    line = talk().asks(send(1)).said(NothingToSend(1)).asks()
    line.said(Appended()).asks(send(2)).wakes(30)
    line.said(answered(2, ids(1), verdict(1))).asks(settle(2, verdict(1)))
    line.said(settled(2)).asks(send(3)).said(NothingToSend(3)).asks().wakes(5)


def test_nothing_is_sent_twice_at_once() -> None:
    """A sale while a push is under way, or while its answer is being written, waits for it."""
    line = talk().said(Appended()).asks()
    line.said(answered(1, ids(1), verdict(1)), Appended()).asks()
    line.said(settled(1)).asks(send(2))


def test_a_sale_during_a_look_that_finds_nothing_is_not_forgotten() -> None:
    """The outbox was read before the sale was in it: it is read again."""
    talk().said(Appended(), NothingToSend(1)).asks(send(2))


def test_the_outbox_is_looked_at_by_the_clock_as_well() -> None:
    """A till that nobody told of a sale finds it within some seconds."""
    talk().said(NothingToSend(1)).wakes(5).later(4.9).asks().later(0.1).asks(send(2))


def test_a_failed_push_comes_back_by_the_clock_and_not_by_the_next_sale() -> None:
    """One failed upload, then silence: the trap of queues that an edge drives."""
    line = talk().said(failed(1, Trouble.UNREACHABLE, 1)).asks().wakes(0.25)
    line.said(Appended()).asks().later(0.24).asks().later(0.01).asks(send(2, 1))


def test_waits_grow_to_a_minute_and_an_answer_ends_them() -> None:
    """Half of 0.5, 1, 2, 4, 8, 16, 32, 60, 60 s by an even draw; after an answer it begins anew."""
    line = talk()
    for number, wait in enumerate([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30], start=1):
        line.said(failed(number, Trouble.SERVER, 1)).later(wait - 0.01).asks().later(0.01).asks(send(number + 1, 1))
    line.said(answered(10, ids(1), verdict(1)), settled(10)).asks(send(11, 2))
    line.said(failed(11, Trouble.SERVER, 1)).wakes(0.25)


def test_the_hub_is_given_the_time_it_asks_for() -> None:
    """Retry-After comes before the draw; one of a year is cut to a quarter of an hour."""
    talk().said(failed(1, Trouble.BUSY, 1, retry_after_ns=9 * SECOND)).wakes(9.25)
    talk().said(failed(1, Trouble.BUSY, 1, retry_after_ns=10**16)).wakes(900.25)


def test_patience_ends() -> None:
    """A hub that drips a byte a second is let go after 30 s; what still comes of it is ignored."""
    line = talk().wakes(30).later(30).asks(Abandon(Way.PUSH, 1)).wakes(0.25)
    line.said(answered(1, ids(1), verdict(1))).asks().said(failed(1, Trouble.TIMEOUT)).asks()
    line.later(0.25).asks(send(2, 500))


def test_a_second_outcome_of_one_try_is_ignored() -> None:
    """Whatever doubles an answer on its way, the batch after it is not taken to be answered."""
    answer = answered(1, ids(1), verdict(1))
    line = talk().said(answer).asks(settle(1, verdict(1))).said(answer, failed(1, Trouble.REFUSED, 1)).asks()
    line.said(settled(1)).asks(send(2))
    for late in (
        answer,
        settled(1),
        failed(1, Trouble.REFUSED, 1),
        NothingToSend(1),
        Halted(Way.PUSH, 1, HaltReason.CLONED),
    ):
        line.said(late).asks().wakes(None)
    line.said(answered(2, ids(2), verdict(2))).asks(settle(2, verdict(2)))


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.TOO_LARGE])
def test_a_refused_batch_is_halved_at_once(trouble: Trouble) -> None:
    """From what was really in it, down to one; an answer doubles it again."""
    line = talk().said(failed(1, trouble, *range(1, 8))).asks(send(2, 3))
    line.said(failed(2, trouble, 1, 2, 3)).asks(send(3, 1))
    line.said(answered(3, ids(1), verdict(1)), settled(3)).asks(send(4, 2))


def test_a_batch_grows_no_further_than_the_wire_allows() -> None:
    """1,000 events."""
    talk().said(answered(1, ids(1), verdict(1)), settled(1)).asks(send(2, BATCH_EVENTS_MAX))


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(Trouble.REFUSED, QuarantineCode.REFUSED), (Trouble.TOO_LARGE, QuarantineCode.TOO_LARGE)],
)
def test_an_event_that_is_refused_alone_is_put_aside_and_the_queue_goes_on(
    trouble: Trouble, code: QuarantineCode
) -> None:
    """One bad event stops nobody, and costs no pause."""
    line = talk().said(failed(1, trouble, 1)).asks(Settle(Way.PUSH, 1, (PutAside(ids(1)[0], code),)))
    line.said(settled(1)).asks(send(2))


def test_a_hub_that_refuses_everything_does_not_empty_the_outbox() -> None:
    """From the second event in a row on there are the pauses of a failure."""
    line = talk().said(failed(1, Trouble.REFUSED, 1), settled(1)).asks(send(2))
    line.said(failed(2, Trouble.REFUSED, 2), settled(2)).asks().wakes(0.25).later(0.25).asks(send(3))
    line.said(failed(3, Trouble.REFUSED, 3), settled(3)).asks().wakes(0.5)


def test_a_pause_that_the_disk_outlasted_is_over() -> None:
    """If writing took longer than the pause, the next try is at once."""
    line = talk().said(failed(1, Trouble.REFUSED, 1), settled(1), failed(2, Trouble.REFUSED, 2)).later(1)
    line.asks().said(settled(2)).asks(send(3))


def test_a_refusal_of_nothing_in_particular_is_a_failure() -> None:
    """Without the ids of a batch there is nothing to halve and nothing to put aside."""
    talk().said(failed(1, Trouble.REFUSED)).asks().wakes(0.25)


def test_only_what_is_named_counts() -> None:
    """Missing: it goes up again. Foreign: ignored. The same twice: once. Two that differ: none."""
    other = verdict(3, Outcome.QUARANTINED)
    given = (verdict(1), verdict(9), verdict(1), verdict(3), other, verdict(4))
    line = talk().said(answered(1, ids(1, 2, 3, 4), *given)).asks(settle(1, verdict(1), verdict(4)))
    line.said(settled(1)).asks(send(2))


def test_an_answer_that_names_nothing_is_a_failure() -> None:
    """It is not asked again at once, and its epoch counts all the same."""
    line = talk().said(answered(1, ids(1, 2), verdict(9))).asks(Settle(Way.PUSH, 1, (AGAIN,)))
    line.said(settled(1)).asks().wakes(0.25).later(0.25).asks(send(2, 1))


def test_an_answer_without_an_epoch_is_not_believed() -> None:
    """Nobody could say later whether its verdicts still hold."""
    talk().said(answered(1, ids(1), verdict(1), epoch="")).asks().wakes(0.25)


def test_a_disk_that_takes_no_verdicts_is_waited_for() -> None:
    """The events go up again later, and are duplicates then; nobody sends them round and round."""
    line = talk().said(answered(1, ids(1), verdict(1)), failed(1, Trouble.STORE)).asks().wakes(0.25)
    line.later(0.25).asks(send(2, 500))


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (failed(1, Trouble.UNAUTHENTICATED, 1), HaltReason.UNKNOWN_TERMINAL),
        (failed(1, Trouble.FORBIDDEN, 1), HaltReason.REVOKED),
        *[(Halted(Way.PUSH, 1, reason), reason) for reason in HaltReason],
    ],
)
def test_a_halt_keeps_everything_until_a_person_has_acted(outcome: Failed | Halted, reason: HaltReason) -> None:
    """No status code ends an event: nothing is written, nothing is asked, until somebody says so."""
    line = talk().said(outcome).asks().wakes(None)
    assert line.line.status.halt is reason
    line.said(Appended()).asks().later(3_600).asks().wakes(None)
    line.said(Started()).asks(send(2))


def test_a_stopped_line_lets_what_is_under_way_end() -> None:
    """Its verdicts are written; then there is silence, and no timer."""
    line = talk().said(Stopped(), answered(1, ids(1), verdict(1))).asks(settle(1, verdict(1)))
    line.said(settled(1)).asks().wakes(None).later(60).asks().said(Started()).asks(send(2))


def test_a_line_that_starts_again_does_not_send_beside_what_is_under_way() -> None:
    """Stop and start in the middle of a request: it is still the only one."""
    talk().said(Stopped(), Started()).asks().said(NothingToSend(1), Appended()).asks(send(2))


def test_a_started_line_forgets_old_failures() -> None:
    """Somebody has seen to it: at once, not in a minute."""
    line = talk().said(failed(1, Trouble.TLS, 1)).asks()
    line.said(Started()).asks(send(2, 1)).said(failed(2, Trouble.TLS, 1)).wakes(0.25)
