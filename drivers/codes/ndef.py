"""NDEF messages: what is written on a contactless tag. Pure.

NFC Forum: NDEF 1.0 (records), URI RTD 1.0, Text RTD 1.0, Smart Poster RTD 1.0. Records of other types are passed
over; a message that breaks the rules is refused as a whole, for half of a link is another link.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

_BEGIN, _END, _CHUNK, _SHORT, _HAS_ID, _FORMAT = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07
_WELL_KNOWN: Final = 1
_UNCHANGED: Final = 6
_UTF_16: Final = 0x80
_LANGUAGE_LENGTH: Final = 0x3F
_URI_PREFIXES: Final = (
    "",
    "http://www.",
    "https://www.",
    "http://",
    "https://",
    "tel:",
    "mailto:",
    "ftp://anonymous:anonymous@",
    "ftp://ftp.",
    "ftps://",
    "sftp://",
    "smb://",
    "nfs://",
    "ftp://",
    "dav://",
    "news:",
    "telnet://",
    "imap:",
    "rtsp://",
    "urn:",
    "pop:",
    "sip:",
    "sips:",
    "tftp:",
    "btspp://",
    "btl2cap://",
    "btgoep://",
    "tcpobex://",
    "irdaobex://",
    "file://",
    "urn:epc:id:",
    "urn:epc:tag:",
    "urn:epc:pat:",
    "urn:epc:raw:",
    "urn:epc:",
    "urn:nfc:",
)
"""URI RTD 1.0, table 3, in its order. Codes behind its end mean no prefix."""


class NdefFault(StrEnum):
    """Why a message is not read."""

    MALFORMED = "malformed"
    """Lengths, or the marks of the first and the last record, do not fit."""
    CHUNKED = "chunked"
    """A record in pieces (NDEF 1.0, 2.3.3), which nothing writes that fits on a tag."""
    ENCODING = "encoding"
    """A text that is not in the encoding it says."""


class _Record(msgspec.Struct, frozen=True):
    kind: bytes
    """The type, if it is well known to the NFC Forum; empty otherwise."""
    payload: bytes


def content(message: bytes) -> str | NdefFault | None:
    r"""Return the first link or text of a message; ``None`` if it has neither.

    >>> content(b"\xd1\x01\x0aU\x04shop.test")
    'https://shop.test'
    >>> content(b"\xd0\x00\x00") is None
    True
    """
    records = _records(message)
    return records if isinstance(records, NdefFault) else _first_of(_content_of(record) for record in records)


def _first_of(found: Iterable[str | NdefFault | None]) -> str | NdefFault | None:
    return next(filter(None, found), None)


def _content_of(record: _Record) -> str | NdefFault | None:
    if record.kind == b"U":
        return _link(record.payload)
    if record.kind == b"T":
        return _text(record.payload)
    if record.kind == b"Sp":
        # A poster is a message in a record: its link, with titles and icons around it.
        records = _records(record.payload)
        if isinstance(records, NdefFault):
            return records
        return _first_of(_link(part.payload) for part in records if part.kind == b"U")
    return None


def _link(payload: bytes) -> str | NdefFault:
    if not payload:
        return NdefFault.MALFORMED
    rest = _decoded(payload[1:], "utf-8")
    if isinstance(rest, NdefFault):
        return rest
    return (_URI_PREFIXES[payload[0]] if payload[0] < len(_URI_PREFIXES) else "") + rest


def _text(payload: bytes) -> str | NdefFault:
    start = 1 + (payload[0] & _LANGUAGE_LENGTH) if payload else 1
    if start > len(payload):
        return NdefFault.MALFORMED
    text = payload[start:]
    if not payload[0] & _UTF_16:
        return _decoded(text, "utf-8")
    # Text RTD 1.0, 3.4: big endian unless a byte order mark says otherwise.
    return _decoded(text, "utf-16" if text.startswith((BOM_UTF16_BE, BOM_UTF16_LE)) else "utf-16-be")


def _decoded(data: bytes, encoding: str) -> str | NdefFault:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return NdefFault.ENCODING


def _records(message: bytes) -> list[_Record] | NdefFault:
    found: list[_Record] = []
    rest = message
    while rest:
        first = _cut_first(rest)
        if isinstance(first, NdefFault):
            return first
        flags, record, rest = first
        # Exactly the first record begins the message, and exactly the last one ends it.
        if bool(flags & _BEGIN) is bool(found) or bool(flags & _END) is bool(rest):
            return NdefFault.MALFORMED
        found.append(record)
    return found


def _cut_first(message: bytes) -> tuple[int, _Record, bytes] | NdefFault:
    """Return flags and record at the front of a message that is not empty, and what follows it."""
    flags = message[0]
    if flags & _CHUNK or flags & _FORMAT == _UNCHANGED:
        return NdefFault.CHUNKED
    size_end = 3 if flags & _SHORT else 6
    head_end = size_end + 1 if flags & _HAS_ID else size_end
    if len(message) < head_end:
        return NdefFault.MALFORMED
    kind_end = head_end + message[1]
    id_end = kind_end + (message[size_end] if flags & _HAS_ID else 0)
    end = id_end + int.from_bytes(message[2:size_end])
    if end > len(message):
        return NdefFault.MALFORMED
    kind = message[head_end:kind_end] if flags & _FORMAT == _WELL_KNOWN else b""
    return flags, _Record(kind, message[id_end:end]), message[end:]
