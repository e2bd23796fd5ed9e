"""What happens to bytes on their way: one fault at a time, as wires, plugs and busy systems make them."""

from itertools import pairwise
from random import Random
from typing import Final, TypeVar

_Pieces = TypeVar("_Pieces", bytearray, list[bytes])


def flip_bit(data: bytearray, at: int, chance: Random) -> None:
    """Change one bit: noise on a line without parity."""
    data[at] ^= 1 << chance.randrange(8)


def replace(data: bytearray, at: int, chance: Random) -> None:
    """Change one byte for another that a code may hold."""
    data[at] = chance.choice(b"0123456789ABCXYZ-]=^?;%\x1d\r\n\x02\x03\\ ")


def drop(data: _Pieces, at: int, _: Random) -> None:
    """Lose one byte, or one of what comes whole: an overrun."""
    del data[at]


def double(data: _Pieces, at: int, _: Random) -> None:
    """Take one twice: a key that bounces."""
    data[at:at] = data[at : at + 1]


def insert(data: bytearray, at: int, chance: Random) -> None:
    """Put a byte in that nobody sent: a plug that is pushed in."""
    data.insert(at, chance.randrange(256))


def cut(data: _Pieces, at: int, _: Random) -> None:
    """Lose all that follows: the cable is pulled."""
    del data[at:]


def behead(data: _Pieces, at: int, _: Random) -> None:
    """Lose all that came before: the till was started in the middle."""
    del data[:at]


OF_BYTES: Final = (flip_bit, replace, drop, double, insert, cut, behead)
OF_WHOLES: Final = (drop, double, cut, behead)
"""Of reports and key events, which USB guards by a checksum and a second try: they come whole or not at all."""


def damaged(reads: list[bytes], whole: int, chance: Random) -> list[bytes]:
    """Return the reads after one fault; each has pieces of ``whole`` bytes that come as they are, or is one (0)."""
    if not whole:
        left = list(reads)
        chance.choice(OF_WHOLES)(left, chance.randrange(len(left)), chance)
        return left
    at = chance.randrange(len(reads))
    if whole == 1:
        data = bytearray(reads[at])
        chance.choice(OF_BYTES)(data, chance.randrange(len(data)), chance)
        return [*reads[:at], bytes(data), *reads[at + 1 :]]
    pieces = [reads[at][start : start + whole] for start in range(0, len(reads[at]), whole)]
    chance.choice(OF_WHOLES)(pieces, chance.randrange(len(pieces)), chance)
    return [*reads[:at], b"".join(pieces), *reads[at + 1 :]]


def chunks(data: bytes, chance: Random) -> list[bytes]:
    """Cut ``data`` as a system hands it over: at any places, mostly in one piece."""
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3))))
    edges = [0, *places, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]
