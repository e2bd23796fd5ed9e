"""What is plugged in, on a store PC that was recorded with scanners of every kind on it."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from drivers.discovery import Found, find, smart_card_readers, stable_names
from drivers.ports.sysfs import attribute, members
from tests.support.device_tree import record, unpack

STORE_PC = (Path(__file__).parent / "machines" / "store_pc.txt").read_text("utf-8")
ROOT_USER = 0
NOBODY = 65_534


@pytest.fixture
def store_pc(tmp_path: Path) -> Path:
    """Return the root of the recorded store PC."""
    return unpack(STORE_PC, tmp_path)


def by_kind(root: Path, kind: str) -> list[Found]:
    """Return what was found of a kind."""
    return [found for found in find(root) if found.kind == kind]


def test_two_equal_scanners_are_named_by_where_they_are(store_pc: Path) -> None:
    """They share one name by id, which belongs to the last one plugged in: pitfall 2."""
    assert by_kind(store_pc, "serial")[:2] == [
        Found(
            kind="serial",
            port=f"/dev/serial/by-path/platform-dummy_hcd.{socket}-usb-0:1:1.0",
            node=f"/dev/ttyACM{number}",
            usb="1eab:1d06",
            product="Newland HR32",
            driver="cdc_acm",
        )
        for number, socket in ((0, 3), (1, 4))
    ]


def test_a_device_with_a_serial_number_is_named_by_it(store_pc: Path) -> None:
    """The name says which one it is, wherever it is plugged in."""
    (adapter,) = by_kind(store_pc, "serial")[2:]
    assert adapter.port == "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_A9X1B2C3-if00-port0"
    assert (adapter.node, adapter.usb, adapter.driver) == ("/dev/ttyUSB0", "0403:6001", "ftdi_sio")
    assert adapter.is_stable


def test_keyboards_on_usb_are_found_and_the_machines_own_is_not(store_pc: Path) -> None:
    """Which of them is the reader cannot be told from outside; mouse, power button and loudspeaker are none."""
    assert [(found.product, found.usb) for found in by_kind(store_pc, "wedge")] == [
        ("QEMU QEMU USB Keyboard", "0627:0001"),
        ("Datalogic Gryphon GD4400", "05f9:2216"),
    ]
    assert by_kind(store_pc, "wedge")[1].port == "/dev/input/by-id/usb-Datalogic_Gryphon_GD4400-event-kbd"


def test_hid_devices_are_told_by_what_they_report(store_pc: Path) -> None:
    """A bar code reader and a stripe reader are found; the reports of a keyboard are nobody's reader."""
    assert [(found.kind, found.port) for found in find(store_pc) if found.kind.startswith("hid")] == [
        ("hidpos", "/dev/hidraw/by-id/usb-Honeywell_Xenon_1900_19154B4A5C-if00"),
        ("hidmsr", "/dev/hidraw/by-id/usb-Mag-Tek_USB_Swipe_Reader-if00"),
    ]


def test_a_contactless_reader_is_seen_without_asking_pcscd(store_pc: Path) -> None:
    """By the class of its interface; who drives it is seen too."""
    (reader,) = smart_card_readers(store_pc)
    assert (reader.usb, reader.product, reader.driver) == ("08e6:4433", "QEMU QEMU USB CCID", "")


def test_a_camera_is_its_first_node(store_pc: Path) -> None:
    """The node for metadata beside it is no second camera."""
    for number in (0, 1):
        camera = store_pc / f"sys/devices/pci0000:00/0000:00:05.0/usb1/1-9/1-9:1.0/video4linux/video{number}"
        camera.mkdir(parents=True)
        (camera / "index").write_text(f"{number}\n")
        (store_pc / f"dev/video{number}").touch()
        (store_pc / "sys/class/video4linux").mkdir(exist_ok=True)
        (store_pc / f"sys/class/video4linux/video{number}").symlink_to(camera)
    assert [found.port for found in by_kind(store_pc, "camera")] == ["/dev/video0"]


def test_without_udev_a_node_is_its_own_name(store_pc: Path) -> None:
    """And is told to be one that may change."""
    for link in (store_pc / "dev/serial").glob("by-*/*"):
        link.unlink()
    assert [(found.port, found.is_stable) for found in by_kind(store_pc, "serial")] == [
        ("/dev/ttyACM0", False),
        ("/dev/ttyACM1", False),
        ("/dev/ttyUSB0", False),
    ]


def test_the_names_of_a_node_are_known_by_any_of_them(store_pc: Path) -> None:
    """The one that moves, or one that stays."""
    names = stable_names("/dev/ttyUSB0", store_pc)
    assert names == [
        "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_A9X1B2C3-if00-port0",
        "/dev/serial/by-path/pci-0000:00:05.0-usb-0:1:1.0-port0",
    ]
    assert stable_names(names[1], store_pc) == names


def test_looking_opens_no_device(store_pc: Path) -> None:
    """Where every node is a pipe, which nobody could open without waiting for ever, the same is found."""
    before = find(store_pc)
    nodes = [node for node in (store_pc / "dev").rglob("*") if not node.is_dir() and not node.is_symlink()]
    for node in nodes:
        node.unlink()
        os.mkfifo(node)
    assert len(nodes) > len(before) == 7
    assert find(store_pc) == before


def test_a_device_of_another_user_is_told() -> None:
    """Root may open everything; everybody else what the mode says."""
    us = os.geteuid()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        for name, mode in (("open", 0o644), ("closed", 0)):
            (root / name).touch()
            (root / name).chmod(mode)
        os.seteuid(NOBODY if us == ROOT_USER else us)
        try:
            allowed = [Found(kind="serial", port="", node=f"/{name}").is_allowed(root) for name in ("open", "closed")]
        finally:
            os.seteuid(us)
    assert allowed == [True, False]


def test_a_machine_without_devices_has_none(tmp_path: Path) -> None:
    """A folder without sysfs is a machine on which nothing is plugged in."""
    assert find(tmp_path) == []
    assert smart_card_readers(tmp_path) == []
    assert members(tmp_path, "tty") == []
    assert attribute(tmp_path, "name") == ""


def test_a_recorded_machine_can_be_recorded_again(store_pc: Path) -> None:
    """Nothing that the recording needs is lost on the way."""
    assert sorted(record(store_pc)) == sorted(STORE_PC.splitlines())
