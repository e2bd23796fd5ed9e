"""Vouchers of the sample shop: those of the stars, and a gift card of whoever brings it."""

from datetime import UTC, date, datetime, time, timedelta

from pos_loyalty.core.voucher_codes import RANDOM_BYTES, voucher_code
from pos_loyalty.core.vouchers import Voucher


def _code(word: str) -> str:
    return voucher_code(f"{word:>{RANDOM_BYTES}}".encode())


INVITATION, COUPON, GESTURE, GIFT_CARD = map(_code, ("invitation", "coupon", "gesture", "gift card"))
"""What Reza, Emily and Sara hold, and a gift card in nobody's name."""


def star_voucher(code: str, program_id: str, member_id: str, today: date, *, value: int = 0) -> Voucher:
    """Return a voucher that is good since last week and for four more."""
    return Voucher(
        code=code,
        program_id=program_id,
        member_id=member_id,
        valid_from=_midnight(today - timedelta(weeks=1)),
        valid_until=_midnight(today + timedelta(weeks=4)),
        value=value,
    )


def loose_vouchers(today: date) -> tuple[Voucher, ...]:
    """Return the vouchers that belong to nobody: a gift card with one million toman on it."""
    until = _midnight(today + timedelta(days=400))
    return (Voucher(code=GIFT_CARD, program_id="gift-card", balance=10_000_000, valid_until=until),)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
