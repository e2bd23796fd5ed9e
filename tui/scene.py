"""Everything a screen needs to draw itself, in one value."""

from dataclasses import dataclass, field
from datetime import datetime

from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import Shop, TillView
from tui.present.keys import Action, allowed
from tui.present.words import Names, Words, words_of
from tui.rows import Row

NO_SHOP = Shop(
    name="",
    terminal_id="",
    currency="XXX",
    display_unit="currency",
    language="",
    digits="auto",
    calendar="auto",
    time_zone="UTC",
)
"""Stands in until the service has answered for the first time."""

NO_VIEW = TillView(revision=0, stage=Stage.IDLE)

_FINDING = frozenset({Stage.IDLE, Stage.REFUSED, Stage.FAREWELL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known now, and how its reader wants it written."""

    shop: Shop
    view: TillView
    say: Locale
    now: datetime
    connected: bool
    notice: Row | None = None
    products: Names = field(default_factory=dict)
    """What gifts are called; those that the till has been asked for."""

    @property
    def is_idle(self) -> bool:
        """Whether nobody is at the counter; a farewell still shows somebody, as long as a service will end it."""
        view = self.view
        if view.stage is Stage.FAREWELL:
            return not self.connected
        return view.stage in {Stage.IDLE, Stage.REFUSED} or (view.stage is Stage.CHOOSING and view.basket is None)

    @property
    def finding(self) -> bool:
        """Whether what is typed looks for a customer, rather than filling a basket."""
        return self.view.stage in _FINDING

    @property
    def allowed(self) -> frozenset[Action]:
        """What can be asked for now."""
        return allowed(self.view, connected=self.connected)

    @property
    def words(self) -> Words:
        """What the ids of this basket are called."""
        basket = self.view.basket
        return words_of(self.shop, basket.evaluation if basket else None, self.products, self.now)
