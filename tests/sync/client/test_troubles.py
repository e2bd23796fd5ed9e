"""Everything that can come instead of an answer: each is called by its name, nothing is lost, and the queue goes on."""

import socket
import threading
import time
from datetime import timedelta

import msgspec
import pytest
import zstandard

from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.errors import StoreFull
from pos_loyalty.ports import LineState
from sync.client.address import HubAddress
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.engine.troubles import Trouble
from sync.hub.kept import Terminal
from sync.signing import TerminalKey
from sync.wire import Halt, HaltReason, PushAnswer
from tests.sync.client.conftest import Shop, Stock, WrongClock
from tests.sync.client.hub_server import PROBLEM, Asked, Trick, hanging, http, problem, saying
from tests.sync.hub.shop import note

PUSH = "/sync/1/push"
PAGE = b"<!DOCTYPE html><title>Sign in to the guest network</title>"
NOT_JSON = b'{"verdicts": "none"}'
PACKED = zstandard.compress(b"x" * 100_000)


class FullOnce(MemoryOutbox):
    """An outbox on a disk that is full the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._full = True

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> None:
        """Write verdicts, if there is room."""
        if self._full:
            self._full = False
            raise StoreFull("there is no room for verdicts: make room")
        super().record(verdicts, hub_ms)


def dropped(connection: socket.socket, _: Asked) -> None:
    """Hang up without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def dripping(over: threading.Event) -> Trick:
    """Return a trick that sends its answer byte by byte, slower than anybody waits, until it is cut."""

    def trick(connection: socket.socket, _: Asked) -> None:
        for byte in b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n":
            connection.sendall(bytes([byte]))
            if over.wait(0.05):
                return

    return trick


