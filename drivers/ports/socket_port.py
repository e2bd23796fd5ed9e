"""Readers behind a network converter (``socket://host:port``): the same bytes over TCP."""

import errno
import os
import select
import socket

from drivers.ports.port import Alarm, OpenFailure, write_available
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState

_CONNECT_TIMEOUT_S = 3.0
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""A converter that lost its power says nothing; 25 s of unanswered probes say it instead."""


class SocketPort:
    """An open connection to a network converter."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unfinished = b""

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._connection.fileno()

    def write(self, data: bytes) -> None:
        """Send ``data`` to the reader."""
        self._unfinished = write_available(self.fileno(), data, self._unfinished)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def open_socket(settings: ReaderSettings, alarm: Alarm) -> SocketPort | OpenFailure:
    """Connect, or say why that cannot be done; ends early when the alarm rings."""
    address = settings.address
    if address is None:
        return OpenFailure(ReaderState.FAULTED, f"{settings.port!r} is no address: write socket://host:port")
    try:
        return SocketPort(_connect(address, alarm))
    except OSError as error:
        host, port = address
        cause = error.strerror or error
        return OpenFailure(
            ReaderState.FAULTED,
            f"no connection to {host} port {port} ({cause}): check the network and the power of the reader",
        )


def _connect(address: tuple[str, int], alarm: Alarm) -> socket.socket:
    """Try what the name stands for in turn: ``localhost`` is often ``::1`` first, and the converter on IPv4 only."""
    failure = OSError("the name stands for no address")
    for family, _, _, _, target in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        try:
            return _connect_to(family, target, alarm)
        except OSError as error:
            failure = error
    raise failure


def _connect_to(family: int, target: tuple[str | int, ...] | tuple[int, bytes], alarm: Alarm) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        # No route is said at once and here only: a poll would call such a socket writable, and free of errors.
        _raise_for(connection.connect_ex(target))
        _await_connection(connection, alarm)
    except BaseException:
        connection.close()
        raise
    return connection


def _await_connection(connection: socket.socket, alarm: Alarm) -> None:
    poller = select.poll()
    poller.register(connection, select.POLLOUT)
    poller.register(alarm, select.POLLIN)
    if not poller.poll(_CONNECT_TIMEOUT_S * 1000) or alarm.wait(0):
        raise TimeoutError("no answer")
    _raise_for(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def _raise_for(code: int) -> None:
    if code not in {0, errno.EINPROGRESS}:
        raise OSError(code, os.strerror(code))
