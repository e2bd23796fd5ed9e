"""The small shop with a program of nearly every kind, as a cashier meets them: what is given, asked, typed, missing."""

from decimal import Decimal

from msgspec.structs import replace

from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import (
    CheapestFree,
    EarnPerMoney,
    EarnPerUnit,
    FixedOff,
    FreeItem,
    GiveVoucher,
    Goods,
    Kind,
    Needs,
    Only,
    Pay,
    PercentOff,
    Perk,
    PerPoint,
    Program,
    Stacking,
    Target,
    Tier,
)
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from pos_loyalty.core.windows import Hours, When
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.service.wire import ProgramLabel
from tests.support.small_shop import AHMAD, EMILY, PRODUCTS, REZA, SHOP

COFFEE, CUFFLINKS, TIE = "P-COFFEE", "P-LINKS", "P-TIE"
PROMO_CODE, VOUCHER_CODE, USED_CODE, GIFT_CARD_CODE = "SPRING24", "VC-1001", "VC-0999", "GC-7700"
SHIRTS_FREE, PER_POINT, GIFT, STAMP = "shirts/third", "spend/points", "gift/accessory", "cafe/coffee"
PURSE, GIFT_CARD, PROMO, VOUCHER = "purse/pay", "card/pay", "spring/ten", "coupon/five"

VAT = Tax(tax_id="vat", percent=Decimal(10), included=False)
GOODS = (
    *PRODUCTS,
    Product(
        product_id=COFFEE,
        codes=("6260000000045",),
        name={"en": "Coffee", "fa": "قهوه", "ar": "قهوة"},
        unit_price=300_000,
        category="drinks",
    ),
    Product(
        product_id=CUFFLINKS,
        codes=(),
        name={"en": "Cufflinks", "fa": "دکمه‌سردست", "ar": "أزرار أكمام"},
        unit_price=1_200_000,
        tax=VAT,
    ),
    Product(product_id=TIE, codes=(), name={"en": "Tie", "fa": "کراوات", "ar": "ربطة عنق"}, unit_price=800_000),
)


def _names(en: str, fa: str, ar: str) -> dict[str, str]:
    return {"en": en, "fa": fa, "ar": ar}


def _program(program_id: str, kind: Kind, name: dict[str, str], **parts: object) -> Program:
    return replace(_BLANK, program_id=program_id, kind=kind, name=name, **parts)


_BLANK = Program(program_id="blank", version=1, name={"en": "Blank"}, currency="IRR")

