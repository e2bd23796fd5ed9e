"""Pages that ask what a reward leaves to the customer: how many points, or which gift; and the page of all programs."""

from textual import events, on
from textual.app import ComposeResult

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import ClaimableReward
from tui.present.claims import Spending, gift_question, gift_rows, spend_question, spending
from tui.present.missing import programs
from tui.present.picks import picks
from tui.rows import Row
from tui.rtl import Mirrored
from tui.scene import Scene
from tui.screens.page import Page, ReadPage
from tui.widgets.entry import Entry
from tui.widgets.pane import Pane
from tui.wishes import Turn


class MissingPage(ReadPage):
    """All programs: what they give to this basket, and what is missing for the rest."""

    def content(self) -> tuple[str, tuple[Row, ...]]:
        """Return the heading and the rows."""
        scene, basket = self.scene, self.scene.view.basket
        priced = basket.evaluation if basket else None
        rows = programs(priced, picks(basket), scene.view.member, scene.words, scene.say)
        return scene.say.text("Programs"), rows

    def stays(self, scene: Scene, /) -> bool:
        """Stay while it is about the same basket."""
        return _is_same_sale(self.scene, scene)


class SpendPage(Page):
    """How many points shall it be? What they buy and what is left is told while they are typed."""

    def __init__(self, scene: Scene, offer: ClaimableReward) -> None:
        super().__init__(scene)
        self._offer = offer

    def compose(self) -> ComposeResult:
        """Place the page."""
        with Mirrored(id="page"):
            yield Pane(id="question")
            yield Entry(id="who", movable=True)
            yield Pane(classes="gap")
            yield Pane(id="preview")

    def on_mount(self) -> None:
        """Ask."""
        entry = self.query_one(Entry)
        rows, prompt, hint = spend_question(self._offer, self.scene.words, self.scene.say)
        self.query_one("#question", Pane).show(rows)
        entry.ask(prompt, hint)
        entry.focus()
        self._preview()

    def stays(self, scene: Scene, /) -> bool:
        """Stay while the offer stands."""
        return _is_same_sale(self.scene, scene)

    @property
    def _spending(self) -> Spending:
        view = self.scene.view
        return spending(self._offer, self.query_one(Entry).text, view, self.scene.words, self.scene.say)

    def _preview(self) -> None:
        self.query_one("#preview", Pane).show(self._spending.rows)

    @on(Entry.Typed)
    def _typed(self, event: Entry.Typed) -> None:
        event.stop()
        if not isinstance(event, Entry.Entered):
            self._preview()
        elif self._spending.points:
            self.wish(Turn(self._offer.reward, claim=Claim(reward=self._offer.reward, points=self._spending.points)))


class GiftPage(Page):
    """Which gift shall it be? The last one that may be chosen ends the page."""

    def __init__(self, scene: Scene, offer: ClaimableReward) -> None:
        super().__init__(scene)
        self._offer = offer
        self._at = 0
        self._chosen: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Place the page."""
        with Mirrored(id="page"):
            yield Pane(id="question")
            yield Pane(id="gifts")

    def on_mount(self) -> None:
        """Offer the gifts."""
        self._draw()

    def stays(self, scene: Scene, /) -> bool:
        """Stay while the offer stands."""
        return _is_same_sale(self.scene, scene)

    def key(self, event: events.Key, /) -> bool:
        """Move, choose by digit or the selected one, take the last one back."""
        gifts = self._offer.gifts
        place = self._at if event.key == "enter" else None
        if event.character and event.character.isdecimal():
            place = int(event.character) - 1
        if place is not None and 0 <= place < len(gifts):
            self._choose(gifts[place])
        elif event.key in _STEPS:
            self._at = (self._at + _STEPS[event.key]) % len(gifts)
        elif event.key == "backspace" and self._chosen:
            self._chosen = self._chosen[:-1]
        else:
            return False
        self._draw()
        return True

    def _choose(self, gift: str) -> None:
        self._chosen = (*self._chosen, gift)
        if len(self._chosen) >= self._offer.choose:
            reward, code = self._offer.reward, self._offer.code
            self.wish(Turn(reward, code, Claim(reward=reward, gifts=self._chosen, code=code)))

    def _draw(self) -> None:
        words, say = self.scene.words, self.scene.say
        self.query_one("#question", Pane).show(gift_question(self._offer, len(self._chosen), words, say))
        self.query_one("#gifts", Pane).show(gift_rows(self._offer, self._at, self._chosen, words, say))


_STEPS = {"down": 1, "up": -1}


def asking_page(offer: ClaimableReward, scene: Scene) -> Page:
    """Return the page that asks what ``offer`` leaves to choose."""
    return GiftPage(scene, offer) if len(offer.gifts) > 1 else SpendPage(scene, offer)


def _is_same_sale(before: Scene, now: Scene) -> bool:
    def sale(scene: Scene) -> tuple[object, ...]:
        basket = scene.view.basket
        return (scene.view.stage, basket.basket_id, basket.revision) if basket else (scene.view.stage,)

    return sale(before) == sale(now)
