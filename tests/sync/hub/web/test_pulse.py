"""A hub that is behind: who asks is sent away first, and who brings something last."""

import asyncio

import pytest

from sync.hub.web import pulse as module
from sync.hub.web.problems import Refused
from sync.hub.web.pulse import ASKING_S, BRINGING_S, Pulse
from tests.sync.hub.shop import note
from tests.sync.hub.web.site import PATIENCE_S, problem_of, site

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("late_s", "asks", "brings"),
    [(0.0, True, True), (ASKING_S, True, True), (ASKING_S + 0.01, False, True), (BRINGING_S + 0.01, False, False)],
)
def test_who_asks_is_sent_away_before_who_brings(late_s: float, *, asks: bool, brings: bool) -> None:
    """Each has a limit; who asks is told to come much later."""
    pulse = Pulse(lambda: 0)
    pulse.late_s = late_s
    for let, is_let, least_s in ((pulse.let_ask, asks, 5), (pulse.let_bring, brings, 1)):
        if is_let:
            let()
            continue
        with pytest.raises(Refused) as refused:
            let()
        assert refused.value.status_code == 503
        assert int((refused.value.headers or {})["retry-after"]) >= least_s


async def test_a_late_loop_is_found_late_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is the time beyond a beat; it takes some beats to be forgotten."""
    monkeypatch.setattr(module, "BEAT_S", 0)
    moments = [0, 0, 0, 4 * SECOND, 4 * SECOND, 4 * SECOND, 4 * SECOND]
    found: list[float] = []
    done = asyncio.Event()

    def now_ns() -> int:
        if len(moments) == 1:
            done.set()
        elif len(moments) % 2:
            found.append(pulse.late_s)
        return moments.pop(0) if len(moments) > 1 else moments[0]

    pulse = Pulse(now_ns)
    beating = asyncio.create_task(pulse.beat())
    async with asyncio.timeout(PATIENCE_S):
        await done.wait()
    beating.cancel()
    await asyncio.wait([beating])
    assert found == [0.0, 0.0, 2.0]


async def test_a_hub_that_is_behind_takes_what_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and waits are told to come later, unread; a push goes through."""
    monkeypatch.setattr(module, "BEAT_S", 3_600)
    async with site() as hub:
        hub.till.did(note())
        hub.app.state.pulse.late_s = BRINGING_S + 1
        for path in ("/sync/1/feed", "/sync/1/wait", "/sync/1/push"):
            response = await hub.ask("POST" if path.endswith("push") else "GET", path)
            assert (response.status_code, problem_of(response)) == (503, "busy")
        hub.app.state.pulse.late_s = BRINGING_S
        assert (await hub.ask("GET", "/sync/1/feed")).status_code == 503
        assert (await hub.push()).status_code == 200
