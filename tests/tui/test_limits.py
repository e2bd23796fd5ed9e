"""What a cashier reads where the hub, or its absence, leaves less than was wished for."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.offline import OfflineLimit, OfflinePolicy
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.ports import LineState, Store
from pos_loyalty.service.wire import BasketRequest
from tests.support.near_hub import UP, NearHub
from tests.support.running_till import running
from tests.support.small_shop import EMILY, EMILY_CODE, FIXED, SCARF, SHOP
from tests.tui.screen import on_screen
from tui.present.limits import phrase, sentence
from tui.present.locales import locale_of
from tui.present.words import NO_WORDS

AUTO = replace(SHOP, digits="auto", calendar="auto")
EN, FA, AR = (locale_of(AUTO, language) for language in Language)
CUT = replace(UP, state=LineState.OFFLINE)


def limited(limit: str, most: int) -> Reason:
    """Return that the till may give no more than ``most``."""
    return Reason(Because.OFFLINE, {"most": most}, {"limit": limit})


@pytest.mark.parametrize("say", [EN, FA, AR])
@pytest.mark.parametrize("most", [0, 500_000])
def test_every_limit_has_a_sentence_of_its_own(most: int, say: Locale) -> None:
    """In every language, with the amount where there is one; and it says that points are earned."""
    said = {limit: sentence(limited(limit, most), say, NO_WORDS, "club") for limit in OfflineLimit}
    assert len(set(said.values())) == len(OfflineLimit)
    assert all(text.endswith(".") for text in said.values())
    amounts = {limit for limit, text in said.items() if say.amount(500_000) in text}
    told = {"floor", "half", "cap", "exposure", "set_aside", "available"} if most else set()
    assert amounts == told
    assert all(("Points are earned" in text) is (say is EN) for text in said.values())
    short = {phrase(limited(limit, most), say, NO_WORDS, "club") for limit in OfflineLimit}
    assert len(short) == len(OfflineLimit)


def test_a_limit_of_a_newer_service_is_told_as_a_refusal() -> None:
    """A screen that is older than its till says nothing wrong."""
    assert phrase(limited("of a newer one", 5), EN, NO_WORDS, "") == "only with the hub"


def test_what_the_hub_says_is_told_in_points_or_of_the_voucher() -> None:
    """Nothing left, something left, or a voucher that is somebody else's now."""
    left = Reason(Because.HELD, {"points": 1})
    assert sentence(left, EN, NO_WORDS, "club").startswith("The hub has 1 point left: ")
    assert phrase(Reason(Because.HELD), FA, NO_WORDS, "").startswith("جای دیگر")


async def test_a_wish_that_the_hub_refuses_says_why_and_the_sale_goes_on(store: Store, tmp_path: Path) -> None:
    """F5 on a reward whose points were spent elsewhere: a sentence, and F9 sells as always."""
    hub = NearHub()
    async with running(store, tmp_path / "till.sock", hub=hub) as till, on_screen(till.socket) as screen:
        await till.client.scan(EMILY_CODE)
        await screen.type("1000000")
        await screen.shows("-100,000", "#rewards")
        hub.points[EMILY.member_id, "club"] = 40
        await screen.press("f5")
        await screen.shows("The hub has 40 points left", "#notice")
        await screen.press("f9")
        await screen.shows("Thank you, Ms Carter", "#greeting")
        await screen.shows("earned 100", "#farewell")


async def test_offline_the_list_says_what_cannot_be_had_and_why(store: Store, tmp_path: Path) -> None:
    """Nothing is offered that will not be given; a wish from before the line was cut says so once, in a sentence."""
    policy = OfflinePolicy(floor=100_000, cap=100_000, exposure=100_000)
    hub = NearHub(CUT)
    async with (
        running(store, tmp_path / "till.sock", hub=hub, offline=policy) as till,
        on_screen(till.socket) as screen,
    ):
        basket = await till.client.open_basket()
        assert isinstance(basket, Basket)
        wanted = BasketRequest(lines=(LineRequest(product=SCARF),), claims=(FIXED,))
        await till.client.fill(basket.basket_id, wanted)
        await screen.shows("for members: scan the card", "#rewards")
        await till.client.scan(EMILY_CODE)
        await screen.shows("Without the hub no more than 10,000 Toman is redeemed at a time.", "#notice")
        await screen.shows("offline no more than 10,000 Toman at a time", "#rewards")
        assert "F5" in screen.keys, "the wish can be taken off"
        hub.change(state=LineState.ONLINE)
        await screen.shows("50,000 toman off · 300 points", "#rewards")
        assert "Without the hub" not in screen.texts("#notice"), "what is over is not said for the rest of its time"
