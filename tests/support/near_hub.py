"""A hub in this process whose line can be cut: a small :class:`pos_loyalty.ports.Hub`, with holds that add up."""

import asyncio
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.ports import Held, Hold, LineState, LineView
from tests.support.small_shop import NOW

NOW_MS = int(NOW.timestamp() * 1_000)
UP = LineView(state=LineState.ONLINE, fresh_ms=NOW_MS, seen_ms=NOW_MS)


class NearHub:
    """Answers at once while its line is up, and not at all otherwise."""

    def __init__(self, line: LineView = UP) -> None:
        self._line = line
        self._tell: Callable[[], None] = lambda: None
        self.known: dict[str, tuple[Row, ...]] = {}
        """What a lookup finds, by code."""
        self.points: dict[tuple[str, str], int] = {}
        """What can be held, by member and unit; nothing is short unless it is here."""
        self.taken: set[str] = set()
        """Vouchers that another basket has."""
        self.mute = False
        """Whether no answer comes, though the line seems to be up."""
        self.holds: dict[str, Hold] = {}
        self.may_answer = asyncio.Event()
        """Cleared, lookups wait."""
        self.may_answer.set()
        self.asked: list[str] = []
        """Codes that were looked up, in their order."""
        self.before_answer: Callable[[Hold], None] = lambda _: None
        """Called when a hold is asked for, before anything is said to it."""

    def line(self) -> LineView:
        """Return how the line is now."""
        return self._line

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called when something has changed."""
        self._tell = tell

    def change(self, **line: object) -> None:
        """Let the line be another one, and tell of it."""
        self._line = replace(self._line, **line)
        self._tell()

    def cut(self) -> None:
        """Take the line away."""
        self.change(state=LineState.OFFLINE)

    def tell(self) -> None:
        """Say that members have changed."""
        self._tell()

    def knows(self, code: str, *members: Member) -> None:
        """Let a lookup of ``code`` find ``members``."""
        self.known[code] = tuple(
            Row(
                kind=RowKind.MEMBER,
                key=member.member_id,
                partition=0,
                number=1,
                document=msgspec.Raw(msgspec.json.encode(member)),
            )
            for member in members
        )

    async def lookup(self, code: str) -> tuple[Row, ...] | None:
        """Return what is under ``code``."""
        self.asked.append(code)
        await self.may_answer.wait()
        return self.known.get(code, ()) if self._up else None

    async def hold(self, hold: Hold) -> Held | None:
        """Keep what is there; the same id again is the same hold."""
        self.before_answer(hold)
        if not self._up:
            return None
        held = sum(
            other.points
            for other in self.holds.values()
            if (other.member_id, other.unit) == (hold.member_id, hold.unit) and other.hold_id != hold.hold_id
        )
        left = self.points.get((hold.member_id, hold.unit), hold.points + held) - held
        granted = hold.points <= left and hold.voucher not in self.taken
        if granted:
            self.holds[hold.hold_id] = hold
        return Held(granted=granted, available=left - hold.points if granted else left)

    async def release(self, hold_id: str) -> None:
        """Let go of a hold."""
        if self._up:
            self.holds.pop(hold_id, None)

    @property
    def _up(self) -> bool:
        return self._line.state is LineState.ONLINE and not self.mute
