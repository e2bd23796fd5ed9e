"""The linter of a program set: what no reader of one program sees, because it shows only when they work together."""

from collections.abc import Iterator, Sequence

from pos_loyalty.core.program_check.cards import check_cards
from pos_loyalty.core.program_check.findings import Code, Finding, Habits, Severity, Shop
from pos_loyalty.core.program_check.giving import check_giving
from pos_loyalty.core.program_check.goods import Catalogue
from pos_loyalty.core.program_check.points import check_points
from pos_loyalty.core.program_check.reach import check_reach
from pos_loyalty.core.program_check.together import check_together
from pos_loyalty.core.program_check.writing import check_writing
from pos_loyalty.core.programs import Program, Status

__all__ = ["Code", "Finding", "Habits", "Severity", "Shop", "check"]

_WORST_FIRST = tuple(Severity)


def check(programs: Sequence[Program], shop: Shop) -> tuple[Finding, ...]:
    """Return what is wrong with ``programs`` in ``shop``, the worst first; the same for the same input.

    Of each program the newest version counts that is not retired, drafts as if they were published. Programs of
    different currencies never meet.
    """
    newest = {
        program.program_id: program
        for program in sorted(programs, key=lambda program: (program.program_id, program.version))
        if program.status is not Status.RETIRED
    }
    found: list[Finding] = []
    for currency in sorted({program.currency for program in newest.values()}):
        found += _check([program for program in newest.values() if program.currency == currency], shop)
    return tuple(sorted(found, key=lambda f: (_WORST_FIRST.index(f.severity), f.code, f.programs, f.message)))


def _check(programs: Sequence[Program], shop: Shop) -> Iterator[Finding]:
    catalogue = Catalogue(shop, programs)
    yield from check_writing(programs, shop)
    yield from check_giving(programs, shop, catalogue)
    yield from check_cards(programs, catalogue)
    yield from check_points(programs, shop, catalogue)
    yield from check_reach(programs, shop, catalogue)
    yield from check_together(programs, shop, catalogue)
