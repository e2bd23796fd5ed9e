"""What readings name at this till: its recogniser, its store, its keys for passes and its baskets asked in turn."""

from pos_loyalty.core.decisions import Outcome, Via
from pos_loyalty.core.passes import Accepted
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Clock, Recognised, Recogniser, Store
from pos_loyalty.service.faults import store_failed, store_notice
from pos_loyalty.service.identify import Identified, Opens, Refused, answer_of, identify, recognised
from pos_loyalty.service.passes import PassCheck, member_of
from pos_loyalty.service.wire import IdentifyAnswer, Problem

_NO_CODE = frozenset({NoticeCode.UNKNOWN_CODE, NoticeCode.UNREADABLE, NoticeCode.EMPTY_CODE, NoticeCode.TOO_LONG})
_NO_OUTCOME = frozenset({Outcome.UNKNOWN, Outcome.UNREADABLE})


class Finder:
    """Finds what a reading names. ``takes`` says whether a code opens something in a basket, and brakes guessing."""

    def __init__(self, store: Store, clock: Clock, recognise: Recogniser, passes: PassCheck, takes: Opens) -> None:
        self._store = store
        self._clock = clock
        self._recognise = recognise
        self._passes = passes
        self._takes = takes

    def typed(self, text: str, via: Via) -> Identified | None:
        """Return what a text names that came without a reader; None if the terminal took typing for a reader's.

        What a reader sends is a code, known or not; a text without meaning here, or a broken one, is somebody's typing.
        But nobody types passwords of networks and links so fast: what may not be looked up is no text for a field.
        """
        reading = self.reading(text, via)
        found = self.read(reading)
        is_code = isinstance(reading, Recognised) and (
            reading.decision.outcome not in _NO_OUTCOME
            or (reading.decision.outcome is Outcome.UNKNOWN and not reading.codes)
        )
        is_typing = isinstance(found, Refused) and found.why in _NO_CODE and not is_code
        return None if via == "terminal" and is_typing else found

    def reading(self, text: str, via: Via) -> Recognised | Refused:
        """Return what a text is, without looking it up."""
        return recognised(self._recognise, text, via)

    def read(self, reading: Recognised | Refused) -> Identified:
        """Return what a reading names; a store that cannot be read is a refusal."""
        try:
            return self._look_up(reading, self._takes)
        except StoreError as error:
            return Refused(store_notice(error))

    def identify(self, text: str, via: Via = "typed") -> IdentifyAnswer | Problem:
        """Say whom or what a text names, and change nothing.

        Of a voucher it is not said whether there is such a one: whoever guesses shall do so at a basket.
        """
        reading = recognised(self._recognise, text, via)
        try:
            found = self._look_up(reading, lambda _: False)
            if isinstance(found, Accepted):
                found = (self._store.member(found.claims.member_id) or member_of(found.claims),)
        except StoreError as error:
            return store_failed(error)
        return answer_of(reading, found)

    def _look_up(self, reading: Recognised | Refused, opens: Opens) -> Identified:
        if isinstance(reading, Refused):
            return reading
        return identify(self._store, reading, lambda text: self._passes.check(text, self._clock.now()), opens)
