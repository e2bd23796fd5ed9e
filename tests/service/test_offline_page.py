"""docs/explanation/offline-policy.md says what the code does."""

import re
from pathlib import Path

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.offline import CLOCK_BACK_MS_MAX, OfflineLimit, OfflinePolicy, OfflineRedeem, worst_case
from pos_loyalty.i18n.languages import Language
from pos_loyalty.service.trust import HOLDS_S
from tests.support.small_shop import SHOP
from tui.present.limits import phrase, sentence
from tui.present.locales import locale_of
from tui.present.words import NO_WORDS

_PAGE = (Path(__file__).parents[2] / "docs/explanation/offline-policy.md").read_text(encoding="utf-8")
_TEXT = " ".join(_PAGE.split())


def _rows(heading: str) -> list[str]:
    """Return the first words of the rows of the table under ``heading``."""
    table = _PAGE.split(f"| {heading} |")[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_policy_and_every_limit_is_explained() -> None:
    """In the order of the code, and none that is not there."""
    assert _rows("`redeem`") == [each.value for each in OfflineRedeem]
    assert _rows("limit") == [each.value for each in OfflineLimit]


def test_the_figures_are_those_of_the_code() -> None:
    """Times and the example of the worst case."""
    policy = OfflinePolicy(floor=500_000, cap=1_000_000, exposure=20_000_000)
    many = worst_case(policy, stores=8, members=10_000, available=10**12)
    one = worst_case(policy, stores=8, members=1, available=3_000_000)
    assert f"lose at most {many:,} rial" in _TEXT
    assert f"takes at most {one:,} out of the eight" in _TEXT
    assert (HOLDS_S, CLOCK_BACK_MS_MAX) == (9 * 60, 10 * 60 * 1_000)


def test_what_the_cashier_reads_is_what_the_page_says() -> None:
    """Word for word."""
    why = Reason(Because.OFFLINE, {"most": 500_000}, {"limit": OfflineLimit.FLOOR})
    say = locale_of(SHOP, Language.EN)
    assert f'"{phrase(why, say, NO_WORDS, "")}"' in _TEXT
    assert f'"{sentence(why, say, NO_WORDS, "")}"' in _TEXT
