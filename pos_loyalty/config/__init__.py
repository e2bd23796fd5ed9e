"""The one configuration file: TOML in, frozen data out, once, at start. Nothing else reads files or environment.

All faults of the file are reported together, each with file, line, the value met, what is expected and, where there
is one, the nearest name. ``docs/reference/config.md`` and ``docs/reference/pos.example.toml`` are tested against
the structs of ``sections`` and ``hub_sections``.
"""

from pos_loyalty.config.file import DEFAULT_PATH, SOCKET_PATH_BYTES_MAX, find, header, load, parse, to_toml
from pos_loyalty.config.hub_sections import HubConfig, OfflineConfig, is_this_machine
from pos_loyalty.config.sections import (
    SECTIONS,
    CodesConfig,
    Config,
    Key,
    PassesConfig,
    ScreenConfig,
    ServiceConfig,
    ShopConfig,
    StoreConfig,
    keys,
)
from pos_loyalty.config.text import toml

__all__ = [
    "DEFAULT_PATH",
    "SECTIONS",
    "SOCKET_PATH_BYTES_MAX",
    "CodesConfig",
    "Config",
    "HubConfig",
    "Key",
    "OfflineConfig",
    "PassesConfig",
    "ScreenConfig",
    "ServiceConfig",
    "ShopConfig",
    "StoreConfig",
    "find",
    "header",
    "is_this_machine",
    "keys",
    "load",
    "parse",
    "to_toml",
    "toml",
]
