"""Readings as a reader's thread delivers them."""

from drivers.codes.reading_settings import SHOP_AS_DELIVERED, ReadingSettings
from drivers.lexers.framing import Framer, Framing
from drivers.pipeline import Pipeline, Reading
from pos_loyalty.core.decisions import Via


def reading(
    code: str, reader_id: str = "counter", via: Via = "serial", settings: ReadingSettings = SHOP_AS_DELIVERED
) -> Reading:
    """Return what a reader that ends its readings with CR makes of ``code``."""
    line = Pipeline(reader_id, via, Framer(Framing(mode="cr")), settings, 0)
    line.receive(code.encode(), 1)
    (only,) = line.receive(b"\r", 2)
    return only
