"""Documents for tests: complete enough to be real, with only what matters to the test said in it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Draft, Event, seal
from pos_loyalty.core.ids import part_of, uuid7
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs import EarnPerMoney, FixedOff, Needs, PercentOff, Program, Reward

NOW = datetime(2026, 3, 21, 9, 30, tzinfo=UTC)
"""Nowruz 1405, in the morning."""


def uuid_of(number: int) -> str:
    """Return the same UUIDv7 for the same number, in the order of the numbers."""
    return uuid7(1_774_085_400_000 + number, number.to_bytes(10, "big"))


def earn(points: int, amount: int, rounding: Rounding = Rounding.DOWN) -> EarnPerMoney:
    """Return the rule ``per-money``: ``points`` for every ``amount``."""
    return EarnPerMoney(rule_id="per-money", points=points, amount=amount, rounding=rounding)


def percent_off(percent: int | str, cost: int = 0, *, cap: int | None = None, minimum: int = 0) -> PercentOff:
    """Return the reward ``percent``."""
    return PercentOff(
        reward_id="percent",
        name={"en": "percent"},
        cost=cost,
        percent=Decimal(percent),
        cap=cap,
        needs=Needs(amount=minimum),
    )


def fixed_off(amount: int, cost: int = 0, *, minimum: int = 0) -> FixedOff:
    """Return the reward ``fixed``."""
    return FixedOff(reward_id="fixed", name={"en": "fixed"}, cost=cost, amount=amount, needs=Needs(amount=minimum))


def program(
    *what: EarnPerMoney | Reward, name: str = "club", version: int = 1, currency: str = "IRR", account: str = "points"
) -> Program:
    """Return a program without an end that has these rules and rewards."""
    return Program(
        program_id=name,
        version=version,
        name={"en": name},
        account=account,
        currency=currency,
        rules=tuple(part for part in what if isinstance(part, EarnPerMoney)),
        rewards=tuple(part for part in what if isinstance(part, Reward)),
    )


def basket_of(*amounts: int, claims: tuple[str, ...] = (), currency: str = "IRR") -> Basket:
    """Return an open basket with one line of quantity 1 for every amount."""
    lines = tuple(BasketLine(number=i, unit_price=amount, quantity=1) for i, amount in enumerate(amounts, 1))
    return Basket(basket_id=uuid_of(0), currency=currency, opened_at=NOW, lines=lines, claims=claims)


def event(body: Body, seq: int = 1, *, member_id: str | None = "m1", terminal_id: str = "t1", minute: int = 0) -> Event:
    """Return ``body`` as event number ``seq`` of a terminal, ``minute`` minutes after ``NOW``."""
    draft = Draft(
        event_id=uuid_of(seq),
        occurred_at=NOW + timedelta(minutes=minute),
        body=body,
        member_id=member_id,
        associate_id="a1",
        part=part_of(member_id or terminal_id),
    )
    return seal(draft, terminal_id, seq)
