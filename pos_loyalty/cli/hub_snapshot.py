"""``pos-loyalty hub snapshot``."""

from contextlib import ExitStack
from pathlib import Path

import click

from pos_loyalty.cli.hub_options import bar, hub_config_option
from pos_loyalty.cli.options import examples


@click.command(epilog=examples("pos-loyalty hub snapshot", "pos-loyalty hub snapshot --config ./hub.toml"))
@hub_config_option
def snapshot(config_path: Path | None) -> None:
    """Prepare a replica that new tills fetch as one file.

    It takes about a minute for a million members and keeps nobody waiting. A timer runs it every night; between two of
    them tills fetch the rest from the feed. The last two files are kept.
    """
    # Here, so that --help need not wait for a database.
    from pos_loyalty.cli.hub_opening import office  # noqa: PLC0415
    from pos_loyalty.errors import ConfigError  # noqa: PLC0415
    from pos_loyalty.store import snapshot as replicas  # noqa: PLC0415
    from pos_loyalty.store.faults import from_os  # noqa: PLC0415
    from sync.hub.snapshots import Replica, build  # noqa: PLC0415

    with office(config_path, is_new=False) as opened, ExitStack() as shown:
        if not opened.file.snapshots:
            raise ConfigError("[hub] snapshots is empty: name a folder for prepared replicas")
        folder = Path(opened.file.snapshots)
        bars = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in bars:
                shown.close()
                bars[what] = shown.enter_context(bar(what, total))
            bars[what](done)

        now_ms = int(opened.clock.now().timestamp() * 1_000)
        try:
            offer = build(opened.store, folder, Replica(replicas.build, replicas.SCHEMA), now_ms, progress)
        except OSError as error:
            raise from_os(error, folder) from error
    click.echo(
        f"{offer.path.rpartition('/')[2]}: {offer.packed_bytes >> 20} MiB packed, {offer.unpacked_bytes >> 20} MiB "
        f"unpacked; tills that know schema {offer.schema} fetch it"
    )
