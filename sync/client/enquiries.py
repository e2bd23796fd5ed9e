"""What the till asks while a customer waits: an answer within 300 ms, or none."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from pos_loyalty.core.feed import Row
from pos_loyalty.ports import Held, Hold
from sync.client.calls import HubCalls
from sync.client.faults import Fault
from sync.wire import Halt, HoldRequest, HoldState, LookupRequest

BUDGET_S: Final = 0.3
_OWN_SHARE_S: Final = 0.02
"""Of the budget, for the way between two threads."""
_PROBE_S: Final = 3.0
_PROBE_EVERY_NS: Final = 2_000_000_000
_TRUSTED_NS: Final = 10_000_000_000
"""How long one answer counts for more than a line that is said to be down."""
_SLOW_IN_A_ROW: Final = 3
"""So often a customer waits in vain; then the hub counts as away until a probe, which nobody waits for, is answered."""
_LOOKUPS_BURST: Final = 10
_LOOKUP_EVERY_NS: Final = 200_000_000
"""Five a second for ever: more than a cashier scans, less than a scanner that has gone mad."""
_NOBODY: Final = "0"
"""A code that names nobody."""

_T = TypeVar("_T")


class Bucket:
    """Tokens that fill up with time. Pure: the clock comes in."""

    def __init__(self, size: int, every_ns: int) -> None:
        self._size = size
        self._every_ns = every_ns
        self._full_ns: int | None = None
        """When it is full again."""

    def takes(self, now_ns: int) -> bool:
        """Take a token if there is one."""
        full_ns = now_ns if self._full_ns is None else max(self._full_ns, now_ns)
        if full_ns + self._every_ns - now_ns > self._size * self._every_ns:
            return False
        self._full_ns = full_ns + self._every_ns
        return True


class Enquiries:
    """Lookups and holds. Belongs to the event loop of the line; nothing here raises what a network can do."""

    def __init__(self, calls: HubCalls, monotonic_ns: Callable[[], int], is_up: Callable[[], bool]) -> None:
        self._calls = calls
        self._monotonic_ns = monotonic_ns
        self._is_up = is_up
        self._bucket = Bucket(_LOOKUPS_BURST, _LOOKUP_EVERY_NS)
        self._slow = 0
        self._trusted_until_ns = 0
        self._probed_ns: int | None = None
        self._probe: asyncio.Task[None] | None = None

    async def lookup(self, code: str) -> tuple[Row, ...] | None:
        """Ask for all that is under a code."""
        if not self._bucket.takes(self._monotonic_ns()):
            return None
        answer = await self._within_budget(lambda: self._calls.lookup(LookupRequest(code=code)))
        return None if answer is None else answer.rows

    async def hold(self, hold: Hold) -> Held | None:
        """Have something kept for a basket."""
        request = HoldRequest(
            hold_id=hold.hold_id,
            member_id=hold.member_id,
            unit=hold.unit,
            points=hold.points,
            voucher=hold.voucher,
        )
        answer = await self._within_budget(lambda: self._calls.hold(request))
        if answer is None:
            return None
        return Held(granted=answer.state in {HoldState.OPEN, HoldState.POSTED}, available=answer.available)

    async def release(self, hold_id: str) -> None:
        """Give a hold back, if that can be done at once."""
        await self._within_budget(lambda: self._calls.void(hold_id))

    async def _within_budget(self, ask: Callable[[], Awaitable[_T | Halt | Fault]]) -> _T | None:
        """Ask if the hub seems to be there; if not, find out without anybody waiting for it."""
        if not self._counts_as_up():
            self._begin_probe()
            return None
        try:
            async with asyncio.timeout(BUDGET_S - _OWN_SHARE_S):
                answer = await ask()
        except TimeoutError:
            self._slow += 1
            return None
        if isinstance(answer, Halt | Fault):
            self._slow += 1
            return None
        self._slow = 0
        return answer

    def _counts_as_up(self) -> bool:
        is_trusted = self._monotonic_ns() < self._trusted_until_ns
        return (self._is_up() or is_trusted) and (self._slow < _SLOW_IN_A_ROW)

    def _begin_probe(self) -> None:
        now_ns = self._monotonic_ns()
        if self._probed_ns is not None and now_ns - self._probed_ns < _PROBE_EVERY_NS:
            return
        self._probed_ns = now_ns
        self._probe = asyncio.get_running_loop().create_task(self._find_out(), name="probe of the hub")

    async def _find_out(self) -> None:
        began_ns = self._monotonic_ns()
        try:
            async with asyncio.timeout(_PROBE_S):
                # Never a hold: nobody would know of it any more when it is granted.
                answer = await self._calls.lookup(LookupRequest(code=_NOBODY))
        except TimeoutError:
            return
        now_ns = self._monotonic_ns()
        if not isinstance(answer, Halt | Fault) and now_ns - began_ns < BUDGET_S * 1_000_000_000:
            self._slow = 0
            self._trusted_until_ns = now_ns + _TRUSTED_NS
