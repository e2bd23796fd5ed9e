"""Rewards at the counter, key by key, before a real till in a shop with a program of nearly every kind."""

from textual.events import Key

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim
from tests.support.generous_shop import CUFFLINKS, GIFT, GIFT_CARD_CODE, PER_POINT, PROMO_CODE, PURSE, TIE, USED_CODE
from tests.support.running_till import RunningTill
from tests.support.small_shop import AHMAD_CODE, REZA_CODE
from tests.tui.screen import Screen, on_screen
from tui.screens.claiming import GiftPage, MissingPage, SpendPage
from tui.screens.page import NotePage, Page
from tui.widgets.entry import Entry
from tui.widgets.pane import Pane


async def selling(screen: Screen, till: RunningTill, *typed: str, code: str = REZA_CODE) -> None:
    """Greet somebody and sell what was typed."""
    await screen.shows("Scan a card")
    await till.client.scan(code)
    await screen.until(lambda: "F12" in screen.keys, "the customer")
    for text in typed:
        await screen.type(text)
    await screen.until(lambda: till.till.board.view.basket is not None, "the basket")
    await screen.until(lambda: len(basket_of(till).lines) == len(typed), "all lines")
    await screen.shows("To pay", "#total")


def basket_of(till: RunningTill) -> Basket:
    """Return the basket at the counter."""
    basket = till.till.board.view.basket
    assert basket is not None
    return basket


async def mark(screen: Screen, name: str) -> None:
    """Press F6 until the mark is on the reward of that name."""

    def marked() -> str:
        rows = screen.app.screen.query_one("#rewards", Pane).rows
        return next((row.text for row in rows if row.symbol.startswith("▸")), "")

    for _ in range(12):
        if name in marked():
            return
        await screen.press("f6")
    raise AssertionError(f"{name} cannot be marked:\n{screen.texts('#rewards')}")


async def test_what_is_given_by_itself_can_be_taken_off_and_given_back(generous_till: RunningTill) -> None:
    """F5 on a reward that nobody asked for declines it, F5 again takes it back; it keeps its place in the list."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "3*P-SHIRT")
        await screen.shows("To pay | 500,000 Toman", "#total")
        await mark(screen, "Third shirt free")
        place = screen.texts("#rewards").splitlines().index("Third shirt free | -250,000")
        await screen.press("f5")
        await screen.shows("To pay | 750,000 Toman", "#total")
        assert screen.texts("#rewards").splitlines()[place] == "Third shirt free | taken off"
        assert basket_of(generous_till).declined == ("shirts/third",)
        await screen.press("f5")
        await screen.shows("To pay | 500,000 Toman", "#total")
        assert basket_of(generous_till).declined == ()


async def test_the_customer_chooses_how_many_points_and_sees_what_they_buy(generous_till: RunningTill) -> None:
    """The preview follows every digit; what cannot be spent is told and not sent; Enter spends it."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await mark(screen, "Pay with points")
        await screen.press("f5")
        await screen.until(lambda: isinstance(screen.app.screen, SpendPage), "the question")
        await screen.shows("pay 1,200 points = 600,000 Toman, keeps 0", "#preview")
        await screen.press(*"700")
        await screen.shows("pay 700 points = 350,000 Toman, keeps 500", "#preview")
        await screen.press(*"0")
        await screen.shows("More than 1,200 points would buy nothing.", "#preview")
        await screen.press("enter", "backspace", "enter")
        await screen.shows("To pay | 4,450,000 Toman", "#total")
        assert basket_of(generous_till).claims == (Claim(reward=PER_POINT, points=700),)
        await screen.press("f5")
        await screen.shows("To pay | 4,800,000 Toman", "#total")


async def test_a_wallet_is_asked_for_money(generous_till: RunningTill) -> None:
    """Its points are minor units, so what is typed and told is an amount."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await mark(screen, "Wallet")
        await screen.press("f5")
        await screen.shows("pay 200,000 Toman, keeps 0 Toman", "#preview")
        await screen.type("50,000")
        await screen.shows("To pay | 4,750,000 Toman", "#total")
        assert basket_of(generous_till).claims == (Claim(reward=PURSE, points=500_000),)


async def test_a_gift_is_picked_from_its_list_by_name(generous_till: RunningTill) -> None:
    """A digit takes it, the basket shows it as a gift, and Esc would have left it."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await mark(screen, "An accessory")
        await screen.press("f5")
        await screen.shows("Choose 1 gift.", "#question")
        await screen.shows("Tie\nCufflinks", "#gifts")
        await screen.press("escape")
        await screen.until(lambda: not isinstance(screen.app.screen, GiftPage), "the counter")
        await screen.press("f5", "down", "up", "up")
        await screen.press("enter")
        await screen.shows("Cufflinks | gift", "#lines")
        assert basket_of(generous_till).claims == (Claim(reward=GIFT, gifts=(CUFFLINKS,)),)


