"""By which clock points live."""

from datetime import UTC, datetime, timedelta, timezone

from pos_loyalty.core.programs import ProgramSet
from sync.hub.shop import LATE_MAX, Shop
from tests.sync.hub.shop import NOON

TEHRAN = timezone(timedelta(hours=3, minutes=30))
SHOP = Shop(ProgramSet(), TEHRAN, NOON)


def test_a_sale_counts_from_when_it_was_in_the_zone_of_the_programs() -> None:
    """A till that was offline for a week dates its points itself, by the date in the shop."""
    late = datetime(2026, 3, 14, 21, tzinfo=UTC)
    assert SHOP.moment_of(late) == late
    assert SHOP.moment_of(late).date().isoformat() == "2026-03-15"


def test_a_clock_that_is_wrong_is_believed_only_so_far() -> None:
    """Nothing happened after now; and points of a till that lives in 1970 are not born expired."""
    assert SHOP.moment_of(NOON + timedelta(days=3650)) == NOON
    assert SHOP.moment_of(datetime(1970, 1, 1, tzinfo=UTC)) == NOON - LATE_MAX


def test_the_hubs_clock_goes_over_the_wire_in_milliseconds() -> None:
    """Whole ones, without a float between."""
    assert Shop(ProgramSet(), UTC, datetime(2026, 3, 21, 12, 0, 0, 1999, tzinfo=UTC)).now_ms == 1_774_094_400_001
