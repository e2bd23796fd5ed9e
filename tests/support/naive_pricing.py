"""The price of a basket, reckoned as docs/explanation/engine.md says it, unit by unit and with no thought of speed.

It shares the program documents with the engine and nothing else, so that both can be wrong only in different ways.
It knows no conditions (``only``), earns nothing and levies no tax: those are not part of the choice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import floor

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.members import Member
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs import (
    Base,
    CheapestFree,
    Discount,
    FixedOff,
    FixedPrice,
    FreeItem,
    Goods,
    Measure,
    Mode,
    Needs,
    Pay,
    PercentOff,
    Perk,
    PerPoint,
    Program,
    Reward,
    Take,
    Target,
    TaxView,
    UnitOffer,
)
from pos_loyalty.core.vouchers import Voucher

UNITS, GOODS, ORDER = 0, 1, 2
_ONE_ONLY = (Mode.FIRST, Mode.BEST_FOR_SHOP, Mode.BEST_FOR_CUSTOMER, Mode.EXCLUSIVE)


@dataclass(frozen=True, eq=False)
class Chance:
    """A reward that this basket could be given, and how it was asked for, if it was."""

    program: Program
    reward: Reward
    claim: Claim | None = None
    place: int = 0
    voucher: Voucher | None = None

    @property
    def stage(self) -> int:
        """Return where in the order of application it comes."""
        if isinstance(self.reward, UnitOffer):
            return UNITS
        return ORDER if isinstance(self.reward, Discount) and self.reward.on is Target.ORDER else GOODS

    @property
    def order(self) -> tuple[object, ...]:
        """Return the key by which combinations are applied."""
        kinds = {FixedOff: 1, PerPoint: 2}
        names = (self.program.program_id, self.reward.reward_id, self.voucher.code if self.voucher else "")
        priority = self.program.stacking.priority
        unclaimed = 1_000 if self.stage == UNITS else -1
        place = unclaimed if self.claim is None else self.place
        return (self.stage, -priority, place, kinds.get(type(self.reward), 0), *names)

    @property
    def single(self) -> bool:
        """Whether only one such reward may be in a basket."""
        return self.stage == ORDER and not isinstance(self.reward, PerPoint) and not self.reward.combines  # type: ignore[union-attr]

    @property
    def pools(self) -> bool:
        """Whether it is an amount off some goods."""
        return isinstance(self.reward, FixedOff | PerPoint) and self.reward.on is Target.PRODUCTS


@dataclass(eq=False)
class Unit:
    """One piece on the counter."""

    line: int
    price: int
    free: bool = False
    taken: bool = False


@dataclass
class Counter:
    """What is on the counter while rewards are given."""

    lines: Sequence[BasketLine]
    points: dict[str, int]
    units: list[Unit] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    given: list[Chance] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    coded: list[tuple[str, int, int]] = field(default_factory=list)
    """Program that a code woke, line, minor units."""
    by_points: int = 0
    """Minor units that points paid, step by step."""

    @property
    def nets(self) -> dict[int, int]:
        """Return what is left to pay, by the number of the line."""
        return {line.number: left for line, left in zip(self.lines, self.left, strict=True)}

    @property
    def price(self) -> int:
        """Return what the customer gives: money, and points that are as good as money."""
        return sum(self.left) + self.by_points

    def __post_init__(self) -> None:
        """Lay every unit on the counter."""
        priced = [(i, line) for i, line in enumerate(self.lines) if line.unit_price]
        self.units = [Unit(i, line.unit_price) for i, line in priced for _ in range(line.quantity)]
        self.left = [line.unit_price * line.quantity for line in self.lines]

    def are(self, goods: Goods) -> list[int]:
        """Return the lines that are ``goods``."""
        return [i for i, line in enumerate(self.lines) if _is(line, goods)]

    def open_units(self, lines: Iterable[int]) -> list[Unit]:
        """Return the units of ``lines`` that no offer has taken up."""
        wanted = set(lines)
        return [unit for unit in self.units if unit.line in wanted and not unit.taken]

    def paid(self, lines: Iterable[int]) -> list[Unit]:
        """Return the units of ``lines`` that are not free."""
        wanted = set(lines)
        return [unit for unit in self.units if unit.line in wanted and not unit.free]

    def paid_amount(self, needs: Needs, goods: Goods, program_id: str) -> int:
        """Return the shelf price of what is paid for, less what the codes of other programs took off."""
        lines = self.are(needs.goods or goods)
        gross = sum(_shelf_price(self.lines[i], len(self.paid([i])), needs.tax) for i in lines)
        return gross - sum(off for other, i, off in self.coded if other != program_id and i in lines)

    def times_met(self, needs: Needs, goods: Goods, program_id: str) -> int:
        """Return how many times over what is needed is there."""
        times = []
        if needs.quantity:
            times.append(len(self.paid(self.are(needs.goods or goods))) // needs.quantity)
        if needs.amount:
            times.append(max(0, self.paid_amount(needs, goods, program_id)) // needs.amount)
        return min(times, default=1)


@dataclass
class Gift:
    """What one reward gives: shares by line, units that become free, units that are taken up, points it costs."""

    shares: dict[int, int]
    cost: int = 0
    free: list[Unit] = field(default_factory=list)
    taken: list[Unit] = field(default_factory=list)


def naive_price(chances: Iterable[Chance], basket: Basket, member: Member | None) -> Counter:
    """Give ``chances`` in their fixed order; those that cannot be had are passed over, as if they were not there."""
    chances = list(chances)
    counter = _give(chances, basket, member)
    idle = [chance for chance in chances if chance.pools and chance not in counter.given]
    return naive_price([each for each in chances if each not in idle], basket, member) if idle else counter


def _give(chances: Iterable[Chance], basket: Basket, member: Member | None) -> Counter:
    lines = sorted(
        basket.lines, key=lambda line: (line.product_id, line.unit_price, line.quantity, line.categories, line.tags)
    )
    counter = Counter(lines, dict(member.balances) if member else {})
    ordered = sorted(chances, key=lambda chance: chance.order)
    for place, chance in enumerate(ordered):
        later = [other for other in ordered[place + 1 :] if other.pools]
        gift = _turn(chance, counter, later)
        if gift is None:
            continue
        for i, share in gift.shares.items():
            counter.left[i] -= share
        for unit in gift.free:
            unit.free = True
        for unit in gift.taken:
            unit.taken = True
        account, name = chance.program.account, chance.program.program_id
        counter.points[account] = counter.points.get(account, 0) - gift.cost
        counter.spent[name] = counter.spent.get(name, 0) + sum(gift.shares.values())
        if chance.program.codes:
            free = {unit.line for unit in gift.free}
            counter.coded += [(name, i, share) for i, share in gift.shares.items() if i not in free]
        if isinstance(chance.reward, PerPoint):
            counter.by_points += sum(gift.shares.values())
        counter.given.append(chance)
    return counter


def _turn(chance: Chance, counter: Counter, later: list[Chance]) -> Gift | None:
    """Return what ``chance`` gives now; None if nothing."""
    reward, program = chance.reward, chance.program
    lines = counter.are(reward.goods)
    if chance.claim and chance.claim.line and isinstance(reward, Discount) and reward.on is Target.LINE:
        lines = [i for i in lines if counter.lines[i].number == chance.claim.line]
    balance = counter.points.get(program.account, 0)
    budgets = [limit.most for limit in program.limits if limit.of is Measure.VALUE]
    room = min(budgets) - counter.spent.get(program.program_id, 0) if budgets else 10**18
    if not lines or room <= 0 or (reward.cost and reward.cost > balance):
        return None
    if not counter.times_met(reward.needs, reward.goods, program.program_id):
        return None
    match reward:
        case PercentOff() | FixedOff() | PerPoint():
            gift = _discount(chance, reward, counter, lines, room, later)
        case CheapestFree():
            gift = _cheapest_free(reward, counter, lines, room)
        case FixedPrice():
            gift = _fixed_price(reward, counter, lines, room)
        case FreeItem():
            gift = _free_item(chance, reward, counter, lines, room)
        case _:
            raise AssertionError(f"{reward!r} is no part of the choice")
    if gift is None or not sum(gift.shares.values()):
        return None
    if reward.clear_all:
        gift.cost = max(balance, reward.cost)
    return gift if not gift.cost or gift.cost <= balance else None


# Discounts


def _discount(
    chance: Chance, reward: Discount, counter: Counter, lines: list[int], room: int, later: list[Chance]
) -> Gift | None:
    here, most, original = _aim(reward, counter, lines)
    most = min(most, room)
    cost = reward.cost
    match reward:
        case PercentOff():
            base = original if reward.base is Base.ORIGINAL else _aim(reward, counter, lines)[1]
            value = rounded(Fraction(reward.percent) / 100 * base, reward.rounding)
        case FixedOff():
            value = (chance.voucher.value if chance.voucher else 0) or reward.amount
        case PerPoint():
            balance = counter.points.get(chance.program.account, 0)
            asked = chance.claim.points if chance.claim and chance.claim.points else balance
            if balance < max(asked, reward.points):
                return None
            steps = 0
            while (steps + 1) * reward.points <= asked and (steps + 1) * reward.amount <= min(most, reward.cap or most):
                steps += 1
            value, cost = steps * reward.amount, steps * reward.points
    value = min(value, most, reward.cap or value)
    return Gift(_eat(value, here, counter, later if chance.pools else []), cost)


def _aim(reward: Discount, counter: Counter, lines: list[int]) -> tuple[list[int], int, int]:
    """Return the lines a discount is on, what is left there, and the shelf price."""
    if reward.on is Target.LINE:
        most = max(counter.left[i] for i in lines)
        lines = [next(i for i in lines if counter.left[i] == most)]
    if reward.on is Target.CHEAPEST:
        payable = [i for i in lines if counter.left[i] and counter.paid([i])]
        if not payable:
            return [], 0, 0
        least = min(_shelf_price(counter.lines[i], 1, TaxView.INCLUDED) for i in payable)
        here = next(i for i in payable if _shelf_price(counter.lines[i], 1, TaxView.INCLUDED) == least)
        one = rounded(Fraction(counter.left[here], len(counter.paid([here]))), Rounding.HALF_UP)
        return [here], one, counter.lines[here].unit_price
    return lines, sum(counter.left[i] for i in lines), sum(counter.lines[i].gross for i in lines)


def _eat(value: int, lines: list[int], counter: Counter, later: list[Chance]) -> dict[int, int]:
    """Let ``value`` fall on ``lines``, on those first that fewest of ``later`` can reach."""
    shares: dict[int, int] = {}
    reached = {i: sum(i in counter.are(other.reward.goods) for other in later) for i in lines}
    for many in sorted(set(reached.values())):
        pool = [i for i in lines if reached[i] == many]
        part = min(value, sum(counter.left[i] for i in pool))
        shares |= split(part, {i: counter.left[i] for i in pool})
        value -= part
    return shares


def split(value: int, weights: dict[int, int]) -> dict[int, int]:
    """Return ``value`` in proportion to ``weights``; what is left over goes one by one to the largest."""
    if not value:
        return {}
    shares = {i: floor(Fraction(value * weight, sum(weights.values()))) for i, weight in weights.items()}
    largest = sorted(weights, key=lambda i: -weights[i])
    for i in largest[: value - sum(shares.values())]:
        shares[i] += 1
    return shares


# Offers on units


def _cheapest_free(reward: CheapestFree, counter: Counter, lines: list[int], room: int) -> Gift | None:
    dearest_first = reward.take is Take.DEAREST_FIRST
    units = sorted(counter.open_units(lines), key=lambda unit: -unit.price if dearest_first else unit.price)
    sets = min(len(units) // reward.of, reward.most or len(units))
    taken = units[: sets * reward.of]
    if dearest_first:
        cheap = [unit for place, unit in enumerate(taken) if place % reward.of >= reward.of - reward.free]
    else:
        cheap = taken[: sets * reward.free]
    gift = Gift({}, reward.cost, taken=taken)
    for unit in cheap:
        off = rounded(unit.price * Fraction(reward.percent) / 100, Rounding.HALF_UP)
        share = min(off, room)
        room -= share
        gift.shares[unit.line] = gift.shares.get(unit.line, 0) + share
        if share == unit.price and reward.percent == 100:
            gift.free.append(unit)
    return gift


def _fixed_price(reward: FixedPrice, counter: Counter, lines: list[int], room: int) -> Gift | None:
    units = sorted(counter.open_units(lines), key=lambda unit: -unit.price)
    gift = Gift({}, reward.cost)
    sets = 0
    while len(units) >= reward.quantity and (reward.most is None or sets < reward.most):
        members, units = units[: reward.quantity], units[reward.quantity :]
        off = sum(unit.price for unit in members) - reward.price
        if off <= 0:
            break
        part = min(off, room)
        room -= part
        sets += 1
        weights: dict[int, int] = {}
        for unit in members:
            weights[unit.line] = weights.get(unit.line, 0) + unit.price
        for i, share in split(part, weights).items():
            gift.shares[i] = gift.shares.get(i, 0) + share
        gift.taken += members
    return gift


def _free_item(chance: Chance, reward: FreeItem, counter: Counter, lines: list[int], room: int) -> Gift | None:
    asked = chance.claim.times if chance.claim else 1
    times = asked if reward.cost else 1
    if reward.repeats:
        met = counter.times_met(reward.needs, reward.goods, chance.program.program_id)
        times = min(met, asked) if reward.cost else met
    times = min(times, reward.most or times)
    bought_lines = counter.are(reward.needs.goods or reward.goods)
    for often in range(times, 0, -1):
        gift = _so_often(often, reward, counter, lines, bought_lines)
        if gift is not None and _still_met(often if reward.repeats else 1, chance, counter, gift):
            return gift if sum(gift.shares.values()) <= room else None
    return None


def _so_often(often: int, reward: FreeItem, counter: Counter, lines: list[int], bought_lines: list[int]) -> Gift | None:
    """Return the cheapest units that can be free while enough others are there to be bought."""
    to_buy = often * reward.needs.quantity
    can_be_bought = counter.open_units(bought_lines) if to_buy else []
    free: list[Unit] = []
    for unit in sorted(counter.open_units(lines), key=lambda unit: unit.price):
        rest = [other for other in can_be_bought if other not in free and other is not unit]
        if len(free) < often * reward.quantity and len(rest) >= to_buy:
            free.append(unit)
    rest = [other for other in can_be_bought if not any(other is unit for unit in free)]
    if len(free) < often * reward.quantity or len(rest) < to_buy:
        return None
    bought = sorted(rest, key=lambda unit: (unit.line in lines, unit.price))[:to_buy]
    shares: dict[int, int] = {}
    for unit in free:
        shares[unit.line] = shares.get(unit.line, 0) + unit.price
    return Gift(shares, often * reward.cost, free=free, taken=[*free, *bought])


def _still_met(often: int, chance: Chance, counter: Counter, gift: Gift) -> bool:
    """Whether the amount that is needed is paid so often, without the units that ``gift`` makes free."""
    needs = chance.reward.needs
    for unit in gift.free:
        unit.free = True
    paid = counter.paid_amount(needs, chance.reward.goods, chance.program.program_id)
    for unit in gift.free:
        unit.free = False
    return paid >= often * needs.amount


# Combinations


def chances(basket: Basket, member: Member | None, programs: Iterable[Program]) -> list[Chance]:
    """Return what the basket is given by itself, for a code, or for a claim; a program is there in one version."""
    claims = [claim if isinstance(claim, Claim) else Claim(reward=claim) for claim in basket.claims]
    found = []
    for program in programs:
        if program.codes and not set(program.codes) & set(basket.codes):
            continue
        for reward in program.rewards:
            name = f"{program.program_id}/{reward.reward_id}"
            asked = [(place, claim) for place, claim in enumerate(claims) if claim.reward == name]
            if isinstance(reward, Pay | Perk):
                continue
            if asked:
                found.append(Chance(program, reward, asked[0][1], asked[0][0]))
            elif not (reward.asked or reward.cost or reward.clear_all or isinstance(reward, PerPoint)):
                vouchers = [each for each in basket.vouchers if each.program_id == program.program_id]
                entered = [each for each in vouchers if each.code in basket.codes]
                found += [Chance(program, reward, voucher=each) for each in entered]
                found += [] if vouchers else [Chance(program, reward)]
    return found


def clash(one: Chance, other: Chance) -> bool:
    """Whether two rewards may not be in one combination."""
    mine, theirs = one.program.stacking, other.program.stacking
    if one.single and other.single:
        return True
    if mine.group and mine.group == theirs.group:
        return mine.mode in _ONE_ONLY
    return Mode.EXCLUSIVE in (mine.mode, theirs.mode)


def _order(chance: Chance) -> tuple[object, ...]:
    return chance.order


def legal(combination: Sequence[Chance]) -> bool:
    """Whether no two of ``combination`` clash."""
    return not any(clash(one, other) for one, other in combinations(combination, 2))


def best_prices(basket: Basket, member: Member | None, programs: Iterable[Program]) -> frozenset[int]:
    """Return the least price of any legal combination with everything in it that was claimed.

    There is more than one where combinations are equally good, and differ in which claim they leave without effect: a
    claim that had given way to that one comes in again, and what follows may be better by one way than by the other.
    """
    return frozenset(min(each.price for each in found) for found in endings(basket, member, list(programs)))


def endings(basket: Basket, member: Member | None, programs: list[Program]) -> Iterator[list[Counter]]:
    """Price every legal combination; once for each way in which equals may be told apart."""
    every = chances(basket, member, programs)
    claimed = sorted((each for each in every if each.claim), key=lambda each: each.place)
    forced: list[Chance] = []
    for chance in claimed:
        together = [*forced, chance]
        if legal(together) and len(naive_price(together, basket, member).given) == len(together):
            forced.append(chance)
    free = [each for each in every if not each.claim and not any(clash(each, other) for other in forced)]
    free = [each for each in free if _named_by_its_group(each, free, basket, member)]
    subsets = [some for size in range(len(free) + 1) for some in combinations(free, size) if legal(some)]
    found = [naive_price([*forced, *some], basket, member) for some in subsets]
    least = min(counter.price for counter in found)
    equals = [counter for counter in found if counter.price == least]
    for idle in dict.fromkeys(tuple(each.claim for each in forced if each not in best.given) for best in equals):
        if idle and len(forced) < len(claimed):
            # Other claims gave way to some that give nothing in the end: once more without these.
            rest = tuple(claim for claim in basket.claims if claim not in idle)
            yield from endings(replace(basket, claims=rest), member, programs)
        else:
            yield found


def _named_by_its_group(chance: Chance, free: Sequence[Chance], basket: Basket, member: Member | None) -> bool:
    """Whether the group leaves this reward, where not the customer's interest but its rule names one."""
    stacking = chance.program.stacking
    if not stacking.group or stacking.mode not in (Mode.FIRST, Mode.BEST_FOR_SHOP):
        return True
    gross = sum(line.gross for line in basket.lines)
    alone = {other: gross - sum(naive_price([other], basket, member).left) for other in sorted(free, key=_order)}
    group = [other for other in alone if other.program.stacking.group == stacking.group and alone[other]]
    if stacking.mode is Mode.BEST_FOR_SHOP:
        group.sort(key=lambda other: alone[other])
    return group[:1] == [chance]


