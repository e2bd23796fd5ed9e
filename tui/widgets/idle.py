"""Nobody is at the counter: how to begin, who was found by typing, how the readers are."""

from textual.app import ComposeResult

from tui.present.status import invitation, readers
from tui.rtl import Mirrored
from tui.scene import Scene
from tui.widgets.pane import Pane
from tui.widgets.people import People


class IdleView(Mirrored):
    """The resting screen."""

    def compose(self) -> ComposeResult:
        """Place the panes."""
        yield Pane(id="invitation")
        yield People(id="found")
        yield Pane(id="readers")

    def show(self, scene: Scene) -> None:
        """Show the till at rest."""
        self.query_one("#invitation", Pane).show(invitation(scene.shop, scene.view, scene.say))
        self.query_one("#readers", Pane).show(readers(scene.view.readers, scene.say) if scene.connected else ())
        self.query_one(People).stage(scene)
