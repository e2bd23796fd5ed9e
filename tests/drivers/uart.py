"""What a receiver makes of the bits on a wire, bit by bit: a pseudo-terminal has no parity and no stop bits."""

from collections.abc import Iterator

import msgspec


class Format(msgspec.Struct, frozen=True):
    """How both ends are set; only when they are set alike is what comes what was sent."""

    bits: int
    parity: str

    def parity_bit(self, bits: list[int]) -> list[int]:
        """Give the bit that makes the number of ones even or odd; nothing without parity."""
        return [] if self.parity == "N" else [(sum(bits) + (self.parity == "O")) % 2]


def sent(data: bytes, form: Format, idle_bits: int = 0) -> list[int]:
    """Give the line levels for ``data``: start, data, parity and stop bit of each byte, and rest at the end."""
    line = []
    for byte in data:
        bits = [byte >> n & 1 for n in range(form.bits)]
        line += [0, *bits, *form.parity_bit(bits), *[1] * (1 + idle_bits)]
    return line + [1] * 12


def received(line: list[int], form: Format) -> bytes:
    """Give what a tty with INPCK reads: a byte with wrong parity, or whose stop bit is low, is a NUL (termios(3)).

    After a low stop bit the receiver waits for the line to rise before it looks for the next start bit.
    """
    return bytes(_bytes_on(line, form))


def _bytes_on(line: list[int], form: Format) -> Iterator[int]:
    at, length = 0, 1 + form.bits + (form.parity != "N") + 1
    while at + length <= len(line):
        if line[at]:
            at += 1
            continue
        bits = line[at + 1 : at + 1 + form.bits]
        right = line[at + 1 + form.bits : at + length] == [*form.parity_bit(bits), 1]
        yield sum(bit << n for n, bit in enumerate(bits)) if right else 0
        at += length
        while not line[at - 1] and at < len(line) and not line[at]:
            at += 1
