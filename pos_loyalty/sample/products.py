"""What the sample shop sells: names in three languages, prices in rials, codes of the GS1 Iran and demo ranges."""

from decimal import Decimal

from pos_loyalty.core.products import Product
from pos_loyalty.core.taxes import Tax
from pos_loyalty.sample.ean import ean13

_MADE_IN_IRAN = "6260001"
_IMPORTED = "9521234"
"""GS1's own range for examples."""

# category, English, Persian, Arabic, price in thousands of rials
_CATALOGUE = (
    ("suits", "Grey wool suit", "کت‌وشلوار پشمی خاکستری", "بدلة صوف رمادية", 148_000),
    ("suits", "Navy suit", "کت‌وشلوار سرمه‌ای", "بدلة كحلية", 139_000),
    ("suits", "Linen summer suit", "کت‌وشلوار کتان تابستانی", "بدلة كتان صيفية", 126_500),
    ("suits", "Dinner jacket", "کت اسموکینگ", "سترة سهرة", 165_000),
    ("jackets", "Tweed jacket", "کت تویید", "سترة تويد", 84_000),
    ("jackets", "Leather jacket", "کت چرم", "سترة جلدية", 118_000),
    ("jackets", "Corduroy jacket", "کت مخمل کبریتی", "سترة مخمل مضلع", 72_500),
    ("coats", "Camel overcoat", "پالتو شتری", "معطف بلون الجمل", 156_000),
    ("coats", "Raincoat", "بارانی", "معطف مطر", 68_000),
    ("shirts", "White cotton shirt", "پیراهن نخی سفید", "قميص قطن أبيض", 18_500),
    ("shirts", "Blue Oxford shirt", "پیراهن آکسفورد آبی", "قميص أكسفورد أزرق", 19_800),
    ("shirts", "Linen shirt", "پیراهن کتان", "قميص كتان", 21_500),
    ("shirts", "Striped shirt", "پیراهن راه‌راه", "قميص مخطط", 17_900),
    ("shirts", "Dress shirt, double cuff", "پیراهن سردست دوبل", "قميص رسمي بكم مزدوج", 24_500),
    ("trousers", "Grey flannel trousers", "شلوار فلانل خاکستری", "بنطال فلانيل رمادي", 34_000),
    ("trousers", "Chinos", "شلوار کتان", "بنطال تشينو", 22_800),
    ("trousers", "Jeans", "شلوار جین", "بنطال جينز", 26_500),
    ("knitwear", "Cashmere sweater", "پلیور کشمیر", "كنزة كشمير", 59_000),
    ("knitwear", "Wool cardigan", "ژاکت پشمی", "كارديغان صوف", 38_500),
    ("knitwear", "Cotton polo shirt", "پولوشرت نخی", "قميص بولو قطني", 14_900),
    ("shoes", "Black Oxford shoes", "کفش آکسفورد مشکی", "حذاء أكسفورد أسود", 64_000),
    ("shoes", "Brown loafers", "کفش کالج قهوه‌ای", "حذاء لوفر بني", 52_000),
    ("shoes", "Suede boots", "نیم‌بوت جیر", "حذاء شامواه طويل", 71_000),
    ("shoes", "Leather sandals", "صندل چرم", "صندل جلدي", 27_500),
    ("accessories", "Silk tie", "کراوات ابریشمی", "ربطة عنق حريرية", 12_500),
    ("accessories", "Bow tie", "پاپیون", "ربطة فراشة", 9_800),
    ("accessories", "Leather belt", "کمربند چرم", "حزام جلدي", 11_900),
    ("accessories", "Pocket square", "پوشت", "منديل جيب", 5_400),
    ("accessories", "Cuff links", "دکمه سردست", "أزرار أكمام", 14_200),
    ("accessories", "Wool scarf", "شال‌گردن پشمی", "وشاح صوف", 13_700),
    ("accessories", "Leather wallet", "کیف پول چرم", "محفظة جلدية", 16_500),
    ("socks", "Socks, three pairs", "جوراب، سه جفت", "جوارب، ثلاثة أزواج", 4_200),
    ("women", "Silk dress", "پیراهن ابریشمی زنانه", "فستان حرير", 78_000),
    ("women", "Wool coat", "پالتو پشمی زنانه", "معطف صوف نسائي", 132_000),
    ("women", "Silk headscarf", "روسری ابریشمی", "وشاح رأس حريري", 15_800),
    ("women", "Leather handbag", "کیف دستی چرم", "حقيبة يد جلدية", 69_500),
    ("women", "Embroidered abaya", "عبای گلدوزی‌شده", "عباءة مطرزة", 54_000),
    ("gifts", "Saffron tea set", "ست چای زعفرانی", "طقم شاي بالزعفران", 8_900),
    ("gifts", "Oud perfume", "عطر عود", "عطر العود", 47_500),
    ("gifts", "Gift box", "جعبه هدیه", "علبة هدية", 2_500),
    ("coffee", "Espresso", "اسپرسو", "إسبريسو", 850),
    ("coffee", "Turkish coffee", "قهوه ترک", "قهوة تركية", 950),
    ("coffee", "Saffron latte", "لاته زعفرانی", "لاتيه بالزعفران", 1_250),
    ("cafe", "Cinnamon tea", "چای دارچین", "شاي بالقرفة", 600),
    ("cafe", "Date cake", "کیک خرما", "كعكة التمر", 1_200),
    ("gift-cards", "Gift card, 1,000,000 toman", "کارت هدیه یک میلیون تومانی", "بطاقة هدية مليون تومان", 10_000),
)
_THOUSAND = 1_000

_ABOVE = {
    **dict.fromkeys(("suits", "jackets", "coats", "shirts", "trousers", "knitwear", "women"), ("clothes",)),
    "socks": ("accessories",),
    "coffee": ("cafe",),
}
_TAGS = {"Linen summer suit": ("summer",), "Linen shirt": ("summer",), "Leather sandals": ("summer", "sale")}
_GIFT_CARDS = "gift-cards"
GIFT_CARD_TAG = "gift-card"
_VAT = Tax(tax_id="vat", percent=Decimal(10))
"""Value added tax of Iran, in the shelf price. A gift card is money changed into money, and has none."""


def sample_products() -> tuple[Product, ...]:
    """Return the catalogue of the sample shop."""
    return tuple(_product(number, *row) for number, row in enumerate(_CATALOGUE, start=1))


def _product(number: int, category: str, english: str, persian: str, arabic: str, thousands: int) -> Product:
    prefix = _IMPORTED if number % 4 == 0 else _MADE_IN_IRAN
    return Product(
        product_id=f"P-{number:03}",
        codes=(ean13(f"{prefix}{number:05}"),),
        name={"en": english, "fa": persian, "ar": arabic},
        unit_price=thousands * _THOUSAND,
        category=category,
        above=_ABOVE.get(category, ()),
        tags=(GIFT_CARD_TAG,) if category == _GIFT_CARDS else _TAGS.get(english, ()),
        tax=None if category == _GIFT_CARDS else _VAT,
    )
