"""The sample shop is whole, valid, unambiguous but where it means to be, and the same every time."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice

import msgspec
import pytest

from pos_loyalty.core.calendars import days_until
from pos_loyalty.core.gs1 import gs1_is_right
from pos_loyalty.core.identifiers import IdentifierKind, normal_code, normal_phone
from pos_loyalty.core.members import Calendar, Member
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.taxes import Tax
from pos_loyalty.sample import AMBIGUOUS_CODE, STARS, sample_shop
from pos_loyalty.sample.ean import ean13

TODAY = date(2026, 11, 21)
COUNT = 2_000


@pytest.fixture(scope="module")
def members() -> tuple[Member, ...]:
    """The members of the demo."""
    return tuple(sample_shop(COUNT, today=TODAY).members)


def test_the_shop_has_exactly_as_many_members_as_asked(members: tuple[Member, ...]) -> None:
    """The stars are among them; fewer than the stars is possible too."""
    assert len(members) == COUNT
    assert len(tuple(sample_shop(2, today=TODAY).members)) == 2
    assert not tuple(sample_shop(0, today=TODAY).members)


def test_the_same_day_gives_the_same_shop_however_often_it_is_read(members: tuple[Member, ...]) -> None:
    """Byte for byte, so that figures and pictures can be compared; another day gives other histories."""
    again = sample_shop(COUNT, today=TODAY)
    encode = msgspec.json.Encoder(order="deterministic").encode
    assert encode(members) == encode(tuple(again.members)) == encode(tuple(again.members))
    assert encode(members) != encode(tuple(sample_shop(COUNT, today=date(2026, 11, 22)).members))


def test_a_million_members_are_a_stream_not_a_list() -> None:
    """Asking for them costs nothing; they are made one at a time."""
    assert [member.member_id for member in islice(sample_shop(1_000_000, today=TODAY).members, 2)] == [
        star.member_id for star in STARS[:2]
    ]


def test_no_id_is_used_twice(members: tuple[Member, ...]) -> None:
    """Members, visits, purchases, baskets and notes each have their own, as UUIDv7."""
    ids = [
        i
        for m in members
        for i in (
            m.member_id,
            *(v.visit_id for v in m.visits),
            *(n.event_id for n in m.notes),
            *(i for p in m.purchases for i in (p.event_id, p.basket_id)),
        )
    ]
    assert [i for i, count in Counter(ids).items() if count > 1] == []
    assert all(len(i) == 36 and i[14] == "7" and i[19] == "8" for i in ids)


def test_one_code_is_ambiguous_and_no_other(members: tuple[Member, ...]) -> None:
    """The household card names two members; every other identifier names one."""
    codes = Counter(identifier.value for member in members for identifier in member.identifiers)
    assert {code: count for code, count in codes.items() if count > 1} == {AMBIGUOUS_CODE: 2}


def test_every_code_is_in_normal_form_and_no_payment_card(members: tuple[Member, ...]) -> None:
    """What a reader delivers finds the member, and the guard lets it pass."""
    for identifier in (i for member in members for i in member.identifiers):
        assert normal_code(identifier.value) == identifier.value
        assert not is_payment_card(identifier.value)
        if identifier.kind is IdentifierKind.BARCODE:
            assert gs1_is_right(identifier.value)
            is_gsrn = len(identifier.value) == 18 and identifier.value.startswith("952")
            assert is_gsrn or (len(identifier.value) == 13 and 20 <= int(identifier.value[:2]) <= 29)
        if identifier.kind is IdentifierKind.PHONE:
            assert normal_phone(identifier.value, "98") == identifier.value


def test_the_stars_are_found_by_every_card_they_have(members: tuple[Member, ...]) -> None:
    """A Persian, an Arabic and an English member, with a name, points, notes and an occasion to come."""
    by_code = {i.value: m for m in members for i in m.identifiers}
    for star in STARS:
        member = by_code[star.code]
        codes = (star.barcode, star.gsrn, star.stripe, star.tag)
        assert all(member == by_code[code] for code in codes)
        assert (member.member_id, member.language, member.name.family) == (star.member_id, star.language, star.family)
        assert member.notes
        assert member.preferences
        days = [days_until(o.month, o.day, o.calendar, TODAY) for o in member.occasions]
        assert any(day is not None and day <= 7 for day in days)


def test_names_notes_and_purchases_are_in_the_language_of_the_member(members: tuple[Member, ...]) -> None:
    """Three languages, each in its own script; no Arabic yeh or kaf in a Persian text."""
    languages = Counter(member.language for member in members)
    assert set(languages) == {"fa", "ar", "en"}
    assert min(languages.values()) > COUNT // 10
    for member in members:
        texts = [member.name.given, member.name.family, *(n.text for n in member.notes)]
        texts += [item for purchase in member.purchases for item in purchase.items]
        assert all(text.isascii() == (member.language == "en") for text in texts if text)
        assert member.language != "fa" or not set("يك") & set("".join(texts))


def test_history_is_in_the_past_newest_first_and_adds_up(members: tuple[Member, ...]) -> None:
    """Visits and purchases are before today; counts are at least what is shown; points are not negative."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    for member in members:
        bought = [p.at for p in member.purchases]
        assert bought == sorted(bought, reverse=True)
        assert all(at < start for at in (*bought, *(v.opened_at for v in member.visits), *(n.at for n in member.notes)))
        assert member.visit_count >= len(member.visits)
        assert member.purchase_count >= len(member.purchases)
        assert member.balances["club"] >= 0


def test_every_occasion_exists_in_its_calendar(members: tuple[Member, ...]) -> None:
    """Each has a next time within a year, and all three calendars occur."""
    occasions = [occasion for member in members for occasion in member.occasions]
    assert all(days_until(o.month, o.day, o.calendar, TODAY) is not None for o in occasions)
    assert {o.calendar for o in occasions} == set(Calendar)


def test_products_have_valid_codes_and_names_in_three_languages() -> None:
    """Codes are EAN-13 with a right check digit, unlike each other and unlike any card."""
    products = sample_shop(0, today=TODAY).products
    codes = [code for product in products for code in product.codes]
    assert len(products) == len({p.product_id for p in products}) == len(set(codes)) == 46
    assert all(ean13(code[:12]) == code and not is_payment_card(code) and code[0] != "2" for code in codes)
    assert all(set(p.name) == {"en", "fa", "ar"} and p.unit_price > 0 for p in products)


def test_everything_is_taxed_but_gift_cards() -> None:
    """Ten percent are in the price; who buys a gift card has bought nothing yet."""
    products = sample_shop(0, today=TODAY).products
    assert {product.tax for product in products if product.tax} == {Tax(tax_id="vat", percent=Decimal(10))}
    assert [product.category for product in products if product.tax is None] == ["gift-cards"]
