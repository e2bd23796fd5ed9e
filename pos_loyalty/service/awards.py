"""What a member is given without a purchase: for a visit, for feedback, or to make up for something."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from pos_loyalty.core.gestures import Gesture, GestureRefused
from pos_loyalty.core.members import Member
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Answer
from pos_loyalty.service import faults
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.idempotency import Key, answered_before, remembering
from pos_loyalty.service.wire import Earned, GestureRequest, Granted, HappeningRequest, Problem

TEXT_LENGTH_MAX = 200
REASON_LENGTH_MAX = 2_000

Reply = Earned | Granted | Answer | Problem


class Awards:
    """What can be given. A request with an idempotency key is granted once; without one, as often as it comes."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._store = counter.store
        self._desk = counter.desk

    async def happened(self, member_id: str, wanted: HappeningRequest, key: Key | None = None) -> Reply:
        """Let a member earn by something that is no purchase."""
        refusal = faults.unfit_text("happening", wanted.about, 0, TEXT_LENGTH_MAX)
        return refusal or await self._in_turn(member_id, key, lambda member: self._happened(member, wanted, key))

    async def gesture(self, member_id: str, wanted: GestureRequest, key: Key | None = None) -> Reply:
        """Make a gesture of goodwill: a voucher for the member, over an amount that the associate's role allows."""
        texts = {"reward": wanted.reward, "role": wanted.role, "gesture": wanted.about}
        refusals = [faults.unfit_text(what, text, 0, TEXT_LENGTH_MAX) for what, text in texts.items()]
        refusals.append(faults.unfit_text("reason", wanted.reason, 0, REASON_LENGTH_MAX))
        refusal = next((each for each in refusals if each is not None), None)
        return refusal or await self._in_turn(member_id, key, lambda member: self._gesture(member, wanted, key))

    async def _in_turn(
        self, member_id: str, key: Key | None, wish: Callable[[Member], Coroutine[Any, Any, Reply]]
    ) -> Reply:
        async with self._counter.turn:
            try:
                if (before := answered_before(self._store, key)) is not None:
                    return before
                member = self._store.member(member_id)
                return await wish(member) if member else faults.no_such("member", "with this id")
            except StoreError as error:
                return faults.store_failed(error)

    async def _happened(self, member: Member, wanted: HappeningRequest, key: Key | None) -> Reply:
        work, answer = self._counter.work(), Earned()
        earned = self._desk.pricing.earned_by(wanted.happening, member)
        if earned is not None:
            event_id, written = work.earn(msgspec.structs.replace(earned, about=wanted.about), member.member_id)
            answer = Earned(event_id=event_id, moves=written.moves, vouchers=written.vouchers)
        return await self._counter.settle(work, remembering(key, lambda: msgspec.json.encode(answer))) or answer

    async def _gesture(self, member: Member, wanted: GestureRequest, key: Key | None) -> Reply:
        gesture = Gesture(**msgspec.structs.asdict(wanted))
        granted = self._desk.pricing.gesture(gesture, self._desk.voucher_codes())
        if isinstance(granted, GestureRefused):
            return faults.bad_gesture(granted)
        work = self._counter.work()
        answer = Granted(event_id=work.record(granted, member.member_id), voucher=granted.voucher)
        return await self._counter.settle(work, remembering(key, lambda: msgspec.json.encode(answer))) or answer
