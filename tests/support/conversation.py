"""Conversation tests: what is said to the till session, what it wants done, and where it stands then.

    talk = Conversation()
    talk.said(MemberFound("m1", "v1")).expects(OpenVisit("m1", "v1")).at(Stage.IDENTIFIED)

Nothing is heard by accident: effects that no ``expects`` named fail the next ``said`` and every ``at``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.session import Effect, Input, Session, Stage
from pos_loyalty.core.transitions import resume, step


class Conversation:
    """One session, spoken to step by step."""

    def __init__(self, session: Session | None = None) -> None:
        self.session = session or Session()
        self._unheard: tuple[Effect, ...] = ()

    def said(self, happened: Input) -> Self:
        """Tell the session what happened."""
        self._nothing_unheard()
        self.session, self._unheard = step(self.session, happened)
        return self

    def expects(self, *effects: Effect) -> Self:
        """Assert that the last input asked for exactly these effects, in this order."""
        assert self._unheard == effects
        self._unheard = ()
        return self

    def at(self, stage: Stage, **fields: object) -> Self:
        """Assert the stage, and any other fields of the session."""
        self._nothing_unheard()
        assert self.session.stage is stage
        assert {name: getattr(self.session, name) for name in fields} == fields
        return self

    def restarted(self, basket: Basket | None = None) -> Self:
        """Kill the service and start it again: the session as saved, and its ``basket`` as it stands on disk."""
        self._nothing_unheard()
        saved = msgspec.json.decode(msgspec.json.encode(self.session), type=Session)
        self.session = resume(saved, basket)
        return self

    @contextmanager
    def unmoved(self) -> Iterator[Self]:
        """Assert that nothing said inside changes the session."""
        before = self.session
        yield self
        self._nothing_unheard()
        assert self.session == before

    def _nothing_unheard(self) -> None:
        assert self._unheard == (), "effects that no expects() named"
