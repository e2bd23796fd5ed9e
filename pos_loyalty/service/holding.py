"""Having the hub keep what a basket is promised, until it is paid or given up."""

import asyncio
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketHold
from pos_loyalty.ports import Hold, Hub, Ids
from pos_loyalty.service.spending import Pot, Spending, spendings
from pos_loyalty.service.trust import Refusals, Trust

ROUNDS: Final = 3
"""Asked, given less than was asked for, and asked for that: once more is for what changed in between."""


class Holding:
    """Asks the hub for holds and gives them back. Waits for the hub only as long as it takes to give up: 300 ms."""

    def __init__(self, hub: Hub | None, trust: Trust, ids: Ids) -> None:
        self._hub = hub
        self._trust = trust
        self._ids = ids
        self._releasing: set[asyncio.Task[None]] = set()

    def ask_anew(self) -> None:
        """Forget what the hub said before: it may say something else to the next wish."""
        self._trust.heard = Refusals()

    def needed(self, basket: Basket | None) -> tuple[BasketHold, ...]:
        """Return what has to be asked for: what the price of ``basket`` spends, and is not kept for it yet."""
        if basket is None or self._hub is None or not self._trust.asks:
            return ()
        lacking = (self._lacking(basket, spent) for spent in spendings(basket.evaluation))
        return tuple(hold for hold in lacking if hold is not None)

    async def ask(self, basket: Basket) -> tuple[BasketHold, ...]:
        """Ask for every hold that ``basket`` has on disk and is not granted; return those that may be there.

        One without an answer may be there. One that was granted too long ago to rely on is given back before.
        """
        if self._hub is None:
            return basket.holds
        asked = [hold for hold in basket.holds if not hold.granted]
        answers = await asyncio.gather(
            *(
                self._hub.hold(
                    Hold(
                        hold_id=hold.hold_id,
                        member_id=basket.member_id or "",
                        unit=hold.unit,
                        points=hold.points,
                        voucher=hold.voucher,
                    )
                )
                for hold in asked
            )
        )
        kept = [hold for hold in basket.holds if hold.granted]
        left, unheard = dict(self._trust.heard.left), set(self._trust.heard.unheard)
        for hold, answer in zip(asked, answers, strict=True):
            pot = Pot(hold.unit, hold.voucher)
            if answer is None:
                unheard.add(pot)
                kept.append(hold)
            elif answer.granted:
                self._trust.granted(hold.hold_id)
                kept.append(replace(hold, granted=True))
            else:
                left[pot] = answer.available + self._trust.kept(basket, pot)
        self._trust.heard = Refusals(basket.basket_id, left, frozenset(unheard))
        return tuple(kept)

    async def renew(self, basket: Basket) -> tuple[BasketHold, ...]:
        """Give back what was granted too long ago to rely on; return the rest."""
        live = tuple(hold for hold in basket.holds if not hold.granted or self._trust.is_live(hold))
        if self._hub is not None:
            hub, stale = self._hub, [hold for hold in basket.holds if hold not in live]
            await asyncio.gather(*(hub.release(hold.hold_id) for hold in stale))
        return live

    def release(self, hold_ids: Iterable[str]) -> None:
        """Give back what is not needed any more; nobody waits for it."""
        if self._hub is None:
            return
        for hold_id in hold_ids:
            task = asyncio.get_running_loop().create_task(self._let_go(self._hub, hold_id), name="release")
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def stop(self) -> None:
        """Wait until everything is given back, or the hub did not answer."""
        await asyncio.gather(*self._releasing)

    async def _let_go(self, hub: Hub, hold_id: str) -> None:
        await hub.release(hold_id)

    def _lacking(self, basket: Basket, spent: Spending) -> BasketHold | None:
        trust, pot = self._trust, spent.pot
        is_asked = trust.heard.basket_id == basket.basket_id and pot in trust.heard.unheard
        if not (spent.points or pot.code) or trust.is_kept(basket, spent) or is_asked:
            return None
        points = spent.points - trust.kept(basket, pot)
        before = (hold for hold in basket.holds if not hold.granted and Pot(hold.unit, hold.voucher) == pot)
        # What was asked for without an answer is asked for again under its name: it is the same hold.
        return next(
            (hold for hold in before if hold.points == points),
            BasketHold(hold_id=self._ids(), unit=pot.account, points=points, voucher=pot.code),
        )
