"""Who, where and when: conditions that do not look at the goods."""

import msgspec

from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.windows import When

ALWAYS = When()


class Only(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that is given must hold; of a list, one."""

    when: When = ALWAYS
    """By the wall clock of the store."""
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    first_purchase: bool = False
    """The member has bought nothing before."""
    occasion: OccasionWindow | None = None
    """Near a birthday or another occasion of the member, and 365 days after it was granted last."""

    @property
    def always(self) -> bool:
        """Whether nothing is asked."""
        return self == ANYBODY


ANYBODY = Only()
