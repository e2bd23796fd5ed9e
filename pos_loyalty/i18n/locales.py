"""One object that knows how the reader at this terminal wants everything written."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from pos_loyalty.core.calendars import local_day
from pos_loyalty.core.members import Calendar, Occasion
from pos_loyalty.i18n.amounts import AmountFault, DisplayUnit, format_amount, format_figure, parse_amount, unit_name
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.catalogue import Catalogue, catalogue_of
from pos_loyalty.i18n.dates import day_month, long_date, short_date, time_of_day
from pos_loyalty.i18n.digits import Digits, group, write
from pos_loyalty.i18n.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """Language, digits, calendar, money unit and time zone of a reader."""

    language: Language
    digits: Digits
    calendar: Calendar
    currency: str
    """ISO 4217 code."""
    display_unit: DisplayUnit
    zone: dt.tzinfo

    @classmethod
    def of(
        cls,
        language: Language,
        *,
        currency: str,
        zone: dt.tzinfo,
        digits: Digits | None = None,
        calendar: Calendar | None = None,
        display_unit: DisplayUnit = DisplayUnit.CURRENCY,
    ) -> Self:
        """Make a locale; digits and calendar are those of the language unless given."""
        return cls(
            language=language,
            digits=digits or language.digits,
            calendar=calendar or language.calendar,
            currency=currency,
            display_unit=display_unit,
            zone=zone,
        )

    @property
    def base(self) -> int:
        """The paragraph level for :func:`pos_loyalty.i18n.bidi.visual_line`: 1 for right-to-left."""
        return self.language.base_level

    @property
    def catalogue(self) -> Catalogue:
        """The messages of the language."""
        return catalogue_of(self.language)

    def text(self, message: str, /, **params: object) -> str:
        """Return a sentence in this language: integers in its digits, strings isolated where they would not fit in."""
        return self.catalogue.text(message, **self._written(params))

    def plural(self, one: str, many: str, n: int, /, **params: object) -> str:
        """Return the sentence that ``n`` asks for, with ``{n}`` in the digits of this language."""
        return self.catalogue.plural(one, many, n, n=self.number(n), **self._written(params))

    def sense(self, context: str, message: str, /, **params: object) -> str:
        """Return a word as it is meant in ``context``."""
        return self.catalogue.sense(context, message, **self._written(params))

    def number(self, number: int) -> str:
        """Return a count or points, thousands apart."""
        return group(number, self.digits)

    def points(self, points: int) -> str:
        """Return a number of points with the word for them."""
        return self.plural("{n} point", "{n} points", points)

    def written(self, text: str) -> str:
        """Return ``text`` with its digits in those of this locale. For display only: not for codes or phones."""
        return write(text, self.digits)

    @property
    def money_unit(self) -> str:
        """The word or sign of the unit in which amounts are shown and typed."""
        return unit_name(self.currency, self.display_unit, self.language)

    def amount(self, minor: int) -> str:
        """Return money with its unit."""
        return format_amount(
            minor, self.currency, display_unit=self.display_unit, digits=self.digits, language=self.language
        )

    def figure(self, minor: int) -> str:
        """Return money without its unit, for a column whose total names it."""
        return format_figure(minor, self.currency, self.display_unit, self.digits)

    def parse_amount(self, text: str) -> int | AmountFault:
        """Return the minor units of a typed amount, or what is wrong with it (``amounts.FAULT_MESSAGES``)."""
        return parse_amount(text, self.currency, self.display_unit)

    def date(self, day: dt.date) -> str:
        """Return a day, or the day of a moment in this time zone, with the month by name."""
        return long_date(self.day(day), self.calendar, self.language, self.digits)

    def short_date(self, day: dt.date) -> str:
        """Return a day, or the day of a moment in this time zone, as numbers."""
        return short_date(self.day(day), self.calendar, self.language, self.digits)

    def time(self, moment: dt.datetime) -> str:
        """Return the time of day of a moment in this time zone."""
        return time_of_day(moment.astimezone(self.zone).time(), self.digits)

    def occasion(self, occasion: Occasion) -> str:
        """Return the day and month of an occasion in its own calendar."""
        return day_month(occasion.month, occasion.day, occasion.calendar, self.language, self.digits)

    def days_away(self, days: int) -> str:
        """Return how far off a coming day is: today, tomorrow, in so many days."""
        if days == 0:
            return self.text("today")
        if days == 1:
            return self.text("tomorrow")
        return self.plural("in {n} day", "in {n} days", days)

    def day(self, day: dt.date) -> dt.date:
        """Return the day itself, or the day that a moment falls on in this time zone."""
        return local_day(day, self.zone) if isinstance(day, dt.datetime) else day

    def _written(self, params: dict[str, object]) -> dict[str, object]:
        return {name: self._value(value) for name, value in params.items()}

    def _value(self, value: object) -> object:
        if isinstance(value, int):
            return self.number(value)
        return isolate_in(value, self.base) if isinstance(value, str) else value
