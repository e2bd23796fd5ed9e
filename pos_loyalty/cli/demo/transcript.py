"""Three sales by script, through scanner, driver, service and store, printed as they happen and checked."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeVar

import click

from drivers.virtual_scanner import command
from pos_loyalty.cli.demo.place import CONTACTLESS, READER, Place
from pos_loyalty.cli.demo.telling import Teller, say
from pos_loyalty.cli.demo.watch import Watch
from pos_loyalty.cli.demo.ways import show_ways
from pos_loyalty.core.basket import Basket, LineRequest, Receipt
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import ClaimableReward, Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.languages import language_of
from pos_loyalty.i18n.titles import display_name, welcome
from pos_loyalty.ports import LineState
from pos_loyalty.sample.programs import ACCOUNT
from pos_loyalty.sample.stars import AHMAD, EMILY, REZA, Star
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, TillView

_T = TypeVar("_T")
_HUB_S: Final = 30.0
_BROUGHT_IN_PER_S: Final = 2_000
"""Members of a new shop that the hub takes over, on a slow machine."""


class _Script(NamedTuple):
    """Who buys what and claims what; the first product is scanned, the others are typed."""

    star: Star
    products: tuple[str, ...]
    claim: str


_SALES: Final = (
    _Script(REZA, ("P-011", "P-026"), "thanks/gift"),
    _Script(AHMAD, ("P-003", "P-040"), "suit-gift/tie-or-square"),
    _Script(EMILY, ("P-034", "P-042"), "coffee/free-cup"),
)
"""A birthday, points and a free item each have their turn."""


async def three_sales(here: Place) -> None:
    """Serve a Persian, an Arabic and an English member.

    Raises:
        ClickException: something did not come out as it must; the message says what.
    """
    async with TillClient(here.socket) as client, Watch(client) as watch:
        shop = await client.shop()
        products = {product.product_id: product for product in _granted(await client.products()).products}
        await watch.until(_is_ready, "the readers")
        known = (await client.health()).members
        say("till", f"{shop.name}, {known:,} members, readers {READER} and {CONTACTLESS} are ready")
        await watch.until(_is_synced, "the hub", _HUB_S + known / _BROUGHT_IN_PER_S)
        say("hub", "inside the till service: online, the till has everything")
        await _clear(client)
        teller = Teller(shop, {product.product_id: product.name for product in products.values()})
        for script in _SALES:
            click.echo()
            sold = [products[product_id] for product_id in script.products]
            await _Sale(here, client, watch, teller).run(script, sold)
        click.echo()
        await show_ways(here, client, watch)
        click.echo()
        await watch.until(_is_synced, "the hub's last answer")
        say("hub", f"has all {(await client.health()).events} events of this till; none waits")


class _Sale:
    """One sale from scan to farewell."""

    def __init__(self, here: Place, client: TillClient, watch: Watch, teller: Teller) -> None:
        self._here = here
        self._client = client
        self._watch = watch
        self._tell = teller

    async def run(self, script: _Script, products: Sequence[Product]) -> None:
        member = await self._identify(script.star)
        await self._scan(products[0].codes[0], f"the barcode of {products[0].name['en']}")
        view = await self._watch.until(lambda view: view.stage is Stage.PRICED, "the price of the scanned product")
        lines = tuple(LineRequest(product=product.product_id) for product in products)
        priced = _granted(await self._client.replace(_there(view.basket).basket_id, lines))
        _check(len(priced.lines) == len(lines), f"the basket has {len(priced.lines)} lines, expected {len(lines)}")
        self._tell.priced(priced, _now())
        await self._commit(await self._reward(priced, lines, script.claim), member)

    async def _identify(self, star: Star) -> Member:
        last_byte_ns = await self._scan(star.code, f"the card {star.code}")
        view = await self._watch.until(lambda view: view.member is not None, "the greeting")
        took_ms = (time.monotonic_ns() - last_byte_ns) / 1e6
        member = _there(view.member)
        _check(member.member_id == star.member_id, f"{star.code} named {member.member_id}, not {star.member_id}")
        language = language_of(member.language)
        points = self._tell.write.points(member.balances.get(ACCOUNT, 0))
        say("who", f"{display_name(member.name, language)}, {self._tell.tier(member.tier)}, {points}")
        say("greeting", f"{welcome(member.name, language)}  ({took_ms:.1f} ms after the last byte)")
        return member

    async def _reward(self, priced: Basket, lines: tuple[LineRequest, ...], wanted: str) -> Basket:
        """Claim what the script says; on a later run that may be used up, and then the best of what there is."""
        before = _there(priced.evaluation)
        best = next((offer for offer in before.claimable if offer.reward == wanted), None)
        if best is None and not before.claimable:
            say("reward", "nothing to claim today")
            return priced
        best = best or before.claimable[0]
        self._tell.offer(best, before, _now())
        claim = Claim(reward=best.reward, gifts=best.gifts[: best.choose])
        rewarded = _granted(await self._client.replace(priced.basket_id, lines, (claim,), priced.revision))
        after = _there(rewarded.evaluation)
        _check_worth(best, before, after)
        say("to pay", self._tell.write.amount(after.to_pay))
        return rewarded

    async def _commit(self, basket: Basket, member: Member) -> None:
        priced = _there(basket.evaluation)
        sold = _granted(await self._client.commit(basket.basket_id, basket.revision, key=f"demo-{basket.basket_id}"))
        again = _granted(await self._client.commit(basket.basket_id, basket.revision, key=f"demo-{basket.basket_id}"))
        receipt = _there(sold.receipt)
        _check(again.receipt == receipt, "a second commit made a second sale")
        await self._watch.until(lambda view: view.stage is Stage.FAREWELL, "the farewell")
        self._tell.receipt(receipt)
        _check_points(receipt, priced, member)
        known = _granted(await self._client.member(member.member_id))
        left = {account: known.balances.get(account, 0) for account in receipt.balances_after}
        _check(left == receipt.balances_after, f"the member has {left}, expected {receipt.balances_after}")
        _granted(await self._client.dismiss())
        await self._watch.until(lambda view: view.stage is Stage.IDLE, "the end of the farewell")
        say("farewell", "the till is idle again")

    async def _scan(self, code: str, what: str) -> int:
        """Put ``code`` on the wire; return when its last byte went out."""
        answer = await asyncio.to_thread(command, self._here.control, code)
        verdict, *times = answer.split()
        _check(verdict == "ok", f"the virtual scanner said: {answer}")
        first_ns, last_ns = map(int, times)
        say("scan", f"{what}, {len(code) + 1} bytes in {(last_ns - first_ns) / 1e6:.1f} ms")
        return last_ns


def _check_worth(claimed: ClaimableReward, before: Evaluation, after: Evaluation) -> None:
    """Claiming gives at least what was promised; a gift is worth something and lowers nothing."""
    most = before.to_pay - (0 if claimed.gifts else claimed.value)
    _check(after.to_pay <= most, f"to pay {after.to_pay}, expected {most} at most")
    given = {reward.reward for reward in after.applied if reward.claimed} | {paid.reward for paid in after.payments}
    _check(claimed.reward in given, f"{claimed.reward} was offered and not given")


def _check_points(receipt: Receipt, priced: Evaluation, member: Member) -> None:
    """What the customer was shown is what was moved, and nothing else."""
    _check(receipt.moves == priced.moves, "the points moved are not the ones that were shown")
    for account, after in receipt.balances_after.items():
        before = receipt.balances_before[account]
        known = member.balances.get(account, 0)
        _check(before == known, f"{before} points of {account} before, expected {known}")
        moves = [move.points for move in receipt.moves if move.account == account and move.pending_until is None]
        _check(after == before + sum(moves), f"{after} points of {account} after, expected {before} and {moves}")


def _now() -> datetime:
    return datetime.now(UTC)


def _is_ready(view: TillView) -> bool:
    return bool(view.readers) and all(reader.state is ReaderState.READY for reader in view.readers)


def _is_synced(view: TillView) -> bool:
    line = view.line
    return line.state is LineState.ONLINE and line.fresh_ms is not None and not line.waiting


async def _clear(client: TillClient) -> None:
    """Leave what an earlier demo left on the counter."""
    view = await client.till()
    if view.basket and view.basket.live:
        _granted(await client.void(view.basket.basket_id))
    _granted(await client.dismiss())


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
