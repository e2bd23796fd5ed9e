"""How often, and for how much, a program may give."""

from enum import StrEnum

import msgspec

from pos_loyalty.core.programs.terms import AtLeastOne, Name


class Measure(StrEnum):
    """What a limit counts."""

    USES = "uses"
    """Baskets in which the program gave something."""
    VALUE = "value"
    """Minor units of discounts and gifts."""
    POINTS = "points"
    """Points that were earned."""


class Scope(StrEnum):
    """Over what a limit counts."""

    TOTAL = "total"
    STORE = "store"
    MEMBER = "member"


class Period(StrEnum):
    """When a limit begins anew, by the calendar day of the store."""

    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    """From Monday, ISO 8601."""
    MONTH = "month"
    YEAR = "year"


class Limit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """At most ``most`` of something, for each of a scope and a period."""

    limit_id: Name
    most: AtLeastOne
    of: Measure = Measure.USES
    per: Scope = Scope.MEMBER
    each: Period = Period.EVER
