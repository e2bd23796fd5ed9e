"""Send the tests marked ``vm`` from the host into the guest; in the guest, give them a till."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from _pytest.reports import BaseReport
from _pytest.terminal import TerminalReporter

from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from pos_loyalty.core.scans import ReaderState
from tests.drivers.till import Till
from tests.vm.agent import Agent
from tests.vm.guest import Guest, GuestDiedError, missing

BOOT_WITHIN_S = 420.0
"""Some 20 s on an idle machine; the guest is slow, and a CI machine may be busy."""
TEST_WITHIN_S = 180.0

Supervise = Callable[..., ReaderSupervisor]

_GUEST = pytest.StashKey[Guest]()
_DEAD = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a test of the guest in the guest and take over its reports."""
    if item.get_closest_marker("vm") is None or _is_inside(item.config):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _run_in_guest(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the guest."""
    if (guest := config.stash.get(_GUEST, None)) is not None:
        guest.power_off()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print what the tests have measured, by ``record_property``."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, value in report.user_properties:
                    terminalreporter.write_line(f"measured: {name}: {value}")


def _is_inside(config: pytest.Config) -> bool:
    return any(isinstance(plugin, Agent) for plugin in config.pluginmanager.get_plugins())


def _run_in_guest(item: pytest.Item) -> list[BaseReport]:
    if lack := missing():
        return [_skipped(item, lack)]
    if _DEAD in item.config.stash:
        return [_skipped(item, "the guest was lost in an earlier test")]
    try:
        answer = _guest(item).ask({"run": item.nodeid}, TEST_WITHIN_S)
    except GuestDiedError as error:
        item.config.stash[_DEAD] = True
        return [pytest.TestReport(item.nodeid, item.location, {}, "failed", str(error), "call")]
    from_wire = item.config.hook.pytest_report_from_serializable
    return [from_wire(config=item.config, data=data) for data in answer["reports"]]


def _skipped(item: pytest.Item, why: str) -> pytest.TestReport:
    # All from one place, so that pytest says it in one line.
    return pytest.TestReport(item.nodeid, item.location, {}, "skipped", (__file__, 0, why), "call")


def _guest(item: pytest.Item) -> Guest:
    """Give the one guest of this run, booted when the first test needs it."""
    stash = item.config.stash
    if _GUEST not in stash:
        guest = stash[_GUEST] = Guest(["tests/vm"])
        guest.ask(None, BOOT_WITHIN_S)
    return stash[_GUEST]


@pytest.fixture
def till() -> Till:
    """Give a till that collects."""
    return Till()


@pytest.fixture
def supervise(till: Till) -> Iterator[Supervise]:
    """Give a function that starts a supervisor and waits until its readers are in ``state``; stopped at the end."""
    with ExitStack() as stack:

        def start(*readers: ReaderSettings, state: ReaderState = ReaderState.READY) -> ReaderSupervisor:
            supervisor = ReaderSupervisor(readers, till.take_reading, till.take_status)
            stack.callback(supervisor.stop)
            supervisor.start()
            for reader in readers:
                till.wait_for_state(state, reader_id=reader.name)
            return supervisor

        yield start
