"""Pages over the counter: a heading, what to read or type, and how to leave."""

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.screen import ModalScreen

from pos_loyalty.core.members import Member
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.titles import display_name
from tui.messages import Asked, Told, Wished
from tui.present.keys import Action, help_rows
from tui.present.line import explained
from tui.present.prompts import Next, prompt
from tui.rows import BLANK, Role, Row
from tui.rtl import Mirrored
from tui.scene import Scene
from tui.widgets.entry import Entry
from tui.widgets.pane import Pane
from tui.widgets.people import Finder, People
from tui.wishes import Choose, Dismiss, Note, Scan, Wish


class Page(Mirrored, ModalScreen[None]):
    """A page of its own; Esc leaves it."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def on_key(self, event: events.Key) -> None:
        """Leave, page, or hand the key to the page; one that was still on its way when it went means nothing."""
        if not self.is_current:
            return
        if event.key == "escape":
            self.leave()
        elif not self.key(event):
            return
        event.stop()
        event.prevent_default()

    def key(self, _event: events.Key, /) -> bool:
        """Do what a key means here; return whether it means anything."""
        return False

    def stays(self, _scene: Scene, /) -> bool:
        """Whether the page stays now that the till has changed; a scan is a stronger wish than an open page."""
        return False

    def leave(self) -> None:
        """Go back to the counter. Textual would end the screen over a page that goes twice: a key may bounce."""
        if self.is_current:
            self.dismiss()

    def wish(self, wish: Wish) -> None:
        """Wish for something, once, and leave."""
        if self.is_current:
            self.app.post_message(Wished(wish))
            self.dismiss()


class ReadPage(Page):
    """A page to read; the key that opened it closes it again."""

    def content(self) -> tuple[str, tuple[Row, ...]]:
        """Return the heading and the rows."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Place the page."""
        yield Pane(id="page")

    def on_mount(self) -> None:
        """Write it."""
        self._write()

    @on(Pane.Hides)
    def _say_more(self, event: Pane.Hides) -> None:
        event.stop()
        self._write(below=event.below > 0)

    def _write(self, *, below: bool = False) -> None:
        say = self.scene.say
        foot = [say.text("PgDn: more")] * below + [say.text("Esc: back")]
        heading, rows = self.content()
        self.query_one("#page", Pane).show(rows, heading=heading, foot=" · ".join(foot))

    def key(self, event: events.Key, /) -> bool:
        """Turn pages, or close."""
        closes = event.key in {Action.HELP, Action.MISSING}
        if closes:
            self.leave()
        step = {"pagedown": 1, "down": 1, "pageup": -1, "up": -1}.get(event.key)
        return closes or (step is not None and self.query_one("#page", Pane).page(step))


class HelpPage(ReadPage):
    """What each key does."""

    def content(self) -> tuple[str, tuple[Row, ...]]:
        """Return how the hub is, and the keys."""
        say = self.scene.say
        return say.text("Help"), (*explained(self.scene.view, say), *help_rows(say))

    def stays(self, scene: Scene, /) -> bool:
        """Stay while there is still the same to do."""
        return scene.view.stage is self.scene.view.stage


class ChoosingPage(Page):
    """One code names several members: which of them is it?"""

    def compose(self) -> ComposeResult:
        """Place the page."""
        with Mirrored(id="page"):
            yield Pane(id="question")
            yield People(id="candidates")

    def on_mount(self) -> None:
        """Offer the candidates."""
        say = self.scene.say
        self.query_one("#question", Pane).show(
            [Row(say.text("Several members have this code. Who is it? Ask for the name."), lines=2), BLANK]
        )
        people = self.query_one(People)
        people.stage(self.scene)
        people.offer(self.scene.view.candidates)

    def key(self, event: events.Key, /) -> bool:
        """Move, pick by digit, or take the selected one."""
        people = self.query_one(People)
        chosen = people.current if event.key == "enter" else None
        if event.character and event.character.isdecimal():
            chosen = people.at(int(event.character))
        if chosen:
            self.app.post_message(Wished(Choose(chosen.member_id)))
        step = {"down": 1, "up": -1}.get(event.key)
        return bool(chosen) or (step is not None and people.move(step))

    def stays(self, scene: Scene, /) -> bool:
        """Stay while the question is the same."""
        view = scene.view
        return view.stage is Stage.CHOOSING and view.candidates == self.scene.view.candidates

    def leave(self) -> None:
        """Choose nobody; the page goes when the till says so."""
        self.app.post_message(Wished(Dismiss()))


class FindPage(Page):
    """Find the customer of the open basket by name or phone."""

    def compose(self) -> ComposeResult:
        """Place the page."""
        with Mirrored(id="page"):
            yield Entry(id="who")
            yield Pane(classes="gap")
            yield People(id="found-here")

    def on_mount(self) -> None:
        """Join the field and the list."""
        say, entry = self.scene.say, self.query_one(Entry)
        people = self.query_one(People)
        people.stage(self.scene)
        self._finder = Finder(
            entry,
            people,
            ask=lambda text: self.app.post_message(Asked(text, self._found)),
            choose=lambda member_id: self.wish(Choose(member_id)),
            code=lambda code: self.wish(Scan(code)),
            tell=lambda message: self.app.post_message(Told(message)),
        )
        entry.pick = self._finder.pick
        entry.ask(*prompt(Next.CUSTOMER, say))
        entry.focus()

    def stays(self, scene: Scene, /) -> bool:
        """Stay until somebody is found."""
        return scene.view.member is None and scene.view.stage is not Stage.CHOOSING

    def key(self, event: events.Key, /) -> bool:
        """Move in the list."""
        return self._finder.key(event.key)

    def _found(self, text: str, members: Sequence[Member], /, *, is_code: bool) -> None:
        if self.is_mounted:
            self._finder.found(text, members, is_code=is_code)

    @on(Entry.Typed)
    def _typed(self, event: Entry.Typed) -> None:
        event.stop()
        if isinstance(event, Entry.Entered):
            self._finder.entered()
        else:
            self._finder.typed()


class NotePage(Page):
    """Write a note about one member. Leaving keeps the draft; only Enter writes it down."""

    def __init__(self, scene: Scene, member: Member, draft: str, keep: Callable[[str], None]) -> None:
        super().__init__(scene)
        self._member, self._draft, self._keep = member, draft, keep

    def compose(self) -> ComposeResult:
        """Place the page."""
        with Mirrored(id="page"):
            yield Pane(id="question")
            yield Entry(id="note", movable=True)

    def on_mount(self) -> None:
        """Say whom the note is about."""
        say = self.scene.say
        name = display_name(self._member.name, say.language)
        self.query_one("#question", Pane).show(
            [
                Row(say.text("Note about {name}", name=name), Role.LEAD),
                Row(say.text("Enter keeps it, Esc leaves it for later"), Role.QUIET),
                BLANK,
            ]
        )
        entry = self.query_one(Entry)
        entry.put(self._draft)
        entry.focus()

    def stays(self, _scene: Scene, /) -> bool:
        """Stay: what is being written is about this member, whoever comes."""
        return True

    def leave(self) -> None:
        """Keep the draft."""
        self._keep(self.query_one(Entry).text)
        super().leave()

    @on(Entry.Entered)
    def _entered(self, event: Entry.Entered) -> None:
        event.stop()
        text = event.entry.text.strip()
        self._keep(text)
        if text:
            self.wish(Note(self._member.member_id, text))
        else:
            super().leave()
