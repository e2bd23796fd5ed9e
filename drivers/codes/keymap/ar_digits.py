"""Arabic with its own digits: ``ara(digits)`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain, then Shift."""

PLAIN = (
    "ذ١٢٣٤٥٦٧٨٩٠-=",
    "ضصثقفغعهخحجد\\",
    "شسيبلاتنمكط",
    "ئءؤرﻻىةوزظ",
)
SHIFT = (
    "\u0651!@#$٪^&*)(_+",
    "\u064e\u064b\u064f\u064cﻹإ`÷×؛<>…",
    '\u0650\u064d][ﻷأـ،/:"',
    "~\u0652}{ﻵآ',.؟",
)
