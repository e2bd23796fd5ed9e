"""Words from which members are made: names, tastes and remarks in the language and script of the person."""

import msgspec

from pos_loyalty.core.members import Calendar, Title


class Culture(msgspec.Struct, frozen=True, kw_only=True):
    """What people of one language are called, like and celebrate."""

    language: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    families: tuple[str, ...]
    titles_men: tuple[Title, ...]
    titles_women: tuple[Title, ...]
    phone: str
    """Mobile prefix with country; the rest of the number is ``phone_digits`` long."""
    phone_digits: int
    colours: tuple[str, ...]
    drinks: tuple[str, ...]
    notes: tuple[str, ...]
    labels: tuple[str, ...]
    calendars: tuple[tuple[Calendar, int], ...]
    """Each with the first year in which a member may be born."""


def _words(text: str) -> tuple[str, ...]:
    """Return the words of ``text``; an underscore stands for a space inside a name."""
    return tuple(word.replace("_", " ") for word in text.split())


PERSIAN = Culture(
    language="fa",
    men=_words(
        "علی محمد رضا حسین مهدی امیر سعید حمید مجید بهرام کامران سینا آرش فرهاد نوید پیمان کیان داریوش بابک"
        " امیرحسین محمدرضا ایمان شهرام پویا سهراب"
    ),
    women=_words(
        "زهرا مریم فاطمه سارا نرگس لیلا شیرین پریسا نازنین مینا الهام مهسا نگار یاسمن آزاده رویا سمیرا"
        " پرستو هانیه گلناز ترانه بهاره کیمیا شقایق"
    ),
    families=_words(
        "احمدی محمدی حسینی کریمی موسوی جعفری صادقی قاسمی رحیمی ابراهیمی اکبری یوسفی نوری شریفی باقری زمانی"
        " امینی فرهادی کاظمی سلطانی میرزایی طاهری نجفی خسروی پاکزاد رستمی بهرامی تهرانی شیرازی نیک‌نام"
        " فتحی_زاده حسن‌زاده"
    ),
    titles_men=(Title.MR,) * 10 + (Title.DR, Title.ENG, Title.ENG, Title.HAJ),
    titles_women=(Title.MS,) * 9 + (Title.MRS, Title.DR_F, Title.ENG_F, Title.HAJ_F),
    phone="+98912",
    phone_digits=7,
    colours=("سرمه‌ای", "خاکستری", "آبی", "سفید", "قهوه‌ای", "سبز زیتونی"),
    drinks=("چای", "چای دارچین", "قهوه ترک", "دمنوش", "آب"),
    notes=(
        "آستین را کمی کوتاه‌تر می‌پسندد",
        "برای عروسی برادرش کت‌وشلوار می‌خواهد",
        "پارچه ایتالیایی دوست دارد",
        "معمولاً پنجشنبه‌ها با همسرش می‌آید",
        "از بسته‌بندی هدیه خیلی راضی بود",
        "کفش را نیم سایز بزرگ‌تر می‌گیرد",
        "پیامک نفرستید، تماس بگیرید",
        "منتظر رنگ جدید پالتو است",
    ),
    labels=("دخترم سارا", "پسرم کیان", "همسرم", "مادرم"),
    calendars=((Calendar.JALALI, 1330),),
)

ARABIC = Culture(
    language="ar",
    men=_words(
        "أحمد محمد علي حسن خالد سعيد عمر يوسف إبراهيم فيصل سلطان ماجد طارق كريم سامي ناصر راشد زياد باسم"
        " عبد_الله عبد_الرحمن"
    ),
    women=_words("فاطمة عائشة مريم نور ليلى سارة هدى منى ريم دانة لطيفة نورة أمل رانيا سلمى ياسمين هند جميلة"),
    families=_words(
        "المنصوري الهاشمي العتيبي القحطاني الشمري الخالدي المطيري النعيمي الكعبي السويدي الحربي الزهراني العنزي"
        " الدوسري المري حداد خوري منصور سليمان درويش الصباغ النجار البغدادي المصري"
    ),
    titles_men=(Title.MR,) * 9 + (Title.DR, Title.ENG, Title.HAJ),
    titles_women=(Title.MRS,) * 5 + (Title.MS,) * 4 + (Title.DR_F, Title.ENG_F, Title.HAJ_F),
    phone="+97150",
    phone_digits=7,
    colours=("كحلي", "رمادي", "أبيض", "أسود", "بيج", "أخضر زيتي"),
    drinks=("قهوة عربية", "شاي بالنعناع", "شاي كرك", "ماء"),
    notes=(
        "يفضل القماش الخفيف في الصيف",
        "يحب التغليف الفاخر للهدايا",
        "يأتي عادة مساء الخميس مع العائلة",
        "يطلب تقصير الأكمام سنتيمترين",
        "يبحث عن بدلة لحفل زفاف ابنه",
        "راضٍ جدًا عن خدمة التعديل",
        "يفضل الاتصال بعد صلاة العصر",
    ),
    labels=("ابنتي ريم", "ابني خالد", "زوجتي", "والدتي"),
    calendars=((Calendar.HIJRI, 1370), (Calendar.GREGORIAN, 1950)),
)

ENGLISH = Culture(
    language="en",
    men=_words("James Oliver Thomas William Daniel Samuel Edward Henry Jack Luke Patrick Simon Peter Robert Adam Noah"),
    women=_words("Emily Olivia Sophie Charlotte Amelia Grace Hannah Lucy Alice Kate Laura Ruth Clara Julia Zoe"),
    families=_words(
        "Carter Smith Taylor Brown Wilson Evans Walker Wright Hughes Green Hall Clarke Baker Turner Hill"
        " Cooper Ward Morris Bennett Gray O'Neil Smith-Jones"
    ),
    titles_men=(Title.MR,) * 9 + (Title.DR,),
    titles_women=(Title.MS,) * 7 + (Title.MRS,) * 2 + (Title.DR_F,),
    phone="+4479",
    phone_digits=8,
    colours=("navy", "charcoal", "white", "olive", "burgundy"),
    drinks=("tea with milk", "coffee", "flat white", "still water"),
    notes=(
        "Prefers natural fabrics",
        "Buys presents in December, likes them wrapped",
        "Wears trousers without turn-ups",
        "Comes in after work, always in a hurry",
        "Asked to be told when the camel coat is back",
        "Allergic to wool next to the skin",
    ),
    labels=("daughter Sophie", "son Jack", "wife", "mother"),
    calendars=((Calendar.GREGORIAN, 1950),),
)

MIX = (PERSIAN,) * 11 + (ARABIC,) * 6 + (ENGLISH,) * 3
"""Of twenty members eleven speak Persian, six Arabic and three English."""
