"""docs/howto/readers.md: every example can be configured, and every kind of reader has one."""

import re
from pathlib import Path

import pytest

from drivers.kinds import OURS
from pos_loyalty.config import parse

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "readers.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHOP = '[shop]\nname = "Narenj"\ncurrency = "IRR"\ntime_zone = "Asia/Tehran"\nphone_prefix = "98"\n'


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_configuration(example: str) -> None:
    """Behind a shop it is taken without a fault."""
    assert parse(SHOP + example, Path("pos.toml")).shop.name == "Narenj"


def test_every_kind_has_an_example_and_a_row() -> None:
    """A new kind of reader needs its words here."""
    shown = {reader.kind for example in EXAMPLES for reader in parse(SHOP + example, Path("pos.toml")).reader}
    table = PAGE.partition("## Which way")[2].partition("Set on every")[0]
    rows = set(re.findall(r"^\| [^|]+ \| `(\w+)` \|", table, re.MULTILINE))
    assert shown == rows == set(OURS)
