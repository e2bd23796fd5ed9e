"""Figures for Prometheus. None has a terminal, a member or a code as a label.

With several processes each counts for itself into files (``PROMETHEUS_MULTIPROC_DIR``), and whichever is asked adds
them up.
"""

import os
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from pos_loyalty.core.feed import FeedPage
from sync.wire import Halt, PushAnswer, PushRequest

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"

_collect_all: Callable[[CollectorRegistry], object] = MultiProcessCollector
_NS: Final = 1_000_000_000
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_AGES: Final = (1, 5, 15, 60, 300, 1_800, 7_200, 86_400, 604_800, 2_592_000)
"""Seconds: an event is on time, its till was cut off for minutes, a night, or a month."""


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Counter("hub_requests", "Requests by route and status.", ("route", "status"), registry=own)
        self._seconds = Histogram(
            "hub_request_seconds", "Until the answer was given.", ("route",), buckets=_SECONDS, registry=own
        )
        self._events = Counter("hub_events", "Events by verdict.", ("verdict",), registry=own)
        self._put_aside = Counter("hub_quarantined", "Events put aside, by code.", ("code",), registry=own)
        self._rows = Counter("hub_feed_rows", "Rows sent down.", registry=own)
        self._halts = Counter("hub_halts", "Terminals that were told to stop, by reason.", ("reason",), registry=own)
        self._lag = Histogram(
            "hub_event_age_seconds",
            "From when the oldest event of a push happened to its commit.",
            buckets=_AGES,
            registry=own,
        )
        self._waiters = Gauge("hub_waiters", "Tills that wait for news.", registry=own, multiprocess_mode="livesum")

    def answered(self, route: str, status: int, took_ns: int) -> None:
        """Count one request; status 0 is one whose till went away."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(took_ns / _NS)

    def pushed(self, request: PushRequest, answer: PushAnswer) -> None:
        """Count the verdicts of one push, and how late it came."""
        for outcome, number in Tally(verdict.outcome for verdict in answer.verdicts).items():
            self._events.labels(outcome).inc(number)
        for code, number in Tally(verdict.code for verdict in answer.verdicts if verdict.code).items():
            self._put_aside.labels(code).inc(number)
        if request.events:
            oldest = min(event.occurred_at for event in request.events)
            self._lag.observe(max(0, answer.hub_ms / 1_000 - oldest.timestamp()))

    def fed(self, page: FeedPage) -> None:
        """Count the rows of a page."""
        self._rows.inc(len(page.rows))

    def halted(self, halt: Halt) -> None:
        """Count a terminal that was told to stop."""
        self._halts.labels(halt.reason).inc()

    def waiting(self) -> AbstractContextManager[None]:
        """Count somebody who waits for news, until the end of the context."""
        return self._waiters.track_inprogress()

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        _collect_all(together)
        return generate_latest(together)
