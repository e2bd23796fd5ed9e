"""The hub: configured, known by a key, reachable, with a good certificate and a clock that agrees; and what waits."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.sync_address import address_of
from pos_loyalty.cli.sync_words import HALTS, STALE_SERVICE, TROUBLES, age, counted, waiting
from pos_loyalty.config import Config
from pos_loyalty.core.offline import ClockReading
from pos_loyalty.errors import ConfigError, ServiceUnreachable
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.service.clock import SystemClock
from sync.client.address import HubAddress
from sync.engine.troubles import Trouble
from sync.wire import HaltReason

_AREA = "hub"
_ASK_S: Final = 10.0
_CLOCK_MS: Final = 5 * 60 * 1_000
"""Beyond it times on receipts are wrong, and passes that rotate are refused."""


def check_hub(config: Config) -> Iterator[Finding]:
    """Look at the line from outside, and ask the hub once if this user may read the key."""
    if not (config.hub.url or config.hub.embedded):
        yield Finding(_AREA, "none is configured: members, points and notes stay on this till")
        return
    is_reached = False
    if not config.hub.embedded:
        yield from _key(config)
        reached = _reached_at(config)
        is_reached = not reached.remedy
        yield reached
    line = _line(config)
    if line is None:
        yield Finding(_AREA, "the service does not run, so nothing is sent or fetched")
        return
    yield from judged(line, int(time.time() * 1_000))
    if is_reached and line.trouble in {Trouble.UNREACHABLE, Trouble.TIMEOUT}:
        remedy = "allow the address of the hub to the service: docs/howto/connect-a-till.md, IPAddressAllow"
        yield Finding(_AREA, "the hub answers this user and not the service", remedy)


def judged(line: LineView, now_ms: int) -> Iterator[Finding]:
    """Yield what a line says of itself; ``now_ms`` is this machine's clock."""
    if line.state is LineState.HALTED:
        seen, remedy = HALTS[HaltReason(line.halt)]
        yield Finding(_AREA, f"halted: {seen}", remedy)
    elif line.trouble:
        seen, remedy = TROUBLES[Trouble(line.trouble)]
        yield Finding(_AREA, f"{line.state.value}: {seen}", remedy)
    elif line.state is LineState.ALONE:
        yield Finding(_AREA, *STALE_SERVICE)
        return
    else:
        yield Finding(_AREA, line.state.value)
    yield Finding(_AREA, f"{age(line, now_ms)}; {waiting(line, now_ms)}")
    if abs(line.ahead_ms) > _CLOCK_MS:
        apart = f"{abs(line.ahead_ms) // 1_000:,} s {'ahead of' if line.ahead_ms > 0 else 'behind'}"
        yield Finding(_AREA, f"the clock of the hub is {apart} this machine's", "set the clock")
    now = ClockReading(now_ms=now_ms + line.ahead_ms, seen_ms=line.seen_ms, fresh_ms=line.fresh_ms)
    if now.went_back:
        # A till that is off the line must doubt its own clock, and cannot tell which of the two was wrong.
        seen = f"{datetime.fromtimestamp(line.seen_ms / 1_000, UTC):%Y-%m-%d %H:%M} UTC"
        yield Finding(
            _AREA,
            f"the hub had a later time once, {seen}: until then nothing is redeemed while it is away",
            "if the hub's clock was wrong then: pos-loyalty sync wipe once nothing waits, and enrol this till again",
        )
    if line.put_aside:
        remedy = "pos-loyalty sync put-aside lists them; the office finds them under the same ids"
        yield Finding(_AREA, f"{counted(line.put_aside, 'event is', 'events are')} put aside without effect", remedy)


def _key(config: Config) -> Iterator[Finding]:
    # Here: an HTTP client and its cryptography are for tills that have a hub.
    from pos_loyalty.cli.sync_key import NAME, KeyFolder  # noqa: PLC0415

    path = Path(config.store.folder) / NAME
    if not os.access(path.parent, os.X_OK | os.R_OK):
        yield Finding(_AREA, f"{path} cannot be looked at", "run doctor as the user of the service")
    else:
        try:
            if KeyFolder(path.parent).read() is None:
                yield Finding(_AREA, "this till has no key yet", HALTS[HaltReason.UNKNOWN_TERMINAL][1])
        except ConfigError as error:
            yield Finding(_AREA, str(error), HALTS[HaltReason.UNKNOWN_TERMINAL][1])


def _reached_at(config: Config) -> Finding:
    try:
        return asyncio.run(_reached(address_of(config.hub)))
    except ConfigError as error:
        return Finding(_AREA, str(error), "mend [hub] in the configuration")


async def _reached(address: HubAddress) -> Finding:
    """Ask whether anybody is there, without saying who asks."""
    from sync.client.calls import Alive, HubCalls, Signer  # noqa: PLC0415 - as above
    from sync.client.faults import Fault  # noqa: PLC0415
    from sync.client.hub_clock import HubClock  # noqa: PLC0415
    from sync.signing import TerminalKey  # noqa: PLC0415

    calls = HubCalls(address, Signer("doctor", TerminalKey.made()), HubClock(SystemClock()))
    try:
        async with asyncio.timeout(_ASK_S):
            answer = await calls.live()
    except TimeoutError:
        answer = Fault(trouble=Trouble.TIMEOUT, detail=f"no answer came within {_ASK_S:.0f} s")
    finally:
        await calls.close()
    if isinstance(answer, Alive):
        return Finding(_AREA, f"{address.url} answers")
    if isinstance(answer, Fault):
        return Finding(_AREA, f"{address.url}: {answer.detail}", TROUBLES[answer.trouble][1])
    return Finding(_AREA, f"{address.url}: {answer.detail}", HALTS[answer.reason][1])


def _line(config: Config) -> LineView | None:
    try:
        return ask(Path(config.service.socket), lambda client: client.health()).line
    except ServiceUnreachable:
        return None
