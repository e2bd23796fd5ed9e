"""The units, as far as they can be proved without a machine that booted with them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pos_loyalty.cli import hub_config
from pos_loyalty.cli.exits import Exit
from pos_loyalty.config import DEFAULT_PATH, ServiceConfig, StoreConfig
from sync.hub.web.server import GRACE_S

FOLDER = Path(__file__).parents[1] / "systemd"
SERVICE = "pos-loyalty.service"
SCREEN = "pos-loyalty-screen@.service"
HUB = "pos-loyalty-hub.service"
SNAPSHOT = "pos-loyalty-hub-snapshot.service"
JOBS = "pos-loyalty-hub-jobs.service"
COMMANDS = {
    SERVICE: f"serve --config {DEFAULT_PATH}",
    SCREEN: f"tui --config {DEFAULT_PATH}",
    HUB: f"hub serve --config {hub_config.DEFAULT_PATH}",
    SNAPSHOT: f"hub snapshot --config {hub_config.DEFAULT_PATH}",
    JOBS: f"hub jobs --config {hub_config.DEFAULT_PATH}",
}
"""What each of them starts."""
UNITS = sorted(each.name for each in FOLDER.glob("*.*") if each.is_file())
PROGRAM = "/opt/pos-loyalty/bin/pos-loyalty"
RULES = (FOLDER / "udev" / "70-pos-loyalty.rules").read_text("utf-8")
EXPOSURE_MAX = 15
"""Of `systemd-analyze security`, in tenths: 1.5 of 10. networkd has 2.6, a plain User= 9.0."""

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def settings(unit: str) -> dict[str, list[str]]:
    """Return what the unit sets in [Service], every value in its order."""
    text = (FOLDER / unit).read_text("utf-8")
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text.partition("[Service]")[2], re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder with the units, their program replaced by one that exists on every machine."""
    for unit in UNITS:
        text = (FOLDER / unit).read_text("utf-8")
        (tmp_path / unit).write_text(text.replace(PROGRAM, "/bin/true"), "utf-8")
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line(installed: Path, unit: str) -> None:
    """systemd-analyze verify has nothing to say about the unit."""
    outcome = subprocess.run(
        ["systemd-analyze", "verify", f"./{unit}"], cwd=installed, capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stdout + outcome.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", COMMANDS)
def test_the_sandbox_is_tight(installed: Path, unit: str) -> None:
    """The exposure of the unit is at most 1.5 of 10, also of one that serves a network."""
    outcome = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", f"./{unit}"],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_each_service_is_known_here() -> None:
    """A unit that is added is tested like the others."""
    assert set(COMMANDS) == {unit for unit in UNITS if unit.endswith(".service")}


@pytest.mark.parametrize(("unit", "command"), COMMANDS.items())
def test_the_unit_starts_the_command_with_the_default_configuration(unit: str, command: str) -> None:
    """The unit names the file the program would look for by itself."""
    assert settings(unit)["ExecStart"] == [f"{PROGRAM} {command}"]


def test_the_folders_of_the_unit_are_the_defaults_of_the_configuration() -> None:
    """A shop that sets no folder and no socket uses the ones systemd makes for it."""
    unit = settings(SERVICE)
    assert [f"/var/lib/{unit['StateDirectory'][0]}"] == [StoreConfig().folder]
    assert [f"/run/{unit['RuntimeDirectory'][0]}"] == [str(Path(ServiceConfig().socket).parent)]


@pytest.mark.parametrize(
    ("unit", "hopeless"),
    [(SERVICE, {Exit.CONFIG, Exit.DATA}), (SCREEN, {Exit.CONFIG}), (HUB, {Exit.CONFIG, Exit.DATA})],
    ids=["service", "screen", "hub"],
)
def test_what_starting_again_would_not_mend_does_not_loop(unit: str, hopeless: set[Exit]) -> None:
    """Everything is restarted for ever, except after a wrong configuration or data that needs a person."""
    unit_settings = settings(unit)
    assert unit_settings["Restart"] == ["always"]
    assert {Exit(int(code)) for code in unit_settings["RestartPreventExitStatus"][0].split()} == hopeless


def test_service_and_screen_are_one_user() -> None:
    """The socket has mode 0600, so the screen runs as the user of the service, and sysusers.d makes that user."""
    (user,) = settings(SERVICE)["User"]
    assert settings(SCREEN)["User"] == [user]
    assert re.search(rf"^u {user} ", (FOLDER / "sysusers.d" / "pos-loyalty.conf").read_text("utf-8"), re.MULTILINE)


def test_the_screen_can_be_seen() -> None:
    """Textual draws on standard error, so all three streams of the screen are the console."""
    unit = settings(SCREEN)
    streams = [unit[key][0] for key in ("StandardInput", "StandardOutput", "StandardError")]
    assert streams == ["tty-force", "tty", "tty"]


def test_every_hot_plugged_class_is_known_at_boot() -> None:
    """The modules behind the device classes of the unit are loaded before it starts."""
    classes = {allowed.split()[0] for allowed in settings(SERVICE)["DeviceAllow"]}
    modules = set((FOLDER / "modules-load.d" / "pos-loyalty.conf").read_text("utf-8").splitlines())
    module_of = {
        "char-ttyS": None,
        "char-ttyUSB": "usbserial",
        "char-ttyACM": "cdc_acm",
        "char-input": "evdev",
        "char-hidraw": "usbhid",
        "char-usb_device": "usbhid",
        "char-video4linux": "videodev",
    }
    assert classes == module_of.keys()
    assert {module for module in module_of.values() if module} <= modules
    assert "systemd-modules-load.service" in (FOLDER / SERVICE).read_text("utf-8")


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_the_user_may_open_serial_ports_and_cameras(tmp_path: Path) -> None:
    """On an empty machine sysusers.d makes the user without a shell, a member of the groups of these devices."""
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", FOLDER / "sysusers.d" / "pos-loyalty.conf"],
        check=True,
        capture_output=True,
    )
    name, _, _, _, _, home, shell = (tmp_path / "etc" / "passwd").read_text("utf-8").strip().split(":")
    assert (name, home, Path(shell).name) == ("pos-loyalty", StoreConfig().folder, "nologin")
    (group,) = re.findall(r'^GROUP="(\w+)"', RULES, re.MULTILINE)
    for shared in (group, "video"):
        members = (tmp_path / "etc" / "group").read_text("utf-8")
        assert re.search(rf"^{shared}:x:\d+:pos-loyalty$", members, re.MULTILINE)


