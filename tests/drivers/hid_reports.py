"""What HID readers say about themselves and what they send, by their manuals."""

POS_SCANNER = bytes.fromhex(
    "05 8c 09 02 a1 01 09 12 a1 02 85 02"  # bar code scanner; scanned data report, id 2
    "15 00 26 ff 00 75 08"
    "95 01 05 01 09 3b 81 02"  # length
    "95 03 05 8c 09 fb 09 fc 09 fd 81 02"  # AIM identifier
    "95 38 09 fe 82 02 01"  # 56 bytes of data
    "95 02 81 03 95 01 09 ff 81 02 c0 c0"  # two of the maker, and the flag
)
MAGTEK = bytes.fromhex(
    "06 00 ff 09 01 a1 01 15 00 26 ff 00 75 08"  # the maker's page, "decoding reader device"
    "09 20 09 21 09 22 09 28 09 29 09 2a 09 38 95 07 81 02"  # status, lengths, encoding
    "09 30 95 6e 82 02 01 09 31 95 6e 82 02 01 09 32 95 6e 82 02 01"  # three tracks of 110 bytes
    "09 20 95 18 b2 02 01 c0"  # commands, a feature report
)
"""USB HID Swipe Reader, Technical Reference Manual 99875191."""
STRIPE_READER = bytes.fromhex("05 8e 09 01 a1 01 85 01 15 00 26 ff 00 75 08 96 51 01 09 20 82 02 01 c0")
"""Page 0x8E with a report id, 337 bytes behind it."""
MAGNESAFE = bytes.fromhex(
    "06 00 ff 09 01 a1 01 15 00 26 ff 00 75 08 95 07 81 02"
    "95 70 82 02 01 95 70 82 02 01 95 70 82 02 01 95 01 81 02 75 20 95 01 81 02 c0"
)
"""A reader that encrypts, up to its MagnePrint status (MagneSafe V5): fields of 112 bytes."""
KEYBOARD = bytes.fromhex(
    "05 01 09 06 a1 01 05 07 19 e0 29 e7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 03"
    "95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00 c0"
)
PART_BYTES = 56
TRACK_BYTES = 110


def parts(data: bytes, aim: bytes = b"]Q1") -> list[bytes]:
    """Give the reports of one code."""
    pieces = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)] or [b""]
    return [
        bytes((2, len(piece))) + aim.ljust(3, b"\0") + piece.ljust(PART_BYTES, b"\0") + bytes((0, 0, at < len(pieces)))
        for at, piece in enumerate(pieces, start=1)
    ]


def swipe(*tracks: bytes, failed: tuple[int, ...] = ()) -> bytes:
    """Give the report of one swipe; tracks with their sentinels, and the numbers of those that could not be decoded."""
    three = (*tracks, b"", b"", b"")[:3]
    status = bytes(number in failed for number in (1, 2, 3))
    return status + bytes(map(len, three)) + b"\0" + b"".join(track.ljust(TRACK_BYTES, b"\0") for track in three)
