"""A customer is at the counter: name, person, basket, rewards and points; at the end the farewell."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult

from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.locales import Locale
from tui.present.farewell import farewell, thanks
from tui.present.greeting import greeting
from tui.present.person import person
from tui.present.picks import Pick, Standing, picks
from tui.present.rewards import heading, points, rewards
from tui.present.sale import hidden, lines, total
from tui.present.words import listed
from tui.rtl import Mirrored
from tui.scene import Scene
from tui.widgets.pane import Pane, entitle

Key = tuple[str, str]
"""What a pick is told apart by."""
_TOTAL_ROWS = 2
"""Before anything is laid out."""


class CustomerView(Mirrored):
    """The person on one side, the sale on the other. It remembers which line and which reward are marked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._scene: Scene | None = None
        self._line = 0
        self._line_count = 0
        self._marked: Key | None = None
        self._seen: tuple[Key, ...] = ()
        self._seen_in: tuple[tuple[BasketLine, ...], tuple[str, ...]] = ((), ())
        self._greeting, self._person = Pane(id="greeting"), Pane(id="person")
        self._lines, self._total, self._rewards = Pane(id="lines"), Pane(id="total"), Pane(id="rewards")
        self._basket, self._halves = Mirrored(id="basket"), Mirrored(id="halves")
        self._farewell = Pane(id="farewell")
        self._hidden_lines = (0, 0)

    def compose(self) -> ComposeResult:
        """Place the panes."""
        yield self._greeting
        with self._halves:
            yield self._person
            with Mirrored(id="sale"):
                with self._basket:
                    yield self._lines
                    yield self._total
                yield self._rewards
        yield self._farewell

    def show(self, scene: Scene) -> None:
        """Show this customer and this sale."""
        before, self._scene = self._scene, scene
        if before is None or _whose(before) != _whose(scene):
            self._line, self._line_count, self._marked, self._seen = 0, 0, None, ()
        if before is None or _whose(before)[0] != _whose(scene)[0]:
            self._person.to_top()
        self._follow_lines()
        self._follow_picks()
        sold = scene.view.stage is Stage.FAREWELL
        self._halves.display = not sold
        self._farewell.display = sold
        self._draw_farewell(scene) if sold else self._draw(scene)

    def on_resize(self) -> None:
        """Fill the rows there are now; the first time that is when somebody is greeted."""
        self.call_after_refresh(self._redraw)

    def _redraw(self) -> None:
        if self._scene and self._halves.display:
            self._draw(self._scene)

    def forget(self) -> None:
        """Nobody is here any more: the next one is shown from the top, also if it is the same person."""
        self._scene = None

    @property
    def line(self) -> int | None:
        """Which line is selected, from 0; None without lines."""
        return self._line if self._line_count else None

    @property
    def picks(self) -> tuple[Pick, ...]:
        """What F5 could act on, in the order shown."""
        return picks(self._scene.view.basket if self._scene else None, self._seen)

    @property
    def pick(self) -> Pick | None:
        """What F5 acts on: the marked one, else the best that can still be had."""
        offered = self.picks
        marked = next((one for one in offered if one.key == self._marked), None)
        claimable = next((one for one in offered if one.standing is Standing.OFFERED), None)
        return marked or claimable or next(iter(offered), None)

    def mark_next(self) -> None:
        """Mark the next reward."""
        offered, marked = self.picks, self.pick
        if marked and self._scene:
            self._marked = offered[(offered.index(marked) + 1) % len(offered)].key
            self._draw(self._scene)

    def keep_marked(self) -> None:
        """Keep the mark on the reward that F5 has just acted on, so that F5 again undoes it."""
        marked = self.pick
        self._marked = marked.key if marked else None

    def move(self, step: int) -> bool:
        """Select the next or the previous line; return whether there is one."""
        if self._line_count and self._scene:
            self._line = min(self._line_count - 1, max(0, self._line + step))
            self._draw(self._scene)
        return bool(self._line_count)

    def page(self, step: int) -> bool:
        """Show more about the person."""
        return self._person.page(step)

    def _follow_lines(self) -> None:
        basket = self._scene.view.basket if self._scene else None
        count = len(basket.lines) if basket else 0
        if count > self._line_count:
            self._line = count - 1
        self._line_count = count
        self._line = min(self._line, max(0, count - 1))

    def _follow_picks(self) -> None:
        """Keep every reward where it stands while F5 acts; other lines and codes deserve order and mark anew."""
        basket = self._scene.view.basket if self._scene else None
        entered = (basket.lines, basket.codes) if basket else ((), ())
        if entered != self._seen_in:
            self._seen_in, self._seen, self._marked = entered, (), None
            self._rewards.to_top()
        self._seen = tuple(dict.fromkeys((*self._seen, *(one.key for one in self.picks))))

    def _draw(self, scene: Scene) -> None:
        view, say, words = scene.view, scene.say, scene.words
        basket = view.basket
        priced = basket.evaluation if basket else None
        self._greeting.show(greeting(view.member, scene.shop, say, scene.now))
        self._person.show(person(view.member, say, scene.now), heading=say.text("Customer"))
        self._entitle_basket(say)
        self._lines.show(lines(basket, self.line, say, words))
        self._total.show(total(basket, say, max(_TOTAL_ROWS, self._total.size.height)))
        self._rewards.show(
            rewards(basket, self.picks, self.pick, words, say),
            heading=heading(priced, say),
            foot=self._balances(points(view.member, priced, words, say)),
        )

    def _balances(self, told: Sequence[str]) -> str:
        """Return as many balances as the border has room for; all of them are a key away."""
        room = self._rewards.size.width
        fitting = list(told[:1])
        for one in told[1:]:
            if cell_len(listed([*fitting, one])) <= room:
                fitting.append(one)
        return listed(fitting)

    @on(Pane.Hides, "#lines")
    def _count_hidden(self, event: Pane.Hides) -> None:
        event.stop()
        self._hidden_lines = (event.above, event.below)
        if self._scene:
            self._entitle_basket(self._scene.say)

    def _entitle_basket(self, say: Locale) -> None:
        entitle(self._basket, say.text("Basket"), hidden(*self._hidden_lines, say))

    def _draw_farewell(self, scene: Scene) -> None:
        basket = scene.view.basket
        receipt = basket.receipt if basket else None
        self._greeting.show(thanks(scene.view.member, scene.shop))
        self._farewell.show(farewell(receipt, scene.words, scene.say))


def _whose(scene: Scene) -> tuple[str | None, str | None]:
    view = scene.view
    return (view.member.member_id if view.member else None, view.basket.basket_id if view.basket else None)
