"""What the doctor says of the unit and of containers."""

from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.cli.checks.confinement import check_confinement

UNIT = (Path(__file__).parents[3] / "systemd" / "pos-loyalty.service").read_text("utf-8")
READERS = (
    ReaderSettings(name="counter", port="/dev/serial/by-path/platform-dummy_hcd.3-usb-0:1:1.0"),
    ReaderSettings(name="door", kind="wedge", port="/dev/input/event5", usb="05f9:2216"),
    ReaderSettings(name="hall", kind="hidpos", port="/dev/hidraw1", usb="0c2e:0b61"),
    ReaderSettings(name="eye", kind="camera", port="/dev/video0"),
    ReaderSettings(name="net", port="socket://10.0.0.7:4001"),
)


def install(root: Path, text: str, path: str = "etc/systemd/system/pos-loyalty.service") -> Path:
    """Install a unit on the store PC."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root


def test_our_unit_lets_every_kind_through(store_pc: Path) -> None:
    """Pitfall 19."""
    assert list(check_confinement(READERS, install(store_pc, UNIT))) == []


def test_a_unit_that_keeps_a_class_away_is_named(store_pc: Path) -> None:
    """With the line to add; where it was added, in whichever folder, nothing is left to do."""
    old = "\n".join(line for line in UNIT.splitlines() if "char-input" not in line and "ttyACM" not in line)
    remedies = [finding.remedy for finding in check_confinement(READERS, install(store_pc, old))]
    assert [remedy.partition("DeviceAllow=")[2].split()[0] for remedy in remedies] == ["char-ttyACM", "char-input"]
    addition = "[Service]\nDeviceAllow=char-input rw\nDeviceAllow=char-ttyACM rw\n"
    install(store_pc, addition, "etc/systemd/system/pos-loyalty.service.d/override.conf")
    assert list(check_confinement(READERS, store_pc)) == []


@pytest.mark.parametrize("mark", ["run/systemd/container", ".dockerenv", "run/.containerenv"])
def test_a_container_sees_nothing_that_is_plugged_in_later(store_pc: Path, mark: str) -> None:
    """Pitfall 20; readers of the network do not mind."""
    install(store_pc, "lxc\n", mark)
    (finding,) = check_confinement(READERS, store_pc)
    assert finding.remedy.startswith("run the till on the machine itself")
    assert list(check_confinement(READERS[-1:], store_pc)) == []
