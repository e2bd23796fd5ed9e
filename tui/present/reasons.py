"""The engine's reasons as short phrases with their arithmetic: "350,000 Toman more", "from 17:00", "10% off"."""

from collections.abc import Callable, Mapping

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from tui.present import limits
from tui.present.moments import again, since
from tui.present.words import NO_WORDS, Names, Words, called, counted_points, missing_points

_HUNDRED = 100
_WHOLE = 100 * _HUNDRED
"""All of it, in hundredths of a percent."""


def reason(why: Reason, say: Locale, words: Words = NO_WORDS, account: str = "") -> str:
    """Return a reason of the engine with its arithmetic as a phrase; ``account`` is the one its points are of."""
    phrase = _FIXED_PHRASES.get(why.code)
    return say.text(phrase) if phrase else _PHRASES[why.code](_Telling(why, say, words, account))


def _about_the_hub(it: "_Telling") -> str:
    return limits.phrase(it.why, it.say, it.words, it.account)


class _Telling:
    """One reason, its reader, and what the ids in it are called."""

    __slots__ = ("account", "at", "names", "numbers", "say", "why", "words")

    def __init__(self, why: Reason, say: Locale, words: Words, account: str) -> None:
        self.why, self.numbers, self.names, self.at = why, why.numbers, why.names, why.at
        self.say, self.words, self.account = say, words, account

    def money(self, number: str) -> str:
        """Return one of the numbers as an amount."""
        return self.say.amount(self.numbers[number])

    def points(self) -> str:
        """Return how many points."""
        return counted_points(self.numbers["points"], self.account, self.words, self.say)

    def percent(self) -> str:
        """Return hundredths of a percent as a number of percent."""
        return self.say.written(_decimal(self.numbers["percent"]))

    def called(self, ids: Names, name: str) -> str:
        """Return what the id under ``name`` is called."""
        return called(ids, self.names.get(name, ""), self.say)

    def times(self, phrase: str, number: str) -> str:
        """Return ``phrase``, and how many times over if that is more than once."""
        n = self.numbers[number]
        return self.say.plural("{what}, {n} time", "{what}, {n} times", n, what=phrase) if n > 1 else phrase

    def multiplied(self, phrase: str) -> str:
        """Return ``phrase`` with the multiplier of the hour or the tier, if there is one."""
        times = self.numbers.get("times", _HUNDRED)
        if times == _HUNDRED:
            return phrase
        return self.say.text("{what} (× {times})", what=phrase, times=self.say.written(_decimal(times)))


