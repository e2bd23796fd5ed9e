"""SIGKILL at any moment loses nothing that was acknowledged and doubles nothing that was asked twice."""

from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

import pytest

from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.sample.shop import sample_shop
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from tests.crash.cashier import Cashier, Fate
from tests.support.service_process import ServiceProcess

MEMBERS = 200
BUYERS = slice(10, 22)
"""The first of the sample share a card; these are alone with theirs."""
FAST_BAUD = 1_000_000


async def test_a_few_kills_break_no_promise(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Acknowledged sales, notes and the open basket survive eight kills; each retried wish has happened once."""
    await _sell_through(tmp_path, kills=8, seed=pytestconfig.option.crash_seed, longest_s=0.25)


@pytest.mark.crash
async def test_many_kills_break_no_promise(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """The same, as often as --crash-kills says."""
    option = pytestconfig.option
    await _sell_through(tmp_path, kills=option.crash_kills, seed=option.crash_seed, longest_s=0.5)


async def _sell_through(folder: Path, *, kills: int, seed: int, longest_s: float) -> None:
    store = folder / "store"
    members, products = _fill(store)
    with (
        VirtualScanner(folder / "scanner", baud=FAST_BAUD) as scanner,
        ServiceProcess(folder, store, ports=[folder / "scanner"]) as service,
    ):
        cashier = Cashier(service, scanner, store / "journal.db", members, products, _chances(seed))
        await cashier.sell_until_fate_rests(Fate(service, kills, _chances(seed + 1), longest_s=longest_s))
        assert service.terminate() == 0
    assert len(cashier.retried) == kills
    print(f"{kills} kills, {len(cashier.promises.sales)} sales; in flight: {dict(Counter(cashier.retried))}")  # noqa: T201 - shown by -rP


def _fill(folder: Path) -> tuple[tuple[Member, ...], tuple[Product, ...]]:
    shop = sample_shop(MEMBERS, today=date(2026, 11, 21))
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        store.load(shop)
    return tuple(shop.members)[BUYERS], shop.products


def _chances(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - chances that can be taken again, nothing secret