def test_the_udev_rules_jump_only_to_labels_that_exist() -> None:
    """Udev drops a rule with an unknown label without a word to the person who plugs in the reader."""
    assert set(re.findall(r'GOTO="(\w+)"', RULES)) == set(re.findall(r'LABEL="(\w+)"', RULES))
    lines = [line for line in RULES.splitlines() if line and not line.startswith("#")]
    pair = r'[A-Z]+(\{[\w/]+\})?(==|!=|=|\+=)"[^"]*"'
    assert [line for line in lines if not re.fullmatch(rf"{pair}(, {pair})*", line)] == []


def test_every_part_of_the_udev_rules_has_the_same_makers() -> None:
    """A maker that is added in one place of the udev rules and forgotten in another fails here (pitfalls 7, 9, 19)."""
    lists = re.findall(r'^ATTRS?\{idVendor\}(?:==|!=)"(0c2e[0-9a-f|]+)"', RULES, re.MULTILINE)
    assert len(lists) == 3
    assert len(set(lists)) == 1
    makers = re.search(r"The makers are(.*?)\. Another", RULES.replace("\n#", ""), re.DOTALL)
    assert makers
    assert set(re.findall(r"[0-9a-f]{4}", makers[1])) == set(lists[0].split("|"))


def test_the_till_reads_no_keyboard_but_its_readers() -> None:
    """Neither the user nor the unit is in the group that reads the cashier's keyboard."""
    assert "m pos-loyalty input" not in (FOLDER / "sysusers.d" / "pos-loyalty.conf").read_text("utf-8")
    assert "SupplementaryGroups" not in settings(SERVICE)


def test_no_driver_of_the_kernel_takes_contactless_readers() -> None:
    """The modules that take an ACR122U away from pcscd are not loaded by themselves."""
    text = (FOLDER / "modprobe.d" / "pos-loyalty.conf").read_text("utf-8")
    assert set(re.findall(r"^blacklist (\w+)$", text, re.MULTILINE)) == {"pn533_usb", "pn533", "nfc"}


def test_the_folder_of_the_hub_is_the_default_of_its_configuration() -> None:
    """A hub that sets no database and no folder uses the one systemd makes for it."""
    folder = f"/var/lib/{settings(HUB)['StateDirectory'][0]}"
    defaults = hub_config.HubFile(time_zone="UTC")
    assert defaults.database.removeprefix("sqlite://").startswith(folder + "/")
    assert defaults.snapshots.startswith(folder + "/")


def test_the_hub_can_be_filled_before_its_unit_first_runs() -> None:
    """Programs are published and members brought in before; tmpfiles.d makes the folder as the unit would."""
    (folder,), (mode,), (user,) = (settings(HUB)[key] for key in ("StateDirectory", "StateDirectoryMode", "User"))
    text = (FOLDER / "tmpfiles.d" / "pos-loyalty-hub.conf").read_text("utf-8")
    assert f"d /var/lib/{folder} {mode} {user} {user} -" in text.splitlines()


def test_systemd_waits_longer_than_the_hub_needs_to_end() -> None:
    """Requests that are under way are finished before anything is killed."""
    assert int(settings(HUB)["TimeoutStopSec"][0]) > GRACE_S


def test_the_hub_has_a_user_of_its_own() -> None:
    """It is not the till's user, and sysusers.d makes it."""
    (user,) = settings(HUB)["User"]
    assert user not in settings(SERVICE)["User"]
    assert settings(SNAPSHOT)["User"] == settings(JOBS)["User"] == [user]
    text = (FOLDER / "sysusers.d" / "pos-loyalty-hub.conf").read_text("utf-8")
    assert re.search(rf"^u {user} - \"[^\"]+\" /var/lib/{user}$", text, re.MULTILINE)


def test_the_hub_can_open_no_device() -> None:
    """It has no readers."""
    assert "DeviceAllow" not in settings(HUB)
    assert settings(HUB)["PrivateDevices"] == ["yes"]
