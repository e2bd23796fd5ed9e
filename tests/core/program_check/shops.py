"""A small shop and small programs for the linter to look at."""

from datetime import datetime, timedelta, timezone
from typing import Any

from pos_loyalty.core.products import Product
from pos_loyalty.core.program_check import Code, Finding, Shop, check
from pos_loyalty.core.programs import EarnPerMoney, FixedOff, Kind, PercentOff, PerPoint, Program, Reward, Rule
from tests.support.builders import percent_off

NOW = datetime(2026, 3, 21, 10, tzinfo=timezone(timedelta(hours=3, minutes=30)))
"""A Saturday."""


def product(name: str, price: int = 1_000, category: str = "", *tags: str) -> Product:
    """Return one article."""
    return Product(product_id=name, codes=(), name={}, unit_price=price, category=category, tags=tags)


SUIT, SHIRT, SOCKS = product("suit", 100_000, "clothes"), product("shirt", 20_000, "clothes"), product("socks", 900)
GOODS = (SUIT, SHIRT, SOCKS)


def promo(name: str, *parts: Reward | Rule, **fields: Any) -> Program:  # noqa: ANN401 - fields of a struct
    """Return a promotion of these rewards, or whatever else ``fields`` say."""
    return Program(
        **{
            "program_id": name,
            "version": 1,
            "kind": Kind.PROMOTION,
            "name": {"en": name},
            "currency": "IRR",
            "rewards": tuple(part for part in parts if isinstance(part, Reward)),
            "rules": tuple(part for part in parts if isinstance(part, Rule)),
            **fields,
        }
    )


def card(*parts: Reward | Rule, name: str = "club", **fields: Any) -> Program:  # noqa: ANN401 - fields of a struct
    """Return a points card with the account ``club``."""
    return promo(name, *parts, **{"kind": Kind.POINTS_CARD, "account": "club", **fields})


def percent(number: int | str, **fields: Any) -> PercentOff:  # noqa: ANN401 - fields of a struct
    """Return the reward ``percent``."""
    return PercentOff(reward_id="percent", name={}, percent=percent_off(number).percent, **fields)


def fixed(amount: int, **fields: Any) -> FixedOff:  # noqa: ANN401 - fields of a struct
    """Return the reward ``fixed``."""
    return FixedOff(reward_id="fixed", name={}, amount=amount, **fields)


def per_point(amount: int, points: int = 1) -> PerPoint:
    """Return the reward ``points``."""
    return PerPoint(reward_id="points", name={}, amount=amount, points=points)


def earn(points: int, amount: int, **fields: Any) -> EarnPerMoney:  # noqa: ANN401 - fields of a struct
    """Return the rule ``earn``."""
    return EarnPerMoney(rule_id="earn", points=points, amount=amount, **fields)


def findings(*programs: Program, **shop: Any) -> list[Finding]:  # noqa: ANN401 - fields of a struct
    """Return what the linter says of programs in a shop of ``GOODS``."""
    return list(check(programs, Shop(**{"now": NOW, "products": GOODS, **shop})))


def codes(*programs: Program, **shop: Any) -> list[Code]:  # noqa: ANN401 - fields of a struct
    """Return what the linter says, in short."""
    return [finding.code for finding in findings(*programs, **shop)]
