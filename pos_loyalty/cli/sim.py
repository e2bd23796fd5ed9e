"""``pos-loyalty sim``."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Final

import click

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.options import examples
from sync.simulator.plan import Fault, Plan, drawn
from sync.simulator.shrinking import shrunk
from sync.simulator.world import Report, run

_LAST_STEPS: Final = 12
_AT_ONCE: Final = 5
"""Stories that a process is given together."""


def _faults(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[Fault, ...] | None:
    """Return the faults of a text with commas between them, in their usual order; an empty text has none."""
    if value is None:
        return None
    names = {name.strip() for name in value.split(",")} - {""}
    if unknown := sorted(names - {*Fault}):
        raise click.BadParameter(f"there is no {unknown[0]!r}; there are {', '.join(Fault)}", ctx, param)
    return tuple(fault for fault in Fault if fault in names)


@click.command(
    epilog=examples(
        "pos-loyalty sim --seed 7                                one story",
        "pos-loyalty sim --seed 1 --seeds 2000 --jobs 0          two thousand, on all cores",
        "pos-loyalty sim --seed 7 --tills 2 --steps 90 --faults cut,restore --trace",
    )
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which story; the first of several.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="How many, one seed each.")
@click.option("--tills", type=click.IntRange(1, 50), help="How many; drawn from the seed if not given.")
@click.option("--steps", type=click.IntRange(1), help="What happens before the faults stop; drawn if not given.")
@click.option(
    "--faults", metavar="FAULT,…", callback=_faults, help="Which faults, with commas between; drawn if not given."
)
@click.option(
    "--jobs", type=click.IntRange(0), default=1, show_default=True, help="How many at once; 0 for one on each core."
)
@click.option("--trace", is_flag=True, help="Print everything that happens, one line each.")
@click.option("--verbose", "-v", is_flag=True, help="Print how often each fault struck, and each thing was done.")
def sim(  # noqa: PLR0913 - one for each option
    *,
    seed: int,
    seeds: int,
    tills: int | None,
    steps: int | None,
    faults: tuple[Fault, ...] | None,
    jobs: int,
    trace: bool,
    verbose: bool,
) -> None:
    """Try the sync: tills and a hub in one process, with every fault there is, by a seed.

    The code that runs is the till's and the hub's own; network, disks, clocks and power are played. After every step
    nothing acknowledged may be lost or doubled, the ledger must sum to zero, and no row may be passed over; when the
    faults stop, every till must have what the hub has. The same seed is the same story, byte for byte.

    A story that breaks is shown, then made shorter, with the command that tells it again. Ends with 1 if one did.
    """
    broken, said, happened = 0, "", Counter[str]()
    plans = [drawn(each, tills, steps, faults) for each in range(seed, seed + seeds)]
    hidden = seeds == 1 or not sys.stderr.isatty()
    with (
        _told_by(min(jobs or os.cpu_count() or 1, seeds), plans) as reports,
        click.progressbar(reports, length=seeds, label="stories", file=sys.stderr, hidden=hidden) as bar,
    ):
        for report in bar:
            said = _said(report)
            happened.update(report.happened)
            if trace:
                click.echo("\n".join(report.trace))
            if report.broken:
                broken += 1
                click.echo(_told(report))
                click.echo(_told(shrunk(report)))
    for what in sorted(happened) if verbose else ():
        click.echo(f"{happened[what]:>9,}  {what}")
    click.echo(f"{seeds} stories, {broken} broken" if seeds > 1 else said)
    click.get_current_context().exit(Exit.REFUSED if broken else Exit.OK)


@contextmanager
def _told_by(jobs: int, plans: Sequence[Plan]) -> Iterator[Iterable[Report]]:
    """Yield what came of each plan, in their order, told by so many processes."""
    if jobs == 1:
        yield map(run, plans)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield pool.map(run, plans, chunksize=_AT_ONCE)


def _said(report: Report) -> str:
    return f"seed {report.plan.seed}: {report.plan.tills} tills, {report.steps} steps, {report.broken or 'all holds'}"


def _told(report: Report) -> str:
    """Return what broke, the last steps before it, and how to see it again."""
    return "\n".join(
        (_said(report), *(f"  {line}" for line in report.trace[-_LAST_STEPS:]), f"  {_command(report.plan)}")
    )


def _command(plan: Plan) -> str:
    numbers = f"--seed {plan.seed} --tills {plan.tills} --steps {plan.steps}"
    return f"pos-loyalty sim {numbers} --faults '{','.join(plan.faults)}'"
