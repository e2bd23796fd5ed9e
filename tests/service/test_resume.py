"""After a restart the counter is as it was: the disk decides."""

import socket
from pathlib import Path

import pytest

from pos_loyalty.core.basket import Basket, BasketStatus, LineRequest
from pos_loyalty.core.session import STAGE_SECONDS, NoticeCode, Stage
from pos_loyalty.ports import Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.notify import SystemdNotifier
from pos_loyalty.service.wire import Problem
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.running_till import running
from tests.support.small_shop import REZA, REZA_CODE, SHIRT, TEN_PERCENT, ManualClock, contents


async def test_an_open_basket_and_its_member_are_there_after_a_restart(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    """Lines, claims, price and person come back."""
    async with running(store, tmp_path / "a.sock", clock=clock) as before:
        await before.client.scan(REZA_CODE)
        basket = await before.client.open_basket()
        assert isinstance(basket, Basket)
        lines = (LineRequest(product=SHIRT, quantity=2),)
        basket = await before.client.replace(basket.basket_id, lines, (TEN_PERCENT,))
    async with running(store, tmp_path / "b.sock", clock=clock) as after:
        view = await after.client.till()
        assert view.stage is Stage.PRICED
        assert view.basket == basket
        assert view.member is not None
        assert view.member.member_id == REZA.member_id


async def test_a_sold_basket_does_not_come_back(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    """A farewell that was on the screen is over."""
    async with running(store, tmp_path / "a.sock", clock=clock) as before:
        basket = await before.client.open_basket()
        assert isinstance(basket, Basket)
        await before.client.replace(basket.basket_id, (LineRequest(amount=5_000),))
        await before.client.commit(basket.basket_id)
    async with running(store, tmp_path / "b.sock", clock=clock) as after:
        view = await after.client.till()
        assert (view.stage, view.basket, view.member) == (Stage.IDLE, None, None)
        sold = await after.client.commit(basket.basket_id)
        assert isinstance(sold, Basket)
        assert sold.status is BasketStatus.COMMITTED


async def test_a_greeted_member_comes_back(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    """A restart in mid-greeting does not ask for the card again."""
    async with running(store, tmp_path / "a.sock", clock=clock) as before:
        await before.client.scan(REZA_CODE)
    async with running(store, tmp_path / "b.sock", clock=clock) as after:
        view = await after.client.till()
        assert view.stage is Stage.IDENTIFIED
        assert view.member is not None
        assert view.member.member_id == REZA.member_id


async def test_a_locked_journal_refuses_the_sale_and_keeps_the_basket(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Cashier and log are told, nothing is promised, and the sale goes through once the journal is free."""
    store = SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())
    store.load(contents())
    async with running(store, tmp_path / "a.sock", clock=clock) as till:
        basket = await till.client.open_basket()
        assert isinstance(basket, Basket)
        priced = await till.client.replace(basket.basket_id, (LineRequest(product=SHIRT),))
        other_program = dbapi.connect(tmp_path / "store" / "journal.db", isolation_level=None)
        other_program.execute("BEGIN IMMEDIATE")
        refused = await till.client.commit(basket.basket_id)
        assert isinstance(refused, Problem)
        assert (refused.status, refused.type) == (503, "urn:pos-loyalty:problem:store-locked")
        assert "The store is in use" in caplog.text
        view = await till.client.till()
        assert view.stage is Stage.PRICED
        assert view.basket == priced
        assert view.notice is not None
        assert view.notice.code is NoticeCode.STORE_LOCKED
        other_program.execute("ROLLBACK")
        other_program.close()
        sold = await till.client.commit(basket.basket_id)
        assert isinstance(sold, Basket)
        assert sold.status is BasketStatus.COMMITTED
        assert [event.type for event in store.events()] == ["basket.committed"]
    store.close()


async def test_a_face_does_not_stay_on_the_screen(
    store: Store, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage with a time limit ends by itself, and the visit with it."""
    monkeypatch.setitem(STAGE_SECONDS, Stage.IDENTIFIED, 0.05)
    async with running(store, tmp_path / "a.sock", clock=clock) as till:
        await till.client.scan(REZA_CODE)
        view = await till.view_when(lambda view: view.stage is Stage.IDLE)
        assert view.member is None
    assert [event.type for event in store.events()] == ["visit.opened", "visit.closed"]


def test_systemd_hears_what_it_is_told(tmp_path: Path) -> None:
    """READY, STATUS and WATCHDOG arrive as sd_notify writes them, and nothing happens outside systemd."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        notifier = SystemdNotifier({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "30000000"})
        assert notifier.watchdog_interval == 15
        notifier.ready()
        notifier.status("2000 members")
        notifier.watchdog()
        notifier.stopping()
        heard = [systemd.recv(100) for _ in range(4)]
    assert heard == [b"READY=1", b"STATUS=2000 members", b"WATCHDOG=1", b"STOPPING=1"]
    assert SystemdNotifier({}).watchdog_interval is None
    SystemdNotifier({}).ready()
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


async def test_a_damaged_replica_is_told_and_the_till_goes_on(tmp_path: Path, clock: ManualClock) -> None:
    """The members are gone until the next load; an anonymous sale still is one."""
    folder = tmp_path / "store"
    store = SqliteStore(folder, clock=clock, ids=RandomIds())
    store.load(contents())
    store.close()
    (folder / "replica.db").write_bytes(b"no database at all" * 1_000)
    reopened = SqliteStore(folder, clock=clock, ids=RandomIds())
    async with running(reopened, tmp_path / "a.sock", clock=clock) as till:
        view = await till.client.till()
        assert view.replica_reset
        assert view.members == 0
        basket = await till.client.open_basket()
        assert isinstance(basket, Basket)
        await till.client.replace(basket.basket_id, (LineRequest(amount=5_000),))
        sold = await till.client.commit(basket.basket_id)
        assert isinstance(sold, Basket)
        assert sold.status is BasketStatus.COMMITTED
    reopened.close()
