"""A card that this store does not know: the hub is asked, and nobody waits for it but its owner."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.scans import Signal
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.ports import Store
from pos_loyalty.service.wire import TillView
from tests.service.shop_of_rewards import COUPON, shop
from tests.support.near_hub import NearHub
from tests.support.readings import reading
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY, EMILY_CODE, PAYMENT_CARD, SHIRT, SHIRT_CODE

GUEST_CODE = "2000000000091"
GUEST = Member(
    member_id="m-guest",
    name=PersonName(given="Layla", family="Haddad"),
    identifiers=(Identifier(IdentifierKind.CARD, GUEST_CODE),),
    balances={"club": 90},
)


@pytest.fixture
def hub() -> NearHub:
    """A hub that knows somebody of another store."""
    made = NearHub()
    made.knows(GUEST_CODE, GUEST)
    return made


@pytest.fixture
async def till(store: Store, tmp_path: Path, hub: NearHub) -> AsyncIterator[RunningTill]:
    """A till of that hub."""
    async with running(store, tmp_path / "till.sock", hub=hub) as it:
        yield it


async def scanned(till: RunningTill, code: str) -> TillView:
    """Scan through the API and insist on a view."""
    view = await till.client.scan(code)
    assert isinstance(view, TillView)
    return view


async def test_a_customer_of_another_store_is_greeted(till: RunningTill, hub: NearHub) -> None:
    """The hub sends the document, the till keeps it for today, and asks no second time."""
    view = await scanned(till, GUEST_CODE)
    assert view.member
    assert (view.stage, view.member.member_id, view.member.balances) == (Stage.IDENTIFIED, "m-guest", {"club": 90})
    await till.client.dismiss()
    assert (await scanned(till, GUEST_CODE)).member
    assert hub.asked == [GUEST_CODE]


async def test_a_card_that_nobody_knows_is_refused_as_always(till: RunningTill, hub: NearHub) -> None:
    """Whether the hub says so, says nothing, or is not there; and then it is not asked."""
    unknown = "2000000000107"
    assert (await scanned(till, unknown)).refusal is NoticeCode.UNKNOWN_CODE
    hub.mute = True
    assert (await scanned(till, unknown)).refusal is NoticeCode.UNKNOWN_CODE
    assert hub.asked == [unknown, unknown]
    hub.cut()
    assert (await scanned(till, GUEST_CODE)).refusal is NoticeCode.UNKNOWN_CODE
    assert hub.asked == [unknown, unknown]


async def test_who_or_what_is_known_here_asks_nobody(till: RunningTill, hub: NearHub) -> None:
    """Members, goods, and what must not leave the till: a payment card."""
    for code in (EMILY_CODE, SHIRT_CODE, PAYMENT_CARD):
        await scanned(till, code)
    assert hub.asked == []


async def test_other_scans_do_not_wait_for_the_hub(till: RunningTill, hub: NearHub) -> None:
    """A shirt that is scanned while the card is asked about is in the basket first; then its owner is greeted."""
    hub.may_answer.clear()
    till.till.deliver(reading(GUEST_CODE, "scanner-1"))
    till.till.deliver(reading(SHIRT_CODE, "scanner-1"))
    view = await till.view_when(lambda view: view.basket is not None and bool(view.basket.lines))
    assert view.member is None
    hub.may_answer.set()
    view = await till.view_when(lambda view: view.member is not None)
    assert view.basket
    assert (view.basket.member_id, [line.product_id for line in view.basket.lines]) == ("m-guest", [SHIRT])


async def test_the_customer_who_came_meanwhile_stays(till: RunningTill, hub: NearHub) -> None:
    """An answer about the card before is too late: whoever stands here now was greeted since."""
    signals: list[Signal] = []
    till.till.on_signal = lambda _, signal: signals.append(signal)
    hub.may_answer.clear()
    till.till.deliver(reading(GUEST_CODE, "scanner-1"))
    till.till.deliver(reading(EMILY_CODE, "scanner-1"))
    await till.view_when(lambda view: view.member is not None)
    hub.may_answer.set()
    await till.till.stop()
    assert signals == [Signal.GOOD, Signal.BAD]
    member = till.till.board.view.member
    assert member
    assert member.member_id == EMILY.member_id


async def test_the_reader_hears_what_became_of_it(till: RunningTill, hub: NearHub) -> None:
    """Good for a guest, bad for nobody: by the answer, not by the question."""
    signals: list[Signal] = []
    till.till.on_signal = lambda _, signal: signals.append(signal)
    till.till.deliver(reading(GUEST_CODE, "scanner-1"))
    await till.view_when(lambda view: view.member is not None)
    till.till.deliver(reading("2000000000107", "scanner-1"))
    await till.view_when(lambda view: view.notice is not None or view.refusal is not None)
    await till.till.stop()
    assert signals == [Signal.GOOD, Signal.BAD]
    assert hub.asked == [GUEST_CODE, "2000000000107"]


async def test_a_voucher_of_another_store_opens_what_it_is_for(till: RunningTill, hub: NearHub, store: Store) -> None:
    """The row of the voucher comes with the answer; what it gives, the programs here say."""
    store.load(shop(COUPON))
    voucher = Voucher(code="AFAR23456789", program_id=COUPON.program_id)
    hub.known["AFAR23456789"] = (
        Row(
            kind=RowKind.VOUCHER,
            key=voucher.code,
            partition=0,
            number=1,
            document=msgspec.Raw(msgspec.json.encode(voucher)),
        ),
    )
    view = await scanned(till, "AFAR23456789")
    assert view.basket
    assert view.basket.codes == ("AFAR23456789",)
