"""Folding names so that one person is found however the name was typed.

The folds are those of Lucene's ArabicNormalizer and PersianNormalizer (hamza seats, dotless yeh, teh marbuta,
keheh, heh forms, harakat, tatweel), but toward the Persian letters ی and ک, and on top of Unicode's own
compatibility decomposition. A key is for comparing and indexing; it is never shown.

==================================  =======================================================
any compatibility or composed form  its parts (NFKD): ﻋﻠﯽ is علی, é is e + mark, آ أ إ are ا + mark,
                                    ؤ is و + mark, ئ is ي + mark, ﷲ is الله
letter case                         folded (``str.casefold``)
ي ى ے ې ۍ                           ی
ك ڪ                                 ک
ة ۀ ہ ھ ە ۃ                         ه
ٱ                                   ا
ء, tatweel, apostrophes             nothing
marks (Mn, Me): harakat, accents    nothing
invisible format characters (Cf)    nothing, except
ZWNJ, other punctuation, symbols    a space, so می‌خواهم meets می خواهم and Al-Saleh meets Al Saleh
digits of any script (Nd)           0-9
spaces                              one between words, none around
==================================  =======================================================

Every fold looks at one character alone, so a key is made in one pass and folding a key again changes nothing.
Known and accepted: scripts that write vowels as marks (Devanagari, Thai) fold too far: they match more, never less.
"""

import unicodedata

_LETTERS = {
    **dict.fromkeys("يىےېۍ", "ی"),
    **dict.fromkeys("كڪ", "ک"),
    **dict.fromkeys("ةۀہھەۃ", "ه"),
    "ٱ": "ا",
    **dict.fromkeys("ءـ'`´\u2018\u2019\u02bb\u02bc\u02bd\u02be\u02bf", ""),
    "\u200c": " ",
}
_GONE = {"Mn", "Me", "Cf"}
_APART = {"P", "S", "Z", "C"}


def _fold(char: str, *, parts: bool = True) -> str:
    if (letter := _LETTERS.get(char)) is not None:
        return letter
    if parts and (whole := unicodedata.normalize("NFKD", char).casefold()) != char:
        return "".join(_fold(part, parts=part != char) for part in whole)
    category = unicodedata.category(char)
    if category in _GONE:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return " " if category[0] in _APART else char


class _Folds(dict[int, str]):
    """Table for ``str.translate`` that learns; bounded, since nobody is named in 0x3000 scripts at once."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if code < 0x3000:  # noqa: PLR2004 - where CJK starts: unbounded learning would cost memory there
            self[code] = folded
        return folded


_FOLDS = _Folds()


def name_key(text: str) -> str:
    """Return the form under which names are compared, words apart by one space.

    >>> name_key("مُحَمَّد رضائي") == name_key("محمد رضایی")
    True
    >>> name_key("José  O’Neil")
    'jose oneil'
    """
    return " ".join(text.translate(_FOLDS).split())


def compact_key(text: str) -> str:
    """Return :func:`name_key` without its spaces, where عبدالله and عبد الله meet."""
    return name_key(text).replace(" ", "")
