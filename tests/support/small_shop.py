"""A shop small enough to know by heart: four members, two of whom share a code, three products, two programs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member, PersonName, Title
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import EarnPerMoney, FixedOff, PercentOff, Program, Tier
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.service.wire import Shop

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

REZA_CODE, AHMAD_CODE, EMILY_CODE, SHARED_CODE = "2000000000015", "2000000000022", "2000000000039", "2000000000046"
PAYMENT_CARD = "4111111111111111"
SHIRT, SUIT, SCARF = "P-SHIRT", "P-SUIT", "P-SCARF"
SHIRT_CODE = "6260000000014"
TEN_PERCENT, FIXED = "thanks/ten-percent", "thanks/fifty-thousand"


def _card(value: str) -> Identifier:
    return Identifier(IdentifierKind.CARD, value)


REZA = Member(
    member_id="m-reza",
    name=PersonName(given="رضا", family="رضایی", title=Title.MR),
    language="fa",
    tier="gold",
    identifiers=(_card(REZA_CODE), Identifier(IdentifierKind.PHONE, "+989121234567")),
    balances={"club": 1_200},
)
AHMAD = Member(
    member_id="m-ahmad",
    name=PersonName(given="أحمد", family="المنصوري", title=Title.MR),
    language="ar",
    identifiers=(_card(AHMAD_CODE), _card(SHARED_CODE)),
    balances={"club": 40},
)
EMILY = Member(
    member_id="m-emily",
    name=PersonName(given="Emily", family="Carter", title=Title.MS),
    language="en",
    tier="silver",
    identifiers=(_card(EMILY_CODE), _card(SHARED_CODE)),
    balances={"club": 500},
)

PRODUCTS = (
    Product(product_id=SCARF, codes=("6260000000038",), name={"en": "Scarf", "fa": "شال"}, unit_price=900_000),
    Product(
        product_id=SHIRT, codes=(SHIRT_CODE,), name={"en": "Shirt", "fa": "پیراهن", "ar": "قميص"}, unit_price=2_500_000
    ),
    Product(product_id=SUIT, codes=("6260000000021",), name={"en": "Suit", "fa": "کت و شلوار"}, unit_price=48_000_000),
)

CLUB = Program(
    program_id="club",
    version=1,
    name={"en": "Club"},
    account="club",
    currency="IRR",
    rules=(EarnPerMoney(rule_id="per-money", points=1, amount=100_000),),
    tiers=(
        Tier(tier_id="silver", name={"en": "Silver"}, at=0),
        Tier(tier_id="gold", name={"en": "Gold", "fa": "طلایی"}, at=150_000_000),
    ),
)
THANKS = Program(
    program_id="thanks",
    version=1,
    name={"en": "Thank you"},
    account="club",
    currency="IRR",
    rewards=(
        PercentOff(reward_id="ten-percent", name={"en": "10 % off"}, cost=500, percent=Decimal(10), cap=5_000_000),
        FixedOff(reward_id="fifty-thousand", name={"en": "50,000 toman off"}, cost=300, amount=500_000),
    ),
)

SHOP = Shop(
    name="Bozorgmehr",
    terminal_id="till-1",
    currency="IRR",
    display_unit="toman",
    language="en",
    digits="latn",
    calendar="gregorian",
    time_zone="Asia/Tehran",
    accounts={"club": {"en": "Club points", "fa": "امتیاز باشگاه"}},
    tiers=CLUB.tiers,
    version="0.1.0",
)


def contents() -> ReplicaContents:
    """Return what the hub would send down."""
    return ReplicaContents(members=(REZA, AHMAD, EMILY), products=PRODUCTS, programs=(CLUB, THANKS))


class ManualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def monotonic_ns(self) -> int:
        """Return the same time as a count."""
        return int(self._now.timestamp() * 1_000_000_000)

    def go_on(self, by: timedelta) -> None:
        """Move on."""
        self._now += by
