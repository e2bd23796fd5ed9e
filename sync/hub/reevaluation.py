"""Sales priced again, by the same engine and the programs that the till says it asked. Pure over the store.

It reads the log behind the step, never under its locks. What comes out otherwise is written down for a person to look
at, and changes nothing: the past stands. An event does not have all that the till knew (codes of promotions, rewards
that were declined, what the member's document said at that moment), so a difference says where to look, and not who
is to blame; ``exact`` tells those by a document that nothing has changed since.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import PointsMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, SoldLine
from pos_loyalty.core.events import body_of
from pos_loyalty.core.feed import PARTITIONS, Row, RowKind
from pos_loyalty.core.members import Member, Used
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import ProgramSet, Scope
from pos_loyalty.core.sources import reward_of
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.kept import Logged, Memo, MemoKey, RowKey
from sync.hub.shop import Shop
from sync.hub.whereabouts import find

DIFFERENCE: Final = "difference"
"""Memos: what came out otherwise, by the event of the sale."""
LOOKED_AT: Final = MemoKey("reevaluation", "numbers")
"""Memo: partition to the last number of the log that was looked at."""
_CHUNK: Final = 200


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the till made of a sale, and what the hub makes of it."""

    event_id: str
    terminal_id: str
    store_id: str = ""
    currency: str
    net: tuple[int, int]
    """Minor units: the till's, the hub's."""
    points: dict[str, tuple[int, int]] = {}
    """By source, ``program@version/rule``: of those that differ."""
    exact: bool = False
    """Nothing has changed the member since, so the hub knew what the till knew."""


_numbers = msgspec.json.Decoder(dict[int, int]).decode
_product = msgspec.json.Decoder(Product).decode
_member = msgspec.json.Decoder(Member).decode
_difference = msgspec.json.Decoder(Difference).decode
_encode = msgspec.json.encode


def reevaluate(store: HubStore, shop: Shop) -> Iterator[int]:
    """Price again what was sold since the last time; yield, piece by piece, how many sales that were.

    How far it has come is written with what was found, so each sale is looked at once, also when it is cut off.
    """
    with store.reading() as reading:
        catalogue = {row.key: _product(row.document or b"") for row in reading.rows_of(RowKind.PRODUCT)}
    for partition in range(PARTITIONS):
        while (sales := _next_piece(store, partition, catalogue, shop)) is not None:
            yield sales


def differences(reading: Reading) -> list[Difference]:
    """Return all that came out otherwise."""
    return [_difference(memo.document) for memo in reading.memos(DIFFERENCE)]


def _next_piece(store: HubStore, partition: int, catalogue: Mapping[str, Product], shop: Shop) -> int | None:
    with store.transaction() as transaction:
        memo = transaction.own_memo(LOOKED_AT)
        numbers = _numbers(memo.document) if memo else {}
        piece = transaction.log_above(partition, numbers.get(partition, 0), _CHUNK)
        if not piece:
            return None
        sold = [each for each in piece if each.event.type == "basket.committed"]
        found = [_looked_at(transaction, each, catalogue, shop) for each in sold]
        transaction.put_memos(Memo(DIFFERENCE, each.event_id, _encode(each)) for each in found if each)
        transaction.put_memos([Memo(*LOOKED_AT, _encode(numbers | {partition: piece[-1].number}))])
        transaction.commit()
    return len(sold)


