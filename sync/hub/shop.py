"""What the shop is at the moment of a step. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from pos_loyalty.core.programs import ProgramSet
from sync.hub.scoping import Seen

LATE_MAX = timedelta(days=35)
"""As long as a till keeps what was acknowledged. Points of a sale that says it is older begin to live this long ago:
a clock at 1970 must not make them expire at birth."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Shop(NamedTuple):
    """Programs, their zone, and the hub's clock."""

    programs: ProgramSet
    zone: tzinfo
    """Of the programs: points expire by its date."""
    now: datetime
    """Aware."""
    store_id: str = ""
    """Where the terminal stands whose step it is; empty: in none."""

    @property
    def now_ms(self) -> int:
        """The clock in milliseconds since 1970 UTC."""
        return milliseconds(self.now)

    @property
    def local_now(self) -> datetime:
        """The clock in the programs' zone."""
        return self.now.astimezone(self.zone)

    @property
    def seen(self) -> Seen:
        """Where and when members are seen in this step."""
        return Seen(self.store_id, self.local_now.toordinal())

    def moment_of(self, occurred_at: datetime) -> datetime:
        """Return when something happened, as far as the clock of its terminal can be believed, in the zone."""
        return max(self.now - LATE_MAX, min(occurred_at, self.now)).astimezone(self.zone)


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MS
