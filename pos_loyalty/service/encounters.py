"""What comes of whatever was scanned: a greeting, a line of the basket, or a refusal. The caller has the turn."""

from pos_loyalty.core.event_bodies import PassShown
from pos_loyalty.core.members import Member
from pos_loyalty.core.passes import Accepted
from pos_loyalty.core.products import Product
from pos_loyalty.core.session import CodeAmbiguous, CodeRefused, Input, MemberFound, NoticeCode
from pos_loyalty.errors import StoreError
from pos_loyalty.service.baskets import Baskets
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.faults import STORE_SAID_NO, notice_of
from pos_loyalty.service.identify import BasketCode, Identified, Refused
from pos_loyalty.service.passes import member_of
from pos_loyalty.service.wire import Problem, ScanTimes


class Encounters:
    """Acts on what was found, at one counter."""

    def __init__(self, counter: Counter, baskets: Baskets) -> None:
        self._counter = counter
        self._baskets = baskets
        self._scans = 0
        """How many were dealt with: an answer about an earlier one may come too late."""

    @property
    def here(self) -> tuple[int, str | None]:
        """What tells whether somebody else came while the hub was asked."""
        return self._scans, self._counter.session.member_id

    async def deal_with(self, found: Identified, times: ScanTimes) -> bool:
        """Act on what was scanned; return whether it was taken. The caller has the turn."""
        self._scans += 1
        self._counter.scanned(times)
        refusal = await self._act_on(found)
        self.tell(refusal)
        return not isinstance(found, Refused) and refusal in (None, NoticeCode.ALREADY_HERE)

    async def deal_later(self, found: Identified, times: ScanTimes, asked_at: tuple[int, str | None]) -> bool:
        """The same after the hub was asked; what came meanwhile is newer than a refusal, or than another customer."""
        scans, member_id = asked_at
        if self._scans != scans and (isinstance(found, Refused) or self._counter.session.member_id != member_id):
            return False
        return await self.deal_with(found, times)

    async def _act_on(self, found: Identified) -> NoticeCode | Problem | None:
        match found:
            case BasketCode():
                return await self._baskets.enter(found.code)
            case Product():
                return await self._baskets.add(found)
            case Accepted():
                return await self._show(found)
            case Refused():
                return await self.happen(CodeRefused(found.why))
            case (member,):
                return await self.found(member)
            case _:
                return await self.happen(CodeAmbiguous(tuple(member.member_id for member in found)), found)

    async def _show(self, good: Accepted) -> NoticeCode | Problem | None:
        """Greet by a pass. What must outlive a restart is written first: a used step, and whom nobody knew here."""
        claims = good.claims
        try:
            member = self._counter.store.member(claims.member_id)
            if member is None or good.step is not None:
                named = {} if member else {"name": claims.name, "tier": claims.tier}
                work = self._counter.work()
                work.record(PassShown(instance_id=claims.instance_id, step=good.step, **named), claims.member_id)
                if isinstance(refusal := await self._counter.settle(work), Problem):
                    return refusal
                member = self._counter.store.member(claims.member_id)
        except StoreError as error:
            return self._counter.store_failed(error)
        return await self._act_on((member or member_of(claims),))

    async def found(self, member: Member) -> NoticeCode | Problem | None:
        """Let the session have found ``member``; whoever is at the counter under the id of a part is here already."""
        here = self._counter.session.member_id
        name = here if here is not None and member.is_called(here) else member.member_id
        return await self.happen(MemberFound(name, self._counter.ids()), (member,))

    async def happen(self, happened: Input, members: tuple[Member, ...] = ()) -> NoticeCode | Problem | None:
        """Let the session take ``happened``; return why it could not. The caller has the turn."""
        work = self._counter.work()
        try:
            work.feed(happened)
        except StoreError as error:
            return self._counter.store_failed(error)
        if work.told:
            return work.told
        if not work.touches_basket:
            self._counter.greet(work, members)
        refusal = await self._counter.settle(work, shown=not work.touches_basket)
        if refusal is None and work.touches_basket:
            await self._baskets.promise()
        return refusal if isinstance(refusal, Problem) else None

    def tell(self, refusal: NoticeCode | Problem | None) -> None:
        """Tell the cashier why nothing came of what a device reported; what the store said has been told."""
        match refusal:
            case NoticeCode():
                self._counter.tell(refusal)
            case Problem() if refusal.status != STORE_SAID_NO:
                self._counter.tell(notice_of(refusal))
