"""A payment card leaves no trace: not in a file of the store, not in the log, not on the stream of the screens."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import msgspec
import pytest

from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.programs import Happening
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.i18n.digits import Digits, write
from pos_loyalty.sample.shop import sample_shop
from pos_loyalty.sample.stars import REZA
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import BasketRequest, GestureRequest, HappeningRequest, Problem, Recorded
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.service_process import ServiceProcess

WITHIN_S = 120.0
CARDS = ("4111111111111111", "6037997111111119", "5555555555554444", "378282246310005")
CONTROL = "likes the number 739180265"


def _forms(card: str) -> tuple[str, ...]:
    spaced = " ".join(card[i : i + 4] for i in range(0, len(card), 4))
    return (card, spaced, spaced.replace(" ", "-"), write(card, Digits.FA), write(card, Digits.AR))


def _swipes(card: str) -> Iterator[str]:
    yield from _forms(card)
    yield f";{card}=26121010000012300000?"
    yield f"%B{card}^CARTER/EMILY^26121010000012300000?"


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    """A store with a few members."""
    with closing(SqliteStore(tmp_path / "store", clock=SystemClock(), ids=RandomIds())) as store:
        store.load(sample_shop(10, today=date(2026, 11, 21)))
    return tmp_path / "store"


async def test_a_payment_card_leaves_no_trace(tmp_path: Path, loaded: Path) -> None:
    """By reader, by hand or by plug-in, in notes, lines, codes, claims, awards: refused, and in no file afterwards."""
    link = tmp_path / "scanner"
    seen: list[bytes] = []
    with VirtualScanner(link) as scanner, ServiceProcess(tmp_path, loaded, ports=[link]) as service:
        service.start()
        async with TillClient(service.socket) as client, asyncio.timeout(WITHIN_S):
            async for view in client.watch():
                if view.readers and view.readers[0].state is ReaderState.READY:
                    break
            swipes = [swipe for card in CARDS for swipe in _swipes(card)]
            for swipe in swipes:
                await asyncio.to_thread(scanner.scan, swipe)
            async for view in client.watch():
                seen.append(msgspec.json.encode(view))
                if (await client.health()).readers[0].refused == len(swipes):
                    break
            for card in CARDS:
                seen.extend([await _by_hand(client, form) for form in _forms(card)])
            control = await client.note(REZA.member_id, CONTROL)
            assert isinstance(control, Recorded)
        service.kill()
    written = _written(tmp_path)
    assert any(CONTROL.encode() in content for content in written.values())
    for card in CARDS:
        # The last ten digits as well: a number cut in two would still be one.
        for form in (*_forms(card), card[-10:]):
            found = [path.name for path, content in written.items() if form.encode() in content]
            assert (found, [view for view in seen if form.encode() in view]) == ([], [])


def _written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def _by_hand(client: TillClient, form: str) -> bytes:
    """Try every door a person or a plug-in has; return what a screen shows then."""
    view = await client.scan(form)
    assert not isinstance(view, Problem)
    assert NoticeCode.PAYMENT_CARD in (view.refusal, view.notice and view.notice.code)
    assert isinstance(await client.note(REZA.member_id, f"pays with {form} always"), Problem)
    assert isinstance(await client.prefer(REZA.member_id, "card", form), Problem)
    await client.search(form)
    basket = await client.open_basket()
    assert isinstance(basket, Basket)
    named = LineRequest(amount=5_000, name=f"card {form}")
    assert isinstance(await client.replace(basket.basket_id, (named,)), Problem)
    assert isinstance(await client.replace(basket.basket_id, (LineRequest(product=form),)), Problem)
    for wanted in (
        BasketRequest(codes=(form,)),
        BasketRequest(declined=(form,)),
        BasketRequest(claims=(Claim(reward="club/x", code=form, gifts=(form,)),)),
    ):
        assert isinstance(await client.fill(basket.basket_id, wanted), Problem)
    back = (ReturnRequest(number=1, cards=(form,)),)
    assert isinstance(await client.take_back(basket.basket_id, back, key=f"return {len(form)}"), Problem)
    feedback = HappeningRequest(happening=Happening.FEEDBACK, about=form)
    assert isinstance(await client.happened(REZA.member_id, feedback), Problem)
    gesture = GestureRequest(reward="sorry/credit", amount=1, role="seller", reason=f"card {form}")
    assert isinstance(await client.gesture(REZA.member_id, gesture), Problem)
    return msgspec.json.encode(await client.void(basket.basket_id))
