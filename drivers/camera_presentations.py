"""From codes in each picture of a camera to one reading for each time that a code is shown. Pure.

A code is read when two pictures in a row show it: bars that are half in the picture, or blurred, sometimes read as
something else once, hardly twice. It is read again when it has been out of sight for a second.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

AWAY_NS: Final = 1_000_000_000
"""Out of sight for so long, a code that comes back is shown again."""
_AGAIN_NS: Final = 700_000_000
"""Two sights that lie further apart do not confirm each other."""
_REMEMBERED_MAX: Final = 64
"""Codes at once; a picture has a handful."""


class _Sight(msgspec.Struct):
    first_ns: int
    last_ns: int
    is_read: bool = False


class Presentation(msgspec.Struct, frozen=True):
    """A code that was shown."""

    payload: bytes
    first_ns: int
    """When the first picture of it was taken."""


class Presentations:
    """What one camera has in sight."""

    def __init__(self) -> None:
        self._sights: dict[bytes, _Sight] = {}

    def see(self, payloads: Iterable[bytes], at_ns: int) -> list[Presentation]:
        """Take the codes of one picture, made at ``at_ns`` (monotonic), and give those that are read with it."""
        # Counted from the last sight, so that a code held for a minute is one reading.
        self._sights = {
            payload: sight
            for payload, sight in self._sights.items()
            if at_ns - sight.last_ns < (AWAY_NS if sight.is_read else _AGAIN_NS)
        }
        read = []
        for payload in dict.fromkeys(payloads):
            sight = self._sights.get(payload)
            if sight is None:
                if len(self._sights) < _REMEMBERED_MAX:
                    self._sights[payload] = _Sight(at_ns, at_ns)
                continue
            sight.last_ns = at_ns
            if not sight.is_read:
                sight.is_read = True
                read.append(Presentation(payload, sight.first_ns))
        return read
