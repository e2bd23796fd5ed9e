"""Who asks: the signature of a request against the key of its terminal, and how often it may.

Keys are remembered for a minute, so that ten thousand tills that wait for news cost no look into the database each
time, and all are read again in one go before that, so that hardly anybody has to wait for his own. A signature that
does not fit has the record read again: the till may just have been enrolled anew. One that fits a key of more than a
minute ago is tried on the one that is there now: the old key of a till that was replaced lets nobody in for longer.
What writes or reads rows asks for the terminal again in its own step, and before a whole replica is handed out it is
read again; so a till that was revoked gets nothing there, from then on.
"""

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final, NamedTuple

from starlette.requests import Request

from pos_loyalty.ports import Clock
from sync.hub.enrolment import is_terminal_name
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.terminals import served
from sync.hub.web.buckets import Buckets, Rate
from sync.hub.web.problems import Refused, doubted, jittered
from sync.hub.web.requests import note_of
from sync.hub.web.threads import Threads
from sync.signing import Doubt, Doubted, Message, Signed, verify
from sync.wire import Halt

STRANGERS: Final = Rate(burst=200, per_second=100)
"""Of all together whom nobody enrolled: each costs a look into the database. The tills themselves do not count, for
after a restart of the hub all ten thousand are new to it at once."""

KNOWN_NS: Final = 60_000_000_000
"""How long a record is good for what asks again in its own step, or gives nothing away."""
ALL_AGAIN_S: Final = 30
"""Between two times that the records of all tills are read."""
_AGAIN_NS: Final = 2_000_000_000
"""Between two looks for one name whose signature does not fit."""
_KNOWN_MAX: Final = 50_000
_OF_KEYS: Final = {Doubt.UNKNOWN_KEY, Doubt.BAD_SIGNATURE}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Known(NamedTuple):
    terminal: Terminal | None
    looked_ns: int


class Gate:
    """Lets requests in that a terminal has signed. All of it is one event loop's."""

    def __init__(self, store: HubStore, clock: Clock, threads: Threads, rate: Rate) -> None:
        self._store = store
        self._clock = clock
        self._threads = threads
        self._rate = Buckets(rate)
        self._strangers = Buckets(STRANGERS)
        self._newcomers = Buckets(STRANGERS)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self.heard: dict[str, int] = {}
        """When each terminal was last here, in milliseconds by the hub's clock; whoever writes it down takes it."""

    async def remember(self) -> None:
        """Read the records of all tills, if they are no more than can be remembered.

        Raises:
            Refused: nobody has time for it (503).
            StoreError: the terminals cannot be read.
        """
        # What is read may be older than what a request reads meanwhile: so it counts from now.
        looked_ns = self._clock.monotonic_ns()
        terminals = await self._threads.run(self._read_all)
        if len(terminals) <= _KNOWN_MAX:
            for terminal in terminals:
                known = self._known.get(terminal.terminal_id)
                if known is None or known.looked_ns <= looked_ns:
                    self._known[terminal.terminal_id] = _Known(terminal, looked_ns)

    async def admit(self, request: Request, *, known_ns: int = KNOWN_NS) -> Signed | Halt:
        """Return who asks, or why that terminal is served no more; what is known of it is no older than ``known_ns``.

        Raises:
            Refused: nobody can be believed (401), or it asks too often (429).
            StoreError: the terminals cannot be read.
        """
        signed = await self._signed(message_of(request), known_ns)
        if isinstance(signed, Halt):
            return signed
        halt = served(self._known[signed.key_id].terminal, signed.key_id)
        if isinstance(halt, Halt):
            return halt
        note_of(request.scope).terminal = signed.key_id
        self._insist(allowed=self._rate.take(signed.key_id, self._clock.monotonic_ns()))
        self.heard[signed.key_id] = self._now_s() * 1_000
        return signed

    def signed_by(self, message: Message, key_id: str, public_key: bytes) -> Signed:
        """Return who asks, if it is ``key_id`` with this very key: of a till that is not enrolled yet.

        Raises:
            Refused: it is not (401), or strangers ask too often (429).
        """
        self._insist(allowed=self._newcomers.take("", self._clock.monotonic_ns()))
        found = verify(message, {key_id: public_key}.get, self._now_s())
        if isinstance(found, Doubted):
            raise doubted(found.doubt)
        return found

    async def _signed(self, message: Message, known_ns: int) -> Signed | Halt:
        found = verify(message, self._key, self._now_s())
        if isinstance(found, Doubted):
            looks = found.doubt in _OF_KEYS and await self._look(found.key_id, _AGAIN_NS)
        else:
            looks = await self._look(found.key_id, known_ns)
        if looks:
            found = verify(message, self._key, self._now_s())
        if isinstance(found, Signed):
            return found
        unserved = served(None, found.key_id)
        if found.doubt is Doubt.UNKNOWN_KEY and isinstance(unserved, Halt):
            # By a halt the till knows that it has to be enrolled. Nobody has to be believed for that.
            return unserved
        raise doubted(found.doubt)

    def _key(self, terminal_id: str) -> bytes | None:
        known = self._known.get(terminal_id)
        return known.terminal.public_key if known and known.terminal else None

    async def _look(self, terminal_id: str, after_ns: int) -> bool:
        """Read a terminal's record if what is known of it is that old; return whether it was read."""
        if not is_terminal_name(terminal_id):
            # Nobody can be enrolled under it. Names of any length would fill the memory as well.
            return False
        known = self._known.get(terminal_id)
        if known and self._clock.monotonic_ns() - known.looked_ns < after_ns:
            return False
        is_new = known is None or known.terminal is None
        if is_new:
            self._insist(allowed=self._strangers.has("", self._clock.monotonic_ns()))
        terminal = await self._threads.run(lambda: self._read(terminal_id))
        if is_new and terminal is None:
            self._strangers.take("", self._clock.monotonic_ns())
        self._known[terminal_id] = _Known(terminal, self._clock.monotonic_ns())
        self._known.move_to_end(terminal_id)
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)
        return True

    def _read_all(self) -> list[Terminal]:
        with self._store.reading() as reading:
            return reading.terminals()

    def _read(self, terminal_id: str) -> Terminal | None:
        with self._store.reading() as reading:
            return reading.terminal(terminal_id)

    def _insist(self, *, allowed: bool) -> None:
        if not allowed:
            raise Refused(
                429,
                "too-often",
                "Too many requests",
                "nothing was taken; ask again later",
                retry_after_s=jittered(1, 4),
            )

    def _now_s(self) -> int:
        return int((self._clock.now() - _EPOCH).total_seconds())


def message_of(request: Request) -> Message:
    """Return what is signed of a request."""
    scope = request.scope
    return Message(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
    )
