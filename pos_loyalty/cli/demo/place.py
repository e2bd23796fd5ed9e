"""Where a demo lives: a store that stays, and a run folder that goes when the demo ends.

The run folder is temporary, since the path of a Unix socket must be short; a link in the demo's folder leads there.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from drivers.settings import ReaderSettings
from pos_loyalty.config import (
    Config,
    HubConfig,
    OfflineConfig,
    PassesConfig,
    ServiceConfig,
    ShopConfig,
    StoreConfig,
    to_toml,
)
from pos_loyalty.errors import StoreLocked, StoreReadOnly

Language = Literal["en", "fa", "ar"]

READER = "counter"
CONTACTLESS = "tap"
ZONE = "Asia/Tehran"
_RUN = "run"
_CONTROL = "scanner.sock"
_TAP_CONTROL = "tap.sock"
_SHOP_NAMES = {"en": "Narenj", "fa": "نارنج", "ar": "نارنج"}


class Place(msgspec.Struct, frozen=True):
    """The paths of one demo."""

    folder: Path
    run: Path

    @property
    def store(self) -> Path:
        """The store of the till."""
        return self.folder / "store"

    @property
    def log(self) -> Path:
        """What the children say on standard error."""
        return self.folder / "demo.log"

    @property
    def config(self) -> Path:
        """The configuration of the till."""
        return self.run / "pos.toml"

    @property
    def socket(self) -> Path:
        """The local API."""
        return self.run / "api.sock"

    @property
    def port(self) -> Path:
        """The port of the virtual scanner."""
        return self.run / "scanner"

    @property
    def tap(self) -> Path:
        """The port of the virtual contactless reader."""
        return self.run / CONTACTLESS

    @property
    def tap_control(self) -> Path:
        """Where the virtual contactless reader takes commands."""
        return self.run / _TAP_CONTROL

    @property
    def passes(self) -> Path:
        """The keys of the shop, and the passes of some members."""
        return self.folder / "passes"

    @property
    def ring(self) -> Path:
        """The public keys by which the till checks passes."""
        return self.passes / "ring.json"

    @property
    def control(self) -> Path:
        """Where the virtual scanner takes commands."""
        return self.run / _CONTROL


@contextmanager
def place(folder: Path | None) -> Iterator[Place]:
    """Hold a place for a demo; without ``folder`` all of it is temporary.

    Raises:
        StoreLocked: a demo is running in the folder.
        StoreReadOnly: the folder cannot be made.
    """
    with TemporaryDirectory(prefix="pos-loyalty-") as run:
        if folder is None:
            yield Place(Path(run), Path(run))
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreReadOnly(f"{folder} cannot be made: {error.strerror}; choose another --folder") from error
        link = folder.absolute() / _RUN
        if _is_running(control_of(folder)):
            raise StoreLocked(f"a demo is running in {folder}: end that one, or choose another --folder")
        link.unlink(missing_ok=True)
        link.symlink_to(run)
        try:
            yield Place(folder.absolute(), Path(run))
        finally:
            link.unlink(missing_ok=True)


def control_of(folder: Path, *, tap: bool = False) -> Path:
    """Return the control socket of a reader of the demo that runs in ``folder``, by its short path."""
    return (folder / _RUN).resolve() / (_TAP_CONTROL if tap else _CONTROL)


def _is_running(control: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(control))
        except OSError:
            return False
    return True


def configure(place: Place, language: Language) -> None:
    """Write the configuration of the till."""
    config = Config(
        shop=ShopConfig(
            name=_SHOP_NAMES[language],
            currency="IRR",
            display_unit="toman",
            time_zone=ZONE,
            phone_prefix="98",
            language=language,
        ),
        store=StoreConfig(folder=str(place.store)),
        service=ServiceConfig(socket=str(place.socket)),
        hub=HubConfig(embedded=True),
        offline=OfflineConfig(floor=5_000_000, cap=10_000_000, exposure=500_000_000),
        passes=PassesConfig(ring=str(place.ring), revoked=str(place.passes / "revoked.json")),
        reader=(
            ReaderSettings(name=READER, port=str(place.port)),
            ReaderSettings(name=CONTACTLESS, port=str(place.tap), kind="nfc"),
        ),
    )
    place.config.write_text(to_toml(config), encoding="utf-8")
