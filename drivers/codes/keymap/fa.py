"""Persian: ``ir`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "\u200d۱۲۳۴۵۶۷۸۹۰-=",
    "ضصثقفغعهخحجچ\\",
    "شسیبلاتنمکگ",
    "ظطزرذدپو./",
)
SHIFT = (
    "÷!٬٫﷼٪×،*)(ـ+",
    "\u0652\u064c\u064d\u064b\u064f\u0650\u064e\u0651][}{|",
    "ؤئيإأآة»«:؛",
    "ك\u0653ژ\u0670\u200c\u0654ء><؟",
)
