"""Wishes sent again after a lost connection are granted once."""

from pathlib import Path

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import TillView
from pos_loyalty.store.memory import MemoryStore
from tests.support.generous_shop import PROMO_CODE, USED_CODE, VOUCHER, VOUCHER_CODE
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY, EMILY_CODE, SHIRT, contents
from tui.typed import Typed
from tui.wishes import Add, Change, Note, Pay, Turn, UseCode, Void, content_of


async def opened(till: RunningTill) -> Basket:
    """Greet Emily and open a basket for her."""
    await till.client.scan(EMILY_CODE)
    basket = await till.client.open_basket()
    assert isinstance(basket, Basket)
    return basket


async def test_paying_twice_with_one_wish_is_one_sale(till: RunningTill) -> None:
    """The second answer is the first receipt, though the till has moved on."""
    await opened(till)
    added = await Add(Typed(amount=1_000_000), "").send(till.client, None)
    assert isinstance(added, Basket)
    wish = Pay()
    first = await wish.send(till.client, added)
    again = await wish.send(till.client, None)
    assert isinstance(first, Basket)
    assert first == again
    sales = [event for event in till.till.store.events() if event.type == "basket.committed"]
    assert len(sales) == 1


async def test_adding_twice_with_one_wish_is_one_line(till: RunningTill) -> None:
    """The request is fixed at the first try."""
    basket = await opened(till)
    wish = Add(Typed(quantity=2, code=SHIRT), SHIRT)
    first = await wish.send(till.client, basket)
    again = await wish.send(till.client, first if isinstance(first, Basket) else None)
    assert isinstance(first, Basket)
    assert first == again
    assert [(line.product_id, line.quantity) for line in first.lines] == [(SHIRT, 2)]


async def test_a_claim_is_turned_round_and_quantities_change(till: RunningTill) -> None:
    """A reward goes on and off; a line of which nothing is left is gone."""
    basket = await opened(till)
    for wish in (Add(Typed(amount=1_000_000), ""), Turn("thanks/ten-percent")):
        answer = await wish.send(till.client, basket)
        assert isinstance(answer, Basket)
        basket = answer
    assert basket.claims == ("thanks/ten-percent",)
    for undoing in (Turn("thanks/ten-percent"), Change(0, lambda _: 0)):
        answer = await undoing.send(till.client, basket)
        assert isinstance(answer, Basket)
        basket = answer
    assert (basket.claims, content_of(basket).lines) == ((), ())


async def test_there_is_nothing_to_ask_for_without_a_basket(till: RunningTill) -> None:
    """No request is made up."""
    for wish in (Pay(), Void(), Turn("x"), Change(0, lambda _: 0)):
        assert await wish.send(till.client, None) is None


async def test_a_note_sent_twice_is_one_note(till: RunningTill) -> None:
    """One key, one note."""
    wish = Note(EMILY.member_id, "likes tea")
    assert await wish.send(till.client, None) == await wish.send(till.client, None)
    member = till.till.store.member(EMILY.member_id)
    assert member is not None
    assert [note.text for note in member.notes] == ["likes tea"]


async def test_a_code_used_twice_with_one_wish_is_one_code(generous_till: RunningTill) -> None:
    """Sent again, or typed again in other letters, it is there once; a used one is not there at all."""
    basket = await opened(generous_till)
    answer = await Add(Typed(code=SHIRT), SHIRT).send(generous_till.client, basket)
    assert isinstance(answer, Basket)
    wish = UseCode(PROMO_CODE)
    first = await wish.send(generous_till.client, answer)
    again = await wish.send(generous_till.client, None)
    assert isinstance(first, Basket)
    assert first == again
    assert wish.refused is None
    other = await UseCode(PROMO_CODE.lower()).send(generous_till.client, first)
    assert other == first
    used = UseCode(USED_CODE)
    for _ in range(2):
        answer = await used.send(generous_till.client, first)
        assert isinstance(answer, Basket)
        assert answer.codes == (PROMO_CODE,)
        assert used.refused == Reason(Because.CODE_USED)


async def test_a_code_of_which_nothing_comes_yet_is_kept_and_waits(generous_till: RunningTill) -> None:
    """Before there are goods it gives nothing; with them the same code does."""
    basket = await opened(generous_till)
    early, late = UseCode(PROMO_CODE), UseCode(PROMO_CODE)
    empty = await early.send(generous_till.client, basket)
    assert isinstance(empty, Basket)
    assert (early.waits, early.refused, empty.codes) == (True, None, (PROMO_CODE,))
    without = await Turn("", PROMO_CODE).send(generous_till.client, empty)
    assert isinstance(without, Basket)
    full = await Add(Typed(code=SHIRT), SHIRT).send(generous_till.client, without)
    assert isinstance(full, Basket)
    await late.send(generous_till.client, full)
    assert (late.waits, late.refused) == (False, None)


async def test_a_voucher_by_code_is_taken_off_with_its_code(generous_till: RunningTill) -> None:
    """A code that was typed goes; nothing is declined."""
    basket = await opened(generous_till)
    for wish in (Add(Typed(code=SHIRT), SHIRT), UseCode(VOUCHER_CODE), Turn(VOUCHER, VOUCHER_CODE)):
        answer = await wish.send(generous_till.client, basket)
        assert isinstance(answer, Basket)
        given = [each.reward for each in answer.evaluation.applied] if answer.evaluation else []
        assert (VOUCHER in given) is isinstance(wish, UseCode)
        basket = answer
    assert (basket.codes, basket.declined, basket.claims) == ((), (), ())


async def test_a_code_that_the_till_refuses_is_told_by_the_till(tmp_path: Path) -> None:
    """A card that was replaced is neither "no product" nor an amount, whether a reader or a person typed it."""
    card = "95212345678901237" + gs1_check_digit("95212345678901237")
    store = MemoryStore(ids=RandomIds())
    newer = tuple(Identifier(IdentifierKind.CARD, value) for value in (card, f"{card}.2"))
    store.load(replace(contents(), members=(replace(EMILY, identifiers=newer),)))
    async with running(store, tmp_path / "till.sock") as till:
        link = f"https://id.gs1.org/8018/{card}/8019/1"
        answer = await Add(Typed(code=link), link).send(till.client, None)
        assert isinstance(answer, TillView)
        assert answer.refusal is NoticeCode.CARD_REPLACED
    store.close()
