"""What a row of the feed is found by besides its key, read from its document without reading all of it. Pure.

It is kept beside the row as it was indexed: an index that is told what to forget must be told the very words it was
given, and a document that comes again with the same name and codes, as most do, costs no index anything.
"""

import contextlib
from collections.abc import Collection
from functools import lru_cache
from typing import Final

import msgspec

from pos_loyalty.core.identifiers import IdentifierKind
from pos_loyalty.i18n.names import name_key
from pos_loyalty.store.name_search import phone_digits, phone_forms, words_of

_NAMES_REMEMBERED = 4_096
_PHONE: Final = str(IdentifierKind.PHONE)
"""Plain: a look into the enumeration costs as much as the comparison, and this is asked a million times."""


class _Name(msgspec.Struct, frozen=True):
    given: str = ""
    family: str = ""


class _Identifier(msgspec.Struct, frozen=True):
    kind: str
    value: str


class _Named(msgspec.Struct, frozen=True):
    name: _Name = _Name()


class _Identified(msgspec.Struct, frozen=True):
    identifiers: tuple[_Identifier, ...] = ()


class _Member(msgspec.Struct, frozen=True):
    name: _Name = _Name()
    identifiers: tuple[_Identifier, ...] = ()


class _Product(msgspec.Struct, frozen=True):
    codes: tuple[str, ...] = ()


class MemberKeys(msgspec.Struct, frozen=True, array_like=True):
    """What a member is in the indexes by."""

    words: str = ""
    codes: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """Forms of phone numbers."""


_decode_member = msgspec.json.Decoder(_Member).decode
_decode_named = msgspec.json.Decoder(_Named).decode
_decode_identified = msgspec.json.Decoder(_Identified).decode
_decode_product = msgspec.json.Decoder(_Product).decode
_encode = msgspec.json.Encoder().encode
_decode_keys = msgspec.json.Decoder(MemberKeys).decode
_decode_codes = msgspec.json.Decoder(tuple[str, ...]).decode
_folded = lru_cache(_NAMES_REMEMBERED)(name_key)

NO_KEYS: Final = MemberKeys()
"""Of a member who is in no index."""
NO_CODES: Final = b"[]"
"""Of a product without any."""


def member_keys(document: bytes | memoryview) -> MemberKeys:
    """Return what a member document is found by.

    Of one whose shape this build does not know, as much as can be read.
    """
    try:
        member = _decode_member(document)
    except msgspec.DecodeError:
        member = _what_can_be_read(document)
    name, identifiers = member.name, member.identifiers
    phones = [phone_digits(each.value) for each in identifiers if each.kind == _PHONE]
    return MemberKeys(
        words=" ".join(sorted(words_of(_folded(name.given), _folded(name.family)))),
        codes=_sorted([each.value for each in identifiers]),
        phones=_sorted([form for phone in phones for form in phone_forms(phone)]) if phones else (),
    )


def kept(keys: MemberKeys) -> bytes:
    """Return what is kept beside the row, as :func:`keys_from` reads it."""
    return _encode(keys)


def keys_from(found_by: bytes) -> MemberKeys:
    """Read what was kept."""
    return _decode_keys(found_by)


def product_codes(document: bytes | memoryview) -> bytes:
    """Return the codes of a product document, as :func:`codes_from` reads them; none if it cannot be read."""
    try:
        return _encode(_sorted(_decode_product(document).codes))
    except msgspec.DecodeError:
        return NO_CODES


def codes_from(found_by: bytes) -> tuple[str, ...]:
    """Read what was kept."""
    return _decode_codes(found_by)


def _sorted(texts: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts))) if len(texts) > 1 else tuple(texts)


def _what_can_be_read(document: bytes | memoryview) -> _Member:
    named, identified = _Named(), _Identified()
    with contextlib.suppress(msgspec.DecodeError):
        named = _decode_named(document)
    with contextlib.suppress(msgspec.DecodeError):
        identified = _decode_identified(document)
    return _Member(name=named.name, identifiers=identified.identifiers)
