"""What the configuration says about one reader, and what can be wrong with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from drivers.framing import Framing, FramingMode

SOCKET_SCHEME: Final = "socket"
_BAUD_MIN, _BAUD_MAX = 300, 4_000_000
_GAP_MS_MIN, _GAP_MS_MAX = 20, 1000
_DEBOUNCE_MS_MAX = 60_000


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader that delivers bytes: a serial port, or a network converter in front of one."""

    name: str
    """How people and statuses call it; unique within a terminal."""
    port: str
    """A device, best by its stable name (``/dev/serial/by-id/...``), or ``socket://host:port``."""
    baud: int = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    dtr: bool = True
    """Line states wanted while the port is open. Some readers reset, others fall asleep, when DTR drops."""
    rts: bool = True
    exclusive: bool = True
    """Keep other programs out while the port is open. Off only to listen beside another program."""
    framing: FramingMode = "line"
    idle_gap_ms: int = 30
    debounce_ms: int = 1500
    """The same code within this time is the same reading; 0 lets every reading through."""

    @property
    def frames(self) -> Framing:
        """The settings of the framer."""
        return Framing(mode=self.framing, idle_gap_ms=self.idle_gap_ms)

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port of a network reader; ``None`` for a device, and for an address that is wrong."""
        try:
            url = urlsplit(self.port)
            if url.scheme == SOCKET_SCHEME and url.hostname and url.port:
                return url.hostname, url.port
        except ValueError:
            pass  # a port that is no number, or a broken IPv6 address
        return None

    @property
    def is_network(self) -> bool:
        """Whether the reader is reached over the network."""
        return self.port.startswith(f"{SOCKET_SCHEME}:")


def problems(readers: Sequence[ReaderSettings]) -> list[str]:
    """Say in whole sentences what is wrong with the configured readers; an empty list means nothing is."""
    found = [sentence for reader in readers for sentence in _problems_of(reader)]
    names = Counter(reader.name for reader in readers)
    found += [f"two readers are called {name!r}: give each its own name" for name, count in names.items() if count > 1]
    ports = Counter(reader.port for reader in readers)
    found += [f"two readers use {port}: a port belongs to one reader" for port, count in ports.items() if count > 1]
    return found


def _problems_of(reader: ReaderSettings) -> Iterator[str]:
    who = f"reader {reader.name!r}"
    if not reader.name.strip():
        yield "a reader has no name: give it one, such as 'counter'"
    if not (reader.address if reader.is_network else reader.port.startswith("/")):
        yield f"{who}: port {reader.port!r} is neither a device such as /dev/serial/by-id/... nor socket://host:port"
    limits = (
        ("baud", reader.baud, _BAUD_MIN, _BAUD_MAX, "most readers leave the factory with 9600"),
        ("idle_gap_ms", reader.idle_gap_ms, _GAP_MS_MIN, _GAP_MS_MAX, "an adapter may hold bytes back for 16 ms"),
        ("debounce_ms", reader.debounce_ms, 0, _DEBOUNCE_MS_MAX, "1500 suits most shops"),
    )
    for field, value, least, most, advice in limits:
        if not least <= value <= most:
            yield f"{who}: {field} {value} is outside {least} to {most}; {advice}"
