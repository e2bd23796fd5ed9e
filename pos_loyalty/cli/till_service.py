"""The till service put together from configuration, store, till, readers and socket, and taken apart in turn."""

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final

from msgspec.structs import asdict

from drivers.codes.reading import warm_up
from drivers.supervisor import ReaderSupervisor
from pos_loyalty import __version__
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.cli.sync_api import sync_routes
from pos_loyalty.cli.sync_connection import HubConnection
from pos_loyalty.cli.sync_store import TellingStore
from pos_loyalty.cli.sync_words import counted
from pos_loyalty.config import Config, ShopConfig, toml
from pos_loyalty.errors import ConfigError, StoreLocked
from pos_loyalty.ports import Clock, Ids, Store
from pos_loyalty.service import server
from pos_loyalty.service.api import build_app
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.notify import SystemdNotifier
from pos_loyalty.service.passes import PassFiles
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import Shop

_log = logging.getLogger(__name__)

_ROOT = 0
_IN_THE_WAY_S: Final = 3
"""How long a command that looks into the store may keep the service from it; each is done within a second."""
_AGAIN_S: Final = 0.05


async def run(config: Config, notifier: SystemdNotifier) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigError: there is no place for the socket.
        StoreError: the store cannot be opened.
        ServiceAlreadyRunning: somebody answers on the socket.
    """
    socket = Path(config.service.socket)
    _check_folder_of(socket)
    clock, ids = SystemClock(), RandomIds()
    with closing(await opened(Path(config.store.folder), clock, ids)) as store:
        reading = config.reading_settings
        passes = PassFiles(**{name: Path(place) for name, place in asdict(config.passes).items() if place})
        hub = HubConnection.of(config, store, clock)
        recognise = recogniser(reading)
        till = Till(
            store,
            _shop_of(config.shop, store.terminal_id),
            clock,
            ids,
            recognise,
            pass_files=passes,
            hub=hub.line,
            offline=config.offline_policy,
        )
        async with AsyncExitStack() as running:
            await till.start()
            running.push_async_callback(till.stop)
            hub.start()
            running.push_async_callback(asyncio.to_thread, hub.stop)
            readers = ReaderSupervisor(config.reader, till.deliver, till.reader_changed, reading)
            till.on_signal = readers.signal
            readers.start()
            # Once, for readers and typed codes alike, and beside the start: it takes 27 ms that no customer need wait.
            threading.Thread(target=warm_up, args=(reading,), name="warm-up", daemon=True).start()
            running.callback(readers.stop)
            beating = asyncio.create_task(_beat(notifier), name="watchdog")
            running.callback(beating.cancel)
            stop = _on_signal(till, notifier, hub.go_on)
            app = build_app(till)
            app.router.routes.extend(sync_routes(store, hub.line))
            await server.serve(
                app,
                socket,
                allowed_uids=frozenset({_ROOT, os.geteuid()}),
                ready=lambda: _ready(config, store, till, notifier),
                stop=stop,
            )
    _log.info("stopped")


async def opened(folder: Path, clock: Clock, ids: Ids) -> TellingStore:
    """Open the store, and wait a moment for a command that holds it, such as ``sync status`` at the very start.

    Raises:
        StoreError: it cannot be opened.
    """
    until_ns = clock.monotonic_ns() + _IN_THE_WAY_S * 1_000_000_000
    while True:
        try:
            return TellingStore(folder, clock=clock, ids=ids)
        except StoreLocked:
            if clock.monotonic_ns() > until_ns:
                raise
        await asyncio.sleep(_AGAIN_S)


def _check_folder_of(socket: Path) -> None:
    if not (socket.parent.is_dir() and os.access(socket.parent, os.W_OK | os.X_OK)):
        raise ConfigError(
            f"[service] socket = {toml(str(socket))}: {socket.parent} is no folder that this user may write;"
            " make it, or name another socket"
        )


def _shop_of(shop: ShopConfig, terminal_id: str) -> Shop:
    return Shop(
        name=shop.name,
        terminal_id=terminal_id,
        currency=shop.currency,
        display_unit=shop.display_unit,
        language=shop.language,
        digits=shop.digits,
        calendar=shop.calendar,
        time_zone=shop.time_zone,
        store_id=shop.store_id,
        version=__version__,
    )


def _on_signal(till: Till, notifier: SystemdNotifier, go_on: Callable[[], None]) -> asyncio.Event:
    stop = asyncio.Event()

    def ask() -> None:
        notifier.stopping()
        # An open event stream would hold up the server for its whole time of grace.
        till.board.close()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask)
    # `systemctl reload`: the files of passes and keys are read by themselves; what is left is the hub.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, go_on)
    return stop


def _ready(config: Config, store: Store, till: Till, notifier: SystemdNotifier) -> None:
    counts = store.counts()
    sentence = (
        f"{counted(counts.members, 'member', 'members')}, {counted(len(config.reader), 'reader', 'readers')},"
        f" {counted(counts.waiting, 'event waits', 'events wait')} for the hub"
    )
    # What was made to start stays until the end; looking through it again and again would cost a scan its time.
    gc.collect()
    gc.freeze()
    if unreadable := store.unreadable_programs():
        _log.warning("%s left out: this version does not understand them; install the newer one", ", ".join(unreadable))
    for problem in till.passes.problems:
        _log.warning("%s", problem)
    if store.replica_reset:
        _log.warning("the copy of the members was damaged and put aside; they come back with the next load")
    notifier.ready()
    notifier.status(sentence)
    _log.info("ready at %s: %s", config.service.socket, sentence)


async def _beat(notifier: SystemdNotifier) -> None:
    """Beat from the event loop, so that a loop that hangs is found out."""
    while (interval_s := notifier.watchdog_interval) is not None:
        notifier.watchdog()
        await asyncio.sleep(interval_s)