TROUBLES: dict[str, tuple[Trick, Trouble]] = {
    "a page of a captive portal": (http(200, PAGE, "text/html; charset=utf-8"), Trouble.PORTAL),
    "a page that calls itself JSON": (http(200, PAGE), Trouble.PORTAL),
    "a redirect": (http(302, b"", location="http://192.0.2.1/login"), Trouble.PORTAL),
    "a portal that forbids": (http(403, PAGE, "text/html"), Trouble.PORTAL),
    "a proxy that forbids": (http(403, b"no", "text/plain"), Trouble.PORTAL),
    "a proxy that wants a password": (http(401, b"no", "text/plain"), Trouble.PORTAL),
    "a proxy that cannot read it": (http(400, b"Bad Request", "text/plain"), Trouble.PORTAL),
    "a network that says so (511)": (http(511, b"", "text/plain"), Trouble.PORTAL),
    "no such path": (http(404, problem("not-found"), PROBLEM), Trouble.UNEXPECTED),
    "a hub out of patience": (http(408, problem("too-slow"), PROBLEM), Trouble.TIMEOUT),
    "a busy hub": (http(503, problem("busy"), PROBLEM), Trouble.BUSY),
    "too many requests": (http(429, b"", "text/plain"), Trouble.BUSY),
    "a broken hub": (http(500, b"", "text/plain"), Trouble.SERVER),
    "a gateway without its hub": (http(502, b"", "text/plain"), Trouble.SERVER),
    "a gateway's page (502)": (http(502, PAGE, "text/html"), Trouble.SERVER),
    "a gateway's page that calls itself JSON (503)": (http(503, PAGE), Trouble.BUSY),
    "a gateway's page (504)": (http(504, PAGE, "text/html"), Trouble.TIMEOUT),
    "a clock nobody can agree on": (http(401, problem("clock"), PROBLEM), Trouble.UNEXPECTED),
    "a body changed on the way": (http(401, problem("digest-mismatch"), PROBLEM), Trouble.UNEXPECTED),
    "another JSON": (http(200, NOT_JSON), Trouble.UNREADABLE),
    "half a JSON": (http(200, b'{"verdicts": ['), Trouble.UNREADABLE),
    "half a frame": (http(200, PACKED[:-9], content_encoding="zstd"), Trouble.UNREADABLE),
    "a bomb": (http(200, zstandard.compress(bytes(65 << 20)), content_encoding="zstd"), Trouble.UNREADABLE),
    "an encoding nobody asked for": (http(200, PACKED, content_encoding="br"), Trouble.UNREADABLE),
    "less than was said": (http(200, b"{}", content_length="500"), Trouble.UNREADABLE),
    "no word at all": (dropped, Trouble.UNREACHABLE),
    "no HTTP": (saying(b"SSH-2.0-OpenSSH_9.6\r\n"), Trouble.UNREACHABLE),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_has_its_name_and_the_next_try_is_good(shop: Shop, name: str) -> None:
    """The line says what it was; the event waits and goes up by itself, though nothing more happens at the till."""
    trick, trouble = TROUBLES[name]
    times = 2 if trouble is Trouble.UNEXPECTED and name.startswith("a clock") else 1
    shop.server.next(PUSH, *[trick] * times)
    event = shop.did(note())
    view = shop.wait_until_once(lambda view: bool(view.trouble))
    assert view.trouble == trouble
    assert view.waiting == 1
    assert shop.wait_for(lambda view: view.waiting == 0 and not view.trouble).put_aside == 0
    ended = shop.stock.outbox.ended(event.event_id)
    assert ended is not None
    assert ended.verdict.outcome is Outcome.APPLIED


def test_nobody_there_is_unreachable(shop: Shop) -> None:
    """A port that nobody listens on, and a name that nobody has; neither raises, and both are told apart in the log."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        shop.address = HubAddress(url=f"http://127.0.0.1:{closed.getsockname()[1]}")
    view = shop.wait_for(lambda view: bool(view.trouble))
    assert (view.trouble, view.state) == (Trouble.UNREACHABLE, LineState.OFFLINE)


def test_a_name_that_nobody_has_is_unreachable(shop: Shop) -> None:
    """The name is looked up beside the line."""
    shop.address = HubAddress(url="http://no-such-hub.invalid", insecure=True)
    assert shop.wait_for(lambda view: bool(view.trouble)).trouble == Trouble.UNREACHABLE


def test_a_redirect_is_followed_by_nobody(shop: Shop) -> None:
    """What a portal points to is never asked, and so never sees a signature."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        target = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        shop.server.next(PUSH, http(302, b"", location=target), http(307, b"", location=target))
        shop.did()
        shop.wait_for(lambda view: view.waiting == 0)
        with pytest.raises(BlockingIOError):
            seen.append(str(elsewhere.accept()))
    assert seen == []


@pytest.mark.parametrize("reason", HaltReason)
def test_a_halt_stops_the_line_and_keeps_everything(shop: Shop, reason: HaltReason) -> None:
    """Revoked, forked, cloned, too old, unknown: nothing is asked any more, and the events wait."""
    halt = msgspec.json.encode(Halt(reason=reason, detail="see the office"))
    shop.server.always[PUSH] = http(403, halt)
    shop.did()
    view = shop.wait_for(lambda view: view.state is LineState.HALTED)
    assert (view.halt, view.waiting, view.put_aside) == (reason, 1, 0)


def test_a_key_that_the_hub_does_not_know_halts_the_line(shop: Shop) -> None:
    """A stolen name with another key is answered 401; the till asks no more, and loses nothing."""
    shop.key = TerminalKey.made()
    shop.did()
    view = shop.wait_for(lambda view: view.state is LineState.HALTED)
    assert (view.halt, view.waiting) == (HaltReason.UNKNOWN_TERMINAL, 1)


def test_a_halted_line_goes_on_when_a_person_has_seen_to_it(shop: Shop) -> None:
    """After the office served the till again, one word is enough."""
    shop.hub.revoke("t1")
    shop.did()
    shop.wait_for(lambda view: view.state is LineState.HALTED)
    shop.hub.enrol(msgspec.structs.replace(_terminal(shop), revoked_ms=None))
    shop.line.go_on()
    shop.wait_for(lambda view: view.state is LineState.ONLINE and view.waiting == 0)


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_ten_years_off_costs_one_more_request(shop: Shop, years: int) -> None:
    """The first is refused with the hub's time, the second is good, and the difference is known."""
    shop.clock = WrongClock(timedelta(days=365 * years))
    shop.did()
    view = shop.wait_for(lambda view: view.waiting == 0)
    assert abs(view.ahead_ms + years * 365 * 24 * 3_600_000) < 5_000
    assert shop.server.count(PUSH) <= 2
    assert shop.stock.outbox.waiting_count() == 0


@pytest.mark.parametrize(("status", "code"), [(400, QuarantineCode.REFUSED), (413, QuarantineCode.TOO_LARGE)])
def test_a_poison_event_is_put_aside_and_the_queue_goes_on(shop: Shop, status: int, code: QuarantineCode) -> None:
    """The hub refuses every batch with one event in it; that one is put aside, all others are taken."""
    poison = shop.did(note("poison"))
    others = [shop.did(note(str(n))) for n in range(5)]

    def judge(connection: socket.socket, asked: Asked) -> None:
        is_poisoned = poison.event_id.encode() in asked.plain
        refusal = shop.server.answer(problem("unreadable"), status, PROBLEM)
        connection.sendall(refusal if is_poisoned else shop.server.honest(asked))

    shop.server.always[PUSH] = judge
    shop.wait_for(lambda view: (view.waiting, view.put_aside) == (0, 1))
    assert [(v.event_id, v.code) for v in shop.stock.outbox.quarantined()] == [(poison.event_id, code)]
    ends = [shop.stock.outbox.ended(event.event_id) for event in others]
    assert all(end is not None and end.verdict.outcome is Outcome.APPLIED for end in ends)


def test_verdicts_on_other_events_end_nothing(shop: Shop) -> None:
    """An answer that names none of what was sent is no answer."""
    strangers = msgspec.json.encode(PushAnswer(verdicts=(), epoch="e1", hub_ms=0))
    shop.server.next(PUSH, http(200, strangers))
    shop.did()
    assert shop.wait_until_once(lambda view: bool(view.trouble)).waiting == 1
    shop.wait_for(lambda view: view.waiting == 0)


def test_a_hub_that_fell_back_is_brought_everything_again(shop: Shop) -> None:
    """Another epoch: what was acknowledged goes up once more, and is known there."""
    event = shop.did()
    shop.wait_for(lambda view: view.waiting == 0 and view.fresh_ms is not None)
    before = shop.server.count(PUSH)
    shop.hub.begin_epoch()
    shop.did(note())
    shop.server.wait_for(lambda: any(event.event_id.encode() in a.plain for a in shop.server.asked[before:] if a.body))
    shop.wait_for(lambda view: view.waiting == 0)


@pytest.mark.parametrize("status", [429, 503])
def test_a_hub_that_asks_for_time_gets_it(shop: Shop, status: int) -> None:
    """``Retry-After`` as a date, by the clock of the answer; the next try is not before it."""
    asks = http(status, date="Sun, 22 Nov 2026 06:00:00 GMT", retry_after="Sun, 22 Nov 2026 06:00:01 GMT")
    shop.server.next(PUSH, asks)
    began = time.monotonic()
    shop.did()
    shop.wait_until_once(lambda view: view.trouble == Trouble.BUSY)
    shop.wait_for(lambda view: view.waiting == 0)
    assert time.monotonic() - began > 0.9


def test_a_line_that_drips_is_cut_when_patience_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then runs into no time-out of a read; the whole request has one, and the next try is good."""
    monkeypatch.setattr("sync.engine.flow.PATIENCE_NS", 300_000_000)
    shop.server.next(PUSH, dripping(shop.server.over))
    shop.did()
    assert shop.wait_until_once(lambda view: bool(view.trouble)).trouble == Trouble.TIMEOUT
    shop.wait_for(lambda view: view.waiting == 0)


def test_a_full_disk_is_our_own_trouble_and_the_line_goes_on(shop: Shop) -> None:
    """The verdicts cannot be written once; they are asked for again, and the hub says duplicate."""
    shop.stock = Stock(FullOnce(), MemoryReplica())
    event = shop.did()
    assert shop.wait_until_once(lambda view: bool(view.trouble)).trouble == Trouble.STORE
    shop.wait_for(lambda view: view.waiting == 0 and view.state is LineState.ONLINE)
    ended = shop.stock.outbox.ended(event.event_id)
    assert ended is not None
    assert ended.verdict.outcome is Outcome.DUPLICATE


def test_a_line_that_is_half_open_is_cut_at_the_end(shop: Shop) -> None:
    """A request that nobody answers does not keep the till from stopping."""
    release = threading.Event()
    shop.server.always[PUSH] = hanging(release)
    shop.did()
    line = shop.line
    shop.server.wait_for(lambda: shop.server.count(PUSH) == 1)
    line.stop()
    release.set()
    assert shop.stock.outbox.waiting_count() == 1


def _terminal(shop: Shop) -> Terminal:
    with shop.store.reading() as reading:
        terminal = reading.terminal("t1")
    assert terminal is not None
    return terminal
