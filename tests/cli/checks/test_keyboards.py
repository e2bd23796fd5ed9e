"""What the doctor says of keyboard layouts."""

from pathlib import Path

import msgspec
import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.cli.checks.keyboards import check_keyboards
from pos_loyalty.config import CodesConfig, Config, ShopConfig

SHOP = ShopConfig(name="Narenj", currency="IRR", time_zone="Asia/Tehran", phone_prefix="98")
TILL = Config(shop=SHOP, codes=CodesConfig(layouts=("us",)))


def machine(root: Path, file: str, text: str) -> Path:
    """Return the root of a machine with one file."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)
    return root


@pytest.mark.parametrize(
    ("file", "text", "remedy"),
    [
        ("etc/default/keyboard", 'XKBMODEL="pc105"\nXKBLAYOUT="us,ir"\n', 'set layouts = ["fa", "us"] in [codes]'),
        ("etc/vconsole.conf", "KEYMAP=tr\n", 'set layouts = ["tr", "us"] in [codes]'),
        ("etc/default/keyboard", 'XKBLAYOUT="us"\n', ""),
    ],
)
def test_a_layout_that_is_not_configured_is_named(tmp_path: Path, file: str, text: str, remedy: str) -> None:
    """Where readers type into the terminal, every layout of the machine must be known."""
    (finding,) = check_keyboards(TILL, machine(tmp_path, file, text))
    assert finding.remedy == remedy


def test_a_layout_that_loses_characters_is_named_with_them(tmp_path: Path) -> None:
    """German swallows the sign between number and date of a stripe; one that we do not know loses everything."""
    findings = list(check_keyboards(TILL, machine(tmp_path, "etc/default/keyboard", 'XKBLAYOUT="de,dz"\n')))
    assert "the layout de swallows + = `" in findings[1].seen
    assert "what a reader types under dz cannot be undone" in findings[2].seen
    assert all(finding.remedy for finding in findings)


def test_with_a_reader_of_its_own_the_layout_does_not_matter(tmp_path: Path) -> None:
    """Its bytes do not pass the keyboard."""
    till = msgspec.structs.replace(TILL, reader=(ReaderSettings(name="counter", port="/dev/ttyACM0"),))
    findings = list(check_keyboards(till, machine(tmp_path, "etc/default/keyboard", 'XKBLAYOUT="de"\n')))
    assert findings
    assert not any(finding.remedy for finding in findings)


def test_a_machine_that_does_not_say_is_left_alone(tmp_path: Path) -> None:
    """A server has no keyboard."""
    assert list(check_keyboards(TILL, tmp_path)) == []
