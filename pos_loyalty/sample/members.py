"""Members by the thousand: a stream that is the same every time and never held in memory.

Aim: at most 40 µs a member, so that a million of them takes less time to make than to store. That is why one source
of random numbers in 0..1 is drawn from directly and why identifiers of a member share their first 24 characters.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member, Note, Occasion, PersonName, Preference, Purchase, Visit
from pos_loyalty.core.products import Product
from pos_loyalty.sample.cultures import ARABIC, ENGLISH, MIX, PERSIAN, Culture
from pos_loyalty.sample.ean import ean13
from pos_loyalty.sample.programs import ACCOUNT, RIALS_PER_POINT, tier_for

_T = TypeVar("_T")

_IDS_BEGIN_MS = 1_735_689_600_000
"""2025-01-01, the time inside the UUIDv7 of everything in the sample."""
_PURCHASES = (0, 1, 1, 2, 2, 3, 4, 6)
_GAP_DAYS = 75
_OPEN_MINUTES = (390, 1_050)
"""10:00 to 21:00 in Tehran, in minutes UTC."""
_PHONE_STRIDE = 7_654_321
"""Odd and no multiple of five, so it visits every number of 7 or 8 digits before it repeats one."""
_BIRTH_YEARS = 50
_DAY_MAX = 28
"""Every month of the three calendars has 28 days."""
_SHIRTS = ("38", "39", "40", "41", "42", "43")
_SUITS = ("46", "48", "50", "52", "54", "56")
_SHOES = ("40", "41", "42", "43", "44", "45")


class SampleMembers:
    """``count`` members from number ``first`` on; each iteration begins anew and gives the same members."""

    def __init__(self, count: int, *, today: date, seed: int, products: Sequence[Product], first: int = 0) -> None:
        self._count = count
        self._first = first
        self._today = datetime.combine(today, time(), UTC)
        self._seed = seed
        self._prices = [product.unit_price for product in products]
        self._names = {
            culture.language: [product.name[culture.language] for product in products]
            for culture in (PERSIAN, ARABIC, ENGLISH)
        }

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Member]:
        draw = random.Random(self._seed).random  # noqa: S311 - a sample that must repeat, nothing secret
        for number in range(self._first, self._first + self._count):
            yield self._member(number, draw)

    def _member(self, number: int, draw: Callable[[], float]) -> Member:
        culture = _pick(MIX, draw)
        head = _id_head(number, draw)
        purchases = self._purchases(head, culture, draw)
        spent = sum(purchase.net for purchase in purchases)
        visits = _visits(head, purchases)
        return Member(
            member_id=f"{head}000",
            name=_name(culture, draw),
            language=culture.language,
            tier=tier_for(spent),
            identifiers=_identifiers(number, culture, draw),
            balances={ACCOUNT: spent // RIALS_PER_POINT + int(draw() * 300)},
            preferences=_preferences(culture, draw),
            occasions=_occasions(culture, draw),
            notes=_notes(head, self._today, culture, draw),
            visits=visits,
            purchases=purchases,
            visit_count=len(visits) + int(draw() * 4),
            purchase_count=len(purchases),
            enrolled_at=self._today - timedelta(days=500 + int(draw() * 1_000)),
        )

    def _purchases(self, head: str, culture: Culture, draw: Callable[[], float]) -> tuple[Purchase, ...]:
        """Return what was bought, newest first."""
        names = self._names[culture.language]
        made, at, (opens, closes) = [], self._today, _OPEN_MINUTES
        for number in range(_pick(_PURCHASES, draw)):
            at -= timedelta(days=2 + int(draw() * _GAP_DAYS))
            moment = at + timedelta(minutes=opens + int(draw() * (closes - opens)))
            chosen = [int(draw() * len(names)) for _ in range(1 + int(draw() * 3))]
            made.append(
                Purchase(
                    event_id=f"{head}1{number:02x}",
                    basket_id=f"{head}2{number:02x}",
                    at=moment,
                    currency="IRR",
                    net=sum(self._prices[i] for i in chosen),
                    items=tuple(names[i] for i in chosen),
                )
            )
        return tuple(made)


def _pick(choices: Sequence[_T], draw: Callable[[], float]) -> _T:
    return choices[int(draw() * len(choices))]


def _id_head(number: int, draw: Callable[[], float]) -> str:
    """Return a UUIDv7 (RFC 9562 §5.7) without its last three digits, unique by ``number``."""
    time_ms = f"{_IDS_BEGIN_MS + number:012x}"
    return f"{time_ms[:8]}-{time_ms[8:]}-7{int(draw() * 0x1000):03x}-8{int(draw() * 0x1000):03x}-{number:09x}"


def _name(culture: Culture, draw: Callable[[], float]) -> PersonName:
    man = draw() < 0.6  # noqa: PLR2004 - a menswear shop
    return PersonName(
        given=_pick(culture.men if man else culture.women, draw),
        family=_pick(culture.families, draw),
        title=_pick(culture.titles_men if man else culture.titles_women, draw),
    )


def _identifiers(number: int, culture: Culture, draw: Callable[[], float]) -> tuple[Identifier, ...]:
    """Return the card, mostly a phone number, sometimes a QR code. None is anybody else's."""
    kind = int(draw() * 10)
    card = (
        Identifier(IdentifierKind.CARD, f"PL-{100_000 + number}")
        if kind % 2
        else Identifier(IdentifierKind.BARCODE, ean13(f"21{number:010}"))
    )
    made = [card]
    if kind:
        local = number * _PHONE_STRIDE % 10**culture.phone_digits
        made.append(Identifier(IdentifierKind.PHONE, f"{culture.phone}{local:0{culture.phone_digits}}"))
    if kind % 3 == 0:
        made.append(Identifier(IdentifierKind.QR, f"HTTPS://CLUB.EXAMPLE/M/{number:07X}"))
    return tuple(made)


