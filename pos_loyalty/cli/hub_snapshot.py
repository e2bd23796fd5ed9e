"""``pos-loyalty hub snapshot``."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pos_loyalty.cli.hub_options import bar, hub_config_option
from pos_loyalty.cli.options import examples

if TYPE_CHECKING:
    from sync.hub.snapshots import Progress
    from sync.wire import SnapshotOffer


@click.command(epilog=examples("pos-loyalty hub snapshot", "pos-loyalty hub snapshot --config ./hub.toml"))
@hub_config_option
def snapshot(config_path: Path | None) -> None:
    """Prepare a replica that new tills fetch as one file: one for each scope that tills are in.

    It takes about a minute for a million members and keeps nobody waiting. A timer runs it every night; between two of
    them tills fetch the rest from the feed. The last two files of each scope are kept.
    """
    # Here, so that --help need not wait for a database.
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415
    from pos_loyalty.errors import ConfigError  # noqa: PLC0415
    from pos_loyalty.store import snapshot as replicas  # noqa: PLC0415
    from pos_loyalty.store.faults import from_os  # noqa: PLC0415
    from sync.hub.scopes import scopes_in_use  # noqa: PLC0415
    from sync.hub.snapshots import Replica, build, clear_scopes, folder_of  # noqa: PLC0415

    with office(config_path, is_new=False) as opened:
        if not opened.file.snapshots:
            raise ConfigError("[hub] snapshots is empty: name a folder for prepared replicas")
        folder = Path(opened.file.snapshots)
        with opened.store.reading() as reading:
            scopes = scopes_in_use(reading)
        replica = Replica(replicas.build, replicas.SCHEMA)
        try:
            for name, kept in scopes.items():
                now_ms = int(opened.clock.now().timestamp() * 1_000)
                with _progress(name) as progress:
                    offer = build(opened.store, folder_of(folder, kept), replica, now_ms, progress, kept)
                _say(name, offer)
            clear_scopes(folder, scopes.values())
        except OSError as error:
            raise from_os(error, folder) from error


@contextmanager
def _progress(name: str) -> "Iterator[Progress]":
    """Show one bar after the other."""
    bars: dict[str, Callable[[int], None]] = {}
    with ExitStack() as shown:

        def progress(what: str, done: int, total: int) -> None:
            if what not in bars:
                shown.close()
                bars[what] = shown.enter_context(bar(f"{what} {name}", total))
            bars[what](done)

        yield progress


def _say(name: str, offer: "SnapshotOffer") -> None:
    click.echo(
        f"{name}: {offer.path.rpartition('/')[2]}: {offer.packed_bytes >> 20} MiB packed, "
        f"{offer.unpacked_bytes >> 20} MiB unpacked; tills that know schema {offer.schema} fetch it"
    )
