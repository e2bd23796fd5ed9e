"""Points that the hub has set aside for a till, with real files, real lines and the service in front of them."""

from contextlib import closing
from datetime import UTC
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.offline import OfflinePolicy, OfflineRedeem
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.ports import Hub, LineState, LineView, Store
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from sync.hub.allowances import AllowancePolicy
from sync.hub.audit import faults
from sync.hub.authority import Authority, program_row
from sync.hub.jobs.setting_aside import set_aside
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication
from sync.hub.terminals import Settled, settle
from sync.wire import PushRequest
from tests.service.shop_of_rewards import filled, sold
from tests.service.test_offline import why_not
from tests.support.near_hub import NearHub
from tests.support.running_till import running
from tests.support.small_shop import EMILY, EMILY_CODE, FIXED, PRODUCTS, SCARF, THANKS
from tests.sync.client.conftest import ms
from tests.sync.client.served import Served, served, tills
from tests.sync.hub.shop import note, outcomes
from tests.sync.hub.stores import sqlite_hub

ALLOWANCE = OfflinePolicy(redeem=OfflineRedeem.ALLOWANCE)


def opened_shop(hub: Served) -> None:
    """Give the hub the small shop, and Emily a thousand points."""
    rows = [Publication(RowKey(RowKind.PRODUCT, each.product_id), msgspec.json.encode(each)) for each in PRODUCTS]
    hub.authority.publish([*rows, program_row(THANKS)])
    hub.authority.bring_in([replace(EMILY, balances={"club": 1_000})])


def lend(hub: Served, terminal_id: str) -> None:
    """Have a till say that all is told, and set three fifths aside for it."""
    with hub.store.transaction() as step:
        settle(step, terminal_id, Settled(step.epochs()[-1].name, ms(hub.clock.now())))
        step.commit()
        shop = hub.authority.shop(step)
    policy = AllowancePolicy(terminals=(terminal_id,), share=60, most={"club": 900})
    assert sum(set_aside(hub.store, shop, policy)) == 1


def aside(store: Store) -> dict[str, int]:
    """Return what is set aside of Emily's points, as a till shows it."""
    member = store.member(EMILY.member_id)
    return {each.terminal: each.points for each in member.held.values()} if member else {}


async def sell(store: Store, hub: Hub, socket: Path, times: int) -> list[int]:
    """Have a till sell to Emily so often for 300 points; return what is set aside, for whomever, after each sale."""
    left = []
    async with running(store, socket, clock=SystemClock(), hub=hub, offline=ALLOWANCE) as till:
        for _ in range(times):
            await till.client.scan(EMILY_CODE)
            await sold(till, SCARF, claims=(FIXED,))
            left.append(sum(aside(store).values()))
        await till.client.scan(EMILY_CODE)
        assert why_not(await filled(till, SCARF, claims=(FIXED,)), FIXED)[0] in {Because.HELD, Because.OFFLINE}
    return left


async def test_two_tills_of_which_one_is_cut_off_never_spend_the_same_points(tmp_path: Path) -> None:
    """The one sells twice from its allowance, the other redeems what is left and no more; nothing is owed."""
    kept = tmp_path / "hub.db"
    with served(sqlite_hub(kept)) as hub, tills(hub, tmp_path / "1") as (one,):
        opened_shop(hub)
        one.did(note(), member_id=EMILY.member_id)
        one.wait_for(lambda view: view.waiting == 0 and one.store.member(EMILY.member_id) is not None)
        lend(hub, one.store.terminal_id)
        own = {one.store.terminal_id: 600}
        one.wait_for(lambda _: aside(one.store) == own)
    now_ms = ms(SystemClock().now())
    cut = NearHub(LineView(state=LineState.OFFLINE, seen_ms=now_ms, fresh_ms=now_ms))
    with closing(SqliteStore(tmp_path / "1", clock=SystemClock(), ids=RandomIds())) as store:
        assert await sell(store, cut, tmp_path / "1.sock", 2) == [300, 0]
    with served(sqlite_hub(kept)) as hub, tills(hub, tmp_path / "2") as (two,):
        two.wait_for(lambda view: view.state is LineState.ONLINE and aside(two.store) == own)
        assert await sell(two.store, two.line, tmp_path / "2.sock", 1) == [600]
    with closing(sqlite_hub(kept)) as again:
        for folder in ("1", "2"):
            push(Authority(again, zone=UTC, clock=SystemClock(), ids=RandomIds()), tmp_path / folder)
        with again.reading() as reading:
            assert faults(reading) == ()
            (row,) = (row for row in reading.named(EMILY_CODE) if row.kind is RowKind.MEMBER)
    member = msgspec.json.decode(row.document or b"", type=Member)
    assert (member.purchase_count, member.held, member.overdrawn) == (3, {}, ())
    assert member.balances["club"] == 1_000 - 3 * 300


def push(hub: Authority, folder: Path) -> None:
    """Have the line of a till come back, as far as its outbox goes."""
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        events = store.outbox.waiting(1_000, 1 << 24)
        answer = hub.push(PushRequest(terminal_id=store.terminal_id, boot_nonce="boot-2", events=events))
    assert set(outcomes(answer)) <= {Outcome.APPLIED, Outcome.DUPLICATE}
