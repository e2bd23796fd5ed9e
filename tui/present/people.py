"""Members to choose from: enough to tell two people of one name apart, and no more than a customer may see."""

from collections.abc import Sequence

from msgspec.structs import replace

from pos_loyalty.core.identifiers import IdentifierKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import in_language
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import display_name, full_name
from pos_loyalty.service.wire import Shop
from tui.rows import Role, Row

PICKED_BY_DIGIT = 9
_PHONE_TAIL = 4


def people(
    members: Sequence[Member], selected: int | None, shop: Shop, say: Locale, *, numbered: bool = True
) -> tuple[Row, ...]:
    """Return one row for each member, if ``numbered`` with the digit that picks it."""
    rows = (_person(member, i, shop, say, is_selected=i == selected) for i, member in enumerate(members))
    return tuple(rows if numbered else (replace(row, symbol=" ") for row in rows))


def nobody(say: Locale) -> tuple[Row, ...]:
    """Return what stands in the place of the list when no name begins like the text."""
    return (Row(say.text("Nobody by this name. Enter tries it as a code."), Role.QUIET, lines=2),)


def _person(member: Member, i: int, shop: Shop, say: Locale, *, is_selected: bool) -> Row:
    # A list needs the whole name, also where one would say only the family name.
    name = full_name(member.name) or display_name(member.name, say.language) or say.text("No name")
    tier = next((in_language(tier.name, say.language) for tier in shop.tiers if tier.tier_id == member.tier), "")
    tail = _phone_tail(member)
    phone = say.text("phone ends in {tail}", tail=tail) if tail else ""
    known = (phone, isolate_in(tier, say.base) if tier else "")
    return Row(
        name,
        Role.LEAD if is_selected else Role.PLAIN,
        end=" · ".join(part for part in known if part),
        end_role=Role.QUIET,
        symbol=say.number(i + 1) if i < PICKED_BY_DIGIT else " ",
        symbol_role=Role.KEY,
        selected=is_selected,
        personal=True,
    )


def _phone_tail(member: Member) -> str:
    phones = (one.value for one in member.identifiers if one.kind is IdentifierKind.PHONE)
    return next(phones, "")[-_PHONE_TAIL:]
