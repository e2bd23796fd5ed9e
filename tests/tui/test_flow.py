"""The real screen before a real till, key by key."""

import pytest
from msgspec.structs import replace
from textual import events

from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.scans import ReaderState, ReaderStatus, RefusedScan, ScanFault
from pos_loyalty.core.session import Stage
from pos_loyalty.ports import Store
from tests.support.readings import reading
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import (
    EMILY,
    EMILY_CODE,
    PAYMENT_CARD,
    REZA,
    REZA_CODE,
    SHARED_CODE,
    SHIRT_CODE,
    contents,
)
from tests.tui.screen import Screen, on_screen
from tui.widgets.entry import Entry
from tui.widgets.pane import Pane


def scan(till: RunningTill, code: str) -> None:
    """Deliver a reading like a reader's thread."""
    till.till.deliver(reading(code, "scanner-1"))


async def greeted(screen: Screen, till: RunningTill, code: str = EMILY_CODE, name: str = "Welcome, Ms Carter") -> None:
    """Scan a card and wait for the greeting."""
    await screen.shows("Scan a card")
    scan(till, code)
    await screen.shows(name, "#greeting")


async def test_a_sale_from_scan_to_farewell_and_back_to_idle(till: RunningTill) -> None:
    """Scan, amount, F5, F9, farewell, Enter: a rewarded sale without a mouse and without a question."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("1,000,000")
        await screen.shows("Amount | 1,000,000", "#lines")
        await screen.shows("10 % off · 500 points | -100,000", "#rewards")
        await screen.press("f5")
        await screen.shows("To pay | 900,000 Toman", "#total")
        await screen.press("f9")
        await screen.shows("Thank you, Ms Carter", "#greeting")
        assert "Paid | 900,000 Toman" in screen.texts("#farewell")
        assert "Club points | 500 → 90" in screen.texts("#farewell")
        assert "earned 90 · spent 500" in screen.texts("#farewell")
        await screen.press("enter")
        await screen.shows("Scan a card")


async def test_f5_again_takes_the_reward_off(till: RunningTill) -> None:
    """One key gives the marked reward and takes it off; F6 marks another."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("1000000")
        await screen.shows("-100,000", "#rewards")
        await screen.press("f5")
        await screen.shows("To pay | 900,000", "#total")
        await screen.press("f5")
        await screen.shows("To pay | 1,000,000", "#total")
        await screen.press("f6", "f5")
        await screen.shows("To pay | 950,000", "#total")


async def test_products_quantities_and_removal_by_keys(till: RunningTill) -> None:
    """A code adds a product, 3* says how many, + and - and the arrows change it, Delete takes it out."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type(f"3*{SHIRT_CODE}")
        await screen.shows("3 × \u2068Shirt\u2069 | 750,000", "#lines")
        await screen.press("plus")
        await screen.shows("4 × \u2068Shirt", "#lines")
        await screen.press("left")
        await screen.shows("3 × \u2068Shirt", "#lines")
        await screen.type("2*")
        await screen.shows("2 × \u2068Shirt", "#lines")
        await screen.type("50000")
        await screen.shows("Amount | 50,000", "#lines")
        await screen.press("up", "delete")
        await screen.until(lambda: "Shirt" not in screen.texts("#lines"), "the shirt to go")
        assert "Amount | 50,000" in screen.texts("#lines")


async def test_persian_digits_are_digits(till: RunningTill) -> None:
    """An amount typed on a Persian keyboard is the same amount."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("۲*۱۵۰۰۰")
        await screen.shows("2 × Amount | 30,000", "#lines")


async def test_wishes_typed_faster_than_they_are_granted_all_count(till: RunningTill) -> None:
    """Three lines typed in one breath are three lines."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.press(*"1000", "enter", *"2000", "enter", *"3000", "enter")
        await screen.shows("To pay | 6,000 Toman", "#total")


async def test_an_unknown_code_is_told_with_the_remedy_and_can_be_dismissed(till: RunningTill) -> None:
    """Nobody is shown; the sentence names the next key; Esc clears it."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        scan(till, "NOBODY-1")
        await screen.shows("Nobody is known by this code.", "#notice")
        await screen.press("escape")
        await screen.until(lambda: "Nobody" not in screen.texts("#notice"), "the notice to go")


