"""Russian: ``ru`` of xkeyboard-config 2.35.1. Rows of a US keyboard, plain and with Shift."""

PLAIN = (
    "ё1234567890-=",
    "йцукенгшщзхъ\\",
    "фывапролджэ",
    "ячсмитьбю.",
)
SHIFT = (
    'Ё!"№;%:?*()_+',
    "ЙЦУКЕНГШЩЗХЪ/",
    "ФЫВАПРОЛДЖЭ",
    "ЯЧСМИТЬБЮ,",
)
