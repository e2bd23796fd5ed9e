"""What a device sent, masked read by read, so that a recording can be played again and names nobody. Pure.

Reads are held until the lexer holds nothing any more: only then it is known where a reading ends, and no half of one
slips through. What the readings meant is masked by ``masking`` and put in its place among the raw bytes; what
stands beside them and looks like text is masked too. Then the masked reads go through the lexer like the real ones.
They are good if the same readings with the same meaning come out. A reading for which nothing good is found is
withheld: it leaves its outcome, and no bytes.
"""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from drivers.codes.reading_settings import ReadingSettings
from drivers.lexers.answers import answer
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.lexing import Lexer
from drivers.recordings.masked_keys import KeyMask
from drivers.recordings.masking import Chance, by_class, is_alike, is_harmless, is_never_kept, masked
from pos_loyalty.core.decisions import Decision, Outcome, Via
from pos_loyalty.core.scans import ScanFault

HELD_BYTES_MAX: Final = 65_536
"""More than any reading; what goes on for so long without an end is withheld."""
_TRIES: Final = 4
_KEPT_MAX: Final = 4
_KNOWN_MAX: Final = 8
"""A tag that stays on a reader is sent over and over, and is one reading: the last readings are known by sight."""
_NEVER_KEPT: Final = {Outcome.PAYMENT_CARD, Outcome.UNREADABLE}
"""What was misread may have been a bank card."""
_WINDOW: Final = 5
"""So many characters of a reading in a row, where they were to be masked, are a leak."""
_PRINTED: Final = re.compile(rb"[0-9A-Za-z][0-9A-Za-z .:=^/-]{2,}[0-9A-Za-z]")
"""Text beside the readings. Three characters name nobody, and may be the length of a report."""


class Read(msgspec.Struct, frozen=True):
    """What one read of a device gave."""

    data: bytes
    at_ns: int


class Withheld(msgspec.Struct, frozen=True):
    """A reading that could not be masked."""

    outcome: str
    at_ns: int


class ReadMask:
    """Masks the reads of one device. Nothing in here raises."""

    def __init__(
        self, lexer: Callable[[], Lexer], via: Via, settings: ReadingSettings, key: bytes, *, keeps: bool = False
    ) -> None:
        """Begin; with ``keeps`` only what was understood and is no bank card is let through as it is."""
        self._lexer, self._shadow = lexer(), lexer()
        self._via = via
        self._settings = settings
        self._key = key
        self._held: list[Read] = []
        self._results: list[Frame | FrameFault] = []
        self._known: dict[bytes, bytes] = {}
        self._keeps = keeps

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._lexer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Read | Withheld]:
        """Take one read, and give the masked reads of the readings that it ends."""
        self._held.append(Read(data, at_ns))
        self._results += self._lexer.receive(data, at_ns)
        is_full = sum(len(held.data) for held in self._held) > HELD_BYTES_MAX
        if is_full or (self._results and self._lexer.deadline_ns is None):
            return self._given(lambda _: [])
        return []

    def silence(self, at_ns: int) -> list[Read | Withheld]:
        """Say that nothing came up to ``at_ns``."""
        self._results += self._lexer.silence(at_ns)
        if self._results and self._lexer.deadline_ns is None:
            return self._given(lambda lexer: lexer.silence(at_ns))
        return []

    def reset(self) -> list[Read | Withheld]:
        """Say that the device is gone, or the recording over."""
        self._results += self._lexer.reset()
        return self._given(lambda lexer: lexer.reset()) if self._held else []

    def _given(self, end: Callable[[Lexer], list[Frame | FrameFault]]) -> list[Read | Withheld]:
        reads, results = self._held, self._results
        self._held, self._results = [], []
        decisions = [answer(result, self._via, self._settings) for result in results]
        for variant in self._variants(reads, results, decisions):
            trial = copy.deepcopy(self._shadow)
            out = [result for one in variant for result in trial.receive(one.data, one.at_ns)] + end(trial)
            told = [answer(result, self._via, self._settings) for result in out]
            if len(told) == len(decisions) and all(map(is_alike, decisions, told)):
                self._shadow = trial
                return list(variant)
        outcomes = [decision.outcome.value for decision in decisions] or ["nothing"]
        return [Withheld(outcome, reads[-1].at_ns) for outcome in outcomes]

    def _variants(
        self, reads: Sequence[Read], results: Sequence[Frame | FrameFault], decisions: Sequence[Decision]
    ) -> Iterator[list[Read]]:
        faults = {result.fault for result in results if isinstance(result, FrameFault)}
        if results and len(faults) == len(results) == 1 and ScanFault.RANDOM_NUMBER in faults:
            yield list(reads)  # a number that is another one each time names nobody
            return
        payloads = [result.payload for result in results]
        is_kept = self._keeps and not {decision.outcome for decision in decisions} & _NEVER_KEPT
        # A card may stand beside the frames, and where no answer shows it: in the note of a contact, in a link.
        if is_kept and not any(map(is_never_kept, (b"".join(one.data for one in reads), *payloads))):
            yield list(reads)
            return
        others = [self._masked(result) for result in results]
        whole = [(one, other) for one, other in zip(payloads, others, strict=True) if other is not None]
        self._known = dict([*self._known.items(), *whole][-_KNOWN_MAX:])
        if len(whole) == len(payloads) and not (faults and self._via == "wedge"):
            for variant in self._put_in_place(reads, whole):
                if not _leaks(whole, variant):
                    yield variant
        if not all(map(is_harmless, payloads, decisions)) or not decisions:
            yield from self._by_class(reads)

    def _masked(self, result: Frame | FrameFault) -> bytes | None:
        if isinstance(result, Frame):
            return masked(result.payload, self._via, self._settings, self._key)
        return by_class(result.payload, self._chance(result.payload, 0))

    def _put_in_place(self, reads: Sequence[Read], pairs: Sequence[tuple[bytes, bytes]]) -> Iterator[list[Read]]:
        if self._via == "wedge":
            typed = [(a, b) for one, other in pairs for a, b in _signs(one, other)]
            yield from _with_keys(reads, KeyMask(typed, None))
            return
        for place in (_joined, _in_pieces):
            found = place([one.data for one in reads], pairs)
            if found is not None:
                yield self._cut(b"".join(self._beside(*found)), reads)

    def _beside(self, raw: bytes, kept: Sequence[range]) -> Iterator[bytes]:
        """Yield the raw bytes with everything masked that is not in ``kept``."""
        at = 0
        for span in (*kept, range(len(raw), len(raw))):
            yield self._masked_text(raw[at : span.start])
            yield raw[span.start : span.stop]
            at = span.stop

    def _masked_text(self, raw: bytes, attempt: int = 0, keep: int = 0) -> bytes:
        for one, other in self._known.items():
            raw = raw.replace(one, other) if one else raw
        chance = self._chance(raw, attempt)
        others = set(self._known.values())
        return _PRINTED.sub(lambda match: match[0] if match[0] in others else by_class(match[0], chance, keep), raw)

    def _by_class(self, reads: Sequence[Read]) -> Iterator[list[Read]]:
        raw = b"".join(one.data for one in reads)
        if self._via == "wedge":
            yield from _with_keys(reads, KeyMask((), self._chance(raw, 0)))
            return
        for keep in range(_KEPT_MAX + 1):
            for attempt in range(_TRIES):
                yield self._cut(self._masked_text(raw, attempt, keep), reads)

    def _cut(self, raw: bytes, reads: Sequence[Read]) -> list[Read]:
        """Return the bytes in reads as long as these."""
        cut, at = [], 0
        for one in reads:
            cut.append(Read(raw[at : at + len(one.data)], one.at_ns))
            at += len(one.data)
        return cut

    def _chance(self, about: bytes, attempt: int) -> Chance:
        return Chance(self._key, about, attempt)


