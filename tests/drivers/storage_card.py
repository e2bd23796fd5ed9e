"""A contactless card that answers commands as a PC/SC reader would for it."""

from functools import reduce
from operator import xor
from typing import Final

GONE: Final = b"\x63\x00"
"""How readers answer for a card that has left the field, or that has no such page."""
DONE: Final = b"\x90\x00"
ULTRALIGHT: Final = "030003"
CLASSIC_1K: Final = "030001"


def storage_atr(name: str = ULTRALIGHT) -> bytes:
    """Give the ATR of a storage card: standard and name as hexadecimal digits."""
    body = bytes.fromhex(f"8F8001804F0CA000000306{name}00000000")
    return b"\x3b" + body + bytes([reduce(xor, body)])


def record(kind: bytes, payload: bytes, *, flags: int = 0xC0) -> bytes:
    """Give a well-known NDEF record, short if it fits."""
    size = bytes([len(payload)]) if len(payload) < 256 else len(payload).to_bytes(4)
    return bytes([flags | 0x01 | (0x10 if len(size) == 1 else 0), len(kind)]) + size + kind + payload


def text_record(text: str, *, flags: int = 0xC0) -> bytes:
    """Give a Text record in Persian."""
    return record(b"T", b"\x02fa" + text.encode(), flags=flags)


def link_record(prefix: int, rest: str, *, flags: int = 0xC0) -> bytes:
    """Give a URI record."""
    return record(b"U", bytes([prefix]) + rest.encode(), flags=flags)


def tag_memory(message: bytes, *, before: bytes = b"\x01\x03\xa0\x0c\x34", size: int = 888) -> bytes:
    """Give the pages of an NTAG from the capability container on: a lock control block, the message, the end."""
    length = bytes([len(message)]) if len(message) < 255 else b"\xff" + len(message).to_bytes(2)
    area = before + b"\x03" + length + message + b"\xfe"
    return bytes([0xE1, 0x10, size // 8, 0]) + area.ljust(size, b"\0")


class StorageCard:
    """A card with a number and, from page 3 on, a memory; it may leave the field after some answers."""

    def __init__(
        self, number: str, memory: bytes = b"", *, atr: bytes | None = None, leaves_after: int | None = None
    ) -> None:
        self.number = bytes.fromhex(number)
        self.memory = memory
        self.atr = storage_atr() if atr is None else atr
        self.commands: list[bytes] = []
        self.leaves_after = leaves_after

    @property
    def has_left(self) -> bool:
        """Whether it has given as many answers as it stayed for."""
        return self.leaves_after is not None and len(self.commands) >= self.leaves_after

    def answer(self, command: bytes) -> bytes | None:
        """Answer one command; ``None`` once it has left."""
        if self.has_left:
            return None
        self.commands.append(command)
        if command == bytes.fromhex("FFCA000000"):
            return self.number + DONE
        start = (command[3] - 3) * 4
        data = self.memory[start : start + command[4]] if command.startswith(b"\xff\xb0\x00") else b""
        return data + DONE if data else GONE
