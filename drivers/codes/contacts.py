"""What a telephone shows as a QR code: contacts, Wi-Fi passwords and links. Pure.

Of a contact, name and telephone numbers are taken and nothing else: vCard 2.1, 3.0 and 4.0 (RFC 6350) and MECARD
(NTT DOCOMO). A contact whose end is missing was cut, and a cut telephone number is somebody else's: it is refused.

Wi-Fi passwords and links are recognised so that they can be refused by name. No part of them is returned.
"""

import quopri
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from pos_loyalty.core.identifiers import normal_phone
from pos_loyalty.core.payment_cards import is_payment_card

CONTACT_LENGTH_MAX: Final = 4352
"""Characters; a QR code holds 4,296."""
NAME_LENGTH_MAX: Final = 120
PHONES_MAX: Final = 8

_WIFI: Final = re.compile(r"\s*wifi:", re.IGNORECASE)
_LINK: Final = re.compile(
    r"\s*(?:(?:https?|ftp|mailto|sms|smsto|mms|geo|bitcoin|ethereum|market|upi|otpauth|urlto|matmsg|[a-z][a-z0-9+.-]{1,30}(?=://)):"
    r"|www\.)",
    re.IGNORECASE,
)
_UNFOLDED: Final = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_LINES: Final = re.compile(r"\r\n|\r|\n")
_SOFT_BREAK: Final = re.compile(r"=(?:\r\n|\r|\n)")
_PROPERTY: Final = re.compile(
    r"(?:[A-Z0-9-]{1,40}\.)?(?P<name>FN|N|TEL)(?P<parameters>;(?:\"[^\"]*\"|[^\":])*)?:(?P<value>.*)", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"\\(.)")
_VCARD_PARTS: Final = re.compile(r"(?<!\\);")
_MECARD_FIELD: Final = re.compile(r"(?P<name>[A-Z-]{1,20}):(?P<value>(?:[^\\;]|\\.)*);", re.IGNORECASE | re.DOTALL)
_TEL_URI: Final = re.compile(r"tel:(?P<number>[^;?]*)", re.IGNORECASE)
_JOINERS: Final = "\u200c\u200d"


class ContactFault(StrEnum):
    """Why a contact gives no name and number."""

    CUT = "cut"
    """The end is missing, or the text is longer than any code."""
    EMPTY = "empty"
    """It has neither a name nor a telephone number that could be one."""


class Contact(msgspec.Struct, frozen=True):
    """Whom a contact names; at least one of the two is there."""

    name: str
    phones: tuple[str, ...]
    """By ITU-T E.164, each once, in the order of the contact."""


def is_contact(text: str) -> bool:
    """Whether ``text`` begins as a vCard or MECARD does."""
    return text[:20].lstrip().upper().startswith(("BEGIN:VCARD", "MECARD:"))


def is_wifi(text: str) -> bool:
    """Whether ``text`` is the name and password of a wireless network."""
    return _WIFI.match(text) is not None


def is_link(text: str) -> bool:
    """Whether ``text`` is a link, or an order to a telephone to write, pay or look up something."""
    return _LINK.match(text) is not None


def telephone_of(text: str) -> str | None:
    """Return the number of a ``tel:`` link (RFC 3966) as it stands there, or ``None`` if ``text`` is no such link."""
    link = _TEL_URI.fullmatch(text.partition(";")[0])
    return link["number"] if link else None


def contact(text: str, country_prefix: str) -> Contact | ContactFault:
    """Read a text that ``is_contact``; ``country_prefix`` replaces a leading zero of its numbers.

    >>> contact("MECARD:N:Carter,Emily;TEL:+1 555 010 1234;;", "98")
    Contact(name='Emily Carter', phones=('+15550101234',))
    """
    if len(text) > CONTACT_LENGTH_MAX:
        return ContactFault.CUT
    stripped = text.strip()
    read = _mecard(stripped) if stripped[:7].upper() == "MECARD:" else _vcard(stripped)
    if read is None:
        return ContactFault.CUT
    name, numbers = read
    written = (telephone_of(number) or number for number in numbers)
    phones = (normal_phone(number, country_prefix) for number in written if not is_payment_card(number))
    found = Contact(_clean(name), tuple(dict.fromkeys(phone for phone in phones if phone))[:PHONES_MAX])
    return found if found.name or found.phones else ContactFault.EMPTY


def _vcard(text: str) -> tuple[str, list[str]] | None:
    lines = [line.rstrip() for line in _LINES.split(_UNFOLDED.sub("", _SOFT_BREAK.sub("", text)))]
    if lines[-1].upper() != "END:VCARD":
        return None
    properties = [
        (match["name"].upper(), _vcard_value(match)) for line in lines if (match := _PROPERTY.fullmatch(line))
    ]
    formatted = next((value for name, value in properties if name == "FN"), "")
    parts = _VCARD_PARTS.split(next((value for name, value in properties if name == "N"), ""))
    # Family, given, further, before, after (RFC 6350, 6.2.2).
    structured = " ".join(part for part in (*parts[3:4], *parts[1:3], *parts[:1]) if part)
    return _unescape(formatted.strip() or structured), [_unescape(value) for name, value in properties if name == "TEL"]


def _vcard_value(match: re.Match[str]) -> str:
    parameters, value = (match["parameters"] or "").upper(), match["value"]
    if "QUOTED-PRINTABLE" not in parameters:
        return value
    return quopri.decodestring(value.encode()).decode(errors="replace")


def _mecard(text: str) -> tuple[str, list[str]] | None:
    fields = []
    at = len("MECARD:")
    while match := _MECARD_FIELD.match(text, at):
        fields.append((match["name"].upper(), match["value"]))
        at = match.end()
    if text[at:] not in {"", ";"}:
        return None
    family, comma, given = next((value for name, value in fields if name == "N"), "").partition(",")
    return _unescape(f"{given} {family}" if comma else family), list(_unescaped(fields, "TEL"))


def _unescaped(fields: list[tuple[str, str]], wanted: str) -> Iterator[str]:
    return (_unescape(value) for name, value in fields if name == wanted)


def _unescape(value: str) -> str:
    return _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value)


def _clean(name: str) -> str:
    """Take out what could reorder or break a screen; Persian spelling keeps its joiners."""
    visible = "".join(
        " " if char.isspace() else char
        for char in name
        if char.isspace() or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
    return " ".join(visible.replace("\ufffd", "").split())[:NAME_LENGTH_MAX]
