"""The first thing to see: who it is, in their own language, and the one thing to say."""

from datetime import date, datetime

from pos_loyalty.core.calendars import days_until
from pos_loyalty.core.members import Member, Occasion
from pos_loyalty.core.products import in_language
from pos_loyalty.core.programs import Tier
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import welcome
from pos_loyalty.service.wire import Shop
from tui.present.locales import language_for
from tui.present.words import listed
from tui.rows import Role, Row

OCCASION_DAYS = 14
"""How far ahead an occasion is worth a word."""

_KINDS = {
    "birthday": mark("birthday"),
    "anniversary": mark("anniversary"),
    "wedding": mark("wedding anniversary"),
    "name_day": mark("name day"),
}


ONLY_A_PASS = mark("Known by the pass alone; the rest comes when the till is online.")
"""Instead of "first visit", which nobody here knows."""


def greeting(member: Member | None, shop: Shop, say: Locale, now: datetime) -> tuple[Row, ...]:
    """Return the name with the tier at its end, what to say to this person now, and the services of the tier."""
    if member is None:
        return (
            Row(say.text("Customer without a card"), Role.NAME),
            Row(say.text("Scan a card at any time: the sale is kept and the points are theirs."), Role.QUIET),
        )
    hello = welcome(member.name, language_for(member, shop))
    return (
        Row(hello, Role.NAME, end=_tier(member, shop, say), end_role=Role.LEAD, personal=True),
        _lead(member, say, now),
        *_perks(member, shop, say),
    )


def occasions_near(member: Member, today: date) -> tuple[tuple[int, Occasion], ...]:
    """Return the occasions of the next ``OCCASION_DAYS`` days, nearest first, each with its days ahead."""
    ahead = ((days_until(o.month, o.day, o.calendar, today), o) for o in member.occasions)
    near = [(days, occasion) for days, occasion in ahead if days is not None and days <= OCCASION_DAYS]
    return tuple(sorted(near, key=lambda item: item[0]))


def occasion_sentence(days: int, occasion: Occasion, say: Locale) -> str:
    """Say what comes and when: "Birthday (daughter Sara) in 3 days"."""
    sentence = _occasion(days, occasion, say)
    return sentence[:1].upper() + sentence[1:]


def _occasion(days: int, occasion: Occasion, say: Locale) -> str:
    kind = _KINDS.get(occasion.kind)
    what = say.text(kind) if kind else isolate_in(occasion.kind, say.base)
    if occasion.label:
        what = say.text("{what} ({whose})", what=what, whose=occasion.label)
    if days == 0:
        return say.text("{what} is today", what=what)
    if days == 1:
        return say.text("{what} is tomorrow", what=what)
    return say.plural("{what} in {n} day", "{what} in {n} days", days, what=what)


def visits_sentence(member: Member, say: Locale, now: datetime) -> str:
    """Say how well the shop knows this person: the visits before today, and the last of them.

    Without today's, because a greeting is shown before the visit that it opens is written and again afterwards.
    """
    before = [visit.opened_at for visit in member.visits if say.day(visit.opened_at) < say.day(now)]
    visits = member.visit_count - (len(member.visits) - len(before))
    if visits < 1:
        return say.text("First visit: welcome them to the shop")
    count = say.plural("{n} visit", "{n} visits", visits)
    return say.text("{count} · last {day}", count=count, day=say.short_date(before[0])) if before else count


def _lead(member: Member, say: Locale, now: datetime) -> Row:
    if member.from_pass:
        return Row(say.text(ONLY_A_PASS), Role.QUIET)
    near = occasions_near(member, say.day(now))
    if near:
        return Row(occasion_sentence(*near[0], say), Role.LEAD, symbol="★")
    return Row(visits_sentence(member, say, now), Role.QUIET)


def _perks(member: Member, shop: Shop, say: Locale) -> tuple[Row, ...]:
    tier = _tier_of(member, shop)
    perks = [isolate_in(in_language(perk, say.language), say.base) for perk in tier.perks] if tier else []
    return (Row(listed(perks), Role.LEAD, symbol="◆"),) if perks else ()


def _tier_of(member: Member, shop: Shop) -> Tier | None:
    return next((tier for tier in shop.tiers if tier.tier_id == member.tier), None)


def _tier(member: Member, shop: Shop, say: Locale) -> str:
    tier = _tier_of(member, shop)
    name = in_language(tier.name, say.language) if tier else ""
    return f"◆ {isolate_in(name, say.base)}" if name else ""
