"""What screens have to know of the shop: its settings, and the names that came down with its programs."""

import contextlib
from collections.abc import Sequence

from msgspec.structs import replace

from pos_loyalty.core.programs import Program
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Store
from pos_loyalty.service.wire import ProgramLabel, Shop


class Shopfront:
    """The shop with the names of the programs that are here now, put together once for each edition of them."""

    def __init__(self, store: Store, shop: Shop) -> None:
        self._store = store
        self._bare = shop
        self._shop = replace(shop, edition=-1)

    def shop(self) -> Shop:
        """Return what is known now; where the programs cannot be read, what was known before."""
        edition = self._store.edition
        if edition != self._shop.edition:
            with contextlib.suppress(StoreError):
                self._shop = replace(named(self._bare, self._store.programs()), edition=edition)
        return self._shop


def named(shop: Shop, programs: Sequence[Program]) -> Shop:
    """Return ``shop`` with the names that ``programs`` bring; those it has already stay."""
    tiers = [*(tier for program in programs for tier in program.tiers), *shop.tiers]
    labels = [*(_label(program) for program in programs), *shop.programs]
    return replace(
        shop,
        accounts=_accounts(programs) | shop.accounts,
        tiers=tuple({tier.tier_id: tier for tier in tiers}.values()),
        programs=tuple({label.program_id: label for label in labels}.values()),
    )


def _accounts(programs: Sequence[Program]) -> dict[str, dict[str, str]]:
    """An account is called like the program of its own id, or else one that fills it, or else that spends from it."""
    by_weight = sorted(programs, key=lambda program: (program.program_id == program.account, bool(program.rules)))
    return {program.account: program.name for program in by_weight}


def _label(program: Program) -> ProgramLabel:
    return ProgramLabel(
        program_id=program.program_id,
        name=program.name,
        kind=program.kind,
        account=program.account,
        unit=program.unit,
    )