def _preferences(culture: Culture, draw: Callable[[], float]) -> tuple[Preference, ...]:
    size = int(draw() * len(_SHIRTS))
    return (
        Preference(key="size.shirt", value=_SHIRTS[size]),
        Preference(key="size.suit", value=_SUITS[size]),
        Preference(key="size.shoe", value=_pick(_SHOES, draw)),
        Preference(key="colour", value=_pick(culture.colours, draw)),
        Preference(key="drink", value=_pick(culture.drinks, draw)),
    )[int(draw() * 4) :]


def _occasions(culture: Culture, draw: Callable[[], float]) -> tuple[Occasion, ...]:
    """Return none (one in four), the member's birthday (two), or that of one of the family as well (one)."""
    how_many = (0, 1, 1, 2)[int(draw() * 4)]
    calendar, first_year = _pick(culture.calendars, draw)
    month, day = 1 + int(draw() * 12), 1 + int(draw() * _DAY_MAX)
    year = first_year + int(draw() * _BIRTH_YEARS)
    label = _pick(culture.labels, draw)
    return (
        Occasion(kind="birthday", calendar=calendar, month=month, day=day, year=year),
        Occasion(kind="birthday", calendar=calendar, month=13 - month, day=_DAY_MAX + 1 - day, label=label),
    )[:how_many]


def _notes(head: str, today: datetime, culture: Culture, draw: Callable[[], float]) -> tuple[Note, ...]:
    how_many = max(0, int(draw() * 5) - 2)
    return tuple(
        Note(
            event_id=f"{head}3{n:02x}",
            at=today - timedelta(days=3 + 40 * n + int(draw() * 30), hours=12),
            text=_pick(culture.notes, draw),
            associate_id="maryam",
        )
        for n in range(how_many)
    )


def _visits(head: str, purchases: tuple[Purchase, ...]) -> tuple[Visit, ...]:
    return tuple(
        Visit(
            visit_id=f"{head}4{n:02x}",
            opened_at=purchase.at - timedelta(minutes=20),
            closed_at=purchase.at + timedelta(minutes=1),
            place="register",
        )
        for n, purchase in enumerate(purchases)
    )
