"""What the transcript of a sale says: one word in front, then the line."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import click

from pos_loyalty.core.basket import Basket, Receipt
from pos_loyalty.core.evaluation import Because, ClaimableReward, Evaluation, VoucherMoveKind, WithheldReward
from pos_loyalty.core.products import in_language
from pos_loyalty.i18n.amounts import DisplayUnit
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import Shop
from tui.present.reasons import reason
from tui.present.words import Words, counted_points, words_of

_WHY_NOT_MAX: Final = 3
"""Of a dozen programs most say no, and three reasons show how."""
_FIRST: Final = (Because.POINTS_MISSING, Because.MONEY_MISSING, Because.UNITS_MISSING, Because.NOT_YET)
"""What a customer can do something about, the nearest first."""


def say(what: str, text: str) -> None:
    """Print one line of the transcript."""
    click.echo(f"{what:<10}{text}")


class Teller:
    """Tells in English what happens in one shop."""

    def __init__(self, shop: Shop, products: Mapping[str, Mapping[str, str]]) -> None:
        self._shop = shop
        self._products = products
        zone = ZoneInfo(shop.time_zone)
        self.write = Locale.of(
            Language.EN, currency=shop.currency, zone=zone, display_unit=DisplayUnit(shop.display_unit)
        )

    def tier(self, tier_id: str) -> str:
        """Return what a tier is called."""
        return next((in_language(tier.name, "en") for tier in self._shop.tiers if tier.tier_id == tier_id), "")

    def priced(self, basket: Basket, now: datetime) -> None:
        """Say what is in the basket, what was given by itself, and why not the rest."""
        priced = basket.evaluation
        for line in basket.lines:
            say("basket", f"{line.quantity} x {line.name}  {self.write.amount(line.unit_price)}")
        if priced:
            for given in priced.applied:
                worth = f": {self.write.amount(given.value)}" if given.value else ""
                say("given", in_language(given.name, "en") + worth)
            self._why_not(priced.withheld, self._words(priced, now))
            say("to pay", self.write.amount(priced.to_pay))

    def _why_not(self, withheld: Iterable[WithheldReward], words: Words) -> None:
        told = [held for held in withheld if held.account not in words.wallets]
        told.sort(key=lambda held: _FIRST.index(held.reason.code) if held.reason.code in _FIRST else len(_FIRST))
        for held in told[:_WHY_NOT_MAX]:
            say("why not", f"{in_language(held.name, 'en')}: {reason(held.reason, self.write, words, held.account)}")

    def offer(self, offer: ClaimableReward, priced: Evaluation, now: datetime) -> None:
        """Say what is claimed, what it is worth and what it costs."""
        worth = self.write.amount(offer.value)
        if offer.cost:
            worth += f" for {counted_points(offer.cost, offer.account, self._words(priced, now), self.write)}"
        say("reward", f"{in_language(offer.name, 'en')}: {worth}")

    def receipt(self, receipt: Receipt) -> None:
        """Say what was sold, how the points moved and which vouchers were made."""
        say("committed", f"{self.write.amount(receipt.to_pay)} as sale {receipt.event_id}")
        for account, after in receipt.balances_after.items():
            moves = [move.points for move in receipt.moves if move.account == account and move.pending_until is None]
            if moves:
                arithmetic = " ".join(f"{points:+,}" for points in moves)
                say("points", f"{account}: {receipt.balances_before[account]:,} before, {after:,} after ({arithmetic})")
        for voucher in receipt.vouchers:
            if voucher.kind is VoucherMoveKind.ISSUED and voucher.valid_until:
                say("voucher", f"{voucher.code} of {voucher.program_id}, before {self.write.date(voucher.valid_until)}")

    def _words(self, priced: Evaluation, now: datetime) -> Words:
        return words_of(self._shop, priced, self._products, now)
