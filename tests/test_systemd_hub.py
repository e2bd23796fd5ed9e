"""The units of the hub, as far as they can be proved without a machine that booted with them."""

import re
import subprocess
from pathlib import Path

import pytest

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_config import DEFAULT_PATH, HubFile
from sync.hub.web.server import GRACE_S
from tests.test_systemd import EXPOSURE_MAX, FOLDER, PROGRAM, needs_systemd, settings

SERVICE = "pos-loyalty-hub.service"
SNAPSHOT = "pos-loyalty-hub-snapshot.service"
TIMER = "pos-loyalty-hub-snapshot.timer"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder with the units, their program replaced by one that exists on every machine."""
    for unit in (SERVICE, SNAPSHOT, TIMER):
        text = (FOLDER / unit).read_text("utf-8")
        (tmp_path / unit).write_text(text.replace(PROGRAM, "/bin/true"), "utf-8")
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", [SERVICE, SNAPSHOT, TIMER])
def test_systemd_understands_every_line(installed: Path, unit: str) -> None:
    """systemd-analyze verify has nothing to say about the unit."""
    outcome = subprocess.run(
        ["systemd-analyze", "verify", f"./{unit}"], cwd=installed, capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stdout + outcome.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", [SERVICE, SNAPSHOT])
def test_the_sandbox_is_tight(installed: Path, unit: str) -> None:
    """The exposure of the unit is at most that of the till, though it serves a network."""
    outcome = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", f"./{unit}"],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(("unit", "command"), [(SERVICE, "hub serve"), (SNAPSHOT, "hub snapshot")])
def test_the_unit_starts_the_command_with_the_default_configuration(unit: str, command: str) -> None:
    """The unit names the file the program would look for by itself."""
    assert settings(unit)["ExecStart"] == [f"{PROGRAM} {command} --config {DEFAULT_PATH}"]


def test_the_folder_of_the_unit_is_the_default_of_the_configuration() -> None:
    """A hub that sets no database and no folder uses the one systemd makes for it."""
    folder = f"/var/lib/{settings(SERVICE)['StateDirectory'][0]}"
    defaults = HubFile(time_zone="UTC")
    assert defaults.database.removeprefix("sqlite://").startswith(folder + "/")
    assert defaults.snapshots.startswith(folder + "/")


def test_what_starting_again_would_not_mend_does_not_loop() -> None:
    """It is restarted for ever, except after a wrong configuration or a database that needs a person."""
    unit = settings(SERVICE)
    assert unit["Restart"] == ["always"]
    hopeless = {Exit(int(code)) for code in unit["RestartPreventExitStatus"][0].split()}
    assert hopeless == {Exit.CONFIG, Exit.DATA}


def test_systemd_waits_longer_than_the_hub_needs_to_end() -> None:
    """Requests that are under way are finished before anything is killed."""
    assert int(settings(SERVICE)["TimeoutStopSec"][0]) > GRACE_S


def test_the_hub_has_a_user_of_its_own() -> None:
    """It is not the till's user, and sysusers.d makes it."""
    (user,) = settings(SERVICE)["User"]
    assert user not in settings("pos-loyalty.service")["User"]
    assert settings(SNAPSHOT)["User"] == [user]
    text = (FOLDER / "sysusers.d" / "pos-loyalty-hub.conf").read_text("utf-8")
    assert re.search(rf"^u {user} - \"[^\"]+\" /var/lib/{user}$", text, re.MULTILINE)


def test_no_device_can_be_opened() -> None:
    """A hub has no readers."""
    assert "DeviceAllow" not in settings(SERVICE)
    assert settings(SERVICE)["PrivateDevices"] == ["yes"]
