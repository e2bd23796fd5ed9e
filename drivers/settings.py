"""What the configuration says about one reader."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from drivers.lexers.framing import Framing, FramingMode

SOCKET_SCHEME: Final = "socket"


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader. Which keys count depends on its kind (``drivers.kinds``); the others must keep their defaults."""

    name: str
    """How people and statuses call it; unique within a terminal."""
    port: str
    """Where it is. A device, best by its stable name (``/dev/serial/by-id/...``), or ``socket://host:port``; of PC/SC
    readers the name."""
    kind: str = "serial"
    """What kind of reader it is; ``drivers.kinds`` has the names."""
    usb: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{4}:[0-9a-f]{4})?$", title='an id such as "0c2e:0200"')] = ""
    """Vendor and product that the device must have; empty for any. A grabbed device is nobody else's, so that the
    cashier's keyboard must not be mistaken for a reader."""
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
    feedback: Literal["off", "honeywell", "datalogic", "newland", "cipherlab", "ssi"] = "off"
    """The language in which the reader is told to beep; off writes nothing to it, ever."""
    debounce_ms: int = 1500
    """The same code within this time is the same reading; 0 lets every reading through."""
    options: tuple[str, ...] = ()
    """What a kind of another package wants to know besides, each as ``key=value``."""

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