async def test_an_unknown_code_at_a_sale_is_told_with_a_remedy_that_is_there(till: RunningTill) -> None:
    """F2 means nothing while a customer is at the counter; F4 does."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        scan(till, "NOBODY-1")
        await screen.shows("No product and no member has this code.", "#notice")
        assert "F4" in screen.keys


async def test_the_next_customer_is_read_from_the_top(till: RunningTill) -> None:
    """However far down the cashier had paged about the one before."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        for note in ("one", "two", "three", "four"):
            await screen.press("f3")
            screen.app.screen.query_one(Entry).post_message(events.Paste(f"{note} {'likes tea ' * 8}"))
            await screen.press("enter")
            await screen.shows(note, "#person")
        top = screen.drawn("#person")
        await screen.press("pagedown")
        await screen.until(lambda: screen.drawn("#person") != top, "the next page")
        await screen.press("escape")
        await screen.shows("Scan a card")
        await greeted(screen, till)
        assert screen.drawn("#person").splitlines()[0].strip() == screen.texts("#person").splitlines()[0]


async def test_the_screen_is_of_one_ground_and_the_name_on_a_band(till: RunningTill) -> None:
    """The style sheet reaches the screen itself; nothing but the greeting is of another colour than the key bar."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        ground, band, person = (
            screen.app.screen.query_one(selector).background_colors[1]
            for selector in ("KeyBar", "#greeting", "#person")
        )
        assert screen.app.screen.background_colors[1] == ground == person != band


async def test_ctrl_c_says_how_to_close_in_the_language_of_the_screen(till: RunningTill) -> None:
    """Whoever presses it is used to other programs; nothing of the sale is covered."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.press("ctrl+c")
        await screen.shows("Ctrl+Q closes the screen. The till goes on.", "#notice")
        assert not screen.app.screen.query("Toast")


async def test_an_unknown_product_is_given_back_to_the_field(till: RunningTill) -> None:
    """What was typed and refused stands in the field again, and typing on replaces it."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("X-99")
        await screen.shows("No product has this code.", "#notice")
        assert screen.typed == "X-99"
        await screen.press("7")
        assert screen.typed == "7"


async def test_a_payment_card_is_told_and_never_shown(till: RunningTill) -> None:
    """Typed or swiped, a payment card is refused in words and its number is nowhere on the screen."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        fault = RefusedScan(reader_id="r", fault=ScanFault.PAYMENT_CARD, first_byte_ns=1, last_byte_ns=2)
        till.till.deliver(fault)
        await screen.shows("This is a payment card. It was not read or kept.", "#notice")
        await greeted_after_refusal(screen, till)
        await screen.type(PAYMENT_CARD)
        await screen.shows("This is a payment card.", "#notice")
        assert PAYMENT_CARD not in screen.texts() + screen.typed


async def greeted_after_refusal(screen: Screen, till: RunningTill) -> None:
    """A good card right after a refused one."""
    scan(till, EMILY_CODE)
    await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_a_shared_code_asks_who_it_is_and_a_digit_answers(till: RunningTill) -> None:
    """Two members on one code are two numbered rows; 2 picks the second."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        scan(till, SHARED_CODE)
        await screen.shows("Several members have this code.")
        await screen.shows("Emily Carter")
        rows = screen.texts("#candidates").splitlines()
        chosen = next(i for i, row in enumerate(rows, start=1) if "Emily" in row)
        await screen.press(str(chosen))
        await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_a_name_typed_on_the_idle_screen_finds_people(till: RunningTill) -> None:
    """Typing is searching: the first letters of a name bring it up and Enter takes it."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.press(*"car")
        await screen.shows("Emily Carter", "#found")
        await screen.press("enter")
        await screen.shows("Welcome, Ms Carter", "#greeting")
        assert screen.typed == ""


async def test_a_name_and_enter_in_one_breath_finds_the_one_person(till: RunningTill) -> None:
    """Enter before the list has come waits for it."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.type("رضایی")
        await screen.shows("سلام آقای رضایی، خوش آمدید", "#greeting")


async def test_a_phone_number_typed_on_the_idle_screen_is_a_code(till: RunningTill) -> None:
    """A number is tried as it is."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.type("09121234567")
        await screen.shows("آقای رضایی", "#greeting")


