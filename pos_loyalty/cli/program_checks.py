"""``pos-loyalty programs check``: reads the files, asks the linter, lists what it found."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.program_files import Files, plain, print_json, zone_of
from pos_loyalty.core.program_check import Finding, Habits, Severity, Shop, check
from pos_loyalty.core.programs import Program
from pos_loyalty.core.simulation import Ready


class Knowledge(NamedTuple):
    """What the command line tells of the shop."""

    current: Path | None
    products: Path | None
    baskets: Path | None
    habits: tuple[int, int] | None
    share: int
    zone: str | None


def run(file: Path, known: Knowledge, *, as_json: bool) -> Exit:
    """Print what is wrong with the programs in ``file``."""
    zone, files = zone_of(known.zone), Files(as_json=as_json)
    in_force = files.programs(known.current) if known.current else ()
    programs, products = files.programs(file), files.products(known.products)
    baskets = files.baskets(known.baskets, products, zone) if known.baskets else None
    shop = Shop(
        now=datetime.now(zone or UTC),
        products=tuple(products.values()),
        sold=None if baskets is None else _sold(baskets),
        habits=Habits(*known.habits) if known.habits else None,
        share=known.share,
    )
    findings = check((*_kept(in_force, programs), *programs), shop)
    if as_json:
        print_json({"findings": findings})
    else:
        _tell(file, findings)
    return Exit.REFUSED if any(finding.severity is Severity.ERROR for finding in findings) else Exit.OK


def _kept(current: Iterable[Program], draft: Iterable[Program]) -> Iterator[Program]:
    """Yield the programs that the draft does not replace: those of other names."""
    named = {program.program_id for program in draft}
    return (program for program in current if program.program_id not in named)


def _sold(baskets: Iterable[Ready]) -> Counter[str]:
    """Return how many units of each product were sold."""
    sold: Counter[str] = Counter()
    for basket in baskets:
        for line in basket.lines:
            sold[line.product_id] += line.quantity
    return sold


def _tell(file: Path, findings: Iterable[Finding]) -> None:
    counts = Counter(finding.severity for finding in findings)
    for finding in findings:
        click.echo(f"{finding.severity.value}: {plain(finding.message)} [{finding.code.value}]")
    said = ", ".join(f"{counts[severity]} {severity.value}{'s' * (counts[severity] != 1)}" for severity in Severity)
    click.echo(f"{file.name}: {said}")