async def bounce(screen: Screen, key: str) -> None:
    """Press a key on an open page five times, faster than the page can go."""
    await screen.until(lambda: isinstance(screen.app.screen, Page), "the page")
    for _ in range(5):
        screen.app.post_message(Key(key, key if len(key) == 1 else None))
    await screen.until(lambda: not isinstance(screen.app.screen, Page), "the counter")


async def test_a_key_that_bounces_on_a_page_is_pressed_once(generous_till: RunningTill) -> None:
    """It opens one page; what was on its way to one that has gone neither wishes again nor ends the screen."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await mark(screen, "An accessory")
        await screen.press("f5")
        await bounce(screen, "1")
        await screen.shows("Tie | gift", "#lines")
        await screen.press("ctrl+u")
        await mark(screen, "Pay with points")
        await screen.press("f5")
        await bounce(screen, "enter")
        await screen.shows("To pay | 4,200,000 Toman", "#total")
        for key in ("f1", "f3", "f12"):
            await screen.press(key)
            await bounce(screen, "escape")
        for _ in range(3):
            screen.app.post_message(Key("f3", None))
        await screen.until(lambda: isinstance(screen.app.screen, NotePage), "the page")
        await screen.press("x", "escape")
        assert not isinstance(screen.app.screen, Page)
        claims = (Claim(reward=GIFT, gifts=(TIE,)), Claim(reward=PER_POINT, points=1_200))
        assert basket_of(generous_till).claims == claims


async def test_a_wish_that_can_no_longer_be_granted_is_dropped_by_f5(generous_till: RunningTill) -> None:
    """The gift came with the suit; without it the screen says what is missing, and one key drops the wish."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SHIRT", "P-SUIT")
        await mark(screen, "An accessory")
        await screen.press("f5", "1")
        await screen.shows("Tie | gift", "#lines")
        await screen.press("delete")
        await screen.shows("An accessory | 3,750,000 Toman more", "#rewards")
        await mark(screen, "An accessory")
        await screen.press("f5")
        await screen.until(lambda: basket_of(generous_till).claims == (), "the wish to go")


async def test_a_code_counts_and_f5_takes_it_off(generous_till: RunningTill) -> None:
    """F7 asks for a code; typed in any case; the promotion wakes, a card pays, each goes again by F5."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await screen.press("f7")
        await screen.type(PROMO_CODE.lower())
        await screen.shows("The code counts.", "#notice")
        await screen.shows("To pay | 4,320,000 Toman", "#total")
        await screen.press(*GIFT_CARD_CODE, "f7")
        await screen.shows("To pay | 4,020,000 Toman", "#total")
        assert "Discount · Gift card | -780,000 Toman" in screen.texts("#total")
        await mark(screen, "Gift card")
        await screen.press("f5")
        await screen.shows("To pay | 4,320,000 Toman", "#total")
        assert basket_of(generous_till).codes == (PROMO_CODE.lower(),)


async def test_a_code_that_waits_for_goods_is_not_said_to_count(generous_till: RunningTill) -> None:
    """The cashier is sent to what is missing; the goods wake it."""
    async with on_screen(generous_till.socket) as screen:
        await generous_till.client.scan(REZA_CODE)
        await screen.until(lambda: "F12" in screen.keys, "the customer")
        await screen.press("f7")
        await screen.type(PROMO_CODE)
        await screen.shows("The code is kept, but gives nothing yet. F12 says what is missing.", "#notice")
        await screen.type("P-SUIT")
        await screen.shows("To pay | 4,320,000 Toman", "#total")


async def test_a_code_that_does_nothing_is_told_given_back_and_not_kept(generous_till: RunningTill) -> None:
    """Used is not unknown; the text stands in the field as a code still, and the basket is as it was."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        for code, why in ((USED_CODE, "the code has been used"), ("NOBODYS", "nobody knows this code")):
            await screen.press("escape", "f7")
            await screen.type(code)
            await screen.shows(why, "#notice")
            await screen.until(lambda: screen.typed != "", "the code to come back")
            assert screen.typed == code
            assert basket_of(generous_till).codes == ()
        await screen.press("escape", "9", "enter")
        await screen.shows("Amount | 9", "#lines")


