"""Readers of every framing, on a tty and behind a converter, keep the contract of a kind."""

import os
import select
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from drivers.conformance import Conformance, Device
from drivers.lexers.framing import FramingMode
from drivers.lexers.ssi import DECODE_DATA, packet
from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.settings import ReaderSettings
from drivers.transports.nfc_transport import NFC
from drivers.transports.rfid_transport import RFID
from drivers.transports.serial_transport import SERIAL
from tests.support.hub_process import LOOPBACK, free_ports


class Tty:
    """A reader on a pseudo-terminal behind a name that stays."""

    def __init__(self, place: Path, reads: dict[str, tuple[bytes, ...]], framing: FramingMode, kind: str) -> None:
        self.settings = ReaderSettings(name="tty", port=str(place / "tty"), framing=framing, kind=kind)
        self._link = place / "tty"
        self._reads = reads
        self._terminal = PseudoTerminal()
        self._written = b""
        self._link.symlink_to(self._terminal.slave)

    def plug(self) -> None:
        """Plug it in as a new tty."""
        self._terminal = PseudoTerminal()
        self._link.symlink_to(self._terminal.slave)

    def unplug(self) -> None:
        """Hang up."""
        self.written()
        self._link.unlink()
        self._terminal.close()

    def send(self, code: str) -> None:
        """Send what the reader sends for a code."""
        for data in self._reads[code]:
            os.write(self._terminal.fd, data)

    def written(self) -> bytes:
        """Give what arrived here; a tty that nobody has open any more says EIO once it is empty."""
        with suppress(OSError):
            while data := os.read(self._terminal.fd, 4096):
                self._written += data
        return self._written


class Converter:
    """A network converter with a reader behind it."""

    def __init__(self, reads: dict[str, tuple[bytes, ...]]) -> None:
        # Not one of those that a connection takes for its own end: nobody else may have it while it is unplugged.
        self._server = socket.create_server((LOOPBACK, free_ports(1)[0]))
        self._address = self._server.getsockname()
        self._reads = reads
        self._connection: socket.socket | None = None
        self._written = b""
        self.settings = ReaderSettings(name="net", port="socket://{}:{}".format(*self._address))

    def plug(self) -> None:
        """Listen at the same address again."""
        self._server = socket.create_server(self._address)

    def unplug(self) -> None:
        """Hang up, and listen no more. What waits to be accepted is hung up by closing."""
        self.written()
        for end in (self._connection, self._server):
            if end:
                end.close()
        self._connection = None

    def send(self, code: str) -> None:
        """Send what the reader sends for a code."""
        if self._connection is None:
            self._connection, _ = self._server.accept()
        for data in self._reads[code]:
            self._connection.sendall(data)

    def written(self) -> bytes:
        """Give what arrived here."""
        with suppress(OSError):
            while self._connection and select.select([self._connection], [], [], 0)[0]:
                if not (data := self._connection.recv(4096)):
                    break
                self._written += data
        return self._written


class OnTty(Conformance):
    """What all framings have in common."""

    transport = SERIAL
    kind = "serial"
    framing: FramingMode = "line"
    envelope = (b"", b"\r\n")

    @contextmanager
    def _tty(self) -> Iterator[Device]:
        codes = (*self.codes, self.payment_card or "")
        with tempfile.TemporaryDirectory() as place:
            tty = Tty(Path(place), {code: self.reads_of(code) for code in codes}, self.framing, self.kind)
            yield tty
            tty.unplug()

    def device(self) -> AbstractContextManager[Device]:
        """Give a tty."""
        return self._tty()

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give the code in its envelope."""
        prefix, suffix = self.envelope
        return (prefix + code.encode() + suffix,)


class TestLine(OnTty):
    """Readers as most are delivered."""


class TestCr(OnTty):
    """Readers that end by CR."""

    framing, envelope = "cr", (b"", b"\r")


class TestLf(OnTty):
    """Readers that end by LF."""

    framing, envelope = "lf", (b"", b"\n")


class TestCrlf(OnTty):
    """Readers that end by CR LF and nothing less."""

    framing, envelope = "crlf", (b"", b"\r\n")


class TestTab(OnTty):
    """Readers that end by TAB."""

    framing, envelope = "tab", (b"", b"\t")


class TestStxEtx(OnTty):
    """Readers that put STX in front and ETX behind."""

    framing, envelope = "stx_etx", (b"\x02", b"\x03")


class TestSsi(OnTty):
    """Zebra readers, whose packets are answered."""

    framing = "ssi"
    answers = True

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give one packet."""
        return (packet(DECODE_DATA, b"\x03" + code.encode(), source=0),)


class TestSsiInSeveralPackets(OnTty):
    """Long readings of Zebra readers, which come packet by packet."""

    framing = "ssi"
    answers = True

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give two packets, of which the first says that there is another."""
        first, second = code[:4].encode(), code[4:].encode()
        return (
            packet(DECODE_DATA, b"\x03" + first, source=0, status=2),
            packet(DECODE_DATA, b"\x03" + second, source=0),
        )


class TestRfid(OnTty):
    """Readers of 125 kHz tags."""

    transport = RFID
    kind = "rfid"
    codes = ("0800A5B1C2DE", "0800A5B1C3DF")
    payment_card = None  # no tag holds so many digits
    envelope = (b"\x02", b"\x03")


class TestNfc(OnTty):
    """Contactless readers that send the number of a card as a line."""

    transport = NFC
    kind = "nfc"
    codes = ("uid:04A1B2C3D4E5F6", "uid:04A1B2C3D4E5F7")
    payment_card = ";4111111111111111=25121010000012345678?"

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give the number as a line, in lower case."""
        return (code.removeprefix("uid:").lower().encode() + b"\r\n",)


class TestNetwork(OnTty):
    """Readers behind a network converter."""

    @contextmanager
    def _converter(self) -> Iterator[Device]:
        converter = Converter({code: self.reads_of(code) for code in self.codes})
        yield converter
        converter.unplug()

    def device(self) -> AbstractContextManager[Device]:
        """Give a converter."""
        return self._converter()
