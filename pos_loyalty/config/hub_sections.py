"""The sections ``[hub]`` and ``[offline]``: where the hub is, and what is given while it cannot be asked."""

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import pairwise
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from pos_loyalty.config.text import toml

_Path = Annotated[str, Meta(pattern="^(/.*)?$", title="an absolute path")]
_Minor = Annotated[int, Meta(ge=0, title="a whole number, in minor units of the currency")]
_HubUrl = Annotated[
    str, Meta(pattern="^((https?|unix)://[^\\s?#@]+)?$", title='an address such as "https://hub.example.com"')
]
_Proxy = Annotated[str, Meta(pattern="^(https?://[^\\s?#]+)?$", title='an address such as "http://proxy:3128"')]
_Listen = Annotated[str, Meta(pattern="^(.+:[0-9]{1,5})?$", title='an address and a port such as "192.168.1.10:8470"')]


class HubConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The central CRM that this till syncs with. Without ``url`` and ``embedded`` everything stays here."""

    url: _HubUrl = ""
    ca: _Path = ""
    """Certificates (PEM) that the hub's must come from, instead of those that the system trusts."""
    proxy: _Proxy = ""
    """The environment is not asked: whoever sets a variable there must not lead the till elsewhere."""
    insecure: bool = False
    """Whether ``http://`` is taken beyond this machine."""
    embedded: bool = False
    """Whether the hub runs inside this service, for a shop with one PC."""
    listen: _Listen = ""
    """Where the embedded hub serves the other tills of the shop as well."""


class OfflineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What may be redeemed while the hub cannot be asked (``pos_loyalty.core.offline``)."""

    redeem: Literal["deny", "floor", "allowance", "allow"] = "floor"
    floor: _Minor = 0
    """The most that one redemption is worth."""
    cap: _Minor = 0
    """The most for one member in this store until the line is back."""
    exposure: _Minor = 0
    """The most for all members in this store until the line is back."""
    in_a_row: Annotated[int, Meta(ge=1, le=100, title="a whole number from 1 to 100")] = 3
    age_hours: Annotated[int, Meta(ge=1, le=840, title="a whole number from 1 to 840")] = 24
    """How long ago the till may have last had everything."""


def hub_problems(hub: HubConfig) -> Iterator[tuple[str, str]]:
    """Yield the keys that are wrong together, each with a sentence."""
    if hub.url and hub.embedded:
        yield "embedded", f"embedded = true and url = {toml(hub.url)}: the hub is here or there; take one of them out"
    if hub.listen and not hub.embedded:
        yield "listen", f"listen = {toml(hub.listen)} is for a hub inside this service: say embedded = true as well"
    parts = urlsplit(hub.url)
    if parts.scheme != "unix" and hub.url and not _has_host(parts):
        yield "url", f'url = {toml(hub.url)}: expected a host and a port up to 65535, as in "https://hub.example.com"'
    elif parts.scheme == "http" and not hub.insecure and not is_this_machine(parts.hostname or ""):
        sentence = "sends the names of customers in clear: write https://, or insecure = true on the shop's own network"
        yield "url", f"url = {toml(hub.url)} {sentence}"


def _has_host(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Return whether what is sent to ``host`` does not leave this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def offline_problems(offline: OfflineConfig) -> Iterator[tuple[str, str]]:
    """Yield the keys that are wrong together, each with a sentence."""
    limits = {"floor": offline.floor, "cap": offline.cap, "exposure": offline.exposure}
    if offline.redeem != "floor" or not any(limits.values()):
        return
    for name, amount in limits.items():
        if not amount:
            yield name, f"{name} = 0: nothing could be redeemed; give floor, cap and exposure, or none of them"
    for (less, low), (more, high) in pairwise(limits.items()):
        if low > high > 0:
            yield more, f"{more} = {high} is below {less} = {low}, which nobody could reach: raise it, or lower {less}"
