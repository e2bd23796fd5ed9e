"""Where the hub is and how it is reached."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from pos_loyalty.errors import ConfigError


class HubAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One hub, as the configuration names it."""

    url: str
    """``https://…``, or ``http://…`` on this machine; ``unix:///path`` for a socket."""
    ca: Path | None = None
    """Certificates (PEM) that the hub's must come from; None: those that the system trusts."""
    proxy: str = ""
    """The environment is never asked: a variable must not be able to lead a till elsewhere."""
    insecure: bool = False
    """Whether ``http://`` is taken beyond this machine."""

    @property
    def socket(self) -> str | None:
        """The path of the Unix socket, None if it is none."""
        parts = urlsplit(self.url)
        return parts.path if parts.scheme == "unix" else None

    @property
    def base(self) -> str:
        """What the paths of requests follow, without a slash at its end."""
        return "http://hub" if self.socket else self.url.rstrip("/")

    def insist(self) -> None:
        """Insist that nothing is sent in clear over a network unless that was said.

        Raises:
            ConfigError: it would be.
        """
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not self.insecure and not is_this_machine(parts.hostname or ""):
            raise ConfigError(f"{self.url} would send the names of customers in clear: use https://")


def is_this_machine(host: str) -> bool:
    """Return whether what is sent to ``host`` does not leave this machine.

    >>> is_this_machine("127.0.0.1"), is_this_machine("hub.example.com")
    (True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