async def test_the_end_of_a_phone_number_takes_the_only_one_who_has_it(till: RunningTill) -> None:
    """4567 is nobody's code, so Enter takes whom the list shows; also where Enter came before the list."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.type("4567")
        await screen.shows("آقای رضایی", "#greeting")


async def test_enter_on_a_number_of_two_people_says_how_to_choose(store: Store, till: RunningTill) -> None:
    """It stays in the field, no digit stands beside the names since none would pick, and ↓ Enter takes the second."""
    phone = Identifier(IdentifierKind.PHONE, "+989351114567")
    store.load(replace(contents(), members=(REZA, replace(EMILY, identifiers=(*EMILY.identifiers, phone)))))
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.type("4567")
        await screen.shows("↓ and Enter choose from the list.", "#notice")
        assert screen.typed == "4567"
        rows = screen.app.screen.query_one("#found", Pane).rows
        assert [row.symbol for row in rows] == [" ", " "]
        second = "Ms Carter" if "Emily" in rows[1].text else "آقای رضایی"
        await screen.press("down", "enter")
        await screen.shows(second, "#greeting")


async def test_a_number_that_is_a_code_is_tried_before_the_list(store: Store, till: RunningTill) -> None:
    """Emily's card 4567 comes before Reza's phone, which ends so."""
    card = Identifier(IdentifierKind.CARD, "4567")
    store.load(replace(contents(), members=(REZA, replace(EMILY, identifiers=(card,)))))
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.press(*"4567")
        await screen.shows("رضایی", "#found")
        await screen.press("enter")
        await screen.shows("Welcome, Ms Carter", "#greeting")


async def test_the_customer_of_an_open_basket_is_found_by_f2(till: RunningTill) -> None:
    """Sell first, ask later: F4 without anybody, an amount, F2 and a name."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.press("f4")
        await screen.shows("Customer without a card", "#greeting")
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        await screen.press("f2", *"emi")
        await screen.shows("Emily Carter", "#found-here")
        await screen.press("1")
        await screen.shows("Welcome, Ms Carter", "#greeting")
        assert "To pay | 20,000 Toman" in screen.texts("#total")


async def test_a_note_is_written_and_its_draft_survives_escape(till: RunningTill) -> None:
    """Esc keeps what was typed; Enter puts it in the client book, where the screen shows it."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.press("f3", *"likes tea", "escape", "f3")
        await screen.until(lambda: screen.typed == "likes tea", "the draft")
        await screen.press("enter")
        await screen.shows("likes tea", "#person")
        await screen.shows("The note is in the client book.", "#notice")


async def test_a_typed_non_joiner_stays_in_the_word(till: RunningTill) -> None:
    """Shift+Space of a Persian keyboard arrives as U+200C, which divides the letters and is kept in the note."""
    word = "می\u200cخواهد"
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.press("f3", *"می")
        # As Textual's parser makes it of the bytes of a terminal; the pilot cannot spell the name of this key.
        screen.app.screen.query_one(Entry).post_message(events.Key("zero_width_non_joiner", "\u200c"))
        await screen.press(*"خواهد")
        assert screen.typed == word
        await screen.press("enter")
        await screen.shows(word, "#person")


async def test_giving_up_a_basket_takes_two_presses(till: RunningTill) -> None:
    """F8 asks for itself again; with another key between, it asks once more."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        await screen.press("f8")
        await screen.shows("Press F8 once more", "#notice")
        await screen.press("up", "f8", "plus")
        await screen.shows("2 × Amount", "#lines")
        await screen.press("f8", "f8")
        await screen.until(lambda: "f8".upper() not in screen.keys, "the basket to go")
        assert "To pay | 0 Toman" in screen.texts("#total")


