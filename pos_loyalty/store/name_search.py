"""Finding members by name or phone: what is indexed of a member, and when a typed text meets it. Pure.

Every word that was typed must begin a word of the name. Words are folded (:mod:`pos_loyalty.i18n.names`), and names
are also kept without their spaces, so that عبدالله and عبد الله find each other. A text of nothing but three or more
digits is a phone number: its beginning with or without the country code, or its end.
"""

import re

import msgspec

from pos_loyalty.core.identifiers import IdentifierKind
from pos_loyalty.core.members import Member
from pos_loyalty.i18n.names import name_key

TEXT_LENGTH_MAX = 120
"""Characters of a search that are looked at."""
WORDS_MAX = 8
PHONE_DIGITS_MIN = 3
_NO_WORD = frozenset(("",))

_COUNTRY_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")
"""ITU-T E.164 annex: zones 1 and 7, the two-digit codes, and three digits for everybody else."""

Rank = tuple[bool, str, str]
"""Best first: whole words before beginnings of words, then by name, then by member id."""


class Keys(msgspec.Struct, frozen=True):
    """What is indexed of one member."""

    name: str
    words: frozenset[str]
    phones: tuple[str, ...]
    """Digits of each phone number, country code first."""


def keys_of(member: Member) -> Keys:
    """Return what ``member`` can be found by."""
    given, family = name_key(member.name.given), name_key(member.name.family)
    phones = tuple(phone_digits(i.value) for i in member.identifiers if i.kind is IdentifierKind.PHONE)
    return Keys(name=f"{given} {family}".strip(), words=words_of(given, family), phones=phones)


def words_of(given: str, family: str) -> frozenset[str]:
    """Return the words that a folded name can be found by: its own, and its parts without their spaces."""
    parts: tuple[str, ...] = ()
    if " " in given or " " in family:
        parts = (*given.split(), *family.split())
        given, family = given.replace(" ", ""), family.replace(" ", "")
    words = frozenset((*parts, given, family, given + family, family + given))
    return words - _NO_WORD if "" in words else words


def phone_digits(number: str) -> str:
    """Return the digits of a phone number in normal form, country code first."""
    return number.lstrip("+")


def national(phone: str) -> str:
    """Return the digits of ``phone`` after its country code.

    >>> national("989123456789")
    '9123456789'
    """
    code = _COUNTRY_CODE.match(phone)
    return phone[code.end() :] if code else phone


def phone_forms(phone: str) -> tuple[str, str, str]:
    """Return the texts of which a typed number may be the beginning; the reversed one is marked with ``r``."""
    return phone, national(phone), "r" + phone[::-1]


class Query(msgspec.Struct, frozen=True):
    """A typed text, ready to be compared."""

    words: tuple[str, ...]
    joined: str
    phone: str
    """The digits, if the text is a phone number."""

    @property
    def phone_beginnings(self) -> tuple[str, ...]:
        """What one of a number's :func:`phone_forms` must begin with; national and international zeros are gone."""
        return tuple(b for b in (self.phone.lstrip("0"), "r" + self.phone[::-1]) if b)

    def rank(self, member_id: str, keys: Keys) -> Rank | None:
        """Return where a member stands among the results, or None if it is none."""
        if self.phone:
            found = any(form.startswith(self.phone_beginnings) for p in keys.phones for form in phone_forms(p))
            return (False, keys.name, member_id) if found else None
        if self.joined in keys.words or keys.words.issuperset(self.words):
            return False, keys.name, member_id
        begun = any(w.startswith(self.joined) for w in keys.words) or all(
            any(w.startswith(typed) for w in keys.words) for typed in self.words
        )
        return (True, keys.name, member_id) if begun else None

    def fts(self, *, whole: bool) -> str:
        """Return the FTS5 expression for the same question; a folded word holds nothing that FTS5 could mistake."""
        star = "" if whole else "*"
        words = " AND ".join(f'"{word}"{star}' for word in self.words)
        return words if len(self.words) == 1 else f'({words}) OR "{self.joined}"{star}'


def query(text: str) -> Query | None:
    """Read a typed text; None if nothing is left to look for."""
    words = tuple(name_key(text[:TEXT_LENGTH_MAX]).split()[:WORDS_MAX])
    if not words:
        return None
    joined = "".join(words)
    is_phone = joined.isascii() and joined.isdigit() and len(joined) >= PHONE_DIGITS_MIN
    return Query(words=words, joined=joined, phone=joined if is_phone else "")
