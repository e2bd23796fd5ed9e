"""Words and numbers that every part of a program is written in."""

from decimal import Decimal
from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(pattern="^[^/@\\s]+$", max_length=64)]
"""What others refer to. Sources and claims are written ``program@version/rule``, so it holds neither sign."""
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
Days = Annotated[int, msgspec.Meta(ge=0, le=36_600)]
"""At most a hundred years."""
SomeDays = Annotated[int, msgspec.Meta(ge=1, le=36_600)]
Texts = dict[str, str]
"""Language to text."""

WHOLE = 100
HUNDREDTHS = 10_000
"""A whole in hundredths of a percent: every percentage is reckoned as ``amount * hundredths / HUNDREDTHS``."""
TIMES_MAX = 100
_HUNDREDTH = Decimal("0.01")


def hundredths(percent: Decimal) -> int:
    """Return ``percent`` in hundredths of a percent."""
    return int(percent * WHOLE)


def check_percent(name: str, percent: Decimal) -> None:
    """Refuse a percentage that cannot be explained in whole hundredths (msgspec's protocol: ValueError)."""
    # The comparison comes first: the remainder of a number with 30 digits is beyond Decimal's precision, and raises.
    if not percent.is_finite() or not _HUNDREDTH <= percent <= WHOLE or percent % _HUNDREDTH:
        raise ValueError(f"{name} is {percent}: expected 0.01 to 100 in steps of 0.01")


def check_times(times: Decimal) -> None:
    """Refuse a multiplier that is none (msgspec's protocol: ValueError)."""
    if not times.is_finite() or not _HUNDREDTH <= times <= TIMES_MAX or times % _HUNDREDTH:
        raise ValueError(f"times is {times}: expected 0.01 to {TIMES_MAX} in steps of 0.01")


def check_unique(what: str, names: list[str]) -> None:
    """Refuse a name that is used twice (msgspec's protocol: ValueError)."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {twice[0]!r} is there twice: every one needs a name of its own")
