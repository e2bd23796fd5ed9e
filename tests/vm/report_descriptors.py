"""What HID readers say about their reports, as real ones do, and the reports themselves.

Sources: USB HID Point of Sale Usage Tables 1.02 (pages 0x8C and 0x8E), HID 1.11 section 6.2.2, and what is known of
common scanners (56 bytes of data in a report) and of MagTek readers (337 bytes, 110 for each track).
"""

from collections.abc import Sequence
from typing import Final

POS_SCANNER: Final = bytes.fromhex(
    "05 8c 09 02 a1 01"  # page bar code scanner, usage bar code scanner, application
    "09 12 a1 02 85 02"  # scanned data report, logical, id 2
    "15 00 26 ff 00 75 08"  # bytes
    "95 01 05 01 09 3b 81 02"  # byte count (generic desktop)
    "95 03 05 8c 09 fb 09 fc 09 fd 81 02"  # three characters of symbology
    "95 38 09 fe 82 02 01"  # 56 bytes of data, buffered
    "95 02 81 03"  # two of the vendor's
    "95 01 09 ff 81 02"  # to be continued
    "c0 c0"
)
STRIPE_READER: Final = bytes.fromhex(
    "05 8e 09 01 a1 01 85 01"  # page magnetic stripe reader, application, id 1
    "15 00 26 ff 00 75 08"  # bytes
    "95 03 09 20 09 21 09 22 81 02"  # how each track was decoded
    "95 03 09 28 09 29 09 2a 81 02"  # length of each
    "95 01 09 38 81 02"  # kind of encoding
    "95 6e 09 30 82 02 01"  # 110 bytes for each track, buffered
    "95 6e 09 31 82 02 01"
    "95 6e 09 32 82 02 01"
    "c0"
)
POS_REPORT_BYTES: Final = 64
_POS_DATA_BYTES: Final = 56
_TRACK_BYTES: Final = 110


def scanned(text: bytes, aim: bytes = b"]Q1") -> list[bytes]:
    """Return the reports of one reading: as many as the data fills, all but the last to be continued."""
    pieces = [text[start : start + _POS_DATA_BYTES] for start in range(0, len(text), _POS_DATA_BYTES)]
    return [
        bytes([2, len(piece)]) + aim + piece.ljust(_POS_DATA_BYTES, b"\0") + bytes([0, 0, number < len(pieces)])
        for number, piece in enumerate(pieces, start=1)
    ]


def swiped(*tracks: bytes) -> bytes:
    """Return the report of one swipe; an empty track was not decoded."""
    three: Sequence[bytes] = (*tracks, b"", b"", b"")[:3]
    lengths = bytes(len(track) for track in three)
    return b"\1" + bytes(3) + lengths + b"\0" + b"".join(track.ljust(_TRACK_BYTES, b"\0") for track in three)
