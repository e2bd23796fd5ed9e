"""Every reason of the engine is a phrase with its arithmetic, in three languages."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from tests.support.small_shop import NOW, SHOP
from tui.present.locales import locale_of
from tui.present.reasons import HAPPENINGS, reason
from tui.present.words import NO_WORDS, Words, counted_points

AUTO = replace(SHOP, digits="auto", calendar="auto")
EN, FA, AR = (locale_of(AUTO, language) for language in Language)
WORDS = Words(
    now=NOW,
    rewards={"spring/ten": {"en": "10% off", "fa": "۱۰٪ تخفیف", "ar": "خصم ١٠٪"}},
    tiers={"gold": {"en": "Gold", "fa": "طلایی", "ar": "ذهبي"}},
    products={"tie": {"en": "Tie", "fa": "کراوات", "ar": "ربطة عنق"}},
    wallets=frozenset({"purse"}),
    units={"cafe": {"en": "coffee", "fa": "قهوه", "ar": "قهوة"}},
)
MONEY = {"points": 1, "per": 100_000, "base": 3_500_000, "times": 100}
TOMORROW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
"""Midnight in Tehran, 3½ hours ahead of UTC."""

SAID = {
    Because.EARNED_PER_MONEY: (
        Reason(Because.EARNED_PER_MONEY, MONEY),
        "1 point for every 10,000 Toman of 350,000 Toman",
    ),
    Because.EARNED_PER_UNIT: (
        Reason(Because.EARNED_PER_UNIT, {"points": 2, "per": 3, "units": 7, "times": 150}),
        "2 points for every 3 of 7 bought (× 1.5)",
    ),
    Because.EARNED_PER_ORDER: (
        Reason(Because.EARNED_PER_ORDER, {"points": 1, "times": 200}),
        "1 point for the purchase (× 2)",
    ),
    Because.EARNED_FOR_EVENT: (
        Reason(Because.EARNED_FOR_EVENT, {"points": 50}, {"happening": "referral"}),
        "50 points for bringing a friend",
    ),
    Because.PERCENT: (
        Reason(Because.PERCENT, {"percent": 1_250, "base": 1, "cap": 500_000}),
        "12.5% off, at most 50,000 Toman",
    ),
    Because.FIXED: (Reason(Because.FIXED, {"amount": 500_000, "base": 1}), "50,000 Toman off"),
    Because.PER_POINT: (
        Reason(Because.PER_POINT, {"amount": 10_000, "points": 10, "steps": 20}),
        "1,000 Toman for every 10 points, 20 times",
    ),
    Because.FIXED_PRICE: (
        Reason(Because.FIXED_PRICE, {"price": 990_000, "quantity": 3, "base": 1, "sets": 1}),
        "3 for 99,000 Toman",
    ),
    Because.CHEAPEST_FREE: (
        Reason(Because.CHEAPEST_FREE, {"free": 1, "of": 3, "sets": 2, "percent": 10_000}),
        "1 of every 3 free, 2 times",
    ),
    Because.FREE_ITEM: (Reason(Because.FREE_ITEM, {"units": 2}), "2 pieces free"),
    Because.PAID: (Reason(Because.PAID, {"amount": 500_000, "balance": 900_000}), "50,000 Toman paid"),
    Because.PERK: (Reason(Because.PERK), "a service of the shop"),
    Because.POINTS_MISSING: (Reason(Because.POINTS_MISSING, {"missing": 3}), "3 points more"),
    Because.MONEY_MISSING: (Reason(Because.MONEY_MISSING, {"missing": 3_500_000}), "350,000 Toman more"),
    Because.UNITS_MISSING: (Reason(Because.UNITS_MISSING, {"missing": 2}), "2 pieces more"),
    Because.GOODS_MISSING: (Reason(Because.GOODS_MISSING), "nothing for it in the basket"),
    Because.CODE_MISSING: (Reason(Because.CODE_MISSING), "with a code"),
    Because.VOUCHER_MISSING: (Reason(Because.VOUCHER_MISSING), "with a voucher or gift card"),
    Because.CHOICE_MISSING: (Reason(Because.CHOICE_MISSING, {"choose": 1}), "the gift is not chosen yet"),
    Because.NO_MEMBER: (Reason(Because.NO_MEMBER), "for members: scan the card"),
    Because.NO_EFFECT: (Reason(Because.NO_EFFECT), "nothing is left to pay, so no points are taken"),
    Because.NOT_YET: (Reason(Because.NOT_YET, at=NOW + timedelta(hours=4)), "from 17:00"),
    Because.OVER: (Reason(Because.OVER), "it is over"),
    Because.NOT_IN_FORCE: (Reason(Because.NOT_IN_FORCE), "not valid today"),
    Because.OTHER_CURRENCY: (Reason(Because.OTHER_CURRENCY), "not for this currency"),
    Because.OTHER_STORE: (Reason(Because.OTHER_STORE), "in another store"),
    Because.OTHER_CHANNEL: (Reason(Because.OTHER_CHANNEL), "not at this counter"),
    Because.OTHER_TIER: (Reason(Because.OTHER_TIER, {}, {"tier": "gold"}), "for Gold members"),
    Because.OTHER_SEGMENT: (Reason(Because.OTHER_SEGMENT), "for other customers"),
    Because.NOT_FIRST_PURCHASE: (Reason(Because.NOT_FIRST_PURCHASE), "for the first purchase only"),
    Because.NO_OCCASION: (
        Reason(Because.NO_OCCASION, at=TOMORROW + timedelta(days=111)),
        "for the occasion, from 13 March",
    ),
    Because.USED: (Reason(Because.USED, {"most": 1}, {"each": "day"}, TOMORROW), "used today, again tomorrow"),
    Because.BUDGET_SPENT: (
        Reason(Because.BUDGET_SPENT, {"most": 9}, {"each": "day"}, TOMORROW),
        "none left today, again tomorrow",
    ),
    Because.EXCLUDED: (Reason(Because.EXCLUDED, {}, {"by": "spring/ten"}), "does not go with 10% off"),
    Because.DECLINED: (Reason(Because.DECLINED), "taken off by hand"),
    Because.BEATEN: (Reason(Because.BEATEN, {}, {"by": "double"}), "another rule gives more"),
    Because.UNKNOWN_REWARD: (Reason(Because.UNKNOWN_REWARD), "no longer offered"),
    Because.CLAIMED_TWICE: (Reason(Because.CLAIMED_TWICE), "already used for this basket"),
    Because.UNKNOWN_CODE: (Reason(Because.UNKNOWN_CODE), "nobody knows this code"),
    Because.CODE_USED: (Reason(Because.CODE_USED), "the code has been used"),
    Because.CODE_EXPIRED: (Reason(Because.CODE_EXPIRED), "the code has expired"),
    Because.NOT_YOUR_CODE: (Reason(Because.NOT_YOUR_CODE), "the code belongs to somebody else"),
    Because.UNKNOWN_GIFT: (Reason(Because.UNKNOWN_GIFT, {}, {"product": "tie"}), "Tie is none of the gifts"),
    Because.UNKNOWN_LINE: (Reason(Because.UNKNOWN_LINE), "that line is no longer there"),
    Because.OFFLINE: (
        Reason(Because.OFFLINE, {"most": 500_000}, {"limit": "floor"}),
        "offline no more than 50,000 Toman at a time",
    ),
    Because.HELD: (Reason(Because.HELD, {"points": 120}), "the hub has 120 points left"),
}


@pytest.mark.parametrize("code", Because)
def test_every_reason_has_its_phrase(code: Because) -> None:
    """With its numbers, names and times, in English."""
    why, said = SAID[code]
    assert reason(why, EN, WORDS) == said


@pytest.mark.parametrize("say", [FA, AR])
@pytest.mark.parametrize("code", Because)
def test_every_reason_is_said_in_every_language(code: Because, say: Locale) -> None:
    """Nothing of it is English on a Persian or Arabic screen, and no number is in Latin digits."""
    why, english = SAID[code]
    said = reason(why, say, WORDS)
    assert said != english
    assert not any(letter.isascii() and letter.isalnum() for letter in said), said


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(minutes=30), "from 13:30"),
        (timedelta(hours=11), "from tomorrow"),
        (timedelta(days=1), "from tomorrow 13:00"),
        (timedelta(days=3, hours=-13), "from Tuesday"),
        (timedelta(days=3, hours=4), "from Tuesday 17:00"),
        (timedelta(days=8, hours=-13), "from 29 November"),
        (timedelta(days=366, hours=-13), "from 22 November 2027"),
    ],
)
def test_a_moment_is_as_near_as_it_can_be_said(later: timedelta, said: str) -> None:
    """Today by the hour, this week by the weekday, later by the date; the year only where it could be mistaken."""
    one_o_clock = NOW.replace(hour=9, minute=30)
    assert reason(Reason(Because.NOT_YET, at=one_o_clock + later), EN, WORDS) == said


def test_moments_are_in_the_calendar_and_the_digits_of_the_reader() -> None:
    """Jalali in Persian, Umm al-Qura or Gregorian as the shop says; and the date in full where "now" is not known."""
    spring = Reason(Because.NOT_YET, at=datetime(2027, 3, 20, 20, 30, tzinfo=UTC))
    assert reason(spring, FA, WORDS) == "از \u2068۱ فروردین\u2069"
    assert reason(spring, EN, NO_WORDS) == "from 21 March 2027"
    assert reason(Reason(Because.NOT_YET, at=TOMORROW + timedelta(days=2)), FA, WORDS) == "از سه‌شنبه"
    assert reason(Reason(Because.NOT_YET), EN, WORDS) == "not yet"


def test_uses_say_when_they_come_again() -> None:
    """So many times each period; some never again."""
    weekly = Reason(Because.USED, {"most": 3}, {"each": "week"}, TOMORROW + timedelta(days=1))
    assert reason(weekly, EN, WORDS) == "used this week, 3 times, again from Monday"
    assert reason(Reason(Because.USED, {"most": 1}, {"each": "ever"}), EN, WORDS) == "used already"
    assert reason(Reason(Because.BUDGET_SPENT), EN, WORDS) == "none left"
    assert reason(Reason(Because.NO_OCCASION), EN, WORDS) == "the day of the occasion is not known"


def test_points_are_counted_in_what_the_shop_calls_them() -> None:
    """A stamp card counts coffees, in the plural of each language that the shop's word allows."""
    missing = Reason(Because.POINTS_MISSING, {"missing": 3})
    assert reason(missing, EN, WORDS, "cafe") == "3 × coffee more"
    assert reason(missing, FA, WORDS, "cafe") == "۳ قهوه دیگر"
    assert reason(Reason(Because.POINTS_MISSING, {"missing": 1}), EN, WORDS, "cafe") == "1 coffee more"
    assert reason(Reason(Because.POINTS_MISSING, {"missing": 1}), EN, WORDS, "club") == "1 point more"
    assert reason(Reason(Because.POINTS_MISSING, {"missing": 2}), AR) == "تنقص نقطتان"
    assert counted_points(3, "cafe", WORDS, EN) == "3 × coffee"
    assert reason(Reason(Because.POINTS_MISSING, {"missing": 50_000}), EN, WORDS, "purse") == "5,000 Toman more"
    assert reason(Reason(Because.POINTS_MISSING, {"missing": 1}), EN, WORDS, "purse") == "the wallet is empty"
    assert counted_points(50_000, "purse", WORDS, EN) == "5,000 Toman"
    assert counted_points(3, "club", WORDS, EN) == "3 points"


