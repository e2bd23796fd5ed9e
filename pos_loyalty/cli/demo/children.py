"""The processes of a demo: each ends with the demo, whatever ends it short of SIGKILL."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pos_loyalty.cli.demo.place import Place
from pos_loyalty.errors import ReaderError, ServiceUnreachable

_READY_TIMEOUT_S: Final = 60
_STOP_TIMEOUT_S: Final = 10
_LOG_TAIL_CHARS: Final = 2_000

PYTHON: Final = (sys.executable, "-P", "-m")
"""-P: a folder called ``sync`` where the demo was started must not be imported."""


@contextmanager
def virtual_readers(place: Place) -> Iterator[None]:
    """Run the scanner and the contactless reader; their ports are there when this begins."""
    with _virtual_reader(place, place.port, place.control), _virtual_reader(place, place.tap, place.tap_control):
        yield


@contextmanager
def _virtual_reader(place: Place, port: Path, control: Path) -> Iterator[None]:
    command = (*PYTHON, "drivers.virtual_scanner", "--link", str(port), "--control", str(control))
    with _child(command, place.log, answers=True) as child:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise AssertionError("opened as pipes")
        stdin.write(b"!replug\n")
        stdin.flush()
        if stdout.readline() != b"ok\n":
            raise ReaderError(f"the virtual scanner did not start; {_tail(place.log)}")
        yield


@contextmanager
def till_service(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``pos-loyalty serve`` as systemd would; it is ready when this begins.

    Raises:
        ServiceUnreachable: it ended, or was not ready in time; with the end of its log.
    """
    address = place.run / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(address))
        command = (*PYTHON, "pos_loyalty", "serve", "--config", str(place.config))
        with _child(command, place.log, environment={"NOTIFY_SOCKET": str(address)}) as child:
            _await_ready(child, notify, place.log)
            yield child


def _await_ready(child: subprocess.Popen[bytes], notify: socket.socket, log: Path) -> None:
    ended = os.pidfd_open(child.pid)
    try:
        while (ready := select.select([notify.fileno(), ended], [], [], _READY_TIMEOUT_S)[0]) == [notify.fileno()]:
            if notify.recv(4096).startswith(b"READY=1"):
                return
    finally:
        os.close(ended)
    if ready:
        raise ServiceUnreachable(how_it_ended(child.wait(), log))
    raise ServiceUnreachable(f"the till service was not ready after {_READY_TIMEOUT_S} s; {_tail(log)}")


def how_it_ended(code: int, log: Path) -> str:
    """Return the sentence for a till service that ended by itself with ``code``, minus a signal's number if killed."""
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"the till service {how}; {_tail(log)}"


@contextmanager
def _child(
    command: Sequence[str], log: Path, *, answers: bool = False, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE if answers else subprocess.DEVNULL
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            command, stdin=pipe, stdout=pipe, stderr=errors, env={**os.environ, **(environment or {})}
        ) as child,
    ):
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()


def _tail(log: Path) -> str:
    return f"its log ends with: {log.read_text(encoding='utf-8', errors='replace')[-_LOG_TAIL_CHARS:].strip()}"
