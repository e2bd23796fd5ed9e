"""One thing that was looked at."""

import msgspec


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was seen, and what to do about it if anything."""

    area: str
    seen: str
    remedy: str = ""
    """Empty when all is well."""
