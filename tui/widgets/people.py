"""A list of members, and the conversation between it and a field to type in."""

from collections.abc import Callable, Sequence

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.members import Member
from tui.present.people import nobody, people
from tui.scene import Scene
from tui.widgets.entry import Entry
from tui.widgets.pane import Pane

SHORTEST = 2
"""Letters from which on it is worth looking; one letter would show a random handful."""

_OF_NUMBERS = frozenset("0123456789+-() ")


class People(Pane):
    """Members to choose from; one of them is selected."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._members: tuple[Member, ...] = ()
        self._selected = 0
        self._in_vain = False
        self._scene: Scene | None = None

    @property
    def current(self) -> Member | None:
        """The selected member."""
        return self._members[self._selected] if self._members else None

    def at(self, digit: int) -> Member | None:
        """Return the member that stands beside ``digit``."""
        return self._members[digit - 1] if 1 <= digit <= len(self._members) else None

    def offer(self, members: Sequence[Member], *, asked: bool = False) -> None:
        """Show these members, the first selected; if there are none although somebody ``asked``, say so."""
        in_vain = asked and not members
        if (tuple(members), in_vain) != (self._members, self._in_vain):
            self._members, self._selected, self._in_vain = tuple(members), 0, in_vain
            self._draw()

    def move(self, step: int) -> bool:
        """Select the next (1) or the previous (-1); return whether there is anybody."""
        if self._members:
            self._selected = (self._selected + step) % len(self._members)
            self._draw()
        return bool(self._members)

    def stage(self, scene: Scene) -> None:
        """Write for this scene from now on."""
        self._scene = scene
        self._draw()

    def _draw(self) -> None:
        if self._scene and self._in_vain:
            self.show(nobody(self._scene.say))
        elif self._scene:
            self.show(people(self._members, self._selected, self._scene.shop, self._scene.say))


class Finder:
    """Turns typing into a member to choose or a code to try.

    A name offers people as it grows; Enter takes the selected one, a digit takes another. A number is a phone or a
    code: Enter tries it, unless an arrow key went into the list first.
    """

    def __init__(
        self,
        entry: Entry,
        people: People,
        *,
        ask: Callable[[str], object],
        choose: Callable[[str], object],
        code: Callable[[str], object],
    ) -> None:
        self._entry, self._people = entry, people
        self._ask, self._choose, self._code = ask, choose, code
        self._answered = ""
        self._hurried = self._in_list = False

    def typed(self) -> None:
        """Look for what stands in the field now."""
        text = self._text
        self._hurried = self._in_list = False
        if len(text) < SHORTEST:
            self._answered = text
            self._people.offer(())
        else:
            self._ask(text)

    def found(self, text: str, members: Sequence[Member]) -> None:
        """Take the answer to a question, unless more has been typed since."""
        if text != self._text:
            return
        self._answered = text
        self._people.offer(members, asked=not _is_number(text))
        if self._hurried:
            self._hurried = False
            # Enter came before the list: one person is clear, several have to be looked at.
            if len(members) <= 1:
                self.entered()

    def entered(self) -> None:
        """Take the selected person, or try the text as a code."""
        text, member = self._text, self._people.current
        if member and text and (self._in_list or not _is_number(text)):
            if self._answered != text:
                self._hurried = True
                return
            self._choose(member.member_id)
        elif not text:
            return
        elif _is_number(text) or self._answered == text:
            self._code(text)
        else:
            self._hurried = True

    def key(self, key: str) -> bool:
        """Move in the list; return whether the key meant that."""
        if key not in {"up", "down"} or not self._people.move(1 if key == "down" else -1):
            return False
        self._in_list = True
        return True

    def pick(self, digit: int) -> bool:
        """Choose by digit, where a digit is not part of a number; return whether somebody stands there."""
        member = self._people.at(digit)
        if member is None or _is_number(self._text) or self._answered != self._text:
            return False
        self._choose(member.member_id)
        return True

    @property
    def _text(self) -> str:
        return self._entry.text.strip()


def _is_number(text: str) -> bool:
    return set(to_ascii(text)) <= _OF_NUMBERS
