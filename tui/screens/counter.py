"""The counter: the idle view and the customer view over one field to type in, one notice and one bar of keys.

Both views are mounted once. One of them is displayed, so a greeting mounts nothing, and whatever
was typed outlives every change of the till.
"""

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.members import Member
from pos_loyalty.core.session import Stage
from tui.messages import Asked, Claiming, Opened, Told, Wished
from tui.present.keys import Action, slots
from tui.present.picks import leaves_choice
from tui.present.prompts import Next, prompt
from tui.present.sentences import FIELD_NOT_EMPTY, SERVICE_LOST, TOO_SMALL, VOID_AGAIN
from tui.present.status import lost, standing, status
from tui.rows import BLANK, Role, Row
from tui.rtl import Mirrored, writing_of
from tui.scene import Scene
from tui.typed import understood
from tui.widgets.customer import CustomerView
from tui.widgets.entry import Entry
from tui.widgets.idle import IdleView
from tui.widgets.key_bar import KeyBar
from tui.widgets.pane import Pane
from tui.widgets.people import Finder
from tui.wishes import Add, Change, Choose, Dismiss, OpenBasket, Pay, Scan, Turn, UseCode, Void, Wish

_LESS, _MORE = -1, 1
_ARMED_S = 8.0
"""As long as the sentence that asks for F8 once more is read."""
_TALL = 32
"""Rows from which on there is room for air."""
_NEEDED = Size(80, 24)
"""With less, first the lines of the basket have no row left, then what is to pay."""


