"""Scanners that listen: small honest emulators of what each make obeys, behind a real pseudo-terminal.

Each takes bytes as they come, knows the commands of its manual and nothing else, and answers what that manual says.
"""

import os
import re
import select
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from drivers.lexers.ssi import ACK, BEEP, CMD_ACK, CMD_NAK, DECODE_DATA, RESEND, SCAN_DISABLE, SCAN_ENABLE, packet
from drivers.ports.pseudo_terminal import PseudoTerminal
from tests.drivers.till import DEADLINE_S


class Make(Protocol):
    """One make of scanner."""

    good: int
    bad: int
    enabled: bool
    not_understood: bytes

    def hear(self, data: bytes) -> bytes:
        """Obey, and give the answer."""


class Honeywell:
    """Triggered by the host; has one beep."""

    bad = 0

    def __init__(self) -> None:
        self.good = 0
        self.enabled = True
        self.not_understood = b""

    def hear(self, data: bytes) -> bytes:
        """Obey SYN x CR, without any answer."""
        self.not_understood += data
        while found := re.match(rb"\x16([\x07TU])\r", self.not_understood):
            self.not_understood = self.not_understood[found.end() :]
            self.good += found[1] == b"\x07"
            self.enabled = {b"T": True, b"U": False}.get(found[1], self.enabled)
        return b""


class Datalogic:
    """A PowerScan: F disables it as well, and it answers E and D."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        self.enabled = False  # as a till left it that ended while it was busy
        self.not_understood = b""

    def hear(self, data: bytes) -> bytes:
        """Obey single letters."""
        answer = b""
        for letter in data.decode("latin-1"):
            self.good += letter == "B"
            self.bad += letter == "F"
            self.enabled = {"E": True, "D": False, "F": False}.get(letter, self.enabled)
            if letter in "ED":
                answer += b"\x01\x02" + letter.encode() + b"\x03\x04"
            elif letter not in "BF":
                self.not_understood += letter.encode("latin-1")
        return answer


class Newland:
    """Triggered by the host; says every command back."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        self.enabled = True
        self.not_understood = b""

    def hear(self, data: bytes) -> bytes:
        """Obey ``~ SOH 0000 # command ; ETX``."""
        answer = b""
        self.not_understood += data
        while found := re.match(rb"~\x010000#(BEEPON(\d{4})F\d+T\d+V|SCNTRG[01]);\x03", self.not_understood):
            self.not_understood = self.not_understood[found.end() :]
            if found[2]:
                self.good += int(found[2]) > 2000
                self.bad += int(found[2]) <= 2000
            else:
                self.enabled = found[1] == b"SCNTRG1"
            answer += b"\x02\x010000#" + found[1] + b"\x06;\x03"
        return answer


class CipherLab:
    """Halts and resumes; has one beep."""

    bad = 0

    def __init__(self) -> None:
        self.good = 0
        self.enabled = False
        self.not_understood = b""

    def hear(self, data: bytes) -> bytes:
        """Obey ``#@ .... CR``, without any answer."""
        self.not_understood += data
        while found := re.match(rb"#@(////|----|\.\.\.\.)\r", self.not_understood):
            self.not_understood = self.not_understood[found.end() :]
            self.good += found[1] == b"////"
            self.enabled = {b"....": True, b"----": False}.get(found[1], self.enabled)
        return b""


class Zebra:
    """Speaks SSI: sends one packet, waits for its ACK, and sends it again after a NAK."""

    def __init__(self, *, spoil: Callable[[bytes], bytes] = lambda sent: sent, loses_acks: int = 0) -> None:
        self.good = self.bad = 0
        self.enabled = False
        self.not_understood = b""
        self.unacknowledged: list[bytes] = []
        self.naks = 0
        self._spoil = spoil
        self._acks_to_lose = loses_acks

    def reading(self, *bodies: bytes) -> bytes:
        """Give the first packet of a reading; the others follow as they are acknowledged."""
        self.unacknowledged += bodies
        return self._next(resent=False)

    def hear(self, data: bytes) -> bytes:
        """Obey packets, acknowledge commands, and send the next packet or the same again."""
        answer = b""
        self.not_understood += data
        while self.not_understood and len(self.not_understood) >= self.not_understood[0] + 2:
            end = self.not_understood[0] + 2
            heard, self.not_understood = self.not_understood[:end], self.not_understood[end:]
            assert heard == packet(heard[1], heard[4:-2]), heard
            answer += self._obey(heard)
        return answer

    def _obey(self, heard: bytes) -> bytes:
        if heard == ACK:
            if self._acks_to_lose:
                self._acks_to_lose -= 1
                return self._next(resent=True)  # after its response time-out, which need not be waited for here
            del self.unacknowledged[:1]
            return self._next(resent=False)
        if heard == RESEND:
            self.naks += 1
            return self._next(resent=True)
        assert heard[1] not in {CMD_ACK, CMD_NAK}
        self.good += heard[1] == BEEP and heard[4] == 0
        self.bad += heard[1] == BEEP and heard[4] == 6
        self.enabled = {SCAN_ENABLE: True, SCAN_DISABLE: False}.get(heard[1], self.enabled)
        return packet(CMD_ACK, source=0)

    def _next(self, *, resent: bool) -> bytes:
        if not self.unacknowledged:
            return b""
        status = int(resent) | (2 if len(self.unacknowledged) > 1 else 0)
        whole = packet(DECODE_DATA, self.unacknowledged[0], source=0, status=status)
        return whole if resent else self._spoil(whole)


MAKES: dict[str, Callable[[], Make]] = {
    "honeywell": Honeywell,
    "datalogic": Datalogic,
    "newland": Newland,
    "cipherlab": CipherLab,
    "ssi": Zebra,
}


class TalkingScanner:
    """A scanner of some make on a pseudo-terminal behind ``link``, obeying in a thread of its own."""

    def __init__(self, link: Path, make: Make) -> None:
        self._terminal = PseudoTerminal()
        self._make = make
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        link.symlink_to(self._terminal.slave)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._terminal.close()

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        with self._changed:
            os.write(self._terminal.fd, data)

    def wait_for(self, has_come: Callable[[], bool]) -> None:
        """Wait until the scanner has heard something that makes ``has_come`` true."""
        with self._changed:
            assert self._changed.wait_for(has_come, DEADLINE_S), vars(self._make)

    def _listen(self) -> None:
        poller = select.poll()
        poller.register(self._terminal.fd, select.POLLIN)
        while not self._stop.is_set():
            # A master whose slave is not open polls as hung up, at once: give the other thread its turn.
            if any(event & select.POLLIN for _, event in poller.poll(20)):
                with self._changed:
                    if answer := self._make.hear(os.read(self._terminal.fd, 4096)):
                        os.write(self._terminal.fd, answer)
                    self._changed.notify_all()
            else:
                self._stop.wait(0.002)
