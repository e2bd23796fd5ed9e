"""Telling systemd how the service is, over NOTIFY_SOCKET (sd_notify(3)); silent where there is none."""

import os
import socket
from collections.abc import Mapping


class SystemdNotifier:
    """Sends readiness, status and watchdog beats. Every method does nothing outside systemd."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ is an abstract socket, which the kernel spells with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog_us = int(environment.get("WATCHDOG_USEC", "0"))

    @property
    def watchdog_interval(self) -> float | None:
        """Seconds between beats (half the time systemd waits, as sd_watchdog_enabled(3) advises), or None."""
        return self._watchdog_us / 2_000_000 if self._address and self._watchdog_us else None

    def ready(self) -> None:
        """Say that the store is open and the socket answers."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Set the line that ``systemctl status`` shows; never with personal data."""
        self._send(f"STATUS={text}")

    def watchdog(self) -> None:
        """Say that the event loop is alive."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service is on its way out."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A supervisor that does not read must not hold up the till either.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto(message.encode(), self._address)
            except OSError:
                # The service serves customers, not its supervisor: a lost message is the supervisor's loss.
                return
