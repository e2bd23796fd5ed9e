"""From codes in each picture of a camera to one reading for each time that a code is shown. Pure.

A code is read when two pictures show it: bars that are half in the picture, or blurred, sometimes read as something
else once, hardly twice. It is read again when it has been out of sight for a second. A slow machine looks at few
pictures, so that what counts between two sights are pictures, not time.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

AWAY_NS: Final = 1_000_000_000
MISSED_MAX: Final = 2
"""Pictures between two sights of a code, blurred or with a hand before it, that do not part them."""
_REMEMBERED_MAX: Final = 64
"""Codes at once; a picture has a handful."""


class _Sight(msgspec.Struct):
    first_ns: int
    last_ns: int
    picture: int
    """The last that showed it."""
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
        self._picture = 0

    @property
    def is_unsure(self) -> bool:
        """Whether there is a code in sight that only one picture has shown."""
        return any(not sight.is_read for sight in self._sights.values())

    def see(self, payloads: Iterable[bytes], at_ns: int) -> list[Presentation]:
        """Take the codes of one picture, made at ``at_ns`` (monotonic), and give those that are read with it."""
        self._picture += 1
        self._sights = {payload: sight for payload, sight in self._sights.items() if self._is_near(sight, at_ns)}
        read = []
        for payload in dict.fromkeys(payloads):
            sight = self._sights.get(payload)
            if sight is None:
                if len(self._sights) < _REMEMBERED_MAX:
                    self._sights[payload] = _Sight(at_ns, at_ns, self._picture)
                continue
            sight.last_ns, sight.picture = at_ns, self._picture
            if not sight.is_read:
                sight.is_read = True
                read.append(Presentation(payload, sight.first_ns))
        return read

    def _is_near(self, sight: _Sight, at_ns: int) -> bool:
        """Whether a code that is seen now is still the one that was seen then."""
        is_recent = self._picture - sight.picture <= MISSED_MAX + 1
        return is_recent or (sight.is_read and at_ns - sight.last_ns < AWAY_NS)
