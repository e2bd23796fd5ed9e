"""A PC/SC service of our own, with a virtual reader: it touches nothing of the machine it runs on.

``pcscd`` has no setting for its socket, but it takes one from whoever starts it, as it does from systemd; and its
readers are those of a folder of ours: here one, with two slots. What is shown to a slot connects to it by TCP and
speaks the protocol of vpcd: two bytes of length, then one byte of control (off, on, reset, ATR) or a command for the
card.
"""

import importlib
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

from tests.drivers.storage_card import StorageCard
from tests.drivers.till import DEADLINE_S
from tests.support.hub_process import free_ports

DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PROGRAM: Final = Path("/usr/sbin/pcscd")
# The socket must be descriptor 3, and the number of the process is known only to itself.
_START: Final = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""
_GET_ATR: Final = 4


class PcscService:
    """``pcscd`` behind a socket at ``path``; it can be killed and started again."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def plug_in(self) -> None:
        """Have a reader from the next start on."""
        self._port = port = _two_free_ports()
        place = f"/dev/null:0x{port:X}"
        settings = f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME {place}\nLIBPATH {DRIVER}\nCHANNELID 0x{port:X}\n'
        (self._folder / "vpcd").write_text(settings)

    def start(self) -> None:
        """Start the service; clients may connect from now on."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fspath(self._path))
            listener.listen()
            fd = listener.fileno()
            service = [os.fspath(PROGRAM), "--foreground", "--config", os.fspath(self._folder)]
            with (self._folder.parent / "pcscd.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-IS", "-c", _START, str(fd), *service], pass_fds=[fd], stdout=log, stderr=log
                )

    def kill(self) -> None:
        """End the service without a word, as a crash does; nobody listens afterwards."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._path.unlink()

    def show(self, card: StorageCard, *, slot: int = 0) -> "Presentation":
        """Hold a card to one of the two slots of the reader."""
        return Presentation(card, self._port + slot)

    def wait_until_empty(self) -> None:
        """Wait until the service has noticed that no card is there: it looks only every 400 ms."""
        scard = importlib.import_module("smartcard.scard")
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _, names = scard.SCardListReaders(context, [])
        asked = [(name, scard.SCARD_STATE_PRESENT) for name in names]
        while any(state & scard.SCARD_STATE_PRESENT for _, state in asked):
            code, states = scard.SCardGetStatusChange(context, int(DEADLINE_S * 1000), asked)
            assert code == scard.SCARD_S_SUCCESS, "the virtual reader keeps its card"
            asked = [(name, state & ~scard.SCARD_STATE_CHANGED) for name, state, _ in states]
        scard.SCardReleaseContext(context)


class Presentation:
    """A card in the field of a virtual reader, from its construction to the end of the ``with`` block."""

    def __init__(self, card: StorageCard, port: int) -> None:
        self._card = card
        self._polls = 0
        self._changed = threading.Condition()
        self._line = _connected(port)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Take the card away."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def wait_for_polls(self, number: int) -> None:
        """Wait until the service has looked so many times more whether the card is still there."""
        until = self._polls + number
        self._wait(lambda: self._polls >= until)

    def wait_for_commands(self, number: int) -> None:
        """Wait until the card has answered so many commands."""
        self._wait(lambda: len(self._card.commands) >= number)

    def _wait(self, has_come: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(has_come, DEADLINE_S)

    def _serve(self) -> None:
        with suppress(OSError):
            while message := self._receive():
                answer = self._answer(message)
                if answer is None:
                    self._line.shutdown(socket.SHUT_RDWR)
                    return
                if answer:
                    self._line.sendall(struct.pack("!H", len(answer)) + answer)
                with self._changed:
                    self._changed.notify_all()

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) > 1:
            return self._card.answer(message)
        if message[0] != _GET_ATR:
            return b""
        self._polls += 1
        return self._card.atr

    def _receive(self) -> bytes:
        head = self._line.recv(2, socket.MSG_WAITALL)
        # The driver sends length and message apart, and the second waits until the first is acknowledged: 40 ms.
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return self._line.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL) if len(head) == 2 else b""


def _connected(port: int) -> socket.socket:
    """Connect to the virtual reader, which may be just starting."""
    for _ in range(1_500):
        with suppress(ConnectionRefusedError):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return line
        threading.Event().wait(0.02)
    raise AssertionError(f"the virtual reader does not listen on port {port}")


def _two_free_ports() -> int:
    """Give the first of two ports that follow each other: the driver has two slots.

    They are not of those that a connection takes for its own end: a card that is shown before the driver listens
    would now and then be connected to itself.
    """
    return next(one for one, other in pairwise(free_ports(64)) if other == one + 1)
