"""A past to replay."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.core.simulation import PastBasket, Ready, Replay, Simulation, lines_of, read_basket

TEHRAN = timezone(timedelta(hours=3, minutes=30))
START = datetime(2026, 3, 21, 10, tzinfo=TEHRAN)
SHIRT = Product(
    product_id="shirt", codes=(), name={}, unit_price=1_000, category="clothes", above=("all",), tags=("new",)
)
CATALOGUE = {"shirt": SHIRT}


def sale(day: int = 0, member: object = "m1", price: int = 1_000, **fields: object) -> dict[str, Any]:
    """Return a basket of one typed amount, ``day`` days after the start."""
    at = (START + timedelta(days=day)).isoformat()
    line: dict[str, object] = {"unit_price": price}
    return {"at": at, "member": member, "lines": [line], **fields}


def ready(number: int, document: dict[str, Any]) -> Ready:
    """Return a basket of the past as the replay takes it."""
    past = read_basket(msgspec.json.encode(document))
    assert isinstance(past, PastBasket), past
    lines = lines_of(past, CATALOGUE)
    assert isinstance(lines, tuple)
    return Ready(number=number, past=past, lines=lines, now=past.at.astimezone(TEHRAN))


def replayed(
    baskets: Sequence[dict[str, Any]], draft: Sequence[Program], current: Sequence[Program] = (), *, eager: bool = False
) -> Simulation:
    """Return what a draft would have done."""
    replay = Replay(current, draft, CATALOGUE, eager=eager)
    for number, document in enumerate(baskets, 1):
        replay.sell(ready(number, document))
    return replay.result()
