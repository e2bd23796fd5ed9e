"""Nobody is at the counter: how to begin, who was found by typing, how the readers are."""

from textual.app import ComposeResult

from tui.present.status import invitation, readers
from tui.rtl import Mirrored
from tui.scene import Scene
from tui.widgets.pane import Pane
from tui.widgets.people import People


class IdleView(Mirrored):
    """The resting screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.people = People(id="found")
        self._invitation, self._readers = Pane(id="invitation"), Pane(id="readers")

    def compose(self) -> ComposeResult:
        """Place the panes."""
        yield self._invitation
        yield self.people
        yield self._readers

    def show(self, scene: Scene) -> None:
        """Show the till at rest."""
        self._invitation.show(invitation(scene.shop, scene.view, scene.say))
        self._readers.show(readers(scene.view.readers, scene.say) if scene.connected else ())
        self.people.stage(scene)
