"""``pos-loyalty reader``."""

from pathlib import Path

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import config_option, examples, json_option

port_option = click.option(
    "--port", default="", metavar="PORT", help="A reader that is not configured, as reader list shows it."
)
kind_option = click.option(
    "--kind", default="", metavar="KIND", help="What is at --port.  [default: what it looks like, else serial]"
)
show_option = click.option("--show", is_flag=True, help="Print codes and names, but never those of bank cards.")


@click.group(
    cls=Commands,
    epilog=examples(
        "pos-loyalty reader list",
        "pos-loyalty reader watch counter",
        "pos-loyalty reader record counter fault.jsonl",
        "pos-loyalty reader replay fault.jsonl",
    ),
)
def reader() -> None:
    """List the readers of this till, watch them, and record and replay what they send."""


@reader.command(
    "list",
    epilog=examples("pos-loyalty reader list", "pos-loyalty reader list --config ./pos.toml --json"),
)
@config_option
@json_option
def _list(config_path: Path | None, *, as_json: bool) -> None:
    """List what is configured and what is plugged in.

    For everything that could be a reader and is not configured there is the section to put into the configuration.
    Nothing is opened: a keyboard may be the reader or the cashier's own, and only a person can tell.
    """
    # Here and below, so that --help need not wait for the readers.
    from pos_loyalty.cli.reader_choice import config_or_none  # noqa: PLC0415
    from pos_loyalty.cli.reader_list import show  # noqa: PLC0415

    show(config_or_none(config_path), as_json=as_json)


@reader.command(
    "watch",
    epilog=examples(
        "pos-loyalty reader watch",
        "pos-loyalty reader watch counter --show",
        "pos-loyalty reader watch --port /dev/ttyACM0",
    ),
)
@config_option
@port_option
@kind_option
@show_option
@json_option
@click.argument("names", nargs=-1, metavar="[NAME]...")
def _watch(
    config_path: Path | None, port: str, kind: str, names: tuple[str, ...], *, show: bool, as_json: bool
) -> None:
    """Tell what is read, as it is read, until Ctrl-C: by the readers named, or by all of the configuration.

    What names somebody is hidden. A reader that the running till service has is left to it.
    """
    from pos_loyalty.cli.reader_choice import chosen, config_or_none  # noqa: PLC0415
    from pos_loyalty.cli.reader_watch import watch  # noqa: PLC0415

    watch(chosen(config_or_none(config_path), names, port, kind), show=show, as_json=as_json)


@reader.command(
    "record",
    epilog=examples(
        "pos-loyalty reader record counter fault.jsonl",
        "pos-loyalty reader record --port /dev/ttyACM0 new fault.jsonl",
    ),
)
@config_option
@port_option
@kind_option
@click.option("--unmasked", is_flag=True, help="Write down members and telephones too; bank cards never.")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def _record(config_path: Path | None, port: str, kind: str, name: str, file: Path, *, unmasked: bool) -> None:
    """Write down what the reader NAME sends into a new FILE, with the times, until Ctrl-C.

    What names somebody is replaced by what looks the same and names nobody, so that the file can be passed on; its
    replay reads the same. With --port the name is only a word.
    """
    from pos_loyalty.cli.reader_choice import chosen, config_or_none  # noqa: PLC0415
    from pos_loyalty.cli.reader_record import record  # noqa: PLC0415

    record(chosen(config_or_none(config_path), (name,), port, kind), file, keeps=unmasked)


@reader.command(
    "replay",
    epilog=examples("pos-loyalty reader replay fault.jsonl", "pos-loyalty reader replay fault.jsonl --realtime --json"),
)
@config_option
@click.option("--realtime", is_flag=True, help="At the pace of the recording.")
@show_option
@json_option
@click.argument("file", type=click.Path(path_type=Path))
def _replay(config_path: Path | None, file: Path, *, realtime: bool, show: bool, as_json: bool) -> None:
    """Tell what the readings in a recorded FILE are, by the same files of the program as a till.

    What the codes of the shop look like is taken from the configuration, if there is one.
    """
    from drivers.codes.reading_settings import SHOP_AS_DELIVERED  # noqa: PLC0415
    from pos_loyalty.cli.reader_choice import config_or_none  # noqa: PLC0415
    from pos_loyalty.cli.reader_replay import replay  # noqa: PLC0415

    config = config_or_none(config_path)
    reading = config.reading_settings if config else SHOP_AS_DELIVERED
    replay(file, reading, in_real_time=realtime, show=show, as_json=as_json)
