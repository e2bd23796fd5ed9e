"""Events of one till on their way to the hub, durable at both ends, beside PouchDB replicating the same documents."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.hub_box import HubBox, boxes_there_are
from bench.hub_till import HubTill
from bench.peers.pouch_peer import NotInstalled, PouchPeer
from bench.series import rates, say
from bench.stores import CACHE
from bench.traffic import CLUB, KINDS, document_of, drafts
from pos_loyalty.core import events as envelopes
from pos_loyalty.core.events import seal
from sync.hub.authority import program_row

ROUNDS = 3
EVENTS = 20_000
MEMBERS = 5_000
"""Each has four of the events: a batch of a thousand is about a thousand members."""
POUCH = "PouchDB"


def run() -> None:
    """Print events a second for each kind of event and of hub."""
    with ExitStack() as stack:
        boxes = boxes_there_are(stack)
        for box in boxes.values():
            box.authority.publish([program_row(CLUB)])
        pouch = pouch_there_is(stack)
        firsts = count(0, EVENTS)
        for kind in KINDS:
            measured: dict[str, list[float]] = {POUCH: []} if pouch else {}
            for number in range(ROUNDS):
                if pouch:
                    measured[POUCH].append(_pouch_s(pouch, kind, f"{KINDS.index(kind)}-{number}"))
                for name, box in boxes.items():
                    measured.setdefault(name, []).append(asyncio.run(_ours_s(box, kind, next(firsts))))
                say(f"{kind}: round {number + 1} of {ROUNDS}")
            title = f"push of {EVENTS:,} {kind} (aim: at least 12,000/s and 2 x PouchDB)"
            rates(title, "events", {name: [EVENTS / s for s in taken] for name, taken in measured.items()}, POUCH)


def pouch_there_is(stack: ExitStack) -> PouchPeer | None:
    """Start the peer; if it cannot be had, say why."""
    CACHE.mkdir(exist_ok=True)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="pouch-", dir=CACHE)))
    try:
        peer = stack.enter_context(PouchPeer(folder))
    except NotInstalled as reason:
        say(f"{POUCH}: not compared: {reason}")
        return None
    say(f"{POUCH}: {peer.engine}")
    return peer


async def _ours_s(box: HubBox, kind: str, first: int) -> float:
    async with HubTill(box) as till:
        till.commit(drafts(kind, EVENTS, MEMBERS, first))
        began = time.perf_counter()
        pushed = await till.push_all()
        taken = time.perf_counter() - began
    assert pushed == EVENTS
    return taken


def _pouch_s(pouch: PouchPeer, kind: str, name: str) -> float:
    pouch.fill(f"push-{name}", _documents(kind))
    pushed = pouch.push(f"push-{name}", f"pushed-{name}")
    assert pushed.documents == EVENTS
    return pushed.seconds


def _documents(kind: str) -> Iterator[bytes]:
    for seq, draft in enumerate(drafts(kind, EVENTS, MEMBERS), 1):
        yield document_of(draft.event_id, envelopes.encode(seal(draft, "till-1", seq)))
