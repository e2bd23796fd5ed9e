"""Claims: what the customer asks for."""

from collections.abc import Iterable
from typing import Annotated

import msgspec


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One reward the customer wants, with the choices it leaves."""

    reward: str
    """``program/reward``."""
    points: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """How many points to spend, or minor units to pay by card or wallet; absent: as many as are of use."""
    times: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    """So many times over, at so many times the cost; for free items."""
    gifts: tuple[str, ...] = ()
    """The product ids that were chosen."""
    line: int | None = None
    """The line that was chosen."""
    code: str = ""
    """The voucher that pays for it; absent: the one that ends soonest."""


Claims = tuple[str | Claim, ...]
"""A claim that leaves no choice may be written as the name of its reward."""


def spelt_out(claims: Iterable[str | Claim]) -> tuple[Claim, ...]:
    """Return ``claims`` with every short one written in full."""
    return tuple(claim if isinstance(claim, Claim) else Claim(reward=claim) for claim in claims)
