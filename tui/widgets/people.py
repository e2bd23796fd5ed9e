"""A list of members, and the conversation between it and a field to type in."""

from collections.abc import Callable, Sequence

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.members import Member
from tui.present.people import nobody, people
from tui.present.sentences import CHOOSE_FROM_LIST
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
        self._numbered = True
        self._scene: Scene | None = None

    @property
    def only(self) -> Member | None:
        """The member, if there is just one."""
        return self._members[0] if len(self._members) == 1 else None

    @property
    def current(self) -> Member | None:
        """The selected member."""
        return self._members[self._selected] if self._members else None

    def at(self, digit: int) -> Member | None:
        """Return the member that stands beside ``digit``."""
        return self._members[digit - 1] if 1 <= digit <= len(self._members) else None

    def offer(self, members: Sequence[Member], *, asked: bool = False, numbered: bool = True) -> None:
        """Show these members, the first selected; if there are none although somebody ``asked``, say so.

        They are ``numbered`` where a digit picks one.
        """
        in_vain = asked and not members
        if (tuple(members), in_vain, numbered) != (self._members, self._in_vain, self._numbered):
            self._members, self._selected, self._in_vain = tuple(members), 0, in_vain
            self._numbered = numbered
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
            scene, numbered = self._scene, self._numbered
            self.show(people(self._members, self._selected, scene.shop, scene.say, numbered=numbered))


class Finder:
    """Turns typing into a member to choose or a code to try.

    A name offers people as it grows; Enter takes the selected one, a digit takes another. A number is a phone or a
    code: Enter tries it if it is somebody's, else takes the only one of the list; an arrow key goes into the list.
    """

    def __init__(
        self,
        entry: Entry,
        people: People,
        *,
        ask: Callable[[str], object],
        choose: Callable[[str], object],
        code: Callable[[str], object],
        tell: Callable[[str], object],
    ) -> None:
        self._entry, self._people = entry, people
        self._ask, self._choose, self._code, self._tell = ask, choose, code, tell
        self._answered = ""
        self._hurried = self._in_list = self._is_code = False

    def typed(self) -> None:
        """Look for what stands in the field now."""
        text = self._text
        self._hurried = self._in_list = False
        if len(text) < SHORTEST:
            self._answered = text
            self._people.offer(())
        else:
            self._ask(text)

    def found(self, text: str, members: Sequence[Member], *, is_code: bool) -> None:
        """Take the answer to a question, unless more has been typed since; ``is_code``: the text is known as one."""
        if text != self._text:
            return
        is_number = _is_number(text)
        self._answered, self._is_code = text, is_code
        self._people.offer(members, asked=not is_number, numbered=not is_number)
        if self._hurried:
            self._hurried = False
            # Enter came before the list: one person is clear, several have to be looked at.
            if len(members) <= 1 or is_number:
                self.entered()

    def entered(self) -> None:
        """Take the selected person, or try the text as a code."""
        text, member = self._text, self._people.current
        if not text:
            return
        if self._answered != text:
            self._hurried = True
        elif member and (self._in_list or not _is_number(text)):
            self._choose(member.member_id)
        elif member is None or self._is_code:
            self._code(text)
        elif self._people.only:
            self._choose(member.member_id)
        else:
            self._tell(CHOOSE_FROM_LIST)

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
