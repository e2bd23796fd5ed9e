"""The two programs of the sample shop: one earns points, the other spends them, from the same account."""

from decimal import Decimal

from pos_loyalty.core.programs import EarnPerMoney, FixedOff, Needs, PercentOff, Program, Tier

ACCOUNT = "club"
RIALS_PER_POINT = 100_000
"""A shirt of 18.5 million rials is 185 points; 1,000 points give 5 million back, so the club returns five percent."""

_TIERS = (
    Tier(tier_id="silver", name={"en": "Silver", "fa": "نقره‌ای", "ar": "الفضية"}, at=0),
    Tier(tier_id="gold", name={"en": "Gold", "fa": "طلایی", "ar": "الذهبية"}, at=150_000_000),
    Tier(tier_id="platinum", name={"en": "Platinum", "fa": "پلاتینی", "ar": "البلاتينية"}, at=400_000_000),
)
_TIER_FROM_RIALS = ((400_000_000, "platinum"), (150_000_000, "gold"), (0, "silver"))


def tier_for(spent: int) -> str:
    """Return the tier of somebody who spent that many rials."""
    return next(tier for from_rials, tier in _TIER_FROM_RIALS if spent >= from_rials)


def sample_programs() -> tuple[Program, ...]:
    """Return both programs, each in its first version, without an end."""
    club = Program(
        program_id="club",
        version=1,
        name={"en": "Narenj Club", "fa": "باشگاه نارنج", "ar": "نادي نارنج"},
        account=ACCOUNT,
        currency="IRR",
        rules=(EarnPerMoney(rule_id="per-money", points=1, amount=RIALS_PER_POINT),),
        tiers=_TIERS,
    )
    thanks = Program(
        program_id="thanks",
        version=1,
        name={"en": "Thank you", "fa": "سپاس", "ar": "شكرًا"},
        account=ACCOUNT,
        currency="IRR",
        rewards=(
            FixedOff(
                reward_id="gift",
                name={"en": "500,000 toman off", "fa": "۵۰۰ هزار تومان تخفیف", "ar": "خصم ٥٠٠ ألف تومان"},
                cost=1_000,
                amount=5_000_000,
                needs=Needs(amount=10_000_000),
            ),
            PercentOff(
                reward_id="ten-percent",
                name={"en": "10% off", "fa": "۱۰٪ تخفیف", "ar": "خصم ١٠٪"},
                cost=2_000,
                percent=Decimal(10),
                cap=15_000_000,
                needs=Needs(amount=20_000_000),
            ),
        ),
    )
    return club, thanks