async def test_paying_with_something_in_the_field_is_held_back(till: RunningTill) -> None:
    """An amount that was typed and not entered is not given away."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        await screen.press("5", "0", "f9")
        await screen.shows("Something is still in the field.", "#notice")
        assert till.till.board.view.stage is Stage.PRICED


async def test_the_bar_offers_what_can_be_done_now(till: RunningTill) -> None:
    """Nothing to pay, no F9; a member, F3; nobody, F2."""
    async with on_screen(till.socket) as screen:
        await screen.until(lambda: screen.keys == {"F1", "F2", "F4", "F10"}, "the idle keys")
        await greeted(screen, till)
        await screen.until(
            lambda: screen.keys == {"F1", "F3", "F4", "F7", "F10", "F12", "Esc"}, "the keys before a basket"
        )
        await screen.type("1000000")
        expected = {"F1", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F12"}
        await screen.until(lambda: screen.keys == expected, "the keys of a sale")


async def test_a_reader_that_is_not_there_says_so(till: RunningTill) -> None:
    """Its state is a symbol and a sentence on the idle screen."""
    async with on_screen(till.socket) as screen:
        till.till.reader_changed(ReaderStatus(reader_id="scanner-1", state=ReaderState.ABSENT))
        await screen.shows("not there, plug it in", "#readers")


async def test_the_service_goes_and_comes_back_with_the_basket_and_the_typed_text(
    store: Store, till: RunningTill
) -> None:
    """The screen says so, keeps what was typed, connects again and shows the open basket."""
    socket = till.socket.with_name("second.sock")
    async with running(store, socket) as first:
        app = on_screen(socket)
        screen = await app.__aenter__()
        await greeted(screen, first)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        await screen.press("7", "5")
    await screen.shows("The till service does not answer.", "#notice")
    assert screen.typed == "75"
    async with running(store, socket):
        await screen.shows("The till service is back.", "#notice")
        assert "To pay | 20,000 Toman" in screen.texts("#total")
        assert screen.typed == "75"
        await screen.press("enter")
        await screen.shows("To pay | 20,075", "#total")
        await app.__aexit__(None, None, None)


async def test_a_name_does_not_stay_when_nobody_is_there_to_end_the_farewell(store: Store, till: RunningTill) -> None:
    """The farewell ends by the clock of the service; without one the screen is idle."""
    socket = till.socket.with_name("second.sock")
    async with on_screen(socket) as screen:
        async with running(store, socket) as first:
            await greeted(screen, first)
            await screen.type("20000")
            await screen.shows("To pay | 20,000", "#total")
            await screen.press("f9")
            await screen.shows("Thank you, Ms Carter", "#greeting")
        await screen.shows("The till service does not answer.", "#notice")
        assert "Carter" not in screen.texts()


async def test_a_name_that_nobody_has_is_said_to_be_so(till: RunningTill) -> None:
    """An empty list would look like a search that is still going on; a number may always be a code."""
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        await screen.press(*"zzz")
        await screen.shows("Nobody by this name.", "#found")
        await screen.press(*["backspace"] * 3)
        await screen.until(lambda: not screen.texts("#found"), "the sentence to go")


async def test_a_quiet_till_is_not_a_lost_till(till: RunningTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep-alives of the stream disturb nobody, and the next scan is on the screen as ever."""
    monkeypatch.setattr("pos_loyalty.service.board.KEEP_ALIVE_S", 0.2)
    said = set()
    async with on_screen(till.socket) as screen:
        await screen.shows("Scan a card")
        for _ in range(3):
            scan(till, EMILY_CODE)
            await screen.shows("Welcome, Ms Carter", "#greeting")
            await screen.press("escape")
            await screen.shows("Scan a card")
            said.add(screen.texts("#notice"))
        assert said == {""}


async def test_on_a_linux_console_digits_are_latin(till: RunningTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Arabic fonts have no others."""
    monkeypatch.setenv("TERM", "linux")
    async with on_screen(till.socket, language="fa") as screen:
        await screen.shows("3 عضو")


async def test_f10_changes_the_language_while_a_customer_stands_there(till: RunningTill) -> None:
    """English, Persian, Arabic, English: the words and the side change, the sale does not."""
    async with on_screen(till.socket) as screen:
        await greeted(screen, till)
        await screen.type("20000")
        await screen.shows("To pay | 20,000", "#total")
        left = screen.app.screen.query_one("#person").region.x
        await screen.press("f10")
        await screen.shows("قابل پرداخت", "#total")
        await screen.until(lambda: screen.app.screen.query_one("#person").region.x > left, "the mirrored layout")
        await screen.press("f10")
        await screen.shows("المطلوب", "#total")
        await screen.press("f10")
        await screen.shows("To pay | 20,000", "#total")
        assert screen.app.screen.query_one("#person").region.x == left


async def test_a_persian_screen_draws_words_joined_and_in_order(till: RunningTill) -> None:
    """Logical text inside, visual forms in the cells: the greeting at the right edge, the tier at the left."""
    async with on_screen(till.socket, language="fa") as screen:
        await screen.shows("کارت را اسکن کنید")
        scan(till, REZA_CODE)
        await screen.shows("سلام آقای رضایی، خوش آمدید", "#greeting")
        first = screen.drawn("#greeting").splitlines()[0]
        assert first.rstrip().endswith("ﻡﻼﺳ")
        assert first.lstrip().startswith("ﯽﯾﻼﻃ ◆")
