"""Reports of a bar code reader in HID POS mode to readings. Pure.

The usages are those of the HID Point of Sale Usage Tables 1.02, page 0x8C: length, three characters of symbology, data
and "data continued". The tables fix no order. This is that of the manuals of Access-IS and of what Honeywell's readers
send, in a report of 64 bytes as the kernel gives it:

=====  ====================================================================
0      report id, 2
1      length of the data
2..4   AIM identifier with its ``]``, or zeros where the reader sends none
5..60  data; what follows the length is padding
61     the maker's own name of the symbology; not used
62     reserved
63     bit 0: the next report goes on with this code
=====  ====================================================================

Some readers send everything one byte earlier, without the id, or one byte later: the ``]`` shows it. A code is put
together from all its reports or refused.
"""

from typing import Final

import msgspec

from drivers.lexers.framing import FRAME_BYTES_MAX, STALE_MS, Frame, FrameFault
from drivers.lexers.hid_usages import applications
from pos_loyalty.core.scans import ScanFault

PAGE: Final = 0x8C
"""Usage page Bar Code Scanner."""
_REPORT_ID: Final = 2
_AIM_AT: Final = (2, 1, 3)
_AIM_BYTES: Final = 3
_DATA_BYTES: Final = 56
_FLAG_BEHIND_AIM: Final = 61
_TAIL_MS: Final = 250
"""The reports of one code follow each other within 10 ms: later than this the rest of a refused one has passed."""


class Part(msgspec.Struct, frozen=True):
    """One report."""

    aim: bytes
    """With its bracket; empty if the reader sends none."""
    data: bytes
    goes_on: bool


def misfit(descriptor: bytes) -> str:
    """Say why a device with this report descriptor is no such reader; empty if it is one."""
    if any(usage >> 16 == PAGE for usage in applications(descriptor)):
        return ""
    return "is no bar code reader in HID POS mode: scan the code 'USB HID POS' in its manual, or use kind 'wedge'"


def part(report: bytes) -> Part | ScanFault | None:
    """Take one report apart; ``None`` if it is about something else than a code."""
    found = (at for at in _AIM_AT if report[at : at + 1] == b"]" and report[at + 1 : at + _AIM_BYTES].isalnum())
    aim_at = next(found, None)
    if aim_at != 1 and report[:1] != bytes((_REPORT_ID,)):
        return None
    if aim_at is None:
        if report[2 : 2 + _AIM_BYTES].strip(b"\0 "):
            return ScanFault.UNREADABLE
        return _part(report, 2, b"")
    return _part(report, aim_at, report[aim_at : aim_at + _AIM_BYTES])


def _part(report: bytes, aim_at: int, aim: bytes) -> Part | ScanFault:
    data_at, flag_at = aim_at + _AIM_BYTES, aim_at + _FLAG_BEHIND_AIM
    if len(report) < data_at:
        return ScanFault.UNREADABLE
    # Where everything is a byte later, nobody knows on which side of the gap the length is.
    length = report[aim_at - 1] or report[1]
    data = report[data_at : data_at + length]
    # A full report that is too short for the flag may be the first of several.
    if length > _DATA_BYTES or len(data) < length or (length == _DATA_BYTES and flag_at >= len(report)):
        return ScanFault.UNREADABLE
    return Part(aim, data, bool(report[flag_at] & 1) if flag_at < len(report) else False)


class PosLexer:
    """Reports of one reader to frames. It holds at most one code, and never raises."""

    def __init__(self) -> None:
        self._aim = b""
        self._held = bytearray()
        self._is_open = False
        self._skips = False
        self._first_ns = self._last_ns = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no report comes before; ``None`` when there is nothing to wait for."""
        return self._last_ns + STALE_MS * 1_000_000 if self._is_open else None

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take one report that was read at ``at_ns`` (monotonic), and give what it completes."""
        results = self.silence(at_ns)
        found = part(data)
        if found is None:
            return results
        if at_ns - self._last_ns >= _TAIL_MS * 1_000_000:
            self._skips = False
        self._last_ns = at_ns
        if isinstance(found, ScanFault):
            return results + self._refuse(found, at_ns)
        if self._skips:
            self._skips = found.goes_on
            return results
        return results + self._take(found, at_ns)

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""
        return [] if self.deadline_ns is None or at_ns < self.deadline_ns else self._drop(ScanFault.INTERRUPTED)

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a code is thrown away."""
        self._skips = False
        return self._drop(ScanFault.INTERRUPTED)

    def owed(self) -> bytes:
        """Give nothing: reports are not answered."""
        return b""

    def _take(self, found: Part, at_ns: int) -> list[Frame | FrameFault]:
        is_another = self._is_open and found.aim not in {self._aim, b""}
        results = self._drop(ScanFault.INTERRUPTED) if is_another else []
        if not self._is_open:
            self._is_open, self._aim, self._first_ns = True, found.aim, at_ns
        self._held += found.data
        if len(self._held) > FRAME_BYTES_MAX:
            results += self._refuse(ScanFault.TOO_LONG, at_ns)
            self._skips = found.goes_on
        elif not found.goes_on:
            results += self._end()
        return results

    def _end(self) -> list[Frame | FrameFault]:
        # The end of a reading is known, so a suffix that the reader sends all the same is framing.
        code = bytes(self._held.rstrip(b"\r\n"))
        frame = Frame(self._aim + code, self._first_ns, self._last_ns)
        self._forget()
        return [frame] if code else []

    def _refuse(self, fault: ScanFault, at_ns: int) -> list[Frame | FrameFault]:
        if not self._is_open:
            self._first_ns = at_ns
        self._forget()
        was_told, self._skips = self._skips, True
        return [] if was_told else [FrameFault(fault, b"", self._first_ns, at_ns)]

    def _drop(self, fault: ScanFault) -> list[Frame | FrameFault]:
        if not self._is_open:
            return []
        self._forget()
        return [FrameFault(fault, b"", self._first_ns, self._last_ns)]

    def _forget(self) -> None:
        self._held.clear()
        self._is_open = False
