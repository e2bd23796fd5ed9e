"""One reader, one thread: open the port, read it, lose it, open it again, for as long as the till runs."""

import logging
import threading
import time
from collections.abc import Callable

import msgspec

from drivers.backoff import Backoff
from drivers.codes.reading_settings import ReadingSettings
from drivers.feedback import language
from drivers.kinds import transport
from drivers.pipeline import Pipeline, Reading
from drivers.ports.port import Alarm, Messages, OpenFailure, Port, read_available
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.scans import ReaderState, ReaderStatus, Signal
from pos_loyalty.errors import ReaderError, whence

ABSENT_POLL_S = 0.25
"""One stat call four times a second: a replugged reader is back well within a second, at no cost."""

_log = logging.getLogger(__name__)


class Reader:
    """A configured reader. Both callbacks run in its thread and may fail without ending it."""

    def __init__(
        self,
        settings: ReaderSettings,
        reading: ReadingSettings,
        on_reading: Callable[[Reading], None],
        on_status: Callable[[ReaderStatus], None],
        kind: Transport | None = None,
    ) -> None:
        """Prepare the reader; its ``kind`` is the one that the settings name, unless it is given.

        Raises:
            ConfigError: no package has the kind, or it cannot be loaded.
        """
        self._settings = settings
        self._on_reading = on_reading
        self._on_status = on_status
        self._transport = kind or transport(settings.kind)
        self._pipeline = Pipeline(
            settings.name, self._transport.via, self._transport.lexer(settings), reading, settings.debounce_ms
        )
        self._backoff = Backoff()
        self._status = self._reported = ReaderStatus(reader_id=settings.name, state=ReaderState.STOPPED)
        self._alarm = Alarm()
        self._language = language(settings.feedback)
        self._messages = Messages()
        # A daemon: a callback that hangs must not keep the till from ending.
        self._thread = threading.Thread(target=self._run, name=f"reader {settings.name}", daemon=True)

    @property
    def status(self) -> ReaderStatus:
        """State and counters at this moment; safe from any thread."""
        line = self._pipeline
        return msgspec.structs.replace(self._status, scans=line.scans, repeats=line.repeats, refused=line.refused)

    def signal(self, signal: Signal) -> None:
        """Let the device know, if its language has a word for it and it is open; safe from any thread."""
        if command := self._language.commands.get(signal):
            self._messages.put(command)

    def start(self) -> None:
        """Begin. A reader is started once."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._alarm.ring()

    def join(self, timeout_s: float) -> None:
        """Wait at most ``timeout_s`` for the end after ``ask_to_stop``."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._alarm.close()
            self._messages.close()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._rest(pause_s):
            try:
                pause_s = self._live_once()
            except Exception as error:  # noqa: BLE001 the boundary of the thread: a reader never ends by accident
                self._report_defect("the driver failed", error)
                pause_s = self._backoff.next_s()
        self._report(ReaderState.STOPPED)

    def _rest(self, seconds: float) -> bool:
        """Wait before the next try; whether to stop. Pulling the cable ends the wait: that is the usual remedy."""
        while seconds > 0 and not self._alarm.wait(min(seconds, ABSENT_POLL_S)):
            seconds = 0 if self._look() else seconds - ABSENT_POLL_S
        return self._alarm.wait(0)

    def _live_once(self) -> float:
        """Open the port and read it until it is lost or the alarm rings; give the pause before the next try."""
        port = self._open()
        if isinstance(port, OpenFailure):
            self._report(port.state, port.detail)
            if port.state is ReaderState.ABSENT:
                self._backoff.reset()
                return ABSENT_POLL_S
            return self._backoff.next_s()
        self._report(ReaderState.READY)
        loss = ""
        try:
            self._greet(port)
            self._pump(port)
        except ReaderError as error:
            loss = str(error)
        finally:
            port.close()
            self._deliver(self._pipeline.disconnect())
        if loss:
            cause = self._look() or OpenFailure(ReaderState.FAULTED, loss)
            self._report(cause.state, cause.detail)
        # A converter may accept and hang up for ever; a cable that was just pulled is back in a moment.
        return self._backoff.next_s() if self._settings.is_network else ABSENT_POLL_S

    def _look(self) -> OpenFailure | None:
        return self._transport.absence(self._settings)

    def _open(self) -> Port | OpenFailure:
        missing = self._look()
        if missing is not None:
            return missing
        # A fault stays on the screen while it is tried again, or the cashier could not read the remedy.
        if self._status.state is not ReaderState.FAULTED:
            self._report(ReaderState.OPENING)
        return self._transport.open(self._settings, self._alarm)

    def _greet(self, port: Port) -> None:
        # What was to be said while the port was closed is about readings long gone.
        self._messages.take()
        if self._language.opening:
            port.write(self._language.opening)

    def _pump(self, port: Port) -> None:
        line = self._pipeline
        while (data := read_available(port, self._alarm, self._patience_s(), self._messages)) is not None:
            now_ns = time.monotonic_ns()
            if data:
                self._backoff.reset()
            readings = line.receive(data, now_ns) if data else line.silence(now_ns)
            data = b""  # it may have been a bank card, and the next read may be an hour away
            if self._deliver(readings):
                self._report(ReaderState.READY)
            # Acknowledged after it is delivered, so that what the reader forgets the till has.
            if owed := line.owed():
                port.write(owed)
            if told := self._messages.take():
                port.write(told)

    def _patience_s(self) -> float | None:
        deadline_ns = self._pipeline.deadline_ns
        return None if deadline_ns is None else max(0, deadline_ns - time.monotonic_ns()) / 1e9

    def _deliver(self, readings: list[Reading]) -> bool:
        """Hand over; whether there was something and the till took all of it."""
        taken = bool(readings)
        for reading in readings:
            try:
                self._on_reading(reading)
            except Exception as error:  # noqa: BLE001 a fault of the till must not silence the reader
                self._report_defect("the till failed on a reading", error)
                taken = False
        return taken

    def _report_defect(self, what: str, error: Exception) -> None:
        # Where, but not what: a message may hold the code that was read.
        _log.error("reader %s: %s: %s", self._settings.name, what, whence(error))
        detail = f"{what} ({type(error).__name__}): the reader goes on; send the log of the till service to support"
        self._report(ReaderState.FAULTED, detail)

    def _report(self, state: ReaderState, detail: str = "") -> None:
        self._status = ReaderStatus(reader_id=self._settings.name, state=state, detail=detail)
        status = self.status
        if status == self._reported:
            return
        self._reported = status
        try:
            self._on_status(status)
        except Exception as error:  # noqa: BLE001 nobody is left to tell but the log
            _log.error("reader %s: a status was not taken: %s", self._settings.name, type(error).__name__)
