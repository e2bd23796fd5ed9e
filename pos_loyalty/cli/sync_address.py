"""Where the hub is, by the configuration."""

from pathlib import Path

from pos_loyalty.config import HubConfig
from pos_loyalty.errors import ConfigError
from sync.client.address import HubAddress


def address_of(hub: HubConfig) -> HubAddress:
    """Return where the hub is.

    Raises:
        ConfigError: it was not said.
    """
    if not hub.url:
        raise ConfigError('no hub is configured: write [hub] url = "https://…", or name it with --url')
    return HubAddress(url=hub.url, ca=Path(hub.ca) if hub.ca else None, proxy=hub.proxy, insecure=hub.insecure)
