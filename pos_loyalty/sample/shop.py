"""The whole sample shop, ready for :meth:`pos_loyalty.ports.Store.load`."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from pos_loyalty.core.members import Member
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.sample.members import SampleMembers
from pos_loyalty.sample.products import GIFT_CARD_TAG, sample_products
from pos_loyalty.sample.programs import sample_programs
from pos_loyalty.sample.stars import star_members
from pos_loyalty.sample.vouchers import loose_vouchers

SEED = 1404


def sample_shop(members: int, *, today: date, seed: int = SEED) -> ReplicaContents:
    """Return the shop with exactly ``members`` members, the stars first; histories end just before ``today``.

    Members are made while they are read, so that a million of them needs no memory; reading them a second time
    gives the same ones.
    """
    stars = star_members(today)[:members]
    return ReplicaContents(
        members=_Members(members, today, seed),
        products=sample_products(),
        programs=sample_programs(),
        vouchers=(*loose_vouchers(today), *(voucher for star in stars for voucher in star.vouchers)),
    )


class _Members:
    """A stream that can be read again."""

    def __init__(self, count: int, today: date, seed: int) -> None:
        self._count = count
        self._stars = star_members(today)
        self._others = SampleMembers(
            max(0, count - len(self._stars)),
            today=today,
            seed=seed,
            products=[product for product in sample_products() if GIFT_CARD_TAG not in product.tags],
        )

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Member]:
        yield from islice(self._stars, self._count)
        yield from self._others
