"""Customers whom this store does not know: the hub is asked, while nobody else is kept waiting."""

from collections.abc import Callable

from pos_loyalty.core.decisions import Decision, Fields, Outcome
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Hub, LineState, Recognised, Store
from pos_loyalty.service.identify import Identified, Refused

_NAMED_BY = {
    Outcome.MEMBER: ("number", "tag"),
    Outcome.PHONE: ("phone",),
    Outcome.CONTACT: ("phones",),
    Outcome.VOUCHER: ("code", "number"),
    Outcome.GIFT_CARD: ("code", "number"),
}
"""What names a customer or a voucher, in a reading of each kind. Goods are the same in every store, passes tell all."""


class Elsewhere:
    """Asks the hub who or what a code is."""

    def __init__(self, hub: Hub | None, store: Store) -> None:
        self._hub = hub
        self._store = store

    def code_of(self, found: Identified, read: Callable[[], Recognised | Refused]) -> str:
        """Return the code to ask for; empty where somebody was found, or nobody can be, or no hub is there to ask."""
        is_unknown = isinstance(found, Refused) and found.why is NoticeCode.UNKNOWN_CODE
        if not is_unknown or self._hub is None or self._hub.line().state is not LineState.ONLINE:
            return ""
        reading = read()
        return "" if isinstance(reading, Refused) else normal_code(_name_in(reading))

    async def finds(self, code: str) -> bool:
        """Whether the hub knows ``code``; then the store does too, for today."""
        rows = await self._hub.lookup(code) if self._hub is not None else None
        if not rows:
            return False
        try:
            self._store.visiting(rows)
        except StoreError:
            return False
        return True


def _name_in(reading: Recognised) -> str:
    """Return what names somebody in a reading; of several ways to understand it the first that does."""
    decision = reading.decision
    if decision.outcome is Outcome.UNKNOWN:
        return next(iter(reading.codes), "")
    return next((name for outcome, fields in _ways(decision) if (name := _field(outcome, fields))), "")


def _ways(decision: Decision) -> tuple[tuple[Outcome, Fields], ...]:
    return tuple((each.outcome, each.fields) for each in decision.candidates) or ((decision.outcome, decision.fields),)


def _field(outcome: Outcome, fields: Fields) -> str:
    values = (fields.get(name, "") for name in _NAMED_BY.get(outcome, ()))
    texts = (value if isinstance(value, str) else next(iter(value), "") for value in values)
    return next((text for text in texts if text), "")
