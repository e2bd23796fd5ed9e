"""Messages that reach the application: from the link to the till, and from screens that have a wish."""

from collections.abc import Sequence
from typing import Protocol

from textual.message import Message

from pos_loyalty.core.evaluation import ClaimableReward
from pos_loyalty.core.members import Member
from pos_loyalty.service.wire import Shop, TillView
from tui.present.keys import Action
from tui.wishes import Answer, Wish


class Connected(Message):
    """The service answers; ``shop`` is what has to be known about it, now or from now on. A view follows."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop


class Lost(Message):
    """The service does not answer; the link keeps trying."""


class ViewArrived(Message):
    """The till has changed: all of what it shows now."""

    def __init__(self, view: TillView, *, first: bool) -> None:
        super().__init__()
        self.view = view
        self.first = first
        """The first one of a connection: its notice was told before."""


class Delayed(Message):
    """The till has not yet answered a wish; the link keeps waiting."""


class Answered(Message):
    """The till has answered a wish; None where there was nothing to ask, or no service to ask."""

    def __init__(self, wish: Wish, answer: Answer, *, repeated: bool) -> None:
        super().__init__()
        self.wish = wish
        self.answer = answer
        self.repeated = repeated


class Wished(Message):
    """A screen wishes for something."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish


class Found(Protocol):
    """Takes the answer to a question, with the text that it was about."""

    def __call__(self, text: str, members: Sequence[Member], /, *, is_code: bool) -> None:
        """Take it; ``is_code`` is False where nobody was found."""


class Asked(Message):
    """A screen has a question that changes nothing: who is found by ``text``, and is it a known code?"""

    def __init__(self, text: str, answer: Found) -> None:
        super().__init__()
        self.text = text
        self.answer = answer


class Opened(Message):
    """A page is to be opened, or the language changed."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.action = action


class Claiming(Message):
    """A reward is to be given that leaves a choice."""

    def __init__(self, offer: ClaimableReward) -> None:
        super().__init__()
        self.offer = offer


class Told(Message):
    """Something to tell the cashier, in the language of the screen or as a message of the catalogue."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message
