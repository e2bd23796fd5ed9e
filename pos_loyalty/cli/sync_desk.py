"""What ``pos-loyalty sync`` does: by the local API while the service runs, on the store itself while it does not."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click
import httpx
import msgspec

from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.sync_api import NOW, PUT_ASIDE, PutAside
from pos_loyalty.cli.sync_words import told
from pos_loyalty.config import Config, find, load
from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore

_TIMEOUT_S: Final = 5.0
_NO_CONTENT: Final = 204
_NOT_FOUND: Final = 404


def status(config_path: Path | None, *, as_json: bool) -> None:
    """Print how the line is.

    Raises:
        ClickException: a person has to act.
    """
    config = load(find(config_path))
    running = _running(config)
    line = running or _kept(config)
    if as_json:
        click.echo(msgspec.json.encode(line))
    else:
        state, *rest = told(line, _now_ms(), configured=_is_configured(config))
        is_down = running is None and _is_configured(config)
        click.echo("the service does not run: nothing is sent or fetched until it is started" if is_down else state)
        for sentence in rest:
            click.echo(sentence)
    if line.state is LineState.HALTED or line.put_aside:
        raise click.exceptions.Exit(1)


def now(config_path: Path | None) -> None:
    """Have the service ask at once.

    Raises:
        ClickException: no hub is configured.
        ServiceUnreachable: the service does not run.
    """
    config = load(find(config_path))
    answer = _asked(config, "POST", NOW)
    if answer is None:
        raise ServiceUnreachable(
            f"no till service answers at {config.service.socket}: it asks as soon as it is started"
        )
    if answer.status_code != _NO_CONTENT:
        raise click.ClickException("no hub is configured: see [hub] in the configuration")
    click.echo("the service asks now: pos-loyalty sync status shows what comes of it")


def put_aside(config_path: Path | None, *, as_json: bool) -> None:
    """Print what was put aside."""
    config = load(find(config_path))
    answer = _asked(config, "GET", PUT_ASIDE)
    if answer is None:
        with _store(config) as store:
            events = store.outbox.quarantined()
    elif answer.is_error:
        raise click.ClickException("the store cannot be read: pos-loyalty doctor says why")
    else:
        events = msgspec.json.decode(answer.content, type=PutAside).events
    if as_json:
        click.echo(msgspec.json.encode(events))
        return
    for verdict in events:
        click.echo(f"{verdict.event_id}  {verdict.code or 'unknown'}")
    if not events:
        click.echo("nothing is put aside")


def release(event_id: str, config_path: Path | None) -> None:
    """Have an event wait again.

    Raises:
        ClickException: it was not put aside.
    """
    config = load(find(config_path))
    answer = _asked(config, "POST", f"{PUT_ASIDE}/{quote(event_id, safe='')}/release")
    if answer is None:
        with _store(config) as store:
            was_there = store.outbox.release(event_id)
    elif answer.is_error and answer.status_code != _NOT_FOUND:
        raise click.ClickException("the store cannot be written: pos-loyalty doctor says why")
    else:
        was_there = answer.status_code == _NO_CONTENT
    if not was_there:
        raise click.ClickException(f"no event {event_id} is put aside: pos-loyalty sync put-aside lists them")
    click.echo("it waits again and goes up with the next push")


def _running(config: Config) -> LineView | None:
    try:
        return ask(Path(config.service.socket), lambda client: client.health()).line
    except ServiceUnreachable:
        return None


def _kept(config: Config) -> LineView:
    """Return what the store says of the line while the service does not run."""
    with _store(config) as store:
        return LineView(
            state=LineState.OFFLINE if _is_configured(config) else LineState.ALONE,
            fresh_ms=store.replica.fresh_ms(),
            ahead_ms=store.outbox.ahead_ms,
            seen_ms=store.outbox.seen_ms,
            waiting=store.outbox.waiting_count(),
            waiting_since_ms=int(since.timestamp() * 1_000) if (since := store.waiting_since()) else None,
            put_aside=len(store.outbox.quarantined()),
        )


def _asked(config: Config, method: str, path: str) -> httpx.Response | None:
    """Ask the service; None if there is none."""

    async def ask_it() -> httpx.Response:
        transport = httpx.AsyncHTTPTransport(uds=config.service.socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://till", timeout=_TIMEOUT_S) as service:
            return await service.request(method, path)

    try:
        return asyncio.run(ask_it())
    except (httpx.TransportError, OSError):
        return None


@contextmanager
def _store(config: Config) -> Iterator[SqliteStore]:
    with closing(SqliteStore(Path(config.store.folder), clock=SystemClock(), ids=RandomIds())) as store:
        yield store


def _is_configured(config: Config) -> bool:
    return bool(config.hub.url or config.hub.embedded)


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000)
