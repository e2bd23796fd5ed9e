"""The three languages of the product, equal in rank."""

from enum import StrEnum
from typing import Literal

from pos_loyalty.core.members import Calendar
from pos_loyalty.i18n.digits import Digits


class Language(StrEnum):
    """A language with a catalogue; the value is its ISO 639-1 code."""

    EN = "en"
    FA = "fa"
    AR = "ar"

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way its lines run."""
        return "ltr" if self is Language.EN else "rtl"

    @property
    def base_level(self) -> int:
        """The paragraph embedding level (UAX #9, BD4) of a line of service text: 0 or 1."""
        return int(self.direction == "rtl")

    @property
    def digits(self) -> Digits:
        """The digits its readers expect unless the shop says otherwise."""
        return {Language.EN: Digits.LATN, Language.FA: Digits.FA, Language.AR: Digits.AR}[self]

    @property
    def calendar(self) -> Calendar:
        """The calendar of business life: Jalali in Persian; Gregorian in English and Arabic."""
        return Calendar.JALALI if self is Language.FA else Calendar.GREGORIAN


def language_of(code: str, fallback: Language = Language.EN) -> Language:
    """Return the language of a tag such as ``fa``, ``ar-KW`` or ``en_GB``; ``fallback`` when we have no catalogue.

    >>> language_of("ar-KW").value, language_of("").value
    ('ar', 'en')
    """
    primary = code.replace("_", "-").partition("-")[0].lower()
    return next((language for language in Language if language.value == primary), fallback)