def _looked_at(
    transaction: Transaction, logged: Logged, catalogue: Mapping[str, Product], shop: Shop
) -> Difference | None:
    event, body = logged.event, body_of(logged.event)
    if not isinstance(body, BasketCommitted):
        # Of a newer build.
        return None
    row = _row(transaction, event.member_id)
    member = _before(_member(row.document), body) if row and row.document is not None else None
    asked = set(event.program_versions)
    programs = ProgramSet(each for each in shop.programs.programs if each.stamp in asked) if asked else shop.programs
    basket = _basket(body, event.occurred_at, catalogue, programs)
    priced = evaluate(basket, member, programs, event.occurred_at.astimezone(shop.zone), catalogue=catalogue)
    told, here = _by_source(body.moves), _by_source(priced.moves)
    points = {
        source: (told.get(source, 0), here.get(source, 0))
        for source in sorted(told.keys() | here.keys())
        if told.get(source, 0) != here.get(source, 0)
    }
    if not points and body.net == priced.net:
        return None
    return Difference(
        event_id=event.event_id,
        terminal_id=event.terminal_id,
        store_id=body.store_id,
        currency=body.currency,
        net=(body.net, priced.net),
        points=points,
        exact=event.member_id is None or (row is not None and row.number == logged.number),
    )


def _row(transaction: Transaction, member_id: str | None) -> Row | None:
    if member_id is None:
        return None
    key = RowKey(RowKind.MEMBER, find(transaction, member_id).owner)
    return transaction.rows([key]).get(key)


def _before(member: Member, body: BasketCommitted) -> Member:
    """Return a member as before a sale that is inside, as far as the sale says."""
    balances = dict(member.balances)
    for move in body.moves:
        if move.pending_until is None:
            balances[move.account] = balances.get(move.account, 0) - move.points
    used = dict(member.used)
    for count in body.counts:
        if count.scope is Scope.MEMBER and count.key in used:
            used[count.key] = Used(amount=used[count.key].amount - count.amount, until=used[count.key].until)
    given = {move.code for move in body.vouchers if move.kind is VoucherMoveKind.ISSUED}
    spent = {move.code: move.amount for move in body.vouchers if move.kind is not VoucherMoveKind.ISSUED}
    return replace(
        member,
        balances=balances,
        used=used,
        granted={program: day for program, day in member.granted.items() if program not in body.granted},
        vouchers=tuple(_unspent(each, spent) for each in member.vouchers if each.code not in given),
        purchase_count=max(0, member.purchase_count - 1),
    )


def _unspent(voucher: Voucher, spent: Mapping[str, int]) -> Voucher:
    if voucher.code not in spent:
        return voucher
    return replace(voucher, status=VoucherStatus.ISSUED, balance=voucher.balance + spent[voucher.code])


def _basket(body: BasketCommitted, at: datetime, catalogue: Mapping[str, Product], programs: ProgramSet) -> Basket:
    sold = [line for line in body.lines if line.net or not line.discounts]
    rewards = dict.fromkeys(reward for line in body.lines for reward in line.discounts)
    costs = {reward_of(move.source): -move.points for move in body.moves if move.points < 0}
    asked = {*rewards, *costs}
    used = tuple(move.code for move in body.vouchers if move.code and move.kind is not VoucherMoveKind.ISSUED)
    named = {program.program_id: program for program in programs.programs if program.codes}
    codes = tuple(p.codes[0] for name, p in named.items() if any(reward.partition("/")[0] == name for reward in asked))
    return Basket(
        basket_id=body.basket_id,
        currency=body.currency,
        opened_at=at,
        lines=tuple(_line(number, line, catalogue) for number, line in enumerate(sold, 1)),
        claims=tuple(Claim(reward=reward, points=costs.get(reward)) for reward in sorted(asked)),
        codes=(*used, *codes),
        store_id=body.store_id,
    )


def _line(number: int, line: SoldLine, catalogue: Mapping[str, Product]) -> BasketLine:
    product = catalogue.get(line.product_id)
    return BasketLine(
        number=number,
        product_id=line.product_id,
        name=line.name,
        unit_price=line.unit_price,
        quantity=line.quantity,
        categories=product.categories if product else (),
        tags=product.tags if product else (),
        tax=product.tax if product else None,
    )


def _by_source(moves: tuple[PointsMove, ...]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for move in moves:
        sums[move.source] = sums.get(move.source, 0) + move.points
    return sums
