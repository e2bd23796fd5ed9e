"""Identifiers: UUIDv7 made once, before the first try, and the part a member's events live in."""

from hashlib import blake2b
from zlib import crc32

from pos_loyalty.errors import InvariantBroken

ENTROPY_BYTES = 10
PARTS = 1024
"""Virtual partitions of the hub. A part is fixed when its event is born and never derived again."""

_TIME_MS_MAX = 1 << 48


def uuid7(unix_ms: int, entropy: bytes) -> str:
    """Return a UUID version 7 (RFC 9562 §5.7) in its canonical text form.

    ``unix_ms`` is milliseconds since 1970 UTC; ``entropy`` is ten random bytes, of which 74 bits are used. The
    time gives locality in an index and orders nothing.

    Raises:
        InvariantBroken: the time does not fit 48 bits or the entropy is not ten bytes.
    """
    if not 0 <= unix_ms < _TIME_MS_MAX or len(entropy) != ENTROPY_BYTES:
        raise InvariantBroken(f"uuid7 needs 48 bits of time and {ENTROPY_BYTES} bytes, got {unix_ms}, {len(entropy)}")
    random = int.from_bytes(entropy, "big")
    rand_a, rand_b = (random >> 62) & 0xFFF, random & ((1 << 62) - 1)
    return _canonical(unix_ms << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


def named_uuid(*names: str) -> str:
    """Return the UUID version 8 (RFC 9562 §5.8) of ``names``: the same for the same names, and for no others.

    For what must be one thing however often it is begun. Not version 5, which the ledger keeps for itself.
    """
    digest = int.from_bytes(blake2b("\0".join(names).encode(), digest_size=16).digest(), "big")
    return _canonical(digest & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62)


def part_of(key: str) -> int:
    """Return the part (0..1023) in which events about ``key`` (a member, else the terminal) are born."""
    return crc32(key.encode()) % PARTS


def _canonical(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
