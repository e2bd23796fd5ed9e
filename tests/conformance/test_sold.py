"""What sales leave behind in every store: vouchers, counters of limits, and the way back to the sale."""

from datetime import timedelta

import pytest
from msgspec import structs

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, GestureGranted
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.usage import Counted, Usage
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Change, ReplicaContents, Store
from tests.store.shop import DEADLINE_S, NOON, about, basket, committed, done, note


def move(kind: VoucherMoveKind, code: str, amount: int = 0) -> VoucherMove:
    """Return a move of a voucher of the program ``p``."""
    return VoucherMove(kind=kind, program_id="p", source="p@1/r", code=code, amount=amount)


def sale(*vouchers: VoucherMove) -> BasketCommitted:
    """Return a sale without goods that does this to vouchers."""
    return BasketCommitted(basket_id="b", currency="IRR", gross=0, discount=0, net=0, lines=(), vouchers=vouchers)


class TestVouchers:
    """Documents from the replica with what this till did on top."""

    def test_a_voucher_is_found_by_its_code(self, store: Store) -> None:
        """True if a bearer's and a member's voucher come back as they were sent, and another code is nobody's."""
        sent = (Voucher(code="A", program_id="p", balance=500), Voucher(code="B", program_id="p", member_id="m-roya"))
        store.load(ReplicaContents(members=(), vouchers=sent))
        assert (store.voucher("A"), store.voucher("B"), store.voucher("C")) == (*sent, None)

    def test_two_documents_of_one_voucher_change_nothing(self, store: Store) -> None:
        """True if a load that contradicts itself is refused whole."""
        card = Voucher(code="A", program_id="p", balance=500)
        store.load(ReplicaContents(members=(), vouchers=(card,)))
        with pytest.raises(InvariantBroken, match="contradicts itself"):
            store.load(ReplicaContents(members=(), vouchers=(Voucher(code="A", program_id="q"), card)))
        assert store.voucher("A") == card

    def test_what_a_sale_does_to_a_voucher_holds_at_once(self, store: Store) -> None:
        """True if a card is debited and a coupon used up for the next look, before any hub has heard of it."""
        sent = (Voucher(code="A", program_id="p", balance=500), Voucher(code="B", program_id="p"))
        store.load(ReplicaContents(members=(), vouchers=sent))
        debit, redeem = move(VoucherMoveKind.DEBITED, "A", 200), move(VoucherMoveKind.REDEEMED, "B")
        committed(store, about(None, sale(debit, redeem)), about(None, sale(debit)))
        card, coupon = store.voucher("A"), store.voucher("B")
        assert (card and card.balance, coupon and coupon.status) == (100, VoucherStatus.REDEEMED)

    def test_a_voucher_that_a_sale_made_is_there_at_once(self, store: Store) -> None:
        """True if a coupon belongs to the member of the sale, and a gift card to whoever brings it."""
        card = structs.replace(move(VoucherMoveKind.ISSUED, "C", 300), line=1)
        sold = about("m-roya", sale(move(VoucherMoveKind.ISSUED, "B"), card))
        committed(store, sold)
        coupon, bought = store.voucher("B"), store.voucher("C")
        assert coupon == Voucher(code="B", program_id="p", member_id="m-roya", issued_by=sold.event_id)
        assert bought == Voucher(code="C", program_id="p", balance=300, issued_by=sold.event_id)

    def test_a_gesture_makes_a_voucher(self, store: Store) -> None:
        """True if what an associate gave is good at once."""
        given = structs.replace(move(VoucherMoveKind.ISSUED, "G"), value=900)
        body = GestureGranted(program_id="p", reward="p/sorry", amount=900, role="head", reason="late", voucher=given)
        committed(store, about("m-roya", body))
        voucher = store.voucher("G")
        assert voucher is not None
        assert (voucher.value, voucher.member_id) == (900, "m-roya")

    def test_what_the_replica_contains_is_not_done_to_a_voucher_again(self, store: Store) -> None:
        """True if a load that has seen this till's first two events folds only the third on its vouchers."""
        store.load(ReplicaContents(members=(), vouchers=(Voucher(code="A", program_id="p", balance=500),)))
        debit = about(None, sale(move(VoucherMoveKind.DEBITED, "A", 100)))
        committed(store, note("m"), debit, about(None, sale(move(VoucherMoveKind.DEBITED, "A", 50))))
        seen = Voucher(code="A", program_id="p", balance=400)
        store.load(ReplicaContents(members=(), vouchers=(seen,), applied={store.terminal_id: 2, "another": 9}))
        voucher = store.voucher("A")
        assert voucher is not None
        assert voucher.balance == 350


