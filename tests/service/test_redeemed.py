"""What this till redeemed counts until the hub has it and the rows have come down, and never a moment less."""

import pytest
from msgspec.structs import replace

from pos_loyalty.core.evaluation import MoveKind, Payment, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, BasketVoided, Body, SoldLine
from pos_loyalty.core.events import Draft
from pos_loyalty.core.offline import RedeemedSince
from pos_loyalty.ports import Change, LineView, StoreCounts
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.redeemed import MARGIN_MS, Redeemed, worth_of
from pos_loyalty.store.memory import MemoryStore
from tests.support.small_shop import NOW

LINE = LineView(fresh_ms=1_000, seen_ms=1_000)
SALE = BasketCommitted(
    basket_id="b1",
    currency="IRR",
    gross=1_000,
    discount=300,
    net=700,
    lines=(
        SoldLine(
            number=1,
            unit_price=1_000,
            quantity=1,
            gross=1_000,
            net=700,
            discounts={"thanks/ten": 100, "spring/all": 50, "again/five": 150},
        ),
    ),
    moves=(PointsMove(account="club", points=-5, kind=MoveKind.REDEMPTION, source="thanks@3/ten"),),
    vouchers=(
        VoucherMove(kind=VoucherMoveKind.REDEEMED, program_id="again", source="again@1/five", code="V1"),
        VoucherMove(kind=VoucherMoveKind.ISSUED, program_id="spring", source="spring@1/all", code="V2"),
    ),
    payments=(Payment(reward="card/pay", name={}, amount=40, source="card@1/pay", code="G1"),),
)


class Journal(MemoryStore):
    """A store of which it can be said how many events wait."""

    def __init__(self) -> None:
        super().__init__(ids=RandomIds())
        self.waiting = 0
        self.ended_ms: dict[int, int] = {}

    def counts(self) -> StoreCounts:
        """Return the counts, with as many events waiting as was said."""
        return replace(super().counts(), waiting=self.waiting)

    def ended_to(self, before_ms: int) -> int:
        """Return up to where all ended before a time, by the times that were said."""
        return max((seq for seq, ms in self.ended_ms.items() if ms < before_ms), default=0)

    def write(self, body: Body, member_id: str | None = "m1") -> str:
        """Write one event that waits; return its id."""
        draft = Draft(event_id=RandomIds()(), occurred_at=NOW, body=body, member_id=member_id, part=1)
        self.commit(Change(events=(draft,))).result()
        self.waiting += 1
        return draft.event_id


def test_the_worth_is_what_points_vouchers_and_cards_took_off() -> None:
    """What a promotion gives by itself, and a voucher that was made, are nothing that could be gone."""
    assert worth_of(SALE) == 100 + 150 + 40


def test_a_sale_counts_for_its_member_and_for_its_vouchers() -> None:
    """By each of the names under which it may be asked for, and once for all together."""
    store = Journal()
    store.write(SALE)
    store.write(replace(SALE, basket_id="b2"), member_id="m2")
    book = Redeemed(store)
    assert book.since(("m1",), lambda: LINE) == RedeemedSince(of_member=290, times=1, of_all=580)
    assert book.since(("V1",), lambda: LINE) == RedeemedSince(of_member=580, times=2, of_all=580)
    assert book.since(("m1", "m2"), lambda: LINE) == RedeemedSince(of_member=580, times=2, of_all=580), "merged"
    assert book.since(("m3",), lambda: LINE) == RedeemedSince(of_all=580)


def test_a_void_gives_it_back() -> None:
    """Also one that the book had read before."""
    store = Journal()
    sale, book = store.write(SALE), Redeemed(store)
    assert book.since(("m1",), lambda: LINE).times == 1
    store.write(BasketVoided(basket_id="b1", sale_event_id=sale))
    assert book.since(("m1",), lambda: LINE) == RedeemedSince()
    assert Redeemed(store).since(("m1",), lambda: LINE) == RedeemedSince()


@pytest.mark.parametrize("restarts", [False, True])
def test_it_counts_until_everything_came_down_after_the_acknowledgement(*, restarts: bool) -> None:
    """Not while it waits, however fresh the rows are; not when it is acknowledged; only when all is here after that."""
    store = Journal()
    book = Redeemed(store)
    store.write(SALE)
    later = LineView(fresh_ms=9_000, seen_ms=9_000)
    assert book.since(("m1",), lambda: later).times == 1, "rows come down while nothing goes up"
    store.waiting = 0
    book = Redeemed(store) if restarts else book
    assert book.since(("m1",), lambda: later).times == 1, "acknowledged, and the row may still be on its way"
    assert book.since(("m1",), lambda: replace(later, seen_ms=9_500)).times == 1
    assert book.since(("m1",), lambda: replace(later, fresh_ms=9_001, seen_ms=9_600)).times == 0


def test_only_the_newest_wait() -> None:
    """Events go up in their order: what came before those that wait is at the hub."""
    store = Journal()
    store.write(SALE)
    store.write(replace(SALE, basket_id="b2"))
    store.waiting = 1
    book = Redeemed(store)
    assert book.since(("m1",), lambda: LINE).times == 2
    assert book.since(("m1",), lambda: replace(LINE, fresh_ms=1_001)).times == 1


def test_what_was_redeemed_long_before_counts_for_nothing() -> None:
    """The first look comes when the line is cut: years of sales are in the rows, and are not even read again."""
    store = Journal()
    for number in range(5):
        store.write(replace(SALE, basket_id=f"b{number}"))
    store.waiting, store.ended_ms = 0, {1: 1_000, 2: 2_000, 3: 3_000, 4: 900_000}
    cut = LineView(fresh_ms=3_001 + MARGIN_MS, seen_ms=1_000_000)
    book = Redeemed(store)
    assert book.since(("m1",), lambda: cut).times == 2
    later = replace(cut, fresh_ms=900_001 + MARGIN_MS)
    assert book.since(("m1",), lambda: later).times == 1, "known before, and in the rows meanwhile"


class Pushing(Journal):
    """A store whose outbox empties at 2,000 of the hub's clock, at the very moment when it is counted."""

    line = LINE

    def counts(self) -> StoreCounts:
        """Return the counts after the push."""
        self.waiting, self.line = 0, replace(self.line, seen_ms=2_000)
        return super().counts()


def test_how_the_line_is_is_asked_after_the_count() -> None:
    """A view of before has not seen the time of the push: what came down between the two has no row of it."""
    store = Pushing()
    store.write(SALE)
    book = Redeemed(store)
    assert book.since(("m1",), lambda: store.line).times == 1
    store.line = replace(store.line, fresh_ms=1_500)
    assert book.since(("m1",), lambda: store.line).times == 1
    store.line = replace(store.line, fresh_ms=2_001)
    assert book.since(("m1",), lambda: store.line).times == 0
