"""The virtual machine as the host sees it: what is missing to start it, and one question at a time to its agent."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

from tests.vm.initramfs import initramfs
from tests.vm.kernel import ROOT, newest_kernel

PACKAGES = "qemu-system-x86 busybox-static udev linux-image-amd64"
QEMU = "qemu-system-x86_64"
UDEVD = Path("/lib/systemd/systemd-udevd")
MEMORY_MB = 768
CONSOLE_LINES_SHOWN = 60
ADAPTER_SERIAL = "A1"

Message = dict[str, Any]
"""One line of JSON between host and guest."""


class GuestDiedError(Exception):
    """The guest ended or fell silent; the message holds the end of its console."""


@cache
def missing() -> str | None:
    """Say in one line what the host lacks to run a guest; ``None`` if it lacks nothing."""
    present = {
        QEMU: shutil.which(QEMU),
        "static busybox": static_busybox(),
        "udev": UDEVD.exists(),
        "Debian kernel in /boot or .vm/boot": newest_kernel(),
    }
    lacking = ", ".join(f"no {what}" for what, found in present.items() if not found)
    return f"{lacking}: apt-get install {PACKAGES} (instead of the last also: make vm-kernel)" if lacking else None


def static_busybox() -> Path | None:
    """Return busybox if it runs where there are no libraries."""
    found = shutil.which("busybox")
    return Path(found) if found and b"/ld-linux" not in Path(found).read_bytes() else None


class Guest:
    """One running virtual machine. Not for several threads."""

    def __init__(self, tests: Sequence[str]) -> None:
        """Boot it; ``tests`` are the files or node ids that its agent collects."""
        self._folder = Path(tempfile.mkdtemp(prefix="pos-loyalty-vm-"))
        self._console = self._folder / "console.log"
        self._line, theirs = socket.socketpair()
        outside, inside = socket.socketpair()
        with theirs, outside, inside:
            ends = [end.fileno() for end in (theirs, outside, inside)]
            self._qemu = subprocess.Popen(self._command(tests, *ends), pass_fds=ends)
        self._answers = self._line.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()

    def ask(self, question: Message | None, within_s: float) -> Message:
        """Send one question, or none to hear the first word of the agent, and wait for the answer.

        Raises:
            GuestDiedError: the guest ended, or did not answer in time. It is stopped then.
        """
        self._line.settimeout(within_s)
        try:
            if question is not None:
                self._line.sendall(json.dumps(question).encode() + b"\n")
            line = self._answers.readline()
        except OSError as error:
            line = b""
            cause = f"no answer within {within_s:.0f} s" if isinstance(error, TimeoutError) else str(error)
        else:
            cause = "it ended"
        if not line.endswith(b"\n"):
            raise GuestDiedError(f"the guest is lost ({cause}); the end of its console:\n{self._last_words()}")
        answer: Message = json.loads(line)
        return answer

    def power_off(self) -> None:
        """Stop it: there is nothing in it to save."""
        self._qemu.kill()
        self._qemu.wait()
        self._answers.close()
        self._line.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _last_words(self) -> str:
        text = self._console.read_text("utf-8", errors="replace") if self._console.exists() else ""
        return "\n".join(text.splitlines()[-CONSOLE_LINES_SHOWN:])

    def _command(self, tests: Sequence[str], line: int, outside: int, inside: int) -> list[str]:
        kernel, busybox = newest_kernel(), static_busybox()
        assert kernel, missing()
        assert busybox, missing()
        archive = self._folder / "initramfs.cpio"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": "/run/tmp",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        command = [sys.executable, "-c", "from tests.vm.agent import main; main()", *tests]
        archive.write_bytes(initramfs(kernel, busybox, environment, command))
        return [
            *("nice", QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MB)),
            *("-kernel", str(kernel.image), "-initrd", str(archive)),
            # A busy host ticks late, which the kernel would take for a timer that is broken, and panic.
            *("-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on no_timer_check"),
            *("-serial", f"file:{self._console}"),
            *("-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-serial", "-chardev", f"socket,id=line,fd={line}"),
            *("-device", "virtserialport,chardev=line,name=line"),
            # A USB adapter of FTDI; what goes into /dev/virtio-ports/adapter comes out of it.
            *("-device", "qemu-xhci", "-chardev", f"socket,id=outside,fd={outside}"),
            *("-device", f"usb-serial,chardev=outside,serial={ADAPTER_SERIAL}"),
            *("-chardev", f"socket,id=inside,fd={inside}", "-device", "virtserialport,chardev=inside,name=adapter"),
        ]