class TestUsage:
    """Counters of limits for all customers together."""

    def test_uses_add_up_in_the_sale_that_uses_them(self, store: Store) -> None:
        """True if a refused change counts nothing, and what one member used is not among them."""
        used, mine = Counted(key="p/all", amount=2, scope=Scope.TOTAL), Counted(key="p/mine", amount=1)
        shop = Counted(key="p/store@s", amount=1, scope=Scope.STORE)
        first = about("m", structs.replace(sale(), counts=(used, mine)))
        committed(store, first, about("m", structs.replace(sale(), counts=(used, shop))))
        with pytest.raises(InvariantBroken):
            store.commit(Change(events=(first,))).result(DEADLINE_S)
        done(store, Change(events=(about("m", structs.replace(sale(), counts=(used,))),), basket=basket("b", 2)))
        assert store.usage() == Usage(used={"p/all": 4, "p/store@s": 1})

    def test_what_comes_back_is_given_free_again(self, store: Store) -> None:
        """True if a void takes its uses from the counter."""
        sold = about("m", structs.replace(sale(), counts=(Counted(key="p/all", amount=2, scope=Scope.TOTAL),)))
        back = Counted(key="p/all", amount=-2, scope=Scope.TOTAL)
        committed(store, sold, about("m", BasketVoided(basket_id="b", sale_event_id=sold.event_id, counts=(back,))))
        assert store.usage().used == {"p/all": 0}

    def test_a_counter_is_dropped_a_month_after_its_last_day(self, store: Store) -> None:
        """True if old counters go with the next one that is written, and those without an end stay."""
        day = NOON.date()
        keys = {"old": day - timedelta(days=32), "kept": day - timedelta(days=31), "today": day, "ever": None}
        for key, until in keys.items():
            counted = Counted(key=key, amount=1, scope=Scope.TOTAL, until=until)
            committed(store, about("m", structs.replace(sale(), counts=(counted,))))
        assert set(store.usage().used) == {"kept", "today", "ever"}


class TestSales:
    """A sale with what came back of it."""

    def test_a_sale_is_found_by_its_event_with_all_that_came_back(self, store: Store) -> None:
        """True if the facts, the program versions and every return in order are there, and another sale's are not."""
        sold, other = structs.replace(about("m", sale()), program_versions=("p@3",)), about("m", sale())
        committed(store, sold, other)
        assert store.sale(sold.event_id) == Sale(event_id=sold.event_id, body=sale(), programs=("p@3",))
        returns = tuple(
            BasketReturned(basket_id="b", sale_event_id=sold.event_id, currency="IRR", refund=refund, lines=())
            for refund in (1, 2)
        )
        committed(store, about("m", returns[0]))
        committed(store, about("m", returns[1]), note("m"))
        assert store.sale(sold.event_id) == Sale(
            event_id=sold.event_id, body=sale(), programs=("p@3",), returns=returns
        )
        committed(store, about("m", BasketVoided(basket_id="b", sale_event_id=sold.event_id)))
        undone, untouched = store.sale(sold.event_id), store.sale(other.event_id)
        assert (undone and undone.voided, untouched and untouched.voided) == (True, False)

    def test_what_is_no_sale_is_none(self, store: Store) -> None:
        """True if an unknown event, and one of another type, are no sale."""
        remark = note("m")
        committed(store, remark)
        assert (store.sale("nothing"), store.sale(remark.event_id)) == (None, None)
