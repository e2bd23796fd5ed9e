"""Rows of the hub on their way to a till, durable there, beside PouchDB; and the look that finds nothing new."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack

import msgspec

from bench.hub_box import HubBox, boxes_there_are
from bench.hub_till import HubTill
from bench.peers.pouch_peer import PouchPeer
from bench.push import POUCH, pouch_there_is
from bench.series import MILLISECONDS, rates, say, table
from bench.traffic import document_of, small_members, small_vouchers
from pos_loyalty.core.feed import RowKind

ROUNDS = 3
ROWS = 100_000
POUCH_ROWS = 20_000
"""At its rate a hundred thousand would take longer than everything else together."""
LOOKS = 100
KINDS = {"vouchers": RowKind.VOUCHER, "members": RowKind.MEMBER}


def run() -> None:
    """Print rows a second for two kinds of small documents, and the time of a look."""
    looks: dict[str, list[list[float]]] = {}
    with ExitStack() as stack:
        pouch = pouch_there_is(stack)
        for name, kind in KINDS.items():
            if pouch:
                pouch.fill(f"{name}-there", _documents(kind))
                pouch.push(f"{name}-there", name)
            with ExitStack() as of_this_kind:
                boxes = boxes_there_are(of_this_kind)
                for box in boxes.values():
                    box.publish(kind, _rows(kind, ROWS))
                measured = _measured(name, boxes, pouch, looks)
            title = f"pull of {ROWS:,} small {name} (aim: at least 100,000/s and 20 x PouchDB)"
            rates(title, "rows", measured, POUCH)
    table("a look that finds nothing new (aim: at most 10 ms)", looks, MILLISECONDS, dict.fromkeys(looks, POUCH))


def _measured(
    name: str, boxes: dict[str, HubBox], pouch: PouchPeer | None, looks: dict[str, list[list[float]]]
) -> dict[str, list[float]]:
    measured: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        if pouch:
            pulled = pouch.pull(f"{name}-{number}", name)
            assert pulled.documents == POUCH_ROWS
            measured.setdefault(POUCH, []).append(pulled.documents / pulled.seconds)
            looked = [pouch.pull(f"{name}-{number}", name).seconds for _ in range(LOOKS)]
            looks.setdefault(POUCH, []).append(looked)
        for kind, box in boxes.items():
            taken, looked = asyncio.run(_ours_s(box))
            measured.setdefault(kind, []).append(ROWS / taken)
            looks.setdefault(kind, []).append(looked)
        say(f"{name}: round {number + 1} of {ROUNDS}")
    return measured


async def _ours_s(box: HubBox) -> tuple[float, list[float]]:
    async with HubTill(box) as till:
        began = time.perf_counter()
        pulled = await till.pull_all()
        taken = time.perf_counter() - began
        assert pulled == ROWS
        return taken, [await _look_s(till) for _ in range(LOOKS)]


async def _look_s(till: HubTill) -> float:
    began = time.perf_counter()
    assert await till.pull_all() == 0
    return time.perf_counter() - began


def _rows(kind: RowKind, count: int) -> Iterator[tuple[str, msgspec.Struct]]:
    if kind is RowKind.MEMBER:
        return ((member.member_id, member) for member in small_members(count))
    return ((voucher.code, voucher) for voucher in small_vouchers(count))


def _documents(kind: RowKind) -> Iterator[bytes]:
    return (document_of(key, msgspec.json.encode(each)) for key, each in _rows(kind, POUCH_ROWS))
