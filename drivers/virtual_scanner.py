"""A scanner for machines that have none: paced bytes into a real pseudo-terminal.

    python -m drivers.virtual_scanner --link /run/user/1000/scanner --control /run/user/1000/scanner.sock

The till opens the link like any port. Commands come one a line from standard input, and one a connection through the
control socket, and each is answered by one line, ``ok ...`` or ``error ...``::

    CODE            scan it, with the suffix; answered when the last byte is on the wire, with the times of the
                    first and the last byte in nanoseconds of the monotonic clock
    !bytes HEX      put exactly these bytes on the wire
    !unplug         pull the cable: the port vanishes, in mid-frame if need be
    !replug         plug it in again: a new port behind the same link
"""

import argparse
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Self

from drivers.ports.pseudo_terminal import PseudoTerminal
from pos_loyalty.errors import PosLoyaltyError, ReaderError

SUFFIXES: Final = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "none": b""}
_BITS_PER_BYTE = 10
"""8N1: one start bit, eight data bits, one stop bit."""
_CLIENT_TIMEOUT_S = 5.0
"""A client that says nothing must not keep the others waiting. Clients themselves wait twice as long: a full QR
code takes 4.5 s at 9600 baud."""


class VirtualScanner:
    """One scanner: plugged in at construction, behind a link that stays the same for its life."""

    def __init__(self, link: Path, *, baud: int = 9600, suffix: bytes = SUFFIXES["cr"]) -> None:
        self._link = link
        self._suffix = suffix
        self._byte_ns = round(_BITS_PER_BYTE * 1_000_000_000 / baud)
        self._terminal: PseudoTerminal | None = None
        self.replug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def descriptors(self) -> list[int]:
        """Where to wait: ``tend`` is due when one of them polls ready. Empty while unplugged."""
        return [self._terminal.fd] if self._terminal else []

    def unplug(self) -> None:
        """Pull the cable. Nothing happens if it is out already."""
        if self._terminal:
            self._link.unlink(missing_ok=True)
            self._terminal.close()
            self._terminal = None

    def replug(self) -> None:
        """Plug the scanner in, as a new port behind the same link; a plugged one is pulled first."""
        old, self._terminal = self._terminal, PseudoTerminal()
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._terminal.slave)
        fresh.replace(self._link)
        if old:
            old.close()

    def tend(self) -> None:
        """Give the next client a fresh port once the last one has gone.

        The system keeps the exclusive flag of a killed client as long as the pseudo-terminal lives, and would
        refuse the client's successor.
        """
        if self._terminal and self._terminal.is_abandoned():
            self.replug()
        if self._terminal:
            self._terminal.discard_input()

    def scan(self, code: str) -> tuple[int, int]:
        """Send one reading, with its suffix; see ``send``."""
        return self.send(code.encode() + self._suffix)

    def send(self, data: bytes) -> tuple[int, int]:
        """Put ``data`` on the wire at the pace of the line.

        Each byte is due at a fixed time after the start, so delays of the system never add up.

        Returns:
            When the first and the last byte were written, in monotonic nanoseconds.

        Raises:
            ReaderError: the scanner is unplugged, or nobody reads what it sends.
        """
        self.tend()
        if self._terminal is None:
            raise ReaderError("the virtual scanner is unplugged: send !replug first")
        start_ns = first_ns = last_ns = time.monotonic_ns()
        sent = 0
        while sent < len(data):
            due = min(len(data), (time.monotonic_ns() - start_ns) // self._byte_ns)
            if due <= sent:
                time.sleep(max(0, start_ns + (sent + 1) * self._byte_ns - time.monotonic_ns()) / 1e9)
                continue
            last_ns = time.monotonic_ns()
            first_ns = first_ns if sent else last_ns
            sent += _write(self._terminal.fd, data[sent:due])
        return first_ns, last_ns

    def obey(self, line: str) -> str:
        """Carry out one command line and give the answer, ``ok ...`` or ``error ...``."""
        verb, _, argument = line.partition(" ")
        try:
            if verb == "!unplug":
                self.unplug()
                return "ok"
            if verb == "!replug":
                self.replug()
                return "ok"
            if verb.startswith("!") and verb != "!bytes":
                return f"error {verb} is not a command: use !bytes HEX, !unplug, !replug, or a code"
            first_ns, last_ns = self.send(_bytes_of(argument)) if verb == "!bytes" else self.scan(line)
        except (PosLoyaltyError, OSError) as error:
            return f"error {error}"
        return f"ok {first_ns} {last_ns}"


def _bytes_of(argument: str) -> bytes:
    try:
        return bytes.fromhex(argument)
    except ValueError as error:
        raise ReaderError("!bytes needs pairs of hexadecimal digits, such as 34 32 0D") from error


def _write(fd: int, data: bytes) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:
        poller = select.poll()
        poller.register(fd, select.POLLOUT)
        if poller.poll(_CLIENT_TIMEOUT_S * 1000):
            return 0
        raise ReaderError("nobody reads the virtual scanner and its buffer is full: start the till service") from None


def command(control: Path, line: str) -> str:
    """Send one command line to the virtual scanner behind the ``control`` socket, and give its answer.

    Raises:
        ReaderError: no virtual scanner listens there.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2 * _CLIENT_TIMEOUT_S)
        try:
            connection.connect(os.fspath(control))
            connection.sendall(f"{line}\n".encode())
            with connection.makefile(encoding="utf-8") as answer:
                return answer.readline().rstrip("\n")
        except OSError as error:
            raise ReaderError(f"no virtual scanner at {control} ({error.strerror or error}): start the demo") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run a virtual scanner until standard input ends or, with a control socket, until SIGTERM or SIGINT."""
    options = _parse(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        scanner = stack.enter_context(VirtualScanner(options.link, baud=options.baud, suffix=SUFFIXES[options.suffix]))
        control = _listen(options.control, stack) if options.control else None
        _serve(scanner, control)
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drivers.virtual_scanner", description="A scanner made of bytes.")
    parser.add_argument("--link", type=Path, required=True, help="where the port appears")
    parser.add_argument("--control", type=Path, help="Unix socket that takes commands")
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument("--suffix", choices=SUFFIXES, default="cr")
    return parser.parse_args(argv)


def _listen(path: Path, stack: ExitStack) -> socket.socket:
    if path.is_socket():
        path.unlink()
    control = stack.enter_context(socket.socket(socket.AF_UNIX))
    old_mask = os.umask(0o177)
    try:
        control.bind(os.fspath(path))
    finally:
        os.umask(old_mask)
    stack.callback(path.unlink, missing_ok=True)
    control.listen()
    return control


def _serve(scanner: VirtualScanner, control: socket.socket | None) -> None:
    keyboard = sys.stdin.fileno()
    pending = b""
    watched = [keyboard, control.fileno()] if control else [keyboard]
    while watched:
        poller = select.poll()
        for fd in (*watched, *scanner.descriptors):
            poller.register(fd, select.POLLIN)
        ready = {fd for fd, _ in poller.poll()}
        scanner.tend()
        if control and control.fileno() in ready:
            _serve_client(scanner, control)
        if keyboard in ready:
            data = os.read(keyboard, 4096)
            if not data:
                watched.remove(keyboard)
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                sys.stdout.write(f"{scanner.obey(line.decode(errors='replace'))}\n")
                sys.stdout.flush()


def _serve_client(scanner: VirtualScanner, control: socket.socket) -> None:
    connection, _ = control.accept()
    with connection, suppress(OSError, UnicodeDecodeError):
        connection.settimeout(_CLIENT_TIMEOUT_S)
        with connection.makefile(encoding="utf-8") as request:
            line = request.readline().rstrip("\n")
        connection.sendall(f"{scanner.obey(line)}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
