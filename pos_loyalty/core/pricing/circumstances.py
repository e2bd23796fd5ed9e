"""Who buys, where and when: the conditions that do not look at the goods."""

from datetime import date, datetime, timedelta

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.members import Member
from pos_loyalty.core.occasions import (
    OccasionWindow,
    grantable_from,
    granted_lately,
    next_occasion,
    occasion_today,
)
from pos_loyalty.core.programs import Only
from pos_loyalty.core.windows import When, holds, next_opening


class Circumstances:
    """One basket's circumstances. ``now`` is in the zone of the store, whose clock and calendar count."""

    __slots__ = ("channel", "member", "now", "store_id", "today")

    def __init__(self, basket: Basket, member: Member | None, now: datetime) -> None:
        self.member = member
        self.now = now
        self.today = now.date()
        self.store_id = basket.store_id
        self.channel = basket.channel

    def against(self, only: Only, program_id: str) -> Reason | None:
        """Return why ``only`` does not hold; None if it does."""
        if only.always:
            return None
        return self._place(only) or self._person(only, program_id) or self._time(only.when)

    def _place(self, only: Only) -> Reason | None:
        if only.stores and self.store_id not in only.stores:
            return Reason(Because.OTHER_STORE)
        if only.channels and self.channel not in only.channels:
            return Reason(Because.OTHER_CHANNEL)
        return None

    def _person(self, only: Only, program_id: str) -> Reason | None:
        if not (only.tiers or only.segments or only.first_purchase or only.occasion):
            return None
        member = self.member
        if member is None:
            return Reason(Because.NO_MEMBER)
        if only.tiers and member.tier not in only.tiers:
            return Reason(Because.OTHER_TIER, {}, {"tier": only.tiers[0]})
        if only.segments and not set(only.segments) & set(member.segments):
            return Reason(Because.OTHER_SEGMENT)
        # Of a member who is known by a pass alone nobody here knows what they bought.
        if only.first_purchase and (member.purchase_count or member.from_pass):
            return Reason(Because.NOT_FIRST_PURCHASE)
        return self._occasion(only.occasion, member, program_id) if only.occasion else None

    def _occasion(self, window: OccasionWindow, member: Member, program_id: str) -> Reason | None:
        if occasion_today(window, member.occasions, self.today) is None:
            day = next_occasion(window, member.occasions, self.today)
            return Reason(Because.NO_OCCASION, at=self.midnight(day) if day else None)
        last = member.granted.get(program_id)
        if last is None or not granted_lately(last, self.today):
            return None
        return Reason(Because.USED, {"most": 1}, {"each": "occasion"}, self.midnight(grantable_from(last)))

    def _time(self, when: When) -> Reason | None:
        if when.always or holds(when, self.now):
            return None
        opening = next_opening(when, self.now)
        return Reason(Because.NOT_YET, at=opening) if opening else Reason(Because.OVER)

    def midnight(self, day: date) -> datetime:
        """Return the first moment of ``day`` in the store."""
        return datetime(day.year, day.month, day.day, tzinfo=self.now.tzinfo)

    def day_in(self, days: int) -> date:
        """Return the day that is so many days from today, at most the last day there is."""
        return self.today + timedelta(days=min(days, (date.max - self.today).days))