TIERS = (
    Tier(tier_id="silver", name=_names("Silver", "نقره‌ای", "فضي"), at=0),
    Tier(
        tier_id="gold",
        name=_names("Gold", "طلایی", "ذهبي"),
        at=150_000_000,
        perks=(
            _names("Alterations free", "اصلاح لباس رایگان", "تعديل الملابس مجانًا"),
            _names("Tea", "چای", "شاي"),
        ),
    ),
)
PROGRAMS = (
    _program(
        "club",
        Kind.POINTS_CARD,
        _names("Club", "باشگاه", "النادي"),
        account="club",
        tiers=TIERS,
        rules=(EarnPerMoney(rule_id="per-money", points=1, amount=100_000),),
    ),
    _program(
        "spend",
        Kind.POINTS_CARD,
        _names("Spend points", "خرج امتیاز", "صرف النقاط"),
        account="club",
        rewards=(
            PerPoint(
                reward_id="points",
                name=_names("Pay with points", "پرداخت با امتیاز", "الدفع بالنقاط"),
                amount=50_000,
                points=10,
            ),
        ),
    ),
    _program(
        "cafe",
        Kind.STAMP_CARD,
        _names("Coffee card", "کارت قهوه", "بطاقة القهوة"),
        account="cafe",
        unit=_names("coffee", "قهوه", "قهوة"),
        rules=(EarnPerUnit(rule_id="cup", points=1, goods=Goods(categories=("drinks",))),),
        rewards=(
            FreeItem(
                reward_id="coffee",
                name=_names("Coffee on the house", "قهوهٔ رایگان", "قهوة مجانية"),
                cost=10,
                goods=Goods(categories=("drinks",)),
            ),
        ),
    ),
    _program(
        "shirts",
        Kind.BUY_X_GET_Y,
        _names("Third shirt free", "پیراهن سوم رایگان", "القميص الثالث مجانًا"),
        rewards=(
            CheapestFree(
                reward_id="third",
                name=_names("Third shirt free", "پیراهن سوم رایگان", "القميص الثالث مجانًا"),
                of=3,
                goods=Goods(products=("P-SHIRT",)),
            ),
        ),
    ),
    _program(
        "gift",
        Kind.GIFT_WITH_PURCHASE,
        _names("A gift with a suit", "هدیه با کت و شلوار", "هدية مع البدلة"),
        rewards=(
            FreeItem(
                reward_id="accessory",
                name=_names("An accessory", "یک اکسسوری", "إكسسوار"),
                gifts=(TIE, CUFFLINKS),
                needs=Needs(amount=40_000_000),
            ),
        ),
    ),
    _program(
        "spring",
        Kind.PROMOTION,
        _names("Spring", "بهار", "الربيع"),
        codes=(PROMO_CODE,),
        rewards=(
            PercentOff(
                reward_id="ten",
                name=_names("Spring: 10% off", "بهار: ۱۰٪ تخفیف", "الربيع: خصم ١٠٪"),
                percent=Decimal(10),
            ),
        ),
    ),
    _program(
        "evening",
        Kind.PROMOTION,
        _names("Evening hour", "ساعت عصر", "ساعة المساء"),
        stacking=Stacking(priority=1),
        rewards=(
            PercentOff(
                reward_id="five",
                name=_names("Evening: 5% off", "عصر: ۵٪ تخفیف", "المساء: خصم ٥٪"),
                percent=Decimal(5),
                only=Only(when=When(hours=Hours(start="17:00", end="19:00"))),
            ),
        ),
    ),
    _program(
        "golden",
        Kind.PROMOTION,
        _names("Gold", "طلایی", "ذهبي"),
        rewards=(
            PercentOff(
                reward_id="scarf",
                name=_names("Scarf 20% off", "۲۰٪ تخفیف شال", "خصم ٢٠٪ على الوشاح"),
                percent=Decimal(20),
                on=Target.PRODUCTS,
                goods=Goods(products=("P-SCARF",)),
                only=Only(tiers=("gold",)),
            ),
            Perk(
                reward_id="wrap",
                name=_names("Gift wrapping", "بسته‌بندی هدیه", "تغليف الهدايا"),
                only=Only(tiers=("gold",)),
            ),
        ),
    ),
    _program(
        "coupon",
        Kind.NEXT_ORDER,
        _names("Next time", "دفعهٔ بعد", "المرة القادمة"),
        rules=(GiveVoucher(rule_id="next", needs=Needs(amount=20_000_000), days=30, after_days=1),),
        rewards=(
            FixedOff(
                reward_id="five",
                name=_names("50,000 Toman off", "۵۰٬۰۰۰ تومان تخفیف", "خصم ٥٠٬٠٠٠ تومان"),
                amount=500_000,
            ),
        ),
    ),
    _program(
        "card",
        Kind.GIFT_CARD,
        _names("Gift card", "کارت هدیه", "بطاقة هدية"),
        rewards=(Pay(reward_id="pay", name=_names("Gift card", "کارت هدیه", "بطاقة هدية")),),
    ),
    _program(
        "purse",
        Kind.WALLET,
        _names("Wallet", "کیف پول", "المحفظة"),
        account="purse",
        rewards=(Pay(reward_id="pay", name=_names("Wallet", "کیف پول", "المحفظة")),),
    ),
)

VOUCHERS = (
    Voucher(code=VOUCHER_CODE, program_id="coupon"),
    Voucher(code=USED_CODE, program_id="coupon", status=VoucherStatus.REDEEMED),
    Voucher(code=GIFT_CARD_CODE, program_id="card", balance=3_000_000),
)
SHOP_WITH_ALL = replace(
    SHOP,
    accounts={
        "club": {"en": "Club points", "fa": "امتیاز باشگاه", "ar": "نقاط النادي"},
        "cafe": _names("Coffee card", "کارت قهوه", "بطاقة القهوة"),
        "purse": _names("Wallet", "کیف پول", "المحفظة"),
    },
    tiers=TIERS,
    programs=tuple(
        ProgramLabel(program_id=each.program_id, name=each.name, kind=each.kind, account=each.account, unit=each.unit)
        for each in PROGRAMS
    ),
)
BALANCES = {"club": 1_200, "cafe": 7, "purse": 2_000_000}


def generous() -> ReplicaContents:
    """Return what the hub would send down."""
    members = tuple(replace(member, balances=BALANCES) for member in (REZA, AHMAD, EMILY))
    return ReplicaContents(members=members, products=GOODS, programs=PROGRAMS, vouchers=VOUCHERS)