def _with_keys(reads: Sequence[Read], mask: KeyMask) -> Iterator[list[Read]]:
    exchanged = [Read(mask.exchanged(one.data), one.at_ns) for one in reads]
    if not mask.failed:
        yield exchanged


def _signs(one: bytes, other: bytes) -> Iterator[tuple[str, str]]:
    pairs = zip(one.decode("latin-1"), other.decode("latin-1"), strict=True)
    return ((was, wanted) for was, wanted in pairs if was.isalnum())


def _joined(raws: Sequence[bytes], pairs: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, list[range]] | None:
    """Replace each payload where it stands whole, however the reads cut it."""
    raw, at, spans = b"".join(raws), 0, []
    for one, other in pairs:
        start = raw.find(one, at)
        if start < 0:
            return None
        at = start + len(one)
        raw = raw[:start] + other + raw[at:]
        spans += [range(start, at)]
    return raw, spans


def _in_pieces(raws: Sequence[bytes], pairs: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, list[range]] | None:
    """Replace payloads that reports carry in several pieces."""
    out, at, spans = bytearray(b"".join(raws)), 0, []
    one, other = (b"".join(side) for side in zip(*pairs, strict=True)) if pairs else (b"", b"")
    done = 0
    while done < len(one):
        rest = one[done:]
        length = next((size for size in range(len(rest), 0, -1) if out.find(rest[:size], at) >= 0), 0)
        if not length:
            return None
        start = out.find(rest[:length], at)
        at = start + length
        out[start:at] = other[done : done + length]
        spans.append(range(start, at))
        done += length
    return bytes(out), spans


def _leaks(pairs: Sequence[tuple[bytes, bytes]], reads: Sequence[Read]) -> bool:
    raw = b"".join(one.data for one in reads)
    return any(
        one[at : at + _WINDOW] in raw
        for one, other in pairs
        for at in range(len(one) - _WINDOW + 1)
        if all(a != b for a, b in zip(one[at : at + _WINDOW], other[at : at + _WINDOW], strict=True))
    )
