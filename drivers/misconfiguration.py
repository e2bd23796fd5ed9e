"""What is wrong with the configured readers, as far as it can be said without looking at any device."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from drivers.kinds import transport
from drivers.settings import ReaderSettings
from pos_loyalty.errors import ConfigError

_BAUD_MIN, _BAUD_MAX = 300, 4_000_000
_GAP_MS_MIN, _GAP_MS_MAX = 20, 1000
_DEBOUNCE_MS_MAX = 60_000
_OF_ALL_KINDS: Final = frozenset({"name", "kind", "port", "debounce_ms"})


def problems(readers: Sequence[ReaderSettings]) -> list[str]:
    """Say in whole sentences what is wrong with the configured readers; an empty list means nothing is."""
    found = [sentence for reader in readers for sentence in _problems_of(reader)]
    names = Counter(reader.name for reader in readers)
    found += [f"two readers are called {name!r}: give each its own name" for name, count in names.items() if count > 1]
    ports = Counter(reader.port for reader in readers)
    found += [f"two readers use {port}: a port belongs to one reader" for port, count in ports.items() if count > 1]
    return found


def _problems_of(reader: ReaderSettings) -> Iterator[str]:
    who = f"reader {reader.name!r}"
    if not reader.name.strip():
        yield "a reader has no name: give it one, such as 'counter'"
    limits = (
        ("baud", reader.baud, _BAUD_MIN, _BAUD_MAX, "most readers leave the factory with 9600"),
        ("idle_gap_ms", reader.idle_gap_ms, _GAP_MS_MIN, _GAP_MS_MAX, "an adapter may hold bytes back for 16 ms"),
        ("debounce_ms", reader.debounce_ms, 0, _DEBOUNCE_MS_MAX, "1500 suits most shops"),
    )
    for field, value, least, most, advice in limits:
        if not least <= value <= most:
            yield f"{who}: {field} {value} is outside {least} to {most}; {advice}"
    try:
        kind = transport(reader.kind)
    except ConfigError as error:
        yield f"{who}: {error}"
        return
    for key in msgspec.structs.fields(ReaderSettings):
        if key.name not in _OF_ALL_KINDS | kind.keys and getattr(reader, key.name) != key.default:
            yield f"{who}: {key.name} means nothing to a reader of kind {reader.kind!r}; leave it out"
    yield from (f"{who}: {sentence}" for sentence in kind.problems(reader))
