"""The engine: ``evaluate(basket, member, programs, now)``, pure and deterministic to the byte.

Order of application: free goods, then discounts on goods, then discounts on the order, each on what the ones before
leave; then taxes; then gift cards and wallets pay; then points are earned. docs/explanation/engine.md says why.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Choice, ClaimableReward, Evaluation, WithheldReward
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing.answer import Answer
from pos_loyalty.core.pricing.bound import lowest_net
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.choice import Chosen, choose
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.codes import Codes
from pos_loyalty.core.pricing.offers import Offers
from pos_loyalty.core.pricing.prospects import Prospects
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.pricing.taxation import added, tax_lines
from pos_loyalty.core.pricing.turn import Catalogue, Setting
from pos_loyalty.core.programs import Program, ProgramSet, Stage
from pos_loyalty.core.usage import UNUSED, Usage

NO_PRODUCTS: Catalogue = MappingProxyType({})


class _Shop(NamedTuple):
    """What a price hangs on besides the basket."""

    programs: ProgramSet
    at: Circumstances
    catalogue: Catalogue
    usage: Usage
    offering: bool = True
    """Whether the answer says what could be had on top, and what the claims keep out."""


def evaluate(
    basket: Basket,
    member: Member | None,
    programs: ProgramSet | Iterable[Program],
    now: datetime,
    *,
    catalogue: Catalogue = NO_PRODUCTS,
    usage: Usage = UNUSED,
) -> Evaluation:
    """Return the price of ``basket`` for ``member`` under ``programs`` at ``now``.

    ``now`` is in the store's time zone, whose clock and calendar the programs mean. A member of None is a customer
    who is not known. ``catalogue`` has the products that may be given, by id; ``usage`` what this till knows of
    limits that are not the member's alone. Nothing here raises for bad data: a claim that cannot be met is answered
    in ``withheld``, a code in ``refused_codes``.

    A caller that prices many baskets makes one :class:`~pos_loyalty.core.programs.ProgramSet` and keeps it.
    """
    known = programs if isinstance(programs, ProgramSet) else ProgramSet(programs)
    at = Circumstances(basket, member, now)
    places = sorted(range(len(basket.lines)), key=lambda place: _what_it_is(basket.lines[place]))
    sorted_basket = replace(basket, lines=tuple([basket.lines[place] for place in places]))
    return _as_scanned(_within_means(sorted_basket, _Shop(known, at, catalogue, usage)), basket, places)


def _what_it_is(line: BasketLine) -> tuple[object, ...]:
    """Return what a line is sorted by, so that what it costs does not hang on when it was scanned."""
    tax = line.tax
    taxed = (tax.tax_id, tax.percent, tax.included, tax.per_unit) if tax else ()
    return line.product_id, line.unit_price, line.quantity, line.name, line.categories, line.tags, taxed


def _as_scanned(price: Evaluation, basket: Basket, places: list[int]) -> Evaluation:
    """Return ``price`` with lines and taxes in the order of ``basket`` again, the gifts after them."""
    lines = [line for _, line in sorted(zip(places, price.lines, strict=False), key=itemgetter(0))]
    names = list(dict.fromkeys(line.tax.tax_id for line in basket.lines if line.tax is not None))
    taxes = sorted(price.taxes, key=lambda share: names.index(share.tax_id))
    return replace(price, lines=(*lines, *price.lines[len(places) :]), taxes=tuple(taxes))


def _within_means(basket: Basket, shop: _Shop) -> Evaluation:
    member = shop.at.member
    priced = _evaluate(basket, shop, Setting(shop.at, shop.catalogue))
    if any(points < min(0, _before(member, account)) for account, points in priced.balances_after.items()):
        # Some points of this very basket were spent, and a later discount made them fewer than that.
        return _evaluate(basket, shop, Setting(shop.at, shop.catalogue, own_points=False))
    return priced


def _before(member: Member | None, account: str) -> int:
    return member.balances.get(account, 0) if member else 0


def _evaluate(basket: Basket, shop: _Shop, setting: Setting) -> Evaluation:
    at = shop.at
    shelf = Shelf(basket)
    codes = Codes(basket, at.member, shop.programs, at.now)
    prospects = Prospects(basket, shelf, at, codes)
    prospects.gather(basket, shop.programs, shop.usage)
    replay = Replay(shelf, at.member.balances if at.member else {}, setting)
    given = [candidate for candidate in prospects.given if candidate.plan.stage <= Stage.ORDER]
    chosen = choose([each for each in prospects.claimed if each.plan.stage <= Stage.ORDER], given, replay)
    ticket = chosen.replayed.ticket
    answer = Answer(at, ticket)
    answer.give(ticket.given)
    answer.exclude(chosen)
    taxes, groups = tax_lines(ticket)
    on_top = added(ticket, taxes)
    total = ticket.net + on_top
    to_pay = answer.pay((*prospects.claimed, *prospects.given), total)
    answer.say([each for each in (*prospects.claimed, *prospects.given) if each.plan.stage == Stage.WORDS], replay)
    # Before earning: a wallet that this very basket fills is empty while it is paid.
    if shop.offering:
        offers = Offers(prospects, chosen, replay, answer.applied, partial(_asked, basket, shop))
        answer.offer(prospects.offers, offers, to_pay)
    answer.earn(prospects, Fraction(total - to_pay, total) if total else Fraction(0))
    lines = answer.lines(taxes, setting.catalogue)
    gross, net = sum(line.gross for line in lines), ticket.net
    return Evaluation(
        currency=basket.currency,
        gross=gross,
        discount=gross - net,
        net=net,
        added_tax=on_top,
        total=total,
        to_pay=to_pay,
        lines=lines,
        taxes=groups,
        moves=tuple(answer.moves),
        vouchers=tuple(answer.vouchers),
        counts=tuple(answer.counts),
        granted=answer.granted(),
        applied=tuple(answer.applied),
        payments=tuple(answer.payments),
        claimable=tuple(sorted(answer.claimable, key=_most_worth)),
        withheld=tuple(sorted((*prospects.withheld, *answer.withheld), key=_claimed_first)),
        refused_codes=tuple(codes.refused),
        unearned=(*prospects.unearned, *answer.unearned),
        balances_after=answer.balances,
        programs=tuple(speaking.program.stamp for speaking in prospects.speaking),
        choice=_choice(chosen, prospects, shelf),
        dearer_by=_dearer_by(chosen, given, replay) if shop.offering else 0,
    )


def _asked(basket: Basket, shop: _Shop, claim: Claim) -> Evaluation:
    """Return the price of ``basket`` with ``claim`` as the last of its claims."""
    return _within_means(replace(basket, claims=(*basket.claims, claim)), shop._replace(offering=False))


def _dearer_by(chosen: Chosen, given: Sequence[Candidate], replay: Replay) -> int:
    """Return by how much less the customer would pay who claimed nothing."""
    kept_out = any(rival.claim and candidate.claim is None for candidate, rival in chosen.excluded.items())
    if not kept_out:
        return 0
    return max(0, chosen.replayed.ticket.net - choose((), given, replay).replayed.ticket.net)


def _choice(chosen: Chosen, prospects: Prospects, shelf: Shelf) -> Choice | None:
    if chosen.combinations <= 1:
        return None
    net = chosen.replayed.ticket.net
    bound = net if chosen.optimal else lowest_net((*prospects.claimed, *prospects.given), shelf)
    return Choice(combinations=chosen.combinations, optimal=chosen.optimal, bound=bound)


def _most_worth(offer: ClaimableReward) -> tuple[int, int, str]:
    return -offer.value, offer.cost, offer.reward


def _claimed_first(withheld: WithheldReward) -> tuple[bool, str, str]:
    return not withheld.claimed, withheld.reward, withheld.reason.code.value
