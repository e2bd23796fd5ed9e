"""``pos-loyalty programs simulate``: reads the past, replays it, tells what came of it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.program_files import Files, plain, print_json, zone_of
from pos_loyalty.core.document_faults import unfit
from pos_loyalty.core.simulation import Ready, Replay, Side, Simulation, Swing
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale


class Past(NamedTuple):
    """What was sold, of what, and where."""

    baskets: Path
    products: Path | None
    zone: str | None


def run(draft: Path, current: Path | None, past: Past, *, eager: bool, as_json: bool) -> Exit:
    """Print what ``draft`` would have done to the baskets of the past."""
    zone, files = zone_of(past.zone), Files(as_json=as_json)
    tried, in_force = files.programs(draft), files.programs(current) if current else ()
    if len(currencies := sorted({program.currency for program in tried})) != 1:
        found = ", ".join(currencies) or "no program"
        files.refuse(draft, [unfit("$.programs", found, "programs of one currency; write a file for each")])
    products = files.products(past.products)
    baskets = files.baskets(past.baskets, products, zone)
    replay = Replay(in_force, tried, products, eager=eager)
    _replay(replay, baskets)
    result = replay.result()
    if as_json:
        print_json(result)
    else:
        say = Locale.of(Language.EN, currency=tried[0].currency, zone=zone or UTC)
        click.echo("\n".join(plain(line) for line in _told(result, say)))
    return Exit.OK


def _replay(replay: Replay, baskets: Sequence[Ready]) -> None:
    """Price all baskets; who is tired of waiting presses Ctrl-C, and nothing is lost. The bar is for people only."""
    with click.progressbar(baskets, label="baskets", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for basket in bar:
            replay.sell(basket)


def _told(result: Simulation, say: Locale) -> Iterator[str]:
    sides = (result.current, result.draft)
    yield f"{'':24}{'now':>20}{'draft':>20}"
    for name, values in _sums(sides, say).items():
        yield f"{name:24}{values[0]:>20} {values[1]:>19}"
    yield ""
    for title, side in zip(("Programs now", "Programs with the draft"), sides, strict=True):
        yield from _contributions(title, side, say)
    yield from _swing("Better off", result.winners, say)
    yield from _swing("Worse off", result.losers, say)
    yield f"Unchanged customers: {say.number(result.unchanged)}"


def _sums(sides: tuple[Side, Side], say: Locale) -> Mapping[str, list[str]]:
    accounts = sorted({account for side in sides for account in (*side.issued, *side.spent)})
    rows = {
        "baskets": [say.number(side.baskets) for side in sides],
        "goods": [say.amount(side.gross) for side in sides],
        "given": [say.amount(side.discount) for side in sides],
        "customers paid": [say.amount(side.total) for side in sides],
    }
    for account in accounts:
        rows[f"issued, {account}"] = [say.number(side.issued.get(account, 0)) for side in sides]
        rows[f"spent, {account}"] = [say.number(side.spent.get(account, 0)) for side in sides]
    rows["vouchers made"] = [say.number(side.vouchers) for side in sides]
    rows["could have redeemed"] = [say.number(side.redeemable) for side in sides]
    rows["worth"] = [say.amount(side.unclaimed) for side in sides]
    rows["choice not optimal"] = [say.number(side.not_optimal) for side in sides]
    return rows


def _contributions(title: str, side: Side, say: Locale) -> Iterator[str]:
    if not side.programs:
        return
    yield title
    for stamp, gave in sorted(side.programs.items()):
        points = (
            f", {say.number(gave.issued)} issued, {say.number(gave.spent)} spent" if gave.issued or gave.spent else ""
        )
        yield f"  {stamp}: {say.amount(gave.discount)}{points}; baskets: {say.number(gave.baskets)}"
    yield ""


def _swing(title: str, swing: Swing, say: Locale) -> Iterator[str]:
    if not swing.customers:
        yield f"{title}: nobody"
        return
    yield (
        f"{title}: {say.amount(swing.amount)} in all, the median {say.amount(swing.median)}; "
        f"customers: {say.number(swing.customers)}, baskets: {say.number(swing.baskets)}"
    )
    for change in swing.most:
        yield f"  {change.customer}: {say.amount(change.before)} -> {say.amount(change.after)}"
