"""Members with fixed codes, for the demo and for tests: three to greet, and two that share one card."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec

from pos_loyalty.core.calendars import in_calendar
from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import (
    Calendar,
    Member,
    Note,
    Occasion,
    PersonName,
    Preference,
    Purchase,
    Title,
    Visit,
)
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.sample.ean import ean13
from pos_loyalty.sample.programs import ACCOUNT
from pos_loyalty.sample.vouchers import COUPON, GESTURE, INVITATION, star_voucher


class Star(msgspec.Struct, frozen=True, kw_only=True):
    """Who they are and what their card says."""

    member_id: str
    code: str
    barcode: str
    gsrn: str
    """On the same card as a GS1 bar code or Digital Link, of GS1's demonstration range."""
    stripe: str
    """The number on the magnetic stripe."""
    tag: str
    """The number of the contactless card."""
    language: str
    family: str


def _star(number: int, language: str, family: str) -> Star:
    service_relation = f"9520123{number:010}"
    return Star(
        member_id=f"01940000-0000-7000-8000-{number:08x}0000",
        code=f"PL-{1000 + number}",
        barcode=ean13(f"20{number:010}"),
        gsrn=service_relation + gs1_check_digit(service_relation),
        stripe=f"{88_000_000 + number}",
        tag=f"04A1B2C3D4{number:04X}",
        language=language,
        family=family,
    )


REZA = _star(1, "fa", "رضایی")
AHMAD = _star(2, "ar", "المنصوري")
EMILY = _star(3, "en", "Carter")
SARA = _star(4, "fa", "تهرانی")
NAVID = _star(5, "fa", "تهرانی")

STARS = (REZA, AHMAD, EMILY)
"""A Persian, an Arabic and an English member."""
AMBIGUOUS_CODE = "PL-2000"
"""A household card: it names Sara and Navid Tehrani."""


def star_members(today: date) -> tuple[Member, ...]:
    """Return the documents of the stars, with histories and occasions around ``today``."""
    return _reza(today), _ahmad(today), _emily(today), *_tehranis(today)


def _reza(today: date) -> Member:
    return Member(
        member_id=REZA.member_id,
        name=PersonName(given="رضا", family=REZA.family, title=Title.MR),
        language="fa",
        tier="gold",
        identifiers=_identifiers(REZA, "+989101234567"),
        balances={ACCOUNT: 2_480, "coffee": 7},
        vouchers=(star_voucher(INVITATION, "invitation", REZA.member_id, today),),
        segments=("suit-lovers",),
        preferences=_taste("40", "50", "43", "خاکستری", "چای دارچین"),
        occasions=(
            _soon(today, 3, Calendar.JALALI, "birthday", 1361),
            _soon(today, 40, Calendar.JALALI, "birthday", 1392, "دخترم سارا"),
        ),
        notes=(
            _note(REZA, 1, today, 12, "آستین را یک سانت کوتاه‌تر می‌پسندد"),
            _note(REZA, 2, today, 70, "برای عروسی برادرش دنبال کراوات است"),
        ),
        purchases=(
            _purchase(REZA, 1, today, 34, 166_500_000, "کت‌وشلوار پشمی خاکستری", "پیراهن نخی سفید"),
            _purchase(REZA, 2, today, 121, 64_000_000, "کفش آکسفورد مشکی"),
            _purchase(REZA, 3, today, 260, 31_000_000, "پیراهن نخی سفید", "کراوات ابریشمی"),
        ),
        visits=_visits(REZA, today, 12, 34, 121, 260),
        visit_count=14,
        purchase_count=9,
        enrolled_at=_noon(today, 1_420),
    )


def _ahmad(today: date) -> Member:
    return Member(
        member_id=AHMAD.member_id,
        name=PersonName(given="أحمد", family=AHMAD.family, title=Title.MR),
        language="ar",
        tier="platinum",
        identifiers=_identifiers(AHMAD, "+971551234567"),
        balances={ACCOUNT: 5_120, "coffee": 3, "wallet": 4_000_000},
        segments=("suit-lovers",),
        preferences=_taste("42", "54", "44", "كحلي", "قهوة عربية"),
        occasions=(_soon(today, 6, Calendar.HIJRI, "anniversary", 1425, "زوجتي"),),
        notes=(_note(AHMAD, 1, today, 20, "يبحث عن بدلة لحفل زفاف ابنه خالد"),),
        purchases=(
            _purchase(AHMAD, 1, today, 20, 271_000_000, "بدلة كحلية", "معطف صوف نسائي"),
            _purchase(AHMAD, 2, today, 95, 95_000_000, "عطر العود", "عطر العود"),
        ),
        visits=_visits(AHMAD, today, 20, 95),
        visit_count=11,
        purchase_count=7,
        enrolled_at=_noon(today, 990),
    )


