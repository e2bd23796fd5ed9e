"""The person before the points: what a good seller would want to know, in the order of a glance."""

from datetime import datetime

from pos_loyalty.core.members import Member, Note, Purchase, PurchaseStatus
from pos_loyalty.i18n.bidi import isolate, isolate_in
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from tui.present.greeting import occasion_sentence, occasions_near, visits_sentence
from tui.rows import Role, Row

_STATUS = {
    PurchaseStatus.PAID: "",
    PurchaseStatus.PARTLY_RETURNED: mark("partly returned"),
    PurchaseStatus.RETURNED: mark("returned"),
    PurchaseStatus.VOIDED: mark("voided"),
}
_KEYS = {
    "size": mark("size"),
    "size.shirt": mark("shirt size"),
    "size.shoe": mark("shoe size"),
    "size.suit": mark("suit size"),
    "size.trousers": mark("trouser size"),
    "colour": mark("colour"),
    "color": mark("colour"),
    "drink": mark("drink"),
    "contact": mark("contact"),
    "brand": mark("brand"),
    "style": mark("style"),
    "fabric": mark("fabric"),
    "allergy": mark("allergy"),
}


def person(member: Member | None, say: Locale, now: datetime) -> tuple[Row, ...]:
    """Return everything worth knowing, newest first; the pane shows what fits and pages through the rest.

    Of a member whom only a pass tells, little is known, which is not the same as none.
    """
    if member is None:
        return (
            Row(say.text("Nobody is known yet."), Role.QUIET, lines=2),
            Row(say.text("Ask: do you have our card? F2 finds a name or a phone number."), Role.QUIET, lines=3),
        )
    sections = (_today(member, say, now), _likes(member, say), _notes(member, say), _purchases(member, say))
    return tuple(row for section in sections for row in section)


def preference_name(key: str, say: Locale) -> str:
    """Return what a preference is called; a key of the shop's own is shown as it is, without its dots."""
    known = _KEYS.get(key)
    return say.text(known) if known else isolate_in(key.replace(".", " ").replace("_", " "), say.base)


def _today(member: Member, say: Locale, now: datetime) -> tuple[Row, ...]:
    near = occasions_near(member, say.day(now))
    further = tuple(Row(occasion_sentence(days, o, say), Role.LEAD, symbol="★", lines=2) for days, o in near[1:])
    # Without an occasion the visits stand under the name already.
    return (*further, Row(visits_sentence(member, say, now), Role.QUIET, lines=2)) if near else ()


def _likes(member: Member, say: Locale) -> tuple[Row, ...]:
    if not member.preferences:
        return ()
    likes = " · ".join(
        f"{preference_name(p.key, say)}: {isolate_in(say.written(p.value), say.base)}" for p in member.preferences
    )
    return Row(say.text("Likes"), Role.HEAD), Row(likes, lines=4)


def _notes(member: Member, say: Locale) -> tuple[Row, ...]:
    if not member.notes:
        return ()
    return (Row(say.text("Notes"), Role.HEAD), *(_note(note) for note in member.notes))


def _note(note: Note) -> Row:
    return Row(note.text, symbol="•", symbol_role=Role.QUIET, lines=3, personal=True)


def _purchases(member: Member, say: Locale) -> tuple[Row, ...]:
    if not member.purchases and member.from_pass:
        return (Row(say.text("Likes, notes and purchases come when the till is online."), Role.QUIET, lines=3),)
    if not member.purchases:
        return (Row(say.text("No purchase yet"), Role.QUIET),)
    heading = say.plural("{n} purchase", "{n} purchases", max(member.purchase_count, len(member.purchases)))
    return (Row(heading, Role.HEAD), *(_purchase(purchase, say) for purchase in member.purchases))


def _purchase(purchase: Purchase, say: Locale) -> Row:
    items = say.sense("between items", ", ").join(isolate(item) for item in purchase.items)
    status = _STATUS[purchase.status]
    what = f"{items} ({say.text(status)})" if status else items
    return Row(
        what or say.amount(purchase.net),
        symbol="•",
        symbol_role=Role.QUIET,
        end=say.short_date(purchase.at),
        end_role=Role.QUIET,
    )
