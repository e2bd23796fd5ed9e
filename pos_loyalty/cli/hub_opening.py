"""A hub's database, clock and books, opened as the configuration says."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pos_loyalty.cli.hub_config import AllowanceFile, HubFile, database_of, load
from pos_loyalty.errors import ConfigError, StoreError
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.connections import connect
from pos_loyalty.store.faults import from_os, from_sqlite
from pos_loyalty.store.linked_sqlite import dbapi
from sync.hub.allowances import AllowancePolicy
from sync.hub.authority import Authority
from sync.hub.enrolment import Enrolment
from sync.hub.hub_store import HubStore
from sync.hub.sqlite import SqliteHubStore
from sync.hub.tables import epoch

SQLITE = "sqlite://"
_OF_A_HUB = "put back its newest backup and run pos-loyalty hub epoch (docs/howto/run-a-hub.md)"
"""What to do about a damaged file of a hub."""


class Office(NamedTuple):
    """A hub that is open."""

    file: HubFile
    allowances: AllowancePolicy
    store: HubStore
    clock: SystemClock
    authority: Authority
    enrolment: Enrolment


@contextmanager
def office(config_path: Path | None, *, is_new: bool = True) -> Iterator[Office]:
    """Open the hub that a configuration names, and close it; ``is_new``: it may be one that has nothing yet.

    Raises:
        ConfigError: the configuration is wrong, or names a file that is not there and should be.
        StoreError: the database cannot be opened.
    """
    file, aside = load(config_path)
    clock = SystemClock()
    with closing(open_store(database_of(file), is_new=is_new)) as store:
        authority = Authority(store, zone=ZoneInfo(file.time_zone), clock=clock, ids=RandomIds())
        yield Office(file, _policy(aside), store, clock, authority, Enrolment(store, clock=clock, chance=token_bytes))


def _policy(aside: AllowanceFile | None) -> AllowancePolicy:
    if aside is None:
        return AllowancePolicy()
    return AllowancePolicy(terminals=aside.terminals, days=aside.days, share=aside.share, most=aside.most)


def open_store(database: str, *, is_new: bool = True) -> HubStore:
    """Open the database at an address of the configuration; an SQLite file is made if there is none and ``is_new``.

    Raises:
        ConfigError: the driver for it is not installed, or the file is not there.
        StoreError: it cannot be opened.
    """
    if database.startswith(SQLITE):
        # Three slashes as in a URL, or four as SQLAlchemy writes an absolute path.
        path = Path("/" + database.removeprefix(SQLITE).lstrip("/"))
        if not is_new and not path.exists():
            # Whoever looks at an empty hub would be told that all is well.
            raise ConfigError(
                f"[hub] database: there is no {path}; if that is its name, pos-loyalty hub serve makes it"
            )
        return _sqlite(path)
    try:
        # An optional dependency: the hub of a single shop has no server.
        from sync.hub.postgres.store import PostgresHubStore  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "[hub] database is PostgreSQL, and its driver is not installed: pip install 'pos-loyalty[postgres]'"
        ) from error
    return PostgresHubStore(database)


def _sqlite(path: Path) -> HubStore:
    def told(error: dbapi.Error) -> StoreError:
        return from_sqlite(error, path, _OF_A_HUB)

    def opened() -> dbapi.Connection:
        try:
            return connect(path, "journal_mode = WAL", "synchronous = FULL", flags="mode=rwc")
        except dbapi.Error as error:
            raise told(error) from error

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    except OSError as error:
        raise from_os(error, path) from error
    try:
        is_ours = _is_ours(path)
    except dbapi.Error as error:
        raise told(error) from error
    if not is_ours:
        raise ConfigError(f"[hub] database: {path} is the database of another program; name one of the hub's own")
    return SqliteHubStore(opened, told)


def _is_ours(path: Path) -> bool:
    """Return whether a file is empty or a hub's: in any other, tables of the hub would be made beside those there are.

    A till's journal has tables of the same names; its files have an application id, and the hub's have none.
    """
    with closing(connect(path)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    return application == 0 and (not names or epoch.name in names)


def _make(path: Path) -> None:
    """Make the file if there is none, for its owner alone: names of customers will be in it.

    SQLite gives its other files the mode of this one. The mask of the process stays as it is, for a till service has
    other threads that make files at this moment.
    """
    # A file that is there is not opened: to close it would let go of the locks that SQLite has on it in this process.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
