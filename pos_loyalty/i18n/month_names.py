"""Names of months by language and calendar.

Arabic names the Gregorian months in two ways; these are those of Egypt and the Gulf (يناير), not of the Levant
(كانون الثاني). For Jalali months in Arabic CLDR's list holds slips (آيان, تار), so the Persian names are written in
Arabic letters instead.
"""

from pos_loyalty.core.members import Calendar
from pos_loyalty.i18n.languages import Language

MONTH_NAMES: dict[tuple[Language, Calendar], tuple[str, ...]] = {
    (language, calendar): tuple(names.split(", "))
    for (language, calendar), names in {
        (Language.EN, Calendar.GREGORIAN): (
            "January, February, March, April, May, June, July, August, September, October, November, December"
        ),
        (Language.EN, Calendar.JALALI): (
            "Farvardin, Ordibehesht, Khordad, Tir, Mordad, Shahrivar, Mehr, Aban, Azar, Dey, Bahman, Esfand"
        ),
        (Language.EN, Calendar.HIJRI): (
            "Muharram, Safar, Rabi I, Rabi II, Jumada I, Jumada II, Rajab, Shaban, Ramadan, Shawwal, "
            "Dhul-Qidah, Dhul-Hijjah"
        ),
        (Language.FA, Calendar.GREGORIAN): (
            "ژانویه, فوریه, مارس, آوریل, مه, ژوئن, ژوئیه, اوت, سپتامبر, اکتبر, نوامبر, دسامبر"
        ),
        (Language.FA, Calendar.JALALI): (
            "فروردین, اردیبهشت, خرداد, تیر, مرداد, شهریور, مهر, آبان, آذر, دی, بهمن, اسفند"
        ),
        (Language.FA, Calendar.HIJRI): (
            "محرم, صفر, ربیع‌الاول, ربیع‌الثانی, جمادی‌الاول, جمادی‌الثانی, رجب, شعبان, رمضان, شوال, ذیقعده, ذیحجه"
        ),
        (Language.AR, Calendar.GREGORIAN): (
            "يناير, فبراير, مارس, أبريل, مايو, يونيو, يوليو, أغسطس, سبتمبر, أكتوبر, نوفمبر, ديسمبر"
        ),
        (Language.AR, Calendar.JALALI): (
            "فروردين, أرديبهشت, خرداد, تير, مرداد, شهريور, مهر, آبان, آذر, دي, بهمن, إسفند"
        ),
        (Language.AR, Calendar.HIJRI): (
            "محرم, صفر, ربيع الأول, ربيع الآخر, جمادى الأولى, جمادى الآخرة, رجب, شعبان, رمضان, شوال, "
            "ذو القعدة, ذو الحجة"
        ),
    }.items()
}
"""(language, calendar) -> twelve names, the first month first."""
