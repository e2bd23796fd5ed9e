"""Customers who walk in by themselves while nobody is being served."""

import asyncio
from contextlib import suppress
from itertools import cycle
from typing import Final

from drivers.virtual_scanner import command
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.demo.watch import Watch
from pos_loyalty.cli.demo.ways import Way, control_for, ways
from pos_loyalty.core.session import Stage
from pos_loyalty.errors import PosLoyaltyError
from pos_loyalty.sample import AMBIGUOUS_CODE
from pos_loyalty.service.client import TillClient

_FIRST_S: Final = 3
_NEXT_S: Final = 15
_TWO_PEOPLE: Final = Way("a household card", AMBIGUOUS_CODE, "")
_NOBODY: Final = Way("a card of nobody's", "PL-404", "")


async def walk_in(here: Place) -> None:
    """Hold up a card whenever the till has been idle for a while, for ever; a till that has gone is left in peace."""
    with suppress(PosLoyaltyError):
        async with TillClient(here.socket) as client, Watch(client) as watch:
            wait_s = _FIRST_S
            for way in cycle((*ways(here), _TWO_PEOPLE, _NOBODY)):
                await watch.quiet(lambda view: view.stage is Stage.IDLE, wait_s)
                await asyncio.to_thread(command, control_for(way, here), way.code)
                wait_s = _NEXT_S
                await watch.until(lambda view: view.stage is not Stage.IDLE, "the customer")
