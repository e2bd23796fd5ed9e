"""What the till service has of a hub, by its configuration: nothing, a line to one, or a line and the hub itself."""

import logging
from typing import TYPE_CHECKING, NamedTuple

from pos_loyalty.cli.sync_address import address_of
from pos_loyalty.cli.sync_line import TillLine
from pos_loyalty.cli.sync_store import TellingStore
from pos_loyalty.config import Config
from pos_loyalty.ports import Clock

if TYPE_CHECKING:
    from pos_loyalty.cli.embedded_hub import EmbeddedHub


class HubConnection(NamedTuple):
    """The line, and the hub that runs beside it, begun and ended together."""

    line: TillLine | None
    embedded: "EmbeddedHub | None"

    @classmethod
    def of(cls, config: Config, store: TellingStore, clock: Clock) -> "HubConnection":
        """Return what is configured; nothing of it has begun."""
        if config.hub.embedded:
            # Here, so that no other till loads a web server for a hub.
            from pos_loyalty.cli.embedded_hub import EmbeddedHub  # noqa: PLC0415

            embedded = EmbeddedHub(config, store)
            return cls(TillLine(store, clock, embedded.address), embedded)
        if config.hub.url:
            return cls(TillLine(store, clock, address_of(config.hub)), None)
        return cls(None, None)

    def start(self) -> None:
        """Begin, and return at once."""
        # It would log every request with its address, twelve a minute.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        if self.embedded is not None:
            self.embedded.start()
        if self.line is not None:
            self.line.start()

    def stop(self) -> None:
        """End the line, then the hub."""
        if self.line is not None:
            self.line.stop()
        if self.embedded is not None:
            self.embedded.stop()

    def go_on(self) -> None:
        """Ask the hub at once."""
        if self.line is not None:
            self.line.go_on()
