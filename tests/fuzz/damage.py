"""What happens to bytes on their way: one fault at a time, as wires, plugs and busy systems make them."""

from itertools import pairwise
from random import Random
from typing import Final


def flip_bit(data: bytearray, at: int, chance: Random) -> None:
    """Change one bit: noise on a line without parity."""
    data[at] ^= 1 << chance.randrange(8)


def replace(data: bytearray, at: int, chance: Random) -> None:
    """Change one byte for another that a code may hold."""
    data[at] = chance.choice(b"0123456789ABCXYZ-]=^?;%\x1d\r\n\x02\x03\\ ")


def drop(data: bytearray, at: int, _: Random) -> None:
    """Lose one byte: an overrun."""
    del data[at]


def double(data: bytearray, at: int, _: Random) -> None:
    """Take one byte twice: a key that bounces."""
    data.insert(at, data[at])


def insert(data: bytearray, at: int, chance: Random) -> None:
    """Put a byte in that nobody sent: a plug that is pushed in."""
    data.insert(at, chance.randrange(256))


def cut(data: bytearray, at: int, _: Random) -> None:
    """Lose all that follows: the cable is pulled."""
    del data[at:]


def behead(data: bytearray, at: int, _: Random) -> None:
    """Lose all that came before: the till was started in the middle."""
    del data[:at]


DAMAGES: Final = (flip_bit, replace, drop, double, insert, cut, behead)


def chunks(data: bytes, chance: Random) -> list[bytes]:
    """Cut ``data`` as a system hands it over: at any places, mostly in one piece."""
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3))))
    edges = [0, *places, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]
