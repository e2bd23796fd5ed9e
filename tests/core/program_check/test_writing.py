"""Jalali dates and toman in programs, which have Gregorian dates and the codes of ISO 4217."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pos_loyalty.core.program_check import Code, Severity
from pos_loyalty.core.programs import Multiplier, Only
from pos_loyalty.core.windows import When, Window
from tests.core.program_check.shops import card, earn, findings, percent, promo


@pytest.mark.parametrize(
    ("fields", "what", "meant"),
    [
        ({"valid_from": datetime(1405, 1, 1, tzinfo=UTC)}, "valid_from", "2026-03-21"),
        ({"valid_from": datetime(1448, 1, 1, tzinfo=UTC)}, "valid_from", "2026-06-16"),
        ({"only": Only(when=When(from_date=date(1405, 12, 29)))}, "from_date", "2027-03-20"),
        (
            {"only": Only(when=When(windows=(Window(rule="FREQ=DAILY", starts=datetime(1405, 1, 1), minutes=9),)))},  # noqa: DTZ001 - a local time
            "starts",
            "2026-03-21",
        ),
        ({"valid_from": datetime(3, 1, 1, tzinfo=UTC)}, "valid_from", ""),
    ],
)
def test_a_date_of_another_calendar_is_told(fields: Any, what: str, meant: str) -> None:  # noqa: ANN401 - any fields
    """Of the Jalali and the Hijri day of that name the one that is nearer to today was meant."""
    found = [f for f in findings(promo("a", percent(10), **fields)) if f.code is Code.OTHER_CALENDAR]
    assert [(f.severity, f.message.startswith(f"{what} of a@1 ")) for f in found] == [(Severity.ERROR, True)]
    assert meant in found[0].message


def test_the_conditions_of_parts_are_looked_at_too() -> None:
    """Rules, rewards and multipliers each have their own."""
    only = Only(when=When(from_date=date(1405, 1, 1)))
    twice = Multiplier(times=Decimal(2), only=only)
    for program in (
        promo("a", percent(10, only=only)),
        card(earn(1, 1, only=only)),
        card(earn(1, 1, multipliers=(twice,))),
    ):
        assert [f.code for f in findings(program)] == [Code.OTHER_CALENDAR]


@pytest.mark.parametrize(("currency", "told"), [("IRR", 0), ("KWD", 0), ("Toman", 1), ("IRT", 1), ("irr", 1), ("", 1)])
def test_a_currency_that_is_none_is_told(currency: str, told: int) -> None:
    """Toman is a way to show rials; no basket is in it."""
    found = findings(promo("a", percent(10), currency=currency), promo("b", percent(10, cap=1), currency=currency))
    assert [f.code for f in found if f.code is not Code.NEVER_WINS] == [Code.NO_CURRENCY] * told
    assert all(f.programs == ("a@1", "b@1") for f in found if f.code is Code.NO_CURRENCY)
