"""Sample stores of any size, made once and kept in ``.bench``; every use gets a journal of its own."""

import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from pos_loyalty.sample.shop import sample_shop
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".bench"
SMALL, LARGE = 2_000, 1_000_000
TODAY = date(2026, 11, 21)
"""Histories end here, so that a kept store stays as good as a new one."""

_MADE_FROM = (
    "pos_loyalty/core/members.py",
    "pos_loyalty/sample/*.py",
    "pos_loyalty/store/bulk_load.py",
    "pos_loyalty/store/name_search.py",
    "pos_loyalty/store/schema/*.sql",
)
"""What decides about the bytes of a replica; a change of it makes the kept ones useless."""
_PROGRESS_EVERY = 50_000


@contextmanager
def folder_of(members: int) -> Iterator[Path]:
    """Give the folder of a store with so many members and an empty journal, for as long as the block lasts."""
    replica = _replica(members)
    with TemporaryDirectory(prefix="run-", dir=CACHE) as name:
        folder = Path(name) / "store"
        folder.mkdir(mode=0o700)
        # A replica is never changed under its name, so all runs may share the bytes.
        os.link(replica, folder / "replica.db")
        yield folder


@contextmanager
def store_of(members: int) -> Iterator[SqliteStore]:
    """Give an open store with so many members, its checks at rest."""
    with folder_of(members) as folder, closing(open_store(folder)) as store:
        store.wait_for_checks()
        yield store


def open_store(folder: Path) -> SqliteStore:
    """Open the store in ``folder`` with the real clock and ids."""
    return SqliteStore(folder, clock=SystemClock(), ids=RandomIds())


def load(store: SqliteStore, members: int) -> None:
    """Fill ``store`` with the sample shop, saying how far it is."""

    def say(count: int) -> None:
        if count % _PROGRESS_EVERY == 0 or count == members:
            sys.stderr.write(f"\rmaking a store of {members:,} members: {count:,}")

    store.load(sample_shop(members, today=TODAY), say)
    sys.stderr.write("\n")


def _replica(members: int) -> Path:
    kept = CACHE / f"{members}-{_digest():08x}"
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        for old in CACHE.glob(f"{members}-*"):
            shutil.rmtree(old)
        with TemporaryDirectory(prefix="make-", dir=CACHE) as name:
            with closing(open_store(Path(name) / "store")) as store:
                load(store, members)
            (Path(name) / "store").rename(kept)
    return kept / "replica.db"


def _digest() -> int:
    digest = 0
    for pattern in _MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            digest = zlib.crc32(path.read_bytes(), digest)
    return digest