def test_money_earned_for_money_is_a_percentage() -> None:
    """In a wallet; where it is none in whole hundredths it is said as the rule says it."""
    numbers = {"points": 5, "per": 100, "base": 3_500_000, "times": 100}
    assert reason(Reason(Because.EARNED_PER_MONEY, numbers), EN, WORDS, "purse") == "5% of 350,000 Toman"
    odd = Reason(Because.EARNED_PER_MONEY, numbers | {"per": 70})
    assert reason(odd, EN, WORDS, "purse") == "0.5 Toman for every 7 Toman of 350,000 Toman"


def test_a_rule_that_earned_nothing_does_not_speak_of_paying() -> None:
    """The same code means two things: nothing left to pay, or too little spent for one point."""
    assert reason(Reason(Because.NO_EFFECT, MONEY), EN) == "not enough yet for a point"


def test_what_has_no_name_is_shown_by_its_id() -> None:
    """A program of a newer shop than the screen knows."""
    assert reason(Reason(Because.EXCLUDED, {}, {"by": "new/one"}), EN) == "does not go with new/one"
    assert reason(Reason(Because.UNKNOWN_GIFT), EN) == "the gifts are not to be had here"
    assert reason(Reason(Because.PERCENT, {"percent": 1_000, "base": 1}), EN) == "10% off"
    half = Reason(Because.CHEAPEST_FREE, {"free": 1, "of": 2, "sets": 1, "percent": 5_000})
    assert reason(half, EN) == "1 of every 2 at 50% off"


@pytest.mark.parametrize("say", [EN, FA, AR])
def test_every_happening_is_named(say: Locale) -> None:
    """What else than a purchase earns points."""
    said = {
        reason(Reason(Because.EARNED_FOR_EVENT, {"points": 5}, {"happening": each}), say)
        for each in (*HAPPENINGS, "a newer one")
    }
    assert len(said) == len(HAPPENINGS) + 1
