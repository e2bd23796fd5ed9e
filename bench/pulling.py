"""From a scan to the greeting while a hundred thousand rows come down from the hub, beside a till that is at rest."""

import asyncio
import shutil
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.hub_box import POSTGRES, HubBox, hub_box
from bench.lookup import some_members
from bench.scan import Till
from bench.series import MILLISECONDS, ratio_of, say, table
from bench.stores import CACHE, SMALL, TODAY, folder_of, open_store
from bench.traffic import small_members
from pos_loyalty.cli.sync_key import KeyFolder
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.sample.shop import sample_shop
from sync.hub.kept import RowKey, Terminal
from sync.hub.publishing import Publication

ROUNDS = 4
ROWS = 100_000
IDLE_SCANS = 40
MEMBERS = 400
PULLED_WITHIN_S = 120.0
LOOK_EVERY_S = 0.1
IDLE, PULLING = "at rest", "during a pull"


def run() -> None:
    """Print the time to the greeting both ways."""
    asyncio.run(_run())


async def _run() -> None:
    with ExitStack() as stack:
        box = stack.enter_context(hub_box(POSTGRES))
        # What is on the till and not at the hub goes with the first pull.
        box.publish(RowKind.MEMBER, ((each.member_id, each) for each in sample_shop(SMALL, today=TODAY).members))
        folder = _enrolled(box, stack)
        members = some_members(folder / "replica.db", SMALL, MEMBERS, "en")
        till = Till(folder, stack, hub=box.process.url)
        await till.ready()
        await _pulled(till, _now_ms())
        encode = msgspec.json.Encoder().encode
        rows = [(RowKey(RowKind.MEMBER, member.member_id), encode(member)) for member in small_members(ROWS)]
        measured: dict[str, list[list[float]]] = {IDLE: [], PULLING: []}
        for number in range(ROUNDS):
            measured[IDLE].append([await till.name_painted(members[scan]) for scan in range(IDLE_SCANS)])
            # The same rows again have new numbers, so they all come down again.
            box.authority.publish([Publication(key, document) for key, document in rows])
            measured[PULLING].append(await _while_pulling(till, members, _now_ms()))
            say(f"round {number + 1} of {ROUNDS}: {len(measured[PULLING][-1])} scans during the pull")
        await till.hang_up()
    table(f"scan to greeting while {ROWS:,} rows come down", measured, MILLISECONDS, {PULLING: IDLE})
    say(f"p95 during the pull against p95 at rest: {ratio_of(measured, PULLING, IDLE, 0.95)} (aim: less than 2)")


def _enrolled(box: HubBox, stack: ExitStack) -> Path:
    """Return the folder of a store with members of its own, whose till the hub serves."""
    kept = stack.enter_context(folder_of(SMALL))
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="run-", dir=CACHE))) / "store"
    # Not linked: rows of the feed are written into it.
    shutil.copytree(kept, folder)
    with closing(open_store(folder)) as store:
        key = KeyFolder(folder).made()
        box.authority.enrol(Terminal(terminal_id=store.terminal_id, public_key=key.public, store_id="s1"))
    return folder


async def _pulled(till: Till, published_ms: int) -> None:
    for _ in range(int(PULLED_WITHIN_S / LOOK_EVERY_S)):
        if ((await till.line()).fresh_ms or 0) >= published_ms:
            return
        await asyncio.sleep(LOOK_EVERY_S)
    raise AssertionError(await till.line())


async def _while_pulling(till: Till, members: list[Member], published_ms: int) -> list[float]:
    """Scan until the till has everything that was there at ``published_ms``."""
    taken: list[float] = []
    ends_s = time.monotonic() + PULLED_WITHIN_S
    while ((await till.line()).fresh_ms or 0) < published_ms:
        assert time.monotonic() < ends_s, await till.line()
        taken.append(await till.name_painted(members[IDLE_SCANS + len(taken)]))
    return taken


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
