"""How often somebody may ask: a token bucket each."""

from collections import OrderedDict
from typing import Final, NamedTuple

_NAMES_MAX: Final = 50_000
"""Buckets that are remembered. Who is forgotten has a full one."""
_NS: Final = 1_000_000_000


class Rate(NamedTuple):
    """So many at once, and so many a second after that."""

    burst: int
    per_second: int


class _Bucket(NamedTuple):
    tokens: float
    filled_ns: int


class Buckets:
    """Buckets by name, all of one rate."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def has(self, name: str, now_ns: int) -> bool:
        """Return whether there is a token."""
        return self._tokens(name, now_ns) >= 1

    def take(self, name: str, now_ns: int) -> bool:
        """Take one token, and return whether there was one."""
        tokens = self._tokens(name, now_ns)
        self._buckets.pop(name, None)
        self._buckets[name] = _Bucket(tokens - 1 if tokens >= 1 else tokens, now_ns)
        if len(self._buckets) > _NAMES_MAX:
            self._buckets.popitem(last=False)
        return tokens >= 1

    def _tokens(self, name: str, now_ns: int) -> float:
        tokens, filled_ns = self._buckets.get(name, _Bucket(self._rate.burst, now_ns))
        return min(self._rate.burst, tokens + (now_ns - filled_ns) * self._rate.per_second / _NS)
