"""The line to the hub in the till service: there as soon as the till has a key, another when it has another key."""

import logging
import threading
from collections.abc import Callable
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from pos_loyalty.cli.sync_store import TellingStore
from pos_loyalty.core.feed import Row
from pos_loyalty.errors import ConfigError, PosLoyaltyError, whence
from pos_loyalty.ports import Clock, Held, Hold, LineState, LineView
from sync.client.address import HubAddress
from sync.wire import HaltReason

if TYPE_CHECKING:
    from pos_loyalty.cli.sync_key import KeyFolder
    from sync.client.hub_line import HubLine

_LOOK_S: Final = 1.0
"""How often the file of the key is looked at: enrolment needs no restart."""

_log = logging.getLogger(__name__)


class TillLine:
    """The :class:`~pos_loyalty.ports.Hub` of a till service. It never keeps the service from starting or ending."""

    def __init__(self, store: TellingStore, clock: Clock, address: HubAddress) -> None:
        self._store = store
        self._clock = clock
        self._address = address
        self._boot_nonce = token_hex(16)
        self._line: HubLine | None = None
        self._is_known = True
        """Whether there is a key, as far as anybody has looked."""
        self._tell: Callable[[], None] = _nothing
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hub-key", daemon=True)

    def start(self) -> None:
        """Begin, and return at once."""
        self._store.on_events = self._appended
        self._thread.start()

    def stop(self) -> None:
        """End the line; nothing of it uses the store any more."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._line is not None:
            self._line.stop()

    def go_on(self) -> None:
        """Ask at once, whatever failed or halted the line before."""
        if self._line is not None:
            self._line.go_on()

    def line(self) -> LineView:
        """Return how the line is; without a key it is one that a person must see to."""
        line = self._line
        if line is not None:
            return line.line()
        return LineView(
            state=LineState.OFFLINE if self._is_known else LineState.HALTED,
            halt="" if self._is_known else HaltReason.UNKNOWN_TERMINAL,
            waiting=self._store.outbox.waiting_count(),
            seen_ms=self._store.outbox.seen_ms,
            ahead_ms=self._store.outbox.ahead_ms,
            fresh_ms=self._store.replica.fresh_ms(),
        )

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called, from any thread, whenever the line or the members behind it are other than before."""
        self._tell = tell

    async def lookup(self, code: str) -> tuple[Row, ...] | None:
        """Ask for all that is under ``code``; None: no answer within 300 ms."""
        line = self._line
        return None if line is None else await line.lookup(code)

    async def hold(self, hold: Hold) -> Held | None:
        """Have something kept for a basket; None: no answer within 300 ms."""
        line = self._line
        return None if line is None else await line.hold(hold)

    async def release(self, hold_id: str) -> None:
        """Give back what was held."""
        line = self._line
        if line is not None:
            await line.release(hold_id)

    def _appended(self) -> None:
        line = self._line
        if line is not None:
            line.appended()
        # One more waits, and nothing else would say so while the hub is away.
        self._tell()

    def _told(self) -> None:
        self._tell()

    def _watch(self) -> None:
        """Begin a line whenever there is another key than before."""
        # Here: an HTTP client and its cryptography take 80 ms to load, and nobody need wait for them.
        from pos_loyalty.cli.sync_key import KeyFolder  # noqa: PLC0415

        keys = KeyFolder(self._store.folder)
        known: object = None
        while not self._over.is_set():
            stamp = keys.stamp()
            if self._is_known != (stamp is not None):
                self._is_known = stamp is not None
                self._tell()
            if stamp is not None and stamp != known:
                known = stamp
                self._begin(keys)
            self._over.wait(_LOOK_S)

    def _begin(self, keys: "KeyFolder") -> None:
        before, self._line = self._line, None
        if before is not None:
            before.stop()
        try:
            line = self._made(keys)
        except PosLoyaltyError as error:
            _log.error("no line to the hub: %s: %s", error.title, error)
            return
        except Exception as error:  # noqa: BLE001 - the one broad net of the thread: another key may do better
            _log.error("no line to the hub: %s", whence(error))
            return
        line.on_change(self._told)
        line.start()
        self._line = line
        self._told()

    def _made(self, keys: "KeyFolder") -> "HubLine":
        from pos_loyalty.store import snapshot  # noqa: PLC0415 - as above
        from sync.client.calls import Signer  # noqa: PLC0415
        from sync.client.hub_line import HubLine, Keeping  # noqa: PLC0415
        from sync.client.replacing import Replacement  # noqa: PLC0415

        key = keys.read()
        if key is None:
            raise ConfigError(f"{keys.path} is gone: enrol this till again")
        outbox, replica = self._store.outbox, self._store.replica
        return HubLine(
            self._address,
            Signer(self._store.terminal_id, key),
            self._store,
            self._clock,
            boot_nonce=self._boot_nonce,
            replacement=Replacement(self._store.folder, snapshot.SCHEMA, replica.install),
            keeping=Keeping(outbox.ahead_ms, outbox.seen_ms, outbox.seen, outbox.prune, outbox.kept_ms),
        )


def _nothing() -> None:
    pass
