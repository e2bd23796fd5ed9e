"""What the doctor says of readers, on a recorded store PC."""

import os
from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.checks.readers import check_readers

ACM = "/dev/serial/by-path/platform-dummy_hcd.3-usb-0:1:1.0"
HONEYWELL = "/dev/hidraw/by-id/usb-Honeywell_Xenon_1900_19154B4A5C-if00"
NOBODY = 65_534


def told(root: Path, *readers: ReaderSettings) -> list[Finding]:
    """Return what is said of readers that are configured."""
    return [finding for finding in check_readers(readers, root) if not finding.seen.startswith("not configured")]


def test_what_is_plugged_in_and_not_configured_is_named(store_pc: Path) -> None:
    """Every kind, with its port; nothing has to be done, as it may be something else."""
    configured = ReaderSettings(name="counter", port=ACM)
    found = [finding for finding in check_readers([configured], store_pc) if finding.seen.startswith("not configured")]
    assert [finding.seen.split()[2] for finding in found] == [
        "serial",
        "serial",
        "wedge",
        "wedge",
        "hidpos",
        "hidmsr",
        "pcsc",
    ]
    assert not any(finding.remedy for finding in found)
    assert not any(ACM in finding.seen for finding in found)


def test_a_till_without_readers_is_fine(tmp_path: Path) -> None:
    """Members are found by name."""
    assert [finding.remedy for finding in check_readers([], tmp_path)] == [""]


def test_a_reader_that_is_there_is_well(store_pc: Path) -> None:
    """By any of its names, whatever its kind."""
    readers = (
        ReaderSettings(name="counter", port=ACM),
        ReaderSettings(name="hall", kind="hidpos", port=HONEYWELL, usb="0c2e:0b61"),
        ReaderSettings(name="net", port="socket://10.0.0.7:4001"),
    )
    assert [finding.remedy for finding in told(store_pc, *readers)] == ["", "", ""]


def test_a_reader_that_is_not_there_is_told_what_is(store_pc: Path) -> None:
    """Those of its kind, so that a name can be corrected; a link that leads nowhere is told apart (pitfall 2)."""
    (absent,) = told(store_pc, ReaderSettings(name="hall", kind="hidmsr", port="/dev/hidraw9", usb="0801:0011"))
    assert absent.remedy == "plug it in; present are: /dev/hidraw/by-id/usb-Mag-Tek_USB_Swipe_Reader-if00"
    (store_pc / "dev/ttyACM0").unlink()
    (stale,) = told(store_pc, ReaderSettings(name="counter", port=ACM))
    assert (stale.seen, stale.remedy.split(":")[0]) == (
        f"counter: {ACM} leads nowhere",
        "its name is left over from a device that is gone",
    )


def test_a_name_that_counts_has_a_better_one(store_pc: Path) -> None:
    """The port says where the device is now; by-path says where it always is (pitfall 2)."""
    _, advice = told(store_pc, ReaderSettings(name="counter", port="/dev/ttyACM0"))
    assert advice.seen.startswith("counter: /dev/ttyACM0 is named by the order of plugging in")
    assert "/dev/serial/by-" in advice.remedy


def test_a_reader_without_a_suffix_is_slow_and_glues(store_pc: Path) -> None:
    """Pitfall 11."""
    _, advice = told(store_pc, ReaderSettings(name="counter", port=ACM, framing="idle"))
    assert "30 ms late" in advice.seen
    assert advice.remedy == "set the reader to send CR and leave framing out"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("kind", "remedy"), [("serial", "add it to the group root"), ("wedge", "udev rules")])
def test_a_device_that_may_not_be_opened_has_its_own_remedy(kind: str, remedy: str) -> None:
    """A group for serial ports, and a rule for keyboards: the group of those reads the cashier's too (pitfall 19)."""
    here = f"/tmp/pos-loyalty-{os.getpid()}-{kind}"  # noqa: S108 - other users must be able to look there
    Path(here).touch(mode=0)
    os.seteuid(NOBODY)
    try:
        finding = told(
            Path("/"), ReaderSettings(name="counter", kind=kind, port=here, usb="05f9:2216" * (kind == "wedge"))
        )[0]
    finally:
        os.seteuid(0)
        Path(here).unlink()
    assert finding.seen.endswith("cannot be opened by this user")
    assert remedy in finding.remedy


def test_a_kind_of_a_package_that_is_gone_is_told(store_pc: Path) -> None:
    """The configuration names a kind that nobody has."""
    findings = list(check_readers([ReaderSettings(name="scale", kind="scale", port="/dev/ttyACM0")], store_pc))
    assert any("there is no reader kind 'scale'" in finding.seen for finding in findings)
