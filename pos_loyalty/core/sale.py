"""A sale as it stands: what was sold, and what has come back of it since."""

from collections import Counter

import msgspec

from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned


class Sale(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One committed basket with all its returns. Everything a till needs to take goods back is in it."""

    event_id: str
    """Of the event ``basket.committed``."""
    body: BasketCommitted
    programs: tuple[str, ...] = ()
    """``Event.program_versions`` of the sale: ``name@version``."""
    returns: tuple[BasketReturned, ...] = ()
    """Every earlier return of this sale, oldest first."""
    voided: bool = False

    @property
    def back(self) -> Counter[int]:
        """How many units of each line have come back, by line number."""
        units: Counter[int] = Counter()
        for returned in self.returns:
            for line in returned.lines:
                units[line.number] += line.quantity
        return units

    @property
    def out(self) -> dict[int, int]:
        """How many units of each line are still with the customer, by line number, without those at 0."""
        if self.voided:
            return {}
        back = self.back
        left = {line.number: line.quantity - back[line.number] for line in self.body.lines}
        return {number: units for number, units in left.items() if units > 0}
