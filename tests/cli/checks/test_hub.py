"""What ``doctor`` says of the hub: each finding that is wrong has a remedy."""

from collections.abc import Iterator
from datetime import UTC

import msgspec
import pytest

from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.checks.hub import check_hub, judged
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.sync_key import KeyFolder
from pos_loyalty.config import Config, HubConfig, to_toml
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.engine.troubles import Trouble
from sync.hub.authority import Authority
from sync.hub.memory import MemoryHubStore
from sync.wire import HaltReason
from tests.sync.client.conftest import ms
from tests.sync.client.hub_server import HubServer, http, serving

LIVE = "/health/live"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """Return a hub that is alive."""
    authority = Authority(MemoryHubStore(), zone=UTC, clock=SystemClock(), ids=RandomIds())
    with serving(HubServer(authority, {}, lambda: ms(SystemClock().now()))) as server:
        server.always[LIVE] = http(200, b'{"status": "ok"}')
        yield server


def findings(config: Config, url: str) -> list[Finding]:
    """Return what is found of a hub at ``url``."""
    return list(check_hub(msgspec.structs.replace(config, hub=HubConfig(url=url))))


def test_without_a_hub_there_is_nothing_to_do(config: Config) -> None:
    """A till may be alone."""
    alone = msgspec.structs.replace(config, hub=HubConfig())
    assert [finding.remedy for finding in check_hub(alone)] == [""]


def test_a_till_without_a_key_is_told_to_enrol(here: Place, config: Config, hub: HubServer) -> None:
    """And that the hub is there."""
    here.store.mkdir()
    key, reached, _ = findings(config, hub.url)
    assert key.seen == "this till has no key yet"
    assert "pos-loyalty enrol CODE" in key.remedy
    assert reached == Finding("hub", f"{hub.url} answers")


def test_a_key_that_others_can_read_is_told(here: Place, config: Config, hub: HubServer) -> None:
    """The mode of the file counts."""
    here.store.mkdir()
    keys = KeyFolder(here.store)
    keys.made()
    keys.path.chmod(0o640)
    key, *_ = findings(config, hub.url)
    assert "can be read by others" in key.seen
    assert key.remedy


def test_what_is_in_between_is_told_from_the_hub(here: Place, config: Config, hub: HubServer) -> None:
    """A portal, and nobody at all, each with its sentence."""
    here.store.mkdir()
    KeyFolder(here.store).made()
    hub.always[LIVE] = http(200, b"<html>", "text/html")
    portal, _ = findings(config, hub.url)
    assert "the network wants somebody to sign in" in portal.remedy
    nobody, _ = findings(config, "http://127.0.0.1:1")
    assert "no connection to the hub" in nobody.seen
    assert nobody.remedy


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (LineView(state=LineState.HALTED, halt=HaltReason.CLONED), "enrol --again CODE"),
        (LineView(state=LineState.OFFLINE, trouble=Trouble.TLS), "set the clock of this machine"),
        (LineView(state=LineState.ONLINE, ahead_ms=-3_600_000, seen_ms=-3_600_000), "set the clock"),
        (LineView(state=LineState.ONLINE, seen_ms=86_400_000), "if the hub's clock was wrong then: "),
        (LineView(state=LineState.ONLINE, put_aside=2), "pos-loyalty sync put-aside"),
    ],
)
def test_whatever_a_person_can_mend_has_a_remedy(line: LineView, remedy: str) -> None:
    """One finding with it, and the age of the data and what waits in another."""
    found = list(judged(line, 0))
    assert [remedy in finding.remedy for finding in found if finding.remedy] == [True]
    assert any("events wait" in finding.seen for finding in found)


def test_doctor_says_how_long_the_oldest_event_has_waited() -> None:
    """By the clock of this machine; one is one."""
    line = LineView(state=LineState.OFFLINE, fresh_ms=0, waiting=12, waiting_since_ms=0)
    for waiting, said in ((12, "12 events wait for the hub, the oldest for 3 hours"), (1, "1 event waits for the hub")):
        seen = [finding.seen for finding in judged(msgspec.structs.replace(line, waiting=waiting), 3 * 3_600_000)]
        assert any(said in each for each in seen)


def test_a_line_that_is_well_leaves_nothing_to_do() -> None:
    """Online, with everything."""
    assert not any(finding.remedy for finding in judged(LineView(state=LineState.ONLINE, fresh_ms=0), 1_000))


def test_a_service_that_may_not_go_there_is_told_from_a_hub_that_is_away(
    here: Place, config: Config, hub: HubServer
) -> None:
    """The service was started with another address, as one is that a sandbox keeps in: doctor reaches the hub."""
    here.store.mkdir()
    KeyFolder(here.store).made()
    kept_in = msgspec.structs.replace(config, hub=HubConfig(url="http://127.0.0.1:1"), reader=())
    here.config.write_text(to_toml(kept_in), encoding="utf-8")
    with till_service(here):
        ask(here.socket, until_trouble)
        (finding,) = [each for each in findings(config, hub.url) if "IPAddressAllow" in each.remedy]
    assert finding.seen == "the hub answers this user and not the service"


async def until_trouble(client: TillClient) -> None:
    """Wait until the line has tried in vain."""
    async for view in client.watch():
        if view.line.trouble:
            return