def _per_money(it: _Telling) -> str:
    points, per = it.numbers["points"], it.numbers["per"]
    if it.account in it.words.wallets and not points * _WHOLE % per:
        # Money for money is a percentage; "0.5 Toman for every 10 Toman" is what a rule says.
        percent = it.say.written(_decimal(points * _WHOLE // per))
        return it.multiplied(it.say.text("{percent}% of {base}", percent=percent, base=it.money("base")))
    phrase = it.say.text(
        "{points} for every {per} of {base}", points=it.points(), per=it.money("per"), base=it.money("base")
    )
    return it.multiplied(phrase)


def _per_unit(it: _Telling) -> str:
    phrase = it.say.plural(
        "{points} for each of {units} bought",
        "{points} for every {n} of {units} bought",
        it.numbers["per"],
        points=it.points(),
        units=it.numbers["units"],
    )
    return it.multiplied(phrase)


def _per_order(it: _Telling) -> str:
    return it.multiplied(it.say.text("{points} for the purchase", points=it.points()))


def _for_event(it: _Telling) -> str:
    what = it.say.text(HAPPENINGS.get(it.names.get("happening", ""), _SOMETHING))
    return it.multiplied(it.say.text("{points} for {what}", points=it.points(), what=what))


def _percent_off(it: _Telling) -> str:
    if "cap" in it.numbers:
        return it.say.text("{percent}% off, at most {cap}", percent=it.percent(), cap=it.money("cap"))
    return it.say.text("{percent}% off", percent=it.percent())


def _per_point(it: _Telling) -> str:
    phrase = it.say.text("{amount} for every {points}", amount=it.money("amount"), points=it.points())
    return it.times(phrase, "steps")


def _fixed_price(it: _Telling) -> str:
    phrase = it.say.text("{quantity} for {price}", quantity=it.numbers["quantity"], price=it.money("price"))
    return it.times(phrase, "sets")


def _cheapest_free(it: _Telling) -> str:
    free, of = it.numbers["free"], it.numbers["of"]
    if it.numbers["percent"] == _WHOLE:
        return it.times(it.say.text("{free} of every {of} free", free=free, of=of), "sets")
    phrase = it.say.text("{free} of every {of} at {percent}% off", free=free, of=of, percent=it.percent())
    return it.times(phrase, "sets")


def _no_effect(it: _Telling) -> str:
    # Of a rule the engine says how it would have reckoned, of a reward nothing.
    if "points" in it.numbers:
        return it.say.text("not enough yet for a point")
    return it.say.text("nothing is left to pay, so no points are taken")


def _not_yet(it: _Telling) -> str:
    return since(it.at, it.words.now, it.say) if it.at else it.say.text("not yet")


def _no_occasion(it: _Telling) -> str:
    if it.at is None:
        return it.say.text("the day of the occasion is not known")
    return it.say.text("for the occasion, {since}", since=since(it.at, it.words.now, it.say))


def _used(it: _Telling) -> str:
    used = it.say.text(_USED.get(it.names.get("each", ""), _USED["ever"]))
    if it.numbers.get("most", 1) > 1:
        used = it.times(used, "most")
    return again(used, it.at, it.words.now, it.say) if it.at else used


def _budget_spent(it: _Telling) -> str:
    spent = it.say.text(_SPENT.get(it.names.get("each", ""), _SPENT["ever"]))
    return again(spent, it.at, it.words.now, it.say) if it.at else spent


def _other_tier(it: _Telling) -> str:
    return it.say.text("for {tier} members", tier=it.called(it.words.tiers, "tier"))


def _excluded(it: _Telling) -> str:
    return it.say.text("does not go with {reward}", reward=it.called(it.words.rewards, "by"))


def _unknown_gift(it: _Telling) -> str:
    product = it.called(it.words.products, "product")
    if not product:
        return it.say.text("the gifts are not to be had here")
    return it.say.text("{product} is none of the gifts", product=product)


def _decimal(hundredths: int) -> str:
    whole, part = divmod(hundredths, _HUNDRED)
    return f"{whole}.{part:02}".rstrip("0") if part else str(whole)


_PHRASES: Mapping[Because, Callable[[_Telling], str]] = {
    Because.EARNED_PER_MONEY: _per_money,
    Because.EARNED_PER_UNIT: _per_unit,
    Because.EARNED_PER_ORDER: _per_order,
    Because.EARNED_FOR_EVENT: _for_event,
    Because.PERCENT: _percent_off,
    Because.FIXED: lambda it: it.say.text("{amount} off", amount=it.money("amount")),
    Because.PER_POINT: _per_point,
    Because.FIXED_PRICE: _fixed_price,
    Because.CHEAPEST_FREE: _cheapest_free,
    Because.FREE_ITEM: lambda it: it.say.plural("{n} piece free", "{n} pieces free", it.numbers["units"]),
    Because.PAID: lambda it: it.say.text("{amount} paid", amount=it.money("amount")),
    Because.POINTS_MISSING: lambda it: missing_points(it.numbers["missing"], it.account, it.words, it.say),
    Because.MONEY_MISSING: lambda it: it.say.text("{amount} more", amount=it.money("missing")),
    Because.UNITS_MISSING: lambda it: it.say.plural("{n} piece more", "{n} pieces more", it.numbers["missing"]),
    Because.NO_EFFECT: _no_effect,
    Because.NOT_YET: _not_yet,
    Because.NO_OCCASION: _no_occasion,
    Because.USED: _used,
    Because.BUDGET_SPENT: _budget_spent,
    Because.OTHER_TIER: _other_tier,
    Because.EXCLUDED: _excluded,
    Because.UNKNOWN_GIFT: _unknown_gift,
    Because.OFFLINE: _about_the_hub,
    Because.HELD: _about_the_hub,
}

_FIXED_PHRASES: Mapping[Because, str] = {
    Because.PERK: mark("a service of the shop"),
    Because.GOODS_MISSING: mark("nothing for it in the basket"),
    Because.CODE_MISSING: mark("with a code"),
    Because.VOUCHER_MISSING: mark("with a voucher or gift card"),
    Because.CHOICE_MISSING: mark("the gift is not chosen yet"),
    Because.NO_MEMBER: mark("for members: scan the card"),
    Because.OVER: mark("it is over"),
    Because.NOT_IN_FORCE: mark("not valid today"),
    Because.OTHER_CURRENCY: mark("not for this currency"),
    Because.OTHER_STORE: mark("in another store"),
    Because.OTHER_CHANNEL: mark("not at this counter"),
    Because.OTHER_SEGMENT: mark("for other customers"),
    Because.NOT_FIRST_PURCHASE: mark("for the first purchase only"),
    Because.DECLINED: mark("taken off by hand"),
    Because.BEATEN: mark("another rule gives more"),
    Because.UNKNOWN_REWARD: mark("no longer offered"),
    Because.CLAIMED_TWICE: mark("already used for this basket"),
    Because.UNKNOWN_CODE: mark("nobody knows this code"),
    Because.CODE_USED: mark("the code has been used"),
    Because.CODE_EXPIRED: mark("the code has expired"),
    Because.NOT_YOUR_CODE: mark("the code belongs to somebody else"),
    Because.UNKNOWN_LINE: mark("that line is no longer there"),
}

HAPPENINGS: Mapping[str, str] = {
    "visit": mark("the visit"),
    "feedback": mark("the feedback"),
    "referral": mark("bringing a friend"),
    "referred": mark("coming through a friend"),
    "enrolment": mark("joining"),
    "occasion": mark("the occasion"),
}
_SOMETHING = mark("something else than a purchase")

_USED: Mapping[str, str] = {
    "ever": mark("used already"),
    "day": mark("used today"),
    "week": mark("used this week"),
    "month": mark("used this month"),
    "year": mark("used this year"),
    "occasion": mark("used for this occasion"),
}
_SPENT: Mapping[str, str] = {
    "ever": mark("none left"),
    "day": mark("none left today"),
    "week": mark("none left this week"),
    "month": mark("none left this month"),
    "year": mark("none left this year"),
}