class CounterScreen(Mirrored, Screen[None]):
    """Shows the scene and turns keys into wishes."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (_TALL, "-tall")]  # noqa: RUF012 - Textual declares it an instance's

    def __init__(self) -> None:
        super().__init__(id="counter")
        self._scene: Scene | None = None
        self._next = Next.ANYTHING
        self._void_armed = False
        self._ready = False
        self._fits = True
        self._idle, self._customer = IdleView(id="idle"), CustomerView(id="customer")
        self._status, self._notice, self._small = Pane(id="status"), Pane(id="notice"), Pane(id="small")
        self._entry, self._keys = Entry(id="entry"), KeyBar(id="keys")
        self._finder = Finder(
            self._entry,
            self._idle.people,
            ask=lambda text: self.post_message(Asked(text, self.found)),
            choose=lambda member_id: self._find(Choose(member_id)),
            code=lambda code: self._find(Scan(code, code)),
            tell=self._tell,
        )
        self._entry.pick = lambda digit: self._is_finding and self._finder.pick(digit)

    def compose(self) -> ComposeResult:
        """Place everything, once."""
        yield self._small
        yield self._status
        yield self._idle
        yield self._customer
        yield self._notice
        yield self._entry
        yield self._keys

    def on_mount(self) -> None:
        """Send everything typed into the field, and show what has arrived meanwhile."""
        self._entry.focus()
        self._ready = True
        if self._scene:
            self.show(self._scene)

    def show(self, scene: Scene) -> None:
        """Show the till as it is now."""
        before, self._scene = self._scene, scene
        if not self._ready:
            return
        # Not by a class: matching the style sheet anew took 110 of the 130 ms of a greeting.
        self._idle.display, self._customer.display = self._fits and scene.is_idle, self._fits and not scene.is_idle
        (self._idle if scene.is_idle else self._customer).show(scene)
        if scene.is_idle:
            self._customer.forget()
        if before and before.view.stage is not scene.view.stage:
            self._void_armed = False
            self._turned(before)
        say = scene.say
        self._status.show([status(scene.shop, scene.view, scene.now, say) if scene.connected else lost(say)])
        self._notice.show([_notice(scene)])
        self._keys.show(slots(scene.allowed, say))
        size = say.written(f"{_NEEDED.width}×{_NEEDED.height}")
        self._small.show([Row(say.text(TOO_SMALL, size=size), lines=3)])
        self._prompt()

    def tick(self, scene: Scene) -> None:
        """Show what time alone has changed; the pane draws only what is another row than before."""
        self._status.show([status(scene.shop, scene.view, scene.now, scene.say)])

    def on_resize(self, event: events.Resize) -> None:
        """Show the sale where all of it can be seen, and nothing of it elsewhere."""
        fits = event.size.width >= _NEEDED.width and event.size.height >= _NEEDED.height
        if fits == self._fits:
            return
        self._fits = fits
        self._small.display = not fits
        for part in (self._status, self._notice, self._entry, self._keys):
            part.display = fits
        if self._scene:
            self.show(self._scene)
        if fits:
            self._entry.focus()

    def found(self, text: str, members: Sequence[Member], /, *, is_code: bool) -> None:
        """Take the answer to a search."""
        self._finder.found(text, members, is_code=is_code)

    def give_back(self, wish: Wish) -> None:
        """Put back what was typed for a wish that was not granted, unless something else is being typed already."""
        if wish.typed and self._ready and not self._entry.text:
            self._next = Next.CODE if isinstance(wish, UseCode) else self._next
            self._entry.put(wish.typed, given_back=True)
            self._prompt()

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self._entry.text

    @property
    def _is_finding(self) -> bool:
        return self._scene is None or self._scene.finding

    @on(Entry.Typed)
    def _typed(self, event: Entry.Typed) -> None:
        event.stop()
        if isinstance(event, Entry.Entered) or self._scene is None:
            return
        self._void_armed = False
        if self._scene.view.stage is Stage.FAREWELL and self._entry.text:
            self._wish(Dismiss())
        if self._is_finding:
            self._finder.typed()

    @on(Entry.Entered)
    def _entered(self, event: Entry.Entered) -> None:
        event.stop()
        scene, text = self._scene, self._entry.text.strip()
        if scene is None or not scene.connected or not self._fits:
            return
        if scene.view.stage is Stage.FAREWELL and not text:
            self._wish(Dismiss())
        elif scene.finding:
            self._finder.entered()
        elif text and scene.view.stage is not Stage.CHOOSING:
            self._enter(text)

    def on_key(self, event: events.Key) -> None:
        """Do what the key means now, if it means anything; nobody pays what cannot be seen."""
        if self._scene is None or not self._fits:
            return
        action = next((action for action in Action if action == event.key), None)
        if action in self._scene.allowed:
            self._act(action)
        elif action is Action.BACK and (self._entry.text or self._next is not Next.ANYTHING):
            self._take()
        elif not self._edit(event):
            return
        event.stop()
        event.prevent_default()

    def _act(self, action: Action) -> None:
        if action is not Action.VOID:
            self._void_armed = False
        acts: dict[Action, Callable[[], object]] = {
            Action.AMOUNT: self._amount,
            Action.REWARD: self._claim,
            Action.OTHER_REWARD: self._customer.mark_next,
            Action.CODE: self._code,
            Action.VOID: self._void,
            Action.PAY: self._pay,
            Action.BACK: self._back,
        }
        # What is not about the field or the sale opens a page, and pages belong to the application.
        acts.get(action, lambda: self.post_message(Opened(action)))()

    def _edit(self, event: events.Key) -> bool:
        """Select and change lines; page through the person or the list."""
        if self._is_finding:
            return self._finder.key(event.key)
        forward = "left" if writing_of(self).mirrored else "right"
        backward = "right" if forward == "left" else "left"
        edits: dict[str, Callable[[], object]] = {
            "up": lambda: self._customer.move(_LESS),
            "down": lambda: self._customer.move(_MORE),
            "pageup": lambda: self._customer.page(_LESS),
            "pagedown": lambda: self._customer.page(_MORE),
            "plus": lambda: self._change(lambda quantity: quantity + 1),
            "minus": lambda: self._change(lambda quantity: quantity - 1),
            forward: lambda: self._change(lambda quantity: quantity + 1),
            backward: lambda: self._change(lambda quantity: quantity - 1),
            "delete": lambda: self._change(lambda _: 0),
        }
        edit = edits.get(event.key)
        if edit:
            self._void_armed = False
            edit()
        return edit is not None

    def _enter(self, text: str) -> None:
        if self._next is Next.CODE:
            self._use_code(text)
        else:
            self._add(text, is_amount=self._next is Next.AMOUNT)

    def _add(self, text: str, *, is_amount: bool) -> None:
        if self._scene is None:
            return
        wanted = understood(text, self._scene.say, is_amount=is_amount)
        if isinstance(wanted, str):
            self._tell(wanted)
            return
        self._take()
        if wanted.only_quantity:
            self._change(lambda _: wanted.quantity, text)
        else:
            self._wish(Add(wanted, text))

    def _use_code(self, text: str) -> None:
        self._take()
        self._wish(UseCode(text))

    def _take(self) -> None:
        """Empty the field; the next text may be anything again."""
        self._entry.take()
        self._next = Next.ANYTHING
        self._prompt()

    def _code(self) -> None:
        if text := self._entry.text.strip():
            self._use_code(text)
            return
        self._next = Next.ANYTHING if self._next is Next.CODE else Next.CODE
        self._prompt()

    def _amount(self) -> None:
        text = self._entry.text.strip()
        if text and set(to_ascii(text)[:1]) <= set("0123456789"):
            self._add(text, is_amount=True)
            return
        self._next = Next.ANYTHING if self._next is Next.AMOUNT else Next.AMOUNT
        if self._is_finding:
            self._next = Next.AMOUNT
            self._wish(OpenBasket())
        self._prompt()

    def _change(self, quantity_of: Callable[[int], int], typed: str = "") -> None:
        if self._customer.line is not None and self._scene and Action.VOID in self._scene.allowed:
            self._wish(Change(self._customer.line, quantity_of, typed))

    def _claim(self) -> None:
        pick = self._customer.pick
        if pick is None:
            return
        self._customer.keep_marked()
        if pick.offer and leaves_choice(pick.offer):
            self.post_message(Claiming(pick.offer))
        else:
            self._wish(Turn(pick.reward, pick.code))

    def _void(self) -> None:
        basket = self._scene.view.basket if self._scene else None
        if self._void_armed or (basket and not basket.lines):
            self._void_armed = False
            self._wish(Void())
        else:
            self._void_armed = True
            self.set_timer(_ARMED_S, self._disarm)
            self._tell(VOID_AGAIN)

    def _disarm(self) -> None:
        self._void_armed = False

    def _pay(self) -> None:
        # An amount that is typed but not entered would be given away.
        if self._entry.text.strip():
            self._tell(FIELD_NOT_EMPTY)
        else:
            self._wish(Pay())

    def _back(self) -> None:
        scene = self._scene
        if self._entry.text or self._next is not Next.ANYTHING:
            self._take()
        elif scene and scene.view.basket and scene.view.basket.live:
            self._wish(Void())
        else:
            self._wish(Dismiss())

    def _turned(self, before: Scene) -> None:
        """Leave nothing half-done of the stage before: a name that was being typed has been answered by a scan."""
        scene = self._scene
        if scene and before.finding and not scene.finding:
            self._entry.take()
            self._idle.people.offer(())
        if scene and scene.finding:
            self._next = Next.ANYTHING

    def _find(self, wish: Wish) -> None:
        self._entry.take()
        self._wish(wish)

    def _wish(self, wish: Wish) -> None:
        if self._scene and self._scene.connected:
            self.post_message(Wished(wish))
        else:
            self.give_back(wish)

    def _tell(self, message: str) -> None:
        if self._scene:
            self.post_message(Told(message))

    def _prompt(self) -> None:
        if self._scene:
            self._entry.ask(*prompt(Next.CUSTOMER if self._is_finding else self._next, self._scene.say))

    def redraw(self) -> None:
        """Draw everything anew: the writing of the screen has changed."""
        for pane in self.query(Pane):
            pane.redraw()
        self.refresh(layout=True, repaint=True)
        for mirrored in self.query(Mirrored):
            mirrored.refresh(layout=True)


def _notice(scene: Scene) -> Row:
    if not scene.connected:
        return Row(scene.say.text(SERVICE_LOST), Role.BAD, symbol="×", lines=2)
    return scene.notice or standing(scene.view, scene.say, at_rest=scene.is_idle) or BLANK