async def test_a_code_before_the_goods_is_kept(generous_till: RunningTill) -> None:
    """It opens the basket, and counts as soon as something is in it."""
    async with on_screen(generous_till.socket) as screen:
        await screen.shows("Scan a card")
        await generous_till.client.scan(REZA_CODE)
        await screen.until(lambda: "F7" in screen.keys, "the customer")
        await screen.press("f7", "f7", "f7")
        await screen.type(PROMO_CODE)
        await screen.shows(f"Code \u2068{PROMO_CODE}\u2069", "#rewards")
        await screen.type("P-SUIT")
        await screen.shows("Spring: 10% off | -480,000", "#rewards")


async def test_one_key_tells_for_every_program_what_is_missing(generous_till: RunningTill) -> None:
    """With the balance of each, what can be had first, then the nearest; the same key closes the page."""
    async with on_screen(generous_till.socket, size=(120, 40)) as screen:
        await selling(screen, generous_till, "P-SUIT", "P-COFFEE")
        await screen.press("f12")
        await screen.until(lambda: isinstance(screen.app.screen, MissingPage), "the page")
        told = screen.texts("#page").splitlines()
        assert [told[0], told[1]] == ["Spend points | 1,200 points", "Pay with points | to be had now: F5"]
        assert told.index("Coffee on the house | 3 × coffee more") < told.index("Evening: 5% off | from 17:00")
        assert {"Coffee card | 7 × coffee", "1 coffee for each of 1 bought | +1", "Spring: 10% off | with a code"} <= {
            *told
        }
        assert told[-1].startswith("1 point for every 10,000 Toman of ")
        await screen.press("f12")
        await screen.until(lambda: not isinstance(screen.app.screen, MissingPage), "the counter")


async def test_before_a_basket_the_page_tells_the_balances(generous_till: RunningTill) -> None:
    """Nothing is priced yet, so nothing can be said to be missing."""
    async with on_screen(generous_till.socket) as screen:
        await screen.shows("Scan a card")
        await generous_till.client.scan(REZA_CODE)
        await screen.until(lambda: "F12" in screen.keys, "the customer")
        await screen.press("f12")
        await screen.shows("Coffee card | 7 × coffee", "#page")
        assert "Wallet | 200,000 Toman" in screen.texts("#page")
        assert "Add something to the basket first." in screen.texts("#page")


async def test_the_farewell_hands_over_the_voucher(generous_till: RunningTill) -> None:
    """What was paid by card, what was saved, the new voucher with its code and days, and the points."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await screen.press("f7")
        await screen.type(GIFT_CARD_CODE)
        await screen.shows("To pay | 4,500,000 Toman", "#total")
        await screen.press("f9")
        await screen.shows("Paid | 4,500,000 Toman", "#farewell")
        told = screen.texts("#farewell")
        receipt = basket_of(generous_till).receipt
        assert receipt is not None
        (issued,) = [move.code for move in receipt.vouchers if move.kind == "issued"]
        assert f"Next time | \u2066{issued}\u2069\nfrom 22 November 2026 · until 21 December 2026" in told
        assert "Gift card | 300,000 Toman" in told
        assert "Club points | 1,200 → 1,680" in told


async def test_the_services_of_a_tier_stand_under_the_name(generous_till: RunningTill) -> None:
    """A gold member has them; who is in no tier has none."""
    async with on_screen(generous_till.socket) as screen:
        await screen.shows("Scan a card")
        await generous_till.client.scan(REZA_CODE)
        await screen.shows("Alterations free · Tea", "#greeting")
        await screen.press("escape")
        await screen.shows("Scan a card")
        await generous_till.client.scan(AHMAD_CODE)
        await screen.until(lambda: "F3" in screen.keys, "the next customer")
        assert "Alterations" not in screen.texts("#greeting")


async def test_a_page_about_points_goes_when_the_sale_changes(generous_till: RunningTill) -> None:
    """What it offers may be gone; a reader that comes and goes leaves it open."""
    async with on_screen(generous_till.socket) as screen:
        await selling(screen, generous_till, "P-SUIT")
        await mark(screen, "Pay with points")
        await screen.press("f5")
        await screen.until(lambda: isinstance(screen.app.screen, SpendPage), "the question")
        basket = basket_of(generous_till)
        await generous_till.client.price(basket.basket_id)
        await screen.until(lambda: not isinstance(screen.app.screen, SpendPage), "the counter")
        assert screen.app.screen.query_one(Entry).text == ""
