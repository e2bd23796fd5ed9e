"""``pos-loyalty enrol``."""

from pathlib import Path

import click

from pos_loyalty.cli.options import config_option, examples


@click.command(
    epilog=examples(
        "pos-loyalty enrol 7KQ2M-4XW9B",
        "sudo -u pos-loyalty pos-loyalty enrol 7KQ2M-4XW9B",
        "pos-loyalty enrol --again 7KQ2M-4XW9B",
    )
)
@click.argument("code", default="")
@click.option("--url", metavar="URL", help="The hub, instead of the one in the configuration.")
@click.option("--again", is_flag=True, help="Take a new name: this till was cloned, or put back from a backup.")
@config_option
def enrol(code: str, url: str | None, config_path: Path | None, *, again: bool) -> None:
    """Give this till its place at the hub, with the one-time code that the office was shown.

    A key is made and stays on this till; the hub gets its public half. Compare the fingerprint with the one that the
    office sees. If no answer comes, the same command again does no harm. A hub inside the service needs no code:
    --again alone gives the till a new name.
    """
    # Here, so that --help need not wait for a database.
    from msgspec.structs import replace  # noqa: PLC0415

    from pos_loyalty.cli import sync_enrolment as desk  # noqa: PLC0415
    from pos_loyalty.cli.sync_address import address_of  # noqa: PLC0415
    from pos_loyalty.config import find, load  # noqa: PLC0415
    from pos_loyalty.errors import ConfigError  # noqa: PLC0415

    config = load(find(config_path))
    if config.hub.embedded and again:
        click.echo(f"this till is {desk.renamed(config)} now: start the service, it is let in by itself")
        return
    if config.hub.embedded:
        raise ConfigError("[hub] embedded = true: the hub is in this service, and the till is enrolled by itself")
    if not code:
        raise click.UsageError("name the one-time code that the office was shown: pos-loyalty enrol CODE")
    address = address_of(replace(config.hub, url=url) if url else config.hub)
    done = (desk.enrol_again if again else desk.enrol)(config, address, code)
    answer = done.answer
    click.echo(f"enrolled as {answer.terminal_id}, store {answer.store_id or 'without a name'}")
    click.echo(f"fingerprint {answer.fingerprint}: the office must see the same")
    if answer.store_id != config.shop.store_id:
        click.echo(f'[shop] store_id is "{config.shop.store_id}" here: write "{answer.store_id}", as the hub says')
    if url and url != config.hub.url:
        click.echo(f'write [hub] url = "{url}" into the configuration, or the till will not find it again')
    click.echo(done.next_step)
