"""Who reads: the cashier's language for the screen, the member's for what is said to the member."""

from zoneinfo import ZoneInfo

from pos_loyalty.core.members import Calendar, Member
from pos_loyalty.i18n.amounts import DisplayUnit
from pos_loyalty.i18n.digits import Digits
from pos_loyalty.i18n.languages import Language, language_of
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import Shop


def locale_of(shop: Shop, language: Language) -> Locale:
    """Return how ``shop`` writes for a reader of ``language``; ``auto`` leaves digits and calendar to the language."""
    return Locale.of(
        language,
        currency=shop.currency,
        zone=ZoneInfo(shop.time_zone),
        digits=next((digits for digits in Digits if digits == shop.digits), None),
        calendar=next((calendar for calendar in Calendar if calendar == shop.calendar), None),
        display_unit=DisplayUnit(shop.display_unit),
    )


def language_for(member: Member | None, shop: Shop) -> Language:
    """Return the language to speak to ``member`` in: theirs if it is set, else the shop's."""
    return language_of(member.language if member else "", language_of(shop.language))
