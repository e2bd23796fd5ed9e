"""What ``pos-loyalty sync wipe`` does: nothing of a till stays that the hub has, and nothing goes that it has not."""

from contextlib import closing
from pathlib import Path
from typing import Final

import click

from pos_loyalty.cli.sync_key import insist_on_owner
from pos_loyalty.config import find, load
from pos_loyalty.errors import ConfigError
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.folder import sync
from pos_loyalty.store.sqlite import SqliteStore

_OURS: Final = ("replica.*", "journal.db*", "terminal.key*", "enrolment.json*")
"""In this order: what a cut leaves can be wiped by the same command again. The lock stays, it says nothing."""


def wipe(config_path: Path | None, *, lose: int, yes: bool) -> None:
    """Remove the till's rows, its journal and its key, if the hub has every event; or but for ``lose`` events.

    Raises:
        ClickException: events are here alone, or the person thought better of it.
        ConfigError: the hub is here, too.
        StoreLocked: the service runs.
    """
    config = load(find(config_path))
    folder = Path(config.store.folder)
    if config.hub.embedded:
        raise ConfigError(
            f"[hub] embedded = true: {folder} is the hub of this shop, and all there is; keep it, or remove it by hand"
        )
    if not (folder / "journal.db").exists():
        raise click.ClickException(f"no journal is in {folder}: is that the folder, and is it yours to read?")
    insist_on_owner(folder)
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        _insist(store.outbox.only_here_count(), lose)
        if not yes and not click.confirm(
            "Remove all that this till knows, and its key? It cannot be undone.", err=True
        ):
            raise click.exceptions.Exit(1)
        for path in (path for pattern in _OURS for path in sorted(folder.glob(pattern))):
            path.unlink(missing_ok=True)
        sync(folder)
        name = store.terminal_id
    click.echo(f"nothing is left in {folder}; at the hub: pos-loyalty hub revoke {name}")


def _insist(only_here: int, lose: int) -> None:
    if only_here == lose:
        return
    if not only_here:
        raise click.ClickException("the hub has every event of this till: leave --lose out")
    events = f"{only_here} event{'s' if only_here > 1 else ''}"
    raise click.ClickException(
        f"the hub does not have {events} of this till: start the service, and see pos-loyalty sync status; "
        f"to lose {'them' if only_here > 1 else 'it'} for ever: --lose {only_here}"
    )
