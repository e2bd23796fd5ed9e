"""A till that takes a feed without end: says the number of each page that it has, until it is killed.

Every page holds one member, one product and one counter, all at the number of the page.
"""

import itertools
import sys
from pathlib import Path

from pos_loyalty.core.feed import FeedPage, RowKind
from pos_loyalty.core.rows import UsageRow
from pos_loyalty.errors import StoreError
from tests.store.feed import member_row, page, row, take
from tests.store.shop import card, person, product, sqlite_store

MEMBERS = 50


def page_at(number: int) -> FeedPage:
    """Return the page that ends at ``number``."""
    member = person(f"m{number % MEMBERS}", f"Ali{number}", "Crowd", card(f"C{number}"))
    return page(
        member_row(member, number),
        row(RowKind.PRODUCT, "tea", number, product("tea", f"{number}"), partition=64),
        row(RowKind.USAGE, "p/all", number, UsageRow(amount=number), partition=3),
        hub_ms=number,
    )


if __name__ == "__main__":
    store = sqlite_store(Path(sys.argv[1]))
    first = 1 + max(store.replica.cursor().numbers.values(), default=0)
    refusals = 0
    for number in itertools.count(first):
        try:
            take(store.replica, page_at(number))
        except StoreError as error:
            refusals += 1
            sys.stdout.write(f"{type(error).__name__}\n")
            take(store.replica, page_at(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if refusals and len(sys.argv) > 2 and number > first + int(sys.argv[2]):
            break
