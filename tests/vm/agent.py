"""Process 1 of the guest: starts udev, then runs one test after the other, as the host names them.

It speaks JSON lines on the only port of the virtual console device. First it says which tests it has collected; each
question then names a test, and the answer is what pytest reports of it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.vm.guest import UDEVD, Message
from tests.vm.kernel import ROOT
from tests.vm.usb_adapter import UsbAdapter

LINE = Path("/dev/virtio-ports/line")
RULES = Path("/etc/udev/rules.d")
STACKS_AFTER_S = 60
"""A test that takes longer hangs: the console then shows where, before the host stops the guest."""


class Agent:
    """The plugin that takes the place of pytest's own loop over the tests."""

    def __init__(self, hear: BinaryIO, say: BinaryIO) -> None:
        self._hear = hear
        self._say_to = say
        self._reports: list[pytest.TestReport] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what the host asks for, until it switches the machine off."""
        items = {item.nodeid: item for item in session.items}
        self._say({"collected": list(items)})
        for line in self._hear:
            item = items[json.loads(line)["run"]]
            self._reports.clear()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            to_wire = item.config.hook.pytest_report_to_serializable
            self._say({"reports": [to_wire(config=item.config, report=report) for report in self._reports]})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a report for the host."""
        self._reports.append(report)

    def _say(self, message: Message) -> None:
        self._say_to.write(json.dumps(message).encode() + b"\n")
        self._say_to.flush()


def start_udev() -> None:
    """Start the host's udev with the groups and rules of the checkout, and have it name what is already there."""
    subprocess.run(["systemd-sysusers", ROOT / "systemd" / "sysusers.d" / "pos-loyalty.conf"], check=True)
    shutil.copytree(ROOT / "systemd" / "udev", RULES, dirs_exist_ok=True)
    # As a daemon, because then it comes back when it listens.
    subprocess.run([UDEVD, "--daemon"], check=True)
    kinds = [f"--subsystem-match={kind}" for kind in ("input", "virtio-ports")]
    subprocess.run(["udevadm", "trigger", "--action=add", *kinds], check=True)
    subprocess.run(["udevadm", "settle", "--timeout=60"], check=True)


def main() -> None:
    """Be the guest; the machine goes off when the host closes the line, or when anything fails."""
    os.chdir(ROOT)
    try:
        start_udev()
        with UsbAdapter() as adapter:
            adapter.unplug()  # as everything else is at first
        port = os.open(LINE, os.O_RDWR)  # which can be open once
        with os.fdopen(port, "rb", closefd=False) as hear, os.fdopen(port, "wb") as say:
            options = ["-c", "/dev/null", f"--rootdir={ROOT}", "-p", "no:cacheprovider", "-W", "error", "-m", "vm"]
            options += ["-o", "markers=vm: runs in the guest", "-o", f"faulthandler_timeout={STACKS_AFTER_S}"]
            options += ["-q", "--color=no"]
            pytest.main([*options, *sys.argv[1:]], plugins=[Agent(hear, say)])
    except BaseException:  # noqa: BLE001 - the kernel would panic, and its words bury ours on the console
        traceback.print_exc()
    Path("/proc/sysrq-trigger").write_text("o", "ascii")
    signal.pause()