def _emily(today: date) -> Member:
    return Member(
        member_id=EMILY.member_id,
        name=PersonName(given="Emily", family=EMILY.family, title=Title.MS),
        language="en",
        tier="silver",
        # Ofcom keeps +44 7700 900000-900999 free for drama.
        identifiers=_identifiers(EMILY, "+447700900123"),
        balances={ACCOUNT: 1_240, "coffee": 8},
        vouchers=(star_voucher(COUPON, "come-back", EMILY.member_id, today),),
        preferences=_taste("38", "46", "40", "navy", "tea with milk"),
        occasions=(_soon(today, 0, Calendar.GREGORIAN, "birthday", 1988),),
        notes=(_note(EMILY, 1, today, 48, "Asked to be told when the camel coat is back"),),
        purchases=(
            _purchase(EMILY, 1, today, 48, 93_800_000, "Silk dress", "Silk headscarf"),
            _purchase(EMILY, 2, today, 150, 30_400_000, "Linen shirt", "Saffron tea set"),
        ),
        visits=_visits(EMILY, today, 48, 150),
        visit_count=4,
        purchase_count=2,
        enrolled_at=_noon(today, 310),
    )


def _tehranis(today: date) -> tuple[Member, Member]:
    """Return two people with one card: she was let down once, and he was brought by a friend."""
    gesture = star_voucher(GESTURE, "sorry", SARA.member_id, today, value=2_000_000)
    return (
        _tehrani(SARA, PersonName(given="سارا", family=SARA.family, title=Title.MS), "+989107654321", today, gesture),
        _tehrani(NAVID, PersonName(given="نوید", family=NAVID.family, title=Title.MR), "+989107654322", today),
    )


def _tehrani(star: Star, name: PersonName, phone: str, today: date, *vouchers: Voucher) -> Member:
    return Member(
        member_id=star.member_id,
        name=name,
        language="fa",
        tier="silver",
        identifiers=(Identifier(IdentifierKind.CARD, AMBIGUOUS_CODE), *_identifiers(star, phone)),
        balances={ACCOUNT: 410},
        vouchers=vouchers,
        segments=() if vouchers else ("referred",),
        visits=_visits(star, today, 60),
        visit_count=1,
        enrolled_at=_noon(today, 60),
    )


def _identifiers(star: Star, phone: str) -> tuple[Identifier, ...]:
    return (
        Identifier(IdentifierKind.CARD, star.code),
        Identifier(IdentifierKind.BARCODE, star.barcode),
        Identifier(IdentifierKind.BARCODE, star.gsrn),
        Identifier(IdentifierKind.CARD, star.stripe),
        Identifier(IdentifierKind.NFC, star.tag),
        Identifier(IdentifierKind.PHONE, phone),
    )


def _taste(shirt: str, suit: str, shoe: str, colour: str, drink: str) -> tuple[Preference, ...]:
    values = {"size.shirt": shirt, "size.suit": suit, "size.shoe": shoe, "colour": colour, "drink": drink}
    return tuple(Preference(key=key, value=value) for key, value in values.items())


def _noon(today: date, days_ago: int) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), time(12), UTC)


def _soon(today: date, in_days: int, calendar: Calendar, kind: str, year: int, label: str = "") -> Occasion:
    """Return an occasion that is so many days ahead; without the 29th to 31st, which some years lack."""
    then = in_calendar(today + timedelta(days=in_days), calendar)
    return Occasion(kind=kind, calendar=then.calendar, month=then.month, day=min(then.day, 28), year=year, label=label)


def _id(star: Star, kind: int, number: int) -> str:
    return f"{star.member_id[:-4]}{kind:x}{number:03x}"


def _note(star: Star, number: int, today: date, days_ago: int, text: str) -> Note:
    return Note(event_id=_id(star, 1, number), at=_noon(today, days_ago), text=text, associate_id="maryam")


def _purchase(star: Star, number: int, today: date, days_ago: int, net: int, *items: str) -> Purchase:
    return Purchase(
        event_id=_id(star, 2, number),
        basket_id=_id(star, 3, number),
        at=_noon(today, days_ago),
        currency="IRR",
        net=net,
        items=items,
    )


def _visits(star: Star, today: date, *days_ago: int) -> tuple[Visit, ...]:
    return tuple(
        Visit(
            visit_id=_id(star, 4, number),
            opened_at=_noon(today, days) - timedelta(minutes=25),
            closed_at=_noon(today, days) + timedelta(minutes=2),
            place="register",
        )
        for number, days in enumerate(days_ago, start=1)
    )
