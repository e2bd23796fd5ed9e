"""Three sales by script, through scanner, driver, service and store, printed as they happen and checked."""

import asyncio
import time
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import click

from drivers.virtual_scanner import command
from pos_loyalty.cli.demo.place import READER, Place
from pos_loyalty.cli.demo.watch import Watch
from pos_loyalty.core.basket import Basket, LineRequest, Receipt
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product, in_language
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.amounts import DisplayUnit
from pos_loyalty.i18n.languages import Language, language_of
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import display_name, welcome
from pos_loyalty.sample.programs import ACCOUNT
from pos_loyalty.sample.stars import AHMAD, EMILY, REZA, Star
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, Shop, TillView

_T = TypeVar("_T")

_SALES: Final = ((REZA, (10, 25)), (AHMAD, (2, 39)), (EMILY, (33, 35)))
"""Who buys which products of the catalogue: the first is scanned, the second typed."""


async def three_sales(here: Place) -> None:
    """Serve a Persian, an Arabic and an English member.

    Raises:
        ClickException: something did not come out as it must; the message says what.
    """
    async with TillClient(here.socket) as client, Watch(client) as watch:
        shop = await client.shop()
        products = _granted(await client.products()).products
        await watch.until(_is_ready, "the reader")
        _say("till", f"{shop.name}, {(await client.health()).members:,} members, reader {READER} is ready")
        await _clear(client)
        for star, numbers in _SALES:
            click.echo()
            await _Sale(here, client, watch, shop).run(star, *(products[number] for number in numbers))


class _Sale:
    """One sale from scan to farewell."""

    def __init__(self, here: Place, client: TillClient, watch: Watch, shop: Shop) -> None:
        self._here = here
        self._client = client
        self._watch = watch
        self._shop = shop
        self._write = Locale.of(
            Language.EN,
            currency=shop.currency,
            zone=ZoneInfo(shop.time_zone),
            display_unit=DisplayUnit(shop.display_unit),
        )

    async def run(self, star: Star, scanned: Product, typed: Product) -> None:
        member = await self._identify(star)
        await self._scan(scanned.codes[0], f"the barcode of {scanned.name['en']}")
        view = await self._watch.until(lambda view: view.stage is Stage.PRICED, "the price of the scanned product")
        lines = tuple(LineRequest(product=product.product_id) for product in (scanned, typed))
        priced = _granted(await self._client.replace(_there(view.basket).basket_id, lines))
        _check(len(priced.lines) == len(lines), f"the basket has {len(priced.lines)} lines, expected {len(lines)}")
        for line in priced.lines:
            _say("basket", f"{line.quantity} x {line.name}  {self._write.amount(line.unit_price)}")
        rewarded = await self._reward(priced, lines)
        await self._commit(rewarded, member)

    async def _identify(self, star: Star) -> Member:
        last_byte_ns = await self._scan(star.code, f"the card {star.code}")
        view = await self._watch.until(lambda view: view.member is not None, "the greeting")
        took_ms = (time.monotonic_ns() - last_byte_ns) / 1e6
        member = _there(view.member)
        _check(member.member_id == star.member_id, f"{star.code} named {member.member_id}, not {star.member_id}")
        language = language_of(member.language)
        tier = next((in_language(tier.name, "en") for tier in self._shop.tiers if tier.tier_id == member.tier), "")
        points = self._write.points(member.balances.get(ACCOUNT, 0))
        _say("who", f"{display_name(member.name, language)}, {tier}, {points}")
        _say("greeting", f"{welcome(member.name, language)}  ({took_ms:.1f} ms after the last byte)")
        return member

    async def _reward(self, priced: Basket, lines: tuple[LineRequest, ...]) -> Basket:
        before = _there(priced.evaluation)
        _say("to pay", self._write.amount(before.net))
        _check(bool(before.claimable), "there is no reward to claim")
        best = before.claimable[0]
        worth = f"{self._write.amount(best.value)} for {self._write.points(best.cost)}"
        _say("reward", f"{in_language(best.name, 'en')}: {worth}")
        rewarded = _granted(await self._client.replace(priced.basket_id, lines, (best.reward,), priced.revision))
        after = _there(rewarded.evaluation)
        _check(after.net == before.net - best.value, f"to pay {after.net}, expected {before.net} - {best.value}")
        _say("to pay", self._write.amount(after.net))
        return rewarded

    async def _commit(self, basket: Basket, member: Member) -> None:
        priced = _there(basket.evaluation)
        sold = _granted(await self._client.commit(basket.basket_id, basket.revision, key=f"demo-{basket.basket_id}"))
        again = _granted(await self._client.commit(basket.basket_id, basket.revision, key=f"demo-{basket.basket_id}"))
        receipt = _there(sold.receipt)
        _check(again.receipt == receipt, "a second commit made a second sale")
        await self._watch.until(lambda view: view.stage is Stage.FAREWELL, "the farewell")
        _say("committed", f"{self._write.amount(receipt.net)} as sale {receipt.event_id}")
        self._points(receipt, priced, member)
        known = _granted(await self._client.member(member.member_id))
        after = receipt.balances_after[ACCOUNT]
        _check(known.balances[ACCOUNT] == after, f"the member has {known.balances[ACCOUNT]} points, expected {after}")
        _granted(await self._client.dismiss())
        await self._watch.until(lambda view: view.stage is Stage.IDLE, "the end of the farewell")
        _say("farewell", "the till is idle again")

    def _points(self, receipt: Receipt, priced: Evaluation, member: Member) -> None:
        before, after = receipt.balances_before[ACCOUNT], receipt.balances_after[ACCOUNT]
        moves = [move.points for move in receipt.moves]
        _check(before == member.balances[ACCOUNT], f"{before} points before, expected {member.balances[ACCOUNT]}")
        _check(after == before + sum(moves), f"{after} points after, expected {before} and {moves}")
        _check(receipt.moves == priced.moves, "the points moved are not the ones that were shown")
        arithmetic = " ".join(f"{points:+,}" for points in moves)
        _say("points", f"{before:,} before, {after:,} after ({arithmetic})")

    async def _scan(self, code: str, what: str) -> int:
        """Put ``code`` on the wire; return when its last byte went out."""
        answer = await asyncio.to_thread(command, self._here.control, code)
        verdict, *times = answer.split()
        _check(verdict == "ok", f"the virtual scanner said: {answer}")
        first_ns, last_ns = map(int, times)
        _say("scan", f"{what}, {len(code) + 1} bytes in {(last_ns - first_ns) / 1e6:.1f} ms")
        return last_ns


def _is_ready(view: TillView) -> bool:
    return any(reader.state is ReaderState.READY for reader in view.readers)


async def _clear(client: TillClient) -> None:
    """Leave what an earlier demo left on the counter."""
    view = await client.till()
    if view.basket and view.basket.live:
        _granted(await client.void(view.basket.basket_id))
    _granted(await client.dismiss())


def _say(what: str, text: str) -> None:
    click.echo(f"{what:<10}{text}")


def _granted(answer: _T | Problem) -> _T:
    if isinstance(answer, Problem):
        raise click.ClickException(f"the till refused: {answer.title}: {answer.detail}")
    return answer


def _there(value: _T | None) -> _T:
    if value is None:
        raise click.ClickException("the till answered without a part that must be there")
    return value


def _check(right: bool, wrong: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not right:
        raise click.ClickException(wrong)
