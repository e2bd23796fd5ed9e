"""What a story is made of: how many tills, how long, and which faults. Drawn from its seed, or given."""

from enum import StrEnum
from random import Random
from typing import Final

import msgspec


class Fault(StrEnum):
    """What goes wrong. A story has some of them, so that one cannot hide another."""

    DROP = "drop"
    """A request is lost, noticed or not."""
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    """A request is overtaken by later ones of the same till."""
    CUT = "cut"
    """The request was done, its answer was lost."""
    OUTAGE = "outage"
    """A till has no network for a while."""
    TILL_CRASH = "till_crash"
    """At any time; before, between or after the transactions of an answer; before or after that of a sale."""
    HUB_CRASH = "hub_crash"
    """Before or after any call of a transaction, its commit among them."""
    DISK_FULL = "disk_full"
    """Of a till, or of the hub."""
    CLOCK_JUMP = "clock_jump"
    """Of a till, by any time; of the hub, by an hour at most."""
    RESTORE = "restore"
    """The journal of a till is put back from a backup."""
    CLONE = "clone"
    """The disk of a till is copied, and both go on under one name."""
    NEWER_TILL = "newer_till"
    """A till of a newer build than the hub's: types and fields that nobody knows."""
    NEW_TILL = "new_till"
    """A till joins, and begins with a snapshot that was made while the others went on."""
    FALL_BACK = "fall_back"
    """An older copy takes the place of the hub's database, and begins another epoch."""
    SCOPES = "scopes"
    """Tills get the rows of their store or region only, and are put into other scopes; members are long not seen."""
    NEWER_HUB = "newer_hub"
    """A hub of a newer build than the tills': fields that nobody knows."""


TILLS: Final = range(5, 51)
_STEPS: Final = (250, 750)
_LENDS: Final = 0.25
_LENDING_TILLS: Final = 3
"""Few, since few have anything set aside; and such a story is longer, since things have to run out."""
_SWARM: Final = 0.6
"""How likely each fault is in a story (swarm testing, Groce et al. 2012)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One story. The same plan is the same story, byte for byte."""

    seed: int
    tills: int
    steps: int
    """How many things happen before the faults stop."""
    faults: tuple[Fault, ...]
    """In the order of :class:`Fault`."""
    lends: bool = False
    """Whether the hub sets points aside for tills, which let nothing else be redeemed without it."""


def drawn(
    seed: int, tills: int | None = None, steps: int | None = None, faults: tuple[Fault, ...] | None = None
) -> Plan:
    """Return the plan of a seed; what is given stands."""
    chance = Random(f"plan {seed}")  # noqa: S311 - a story must be the same each time it is told
    # The fourth power: most shops are small, and small ones are fast.
    many = TILLS.start + int(len(TILLS) * chance.random() ** 4)
    long = chance.randint(*_STEPS)
    some = tuple(fault for fault in Fault if chance.random() < _SWARM)
    # Drawn by itself, so that the other stories are as they were.
    lends = Random(f"allowances {seed}").random() < _LENDS  # noqa: S311 - as above
    if lends:
        many, long = min(many, _LENDING_TILLS), 2 * long
        some = tuple(fault for fault in Fault if fault in some or fault is Fault.OUTAGE)
    faults = some if faults is None else faults
    return Plan(seed=seed, tills=tills or many, steps=steps or long, faults=faults, lends=lends)
