"""Contactless readers by PC/SC: a thread waits for cards, and tells of each by a line in a pipe.

PC/SC has no descriptor to poll, so the thread sits in ``SCardGetStatusChange`` and the other end of the pipe is the
port. It watches every reader that the configuration means, and also whether readers come and go. When ``pcscd`` ends
its context is worth nothing any more: then, and when the last of the readers is pulled, the thread ends, the pipe
hangs up, and the :class:`~drivers.reader.Reader` opens anew. pyscard's own monitor does not survive that.

A card that is already there when its reader is found was shown before; it is read when it is shown again. Otherwise
every restart of the service would read the card of the last customer once more.
"""

import importlib
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from drivers.lexers.contactless_card import Card, conversation, line
from drivers.ports.port import OpenFailure
from pos_loyalty.core.scans import ReaderState

Scard = Any
"""``smartcard.scard``, the calls of PC/SC itself, which has no types. Loaded when a reader is opened."""

ANY: Final = "*"
"""The name that means every contactless reader."""

_COMING_AND_GOING: Final = "\\\\?PnP?\\Notification"
"""The name of no reader, whose state changes when readers come and go."""
_EVENTS_SHIFT: Final = 16
"""Above these bits a state counts how many cards came and went."""
_CANCEL_EVERY_S: Final = 0.02
_CANCELS_MAX: Final = 25
"""Half a second. A driver that hangs in a command is left to its thread, which then cleans up by itself."""
_PN533: Final = Path("/sys/bus/usb/drivers/pn533_usb")
_WITHOUT_PYSCARD: Final = (
    "pyscard is not installed, which reads contactless cards: install swig, gcc, libpcsclite-dev and pcscd, "
    "then pip install 'pos-loyalty[nfc]' (in a checkout: make extras)"
)
_WITHOUT_SERVICE: Final = (
    "the PC/SC service does not answer: install pcscd and start it (systemctl enable --now pcscd.socket)"
)
_FORBIDDEN: Final = (
    "the PC/SC service refuses the till service: allow its user org.debian.pcsc-lite.access_pcsc and "
    "org.debian.pcsc-lite.access_card by a polkit rule, then restart the till service"
)


def absence(wanted: str) -> OpenFailure | None:
    """Say that there is no such reader, or nobody to ask; ``None`` if there is one, or if only opening it can tell."""
    found = _look(wanted)
    if isinstance(found, OpenFailure):
        return found if found.state is ReaderState.ABSENT else None
    scard, context = found
    scard.SCardReleaseContext(context)
    return None


def open_pcsc(wanted: str) -> "PcscPort | OpenFailure":
    """Watch the readers whose name holds ``wanted``, or say why that cannot be done."""
    found = _look(wanted)
    return found if isinstance(found, OpenFailure) else PcscPort(*found, wanted)


class PcscPort:
    """The readers of one name, watched by a thread that owns the context of PC/SC from now on."""

    def __init__(self, scard: Scard, context: int, wanted: str) -> None:
        self._scard = scard
        self._context = context
        self._wanted = wanted
        self._is_closed = False
        self._read_fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"pcsc {wanted}", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._read_fd

    def write(self, data: bytes) -> None:
        """Drop it: nothing is written to a card."""

    def close(self) -> None:
        """End the thread, and let go of the readers; once is enough."""
        if self._is_closed:
            return
        self._is_closed = True
        # A cancel that comes just before the thread begins to wait is lost, so that one may not be enough.
        for _ in range(_CANCELS_MAX):
            if not self._thread.is_alive():
                break
            self._scard.SCardCancel(self._context)
            self._thread.join(_CANCEL_EVERY_S)
        os.close(self._read_fd)

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            self._scard.SCardReleaseContext(self._context)
            os.close(self._write_fd)

    def _watch(self) -> None:
        """Wait for cards until the port is closed, the service ends, or the last of the readers is gone."""
        scard, states = self._scard, dict[str, int]()
        while names := _names(scard, self._context, self._wanted):
            asked = [(name, states.get(name, scard.SCARD_STATE_UNAWARE)) for name in (*names, _COMING_AND_GOING)]
            code, answers = scard.SCardGetStatusChange(self._context, scard.INFINITE, asked)
            now_ns = time.monotonic_ns()
            if self._is_closed or code != scard.SCARD_S_SUCCESS:
                return
            before, states = states, {}
            for name, state, atr in answers:
                states[name] = state & ~scard.SCARD_STATE_CHANGED
                if name != _COMING_AND_GOING and self._is_shown(before.get(name), state):
                    self._tell(_read_card(scard, self._context, name, bytes(atr)), now_ns)

    def _is_shown(self, before: int | None, now: int) -> bool:
        """Whether a card has come since; one may have been exchanged for another without a look in between."""
        present = self._scard.SCARD_STATE_PRESENT
        if before is None or not now & present:
            return False
        return not before & present or before >> _EVENTS_SHIFT != now >> _EVENTS_SHIFT

    def _tell(self, card: Card | None, shown_ns: int) -> None:
        # A full pipe means that nobody has read for a thousand cards, a broken one that nobody ever will.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._write_fd, line(card, (time.monotonic_ns() - shown_ns) // 1000))


def _read_card(scard: Scard, context: int, name: str, atr: bytes) -> Card | None:
    """Ask a card what it has to say; ``None`` if it went away before it had said it."""
    any_protocol = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    code, handle, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_SHARED, any_protocol)
    if code != scard.SCARD_S_SUCCESS:
        return None
    talk = conversation(atr)
    command = next(talk)
    try:
        while True:
            code, answer = scard.SCardTransmit(handle, protocol, list(command))
            command = talk.send(bytes(answer) if code == scard.SCARD_S_SUCCESS else None)
    except StopIteration as end:
        card: Card | None = end.value
        return card
    finally:
        # Left under power: switched off and on a telephone would come as another card.
        scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)


def _look(wanted: str) -> tuple[Scard, int] | OpenFailure:
    """Return PC/SC and a context that sees a wanted reader, or why there is none."""
    try:
        scard = importlib.import_module("smartcard.scard")
    except ImportError:
        return OpenFailure(ReaderState.FAULTED, _WITHOUT_PYSCARD)
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code == scard.SCARD_W_SECURITY_VIOLATION:
        return OpenFailure(ReaderState.FAULTED, _FORBIDDEN)
    if code != scard.SCARD_S_SUCCESS:
        return OpenFailure(ReaderState.ABSENT, _WITHOUT_SERVICE)
    if _names(scard, context, wanted):
        return scard, context
    scard.SCardReleaseContext(context)
    return OpenFailure(ReaderState.ABSENT, _not_plugged_in(wanted))


def _names(scard: Scard, context: int, wanted: str) -> Sequence[str]:
    """Return the names of the readers that are meant; none if the service is gone."""
    _, names = scard.SCardListReaders(context, [])
    return [name for name in names if wanted in {ANY, name} or wanted.casefold() in name.casefold()]


def _not_plugged_in(wanted: str) -> str:
    if any(_PN533.glob("*:*")):
        return (
            "the kernel's driver pn533_usb holds the contactless reader: write 'blacklist pn533_usb' into "
            "/etc/modprobe.d/pos-loyalty.conf, and let it go by 'modprobe -r pn533_usb' as root"
        )
    which = "contactless reader" if wanted == ANY else f"contactless reader whose name holds {wanted!r}"
    return f"no {which} is plugged in: check its cable, and by 'pos-loyalty doctor' how it is called"
