"""A member as lines of plain text, in logical order: a terminal or a pager puts right-to-left words in order itself."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pos_loyalty.core.members import Member, Occasion
from pos_loyalty.i18n.amounts import DisplayUnit
from pos_loyalty.i18n.languages import Language, language_of
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import display_name, full_name
from pos_loyalty.service.wire import Shop

_SHOWN = 5
"""Purchases and notes; ``--json`` has all of them."""


def one_line(member: Member) -> str:
    """Return who it is, for a list."""
    language = language_of(member.language)
    name = display_name(member.name, language)
    whole = full_name(member.name)
    parts = (name, "" if whole in name else whole, member.tier, member.member_id)
    return "  ".join(part for part in parts if part)


def lines(member: Member, shop: Shop) -> Iterator[str]:
    """Yield everything worth reading about a member, one fact a line."""
    write = Locale.of(
        Language.EN,
        currency=shop.currency,
        zone=ZoneInfo(shop.time_zone),
        display_unit=DisplayUnit(shop.display_unit),
    )
    yield one_line(member)
    for account, points in member.balances.items():
        yield _fact("points", f"{write.points(points)} in {account}")
    for identifier in member.identifiers:
        yield _fact(identifier.kind.value, identifier.value)
    for preference in member.preferences:
        yield _fact("likes", f"{preference.key}: {preference.value}")
    for occasion in member.occasions:
        yield _fact("occasion", _occasion(occasion))
    for note in member.notes[:_SHOWN]:
        yield _fact("note", f"{write.short_date(note.at)}  {note.text}")
    for purchase in member.purchases[:_SHOWN]:
        yield _fact("bought", f"{write.short_date(purchase.at)}  {write.amount(purchase.net)}  {_list(purchase.items)}")
    yield _fact("visits", f"{member.visit_count}, purchases {member.purchase_count}")


def _fact(name: str, value: str) -> str:
    return f"  {name:<10}{value}"


def _list(items: tuple[str, ...]) -> str:
    return " | ".join(items)


def _occasion(occasion: Occasion) -> str:
    whose = f" of {occasion.label}" if occasion.label else ""
    return f"{occasion.kind}{whose}: {occasion.month:02}-{occasion.day:02} ({occasion.calendar.value})"
