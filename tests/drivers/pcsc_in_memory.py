"""PC/SC without a service: readers that can be plugged and pulled, which virtual readers of pcscd cannot.

It answers as libpcsclite does (pcsc-lite 1.9, winscard_clnt.c): a state changes when it differs from the one that was
asked about, a reader that was pulled is unknown, and one more name stands for the coming and going of readers.
"""

import threading
from types import SimpleNamespace

from tests.drivers.storage_card import StorageCard
from tests.drivers.till import DEADLINE_S

CONTEXT = 4711
_CHANGED, _UNKNOWN, _EMPTY, _PRESENT = 0x02, 0x04, 0x10, 0x20
_COMING_AND_GOING = "\\\\?PnP?\\Notification"
_CANCELLED, _UNKNOWN_READER, _NO_SERVICE, _UNRESPONSIVE, _REMOVED, _SECURITY_VIOLATION = range(1, 7)


class PcscInMemory:
    """The part of PC/SC that a till uses, and hands that handle readers and cards."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._cards: dict[str, StorageCard | None] = {}
        self._events: dict[str, int] = {}
        self._comings = 0
        self._looks = 0
        self._code = 0
        self.refuses = False
        """Whether nobody may ask, as a polkit rule has it."""
        self.calls = SimpleNamespace(
            INFINITE=0xFFFFFFFF,
            SCARD_SCOPE_SYSTEM=2,
            SCARD_S_SUCCESS=0,
            SCARD_W_SECURITY_VIOLATION=_SECURITY_VIOLATION,
            SCARD_STATE_UNAWARE=0,
            SCARD_STATE_CHANGED=_CHANGED,
            SCARD_STATE_PRESENT=_PRESENT,
            SCARD_SHARE_SHARED=2,
            SCARD_PROTOCOL_T0=1,
            SCARD_PROTOCOL_T1=2,
            SCARD_LEAVE_CARD=0,
            SCardEstablishContext=lambda *_: (_SECURITY_VIOLATION if self.refuses else self._code, CONTEXT),
            SCardListReaders=lambda *_: (self._code, [] if self._code else list(self._cards)),
            SCardGetStatusChange=self._wait_for_change,
            SCardConnect=self._connect,
            SCardTransmit=self._transmit,
            SCardDisconnect=lambda *_: 0,
            SCardCancel=lambda *_: self._end(_CANCELLED),
            SCardReleaseContext=lambda *_: 0,
        )

    def wait_for_a_look(self) -> None:
        """Wait until somebody waits for a change."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._looks > 0, DEADLINE_S)

    def plug(self, name: str, card: StorageCard | None = None) -> None:
        """Plug a reader in, with a card on it or none."""
        with self._changed:
            self._cards[name] = card
            self._events[name] = 0
            self._comings += 1
            self._let_it_look()

    def pull(self, name: str, *, is_last: bool = False) -> None:
        """Pull a reader; after the last one nobody looks any more."""
        with self._changed:
            del self._cards[name]
            self._comings += 1
            self._let_it_look(again=not is_last)

    def swap(self, name: str, *cards: StorageCard | None, watched: bool = True) -> None:
        """Have one card after the other on a reader, faster than anybody looks."""
        with self._changed:
            self._cards[name] = cards[-1]
            self._events[name] += len(cards)
            self._let_it_look(again=watched)

    def stop(self) -> None:
        """Stop the service."""
        self._end(_NO_SERVICE)

    def _let_it_look(self, *, again: bool = True) -> None:
        """Tell whoever waits, and wait until all of it was seen."""
        looks = self._looks
        self._changed.notify_all()
        if looks and again:
            assert self._changed.wait_for(lambda: self._looks > looks, DEADLINE_S)

    def _end(self, code: int) -> int:
        with self._changed:
            self._code = code
            self._changed.notify_all()
        return 0

    def _wait_for_change(
        self, _context: int, _timeout_ms: int, asked: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        with self._changed:
            if any(name not in {*self._cards, _COMING_AND_GOING} for name, _ in asked):
                return _UNKNOWN_READER, []
            comings = self._comings
            self._looks += 1
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._code or any(self._state(name, comings) != state for name, state in asked), DEADLINE_S
            )
            states = [(name, state, self._state(name, comings)) for name, state in asked]
            return self._code, [
                (name, now if now == before else now | _CHANGED, self._atr(name)) for name, before, now in states
            ]

    def _state(self, name: str, comings: int) -> int:
        if name == _COMING_AND_GOING:
            return 0 if comings == self._comings else _CHANGED
        if name not in self._cards:
            return _UNKNOWN
        return self._events[name] << 16 | (_PRESENT if self._cards[name] else _EMPTY)

    def _atr(self, name: str) -> list[int]:
        card = self._cards.get(name)
        return list(card.atr) if card else []

    def _connect(self, _context: int, name: str, _share: int, protocols: int) -> tuple[int, StorageCard | None, int]:
        card = self._cards.get(name)
        return (0 if card and not card.has_left else _UNRESPONSIVE), card, protocols

    def _transmit(self, card: StorageCard, _protocol: int, command: list[int]) -> tuple[int, list[int]]:
        answer = card.answer(bytes(command))
        return (_REMOVED, []) if answer is None else (0, list(answer))