# Goods and sums


def _is(line: BasketLine, goods: Goods) -> bool:
    lists = (goods.products, goods.categories, goods.tags)
    listed = _in(line, lists) if any(lists) else True
    return listed and not _in(line, (goods.except_products, goods.except_categories, goods.except_tags))


def _in(line: BasketLine, lists: Sequence[tuple[str, ...]]) -> bool:
    products, categories, tags = lists
    return (
        (bool(line.product_id) and line.product_id in products)
        or bool(set(line.categories) & set(categories))
        or bool(set(line.tags) & set(tags))
    )


def _shelf_price(line: BasketLine, units: int, view: TaxView) -> int:
    """Return what ``units`` of ``line`` cost on the shelf, with their tax or without."""
    price, tax = line.unit_price * units, line.tax
    if tax is None:
        return price
    rate = Fraction(tax.percent) / 100
    if view is TaxView.EXCLUDED:
        return price - rounded(price * rate / (1 + rate), Rounding.HALF_UP) if tax.included else price
    on_top = 0 if tax.included else rounded(price * rate, Rounding.HALF_UP)
    return price + on_top + tax.per_unit * units


def rounded(exact: Fraction, mode: Rounding) -> int:
    """Return ``exact`` as a whole number."""
    match mode:
        case Rounding.DOWN:
            return floor(exact)
        case Rounding.UP:
            return -floor(-exact)
        case Rounding.HALF_UP:
            return floor(exact + Fraction(1, 2))
        case Rounding.HALF_EVEN:
            return round(exact)
