"""docs/reference/api.md says what the code does."""

import re
from pathlib import Path

from pos_loyalty.cli.sync_api import PATHS
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.service import faults
from pos_loyalty.service.api import ROUTES
from pos_loyalty.service.passes import NOTICES

_PAGE = (Path(__file__).parents[2] / "docs/reference/api.md").read_text(encoding="utf-8")
_SOURCE = Path(faults.__file__).read_text(encoding="utf-8")


def test_every_path_is_on_the_page_and_no_other() -> None:
    """The table of paths is the table of routes."""
    on_page = set(re.findall(r"^\| `(GET|POST|PUT|DELETE) (/\S+)` \|", _PAGE, re.MULTILINE))
    assert on_page == {*PATHS, *((method, path) for method, path, _ in ROUTES)}


def test_every_problem_word_is_on_the_page() -> None:
    """A caller finds every word it can meet."""
    words = set(re.findall(r'problem\(\s*"([a-z-]+)"', _SOURCE)) | {"unknown-member", "unknown-basket", "not-allowed"}
    words |= {code.value.replace("_", "-") for code in faults._SESSION_REFUSALS}
    words |= {code.value.replace("_", "-") for code in (*faults._STORE_NOTICES.values(), NoticeCode.STORE_UNREADABLE)}
    listed = set(re.findall(r"`([a-z-]+)`", _PAGE.split("## Problems")[1]))
    assert words - listed == set()


def test_every_word_for_a_code_that_is_not_taken_is_on_the_page() -> None:
    """A plug-in finds what to do about a pass, a card that was replaced and a code that may be several things."""
    words = {NoticeCode.AMBIGUOUS_CODE, NoticeCode.CARD_REPLACED, NoticeCode.PRICE_IN_CODE, *NOTICES.values()}
    listed = set(re.findall(r"`([a-z_]+)`", _PAGE.split("## What a code names")[1]))
    assert words - listed == set()
