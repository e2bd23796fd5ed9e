"""Filling the store of a demo with the sample shop, once a day."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from pos_loyalty.cli.demo.place import ZONE, Place


class _Filled(msgspec.Struct, frozen=True):
    """What the store was filled with; histories and birthdays lie around the day."""

    members: int
    day: date


def fill(place: Place, members: int) -> None:
    """Fill the store with the sample shop, unless it was filled with as many members today."""
    wanted = _Filled(members, datetime.now(ZoneInfo(ZONE)).date())
    mark = place.folder / "filled.json"
    if place.store.exists() and _read(mark) == wanted:
        return
    # Here, so that a shop that is filled opens half a second earlier.
    from pos_loyalty.sample import sample_shop  # noqa: PLC0415
    from pos_loyalty.service.clock import RandomIds, SystemClock  # noqa: PLC0415
    from pos_loyalty.store.sqlite import SqliteStore  # noqa: PLC0415

    store = SqliteStore(place.store, clock=SystemClock(), ids=RandomIds())
    try:
        with click.progressbar(length=members, label=f"filling a shop with {members:,} members") as bar:
            store.load(sample_shop(members, today=wanted.day), lambda done: bar.update(done - bar.pos))
    finally:
        store.close()
    # The hub of another day has the shop of another day. A new one takes over what the till has, and is brought the
    # till's events again, as after any loss of a hub.
    for file in place.store.glob("hub.db*"):
        file.unlink()
    mark.write_bytes(msgspec.json.encode(wanted))


def _read(mark: Path) -> _Filled | None:
    try:
        return msgspec.json.decode(mark.read_bytes(), type=_Filled)
    except (OSError, msgspec.DecodeError):
        return None
