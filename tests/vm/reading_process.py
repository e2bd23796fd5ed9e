"""A till's reader in a process of its own, so that the process can be held, as a machine under load holds it.

As a program: ``python -m tests.vm.reading_process SETTINGS USER``, the settings as JSON. It prints ``ready`` when it
reads, or why it does not, and then for each reading its code or its fault.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import msgspec

from drivers.codes.reading import warm_up
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.pipeline import Reading
from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from pos_loyalty.core.scans import ReaderState, ReaderStatus, Scan
from tests.vm.rival import become
from tests.vm.waiting import wait_until


class ReadingProcess:
    """The process, from the outside."""

    def __init__(self, settings: ReaderSettings, user: str = "root") -> None:
        command = [sys.executable, "-m", "tests.vm.reading_process", msgspec.json.encode(settings).decode(), user]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first_word = self.next()
        """``ready``, or why it does not read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def pid(self) -> int:
        """Its number, as a sentence about it would say."""
        return self._process.pid

    def next(self) -> str:
        """Wait for the next thing that it says."""
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def hold(self) -> None:
        """Stop the process once it has read what there is, and wait until it has stopped."""
        wait_until(self._rests, "the process has read what there is")
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        """Let it go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def _rests(self) -> bool:
        """Whether every thread sleeps: one whose device has something to read does not."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/stat")
        return {task.read_text("ascii").rpartition(")")[2].split()[0] for task in tasks} == {"S"}


def main(settings: str, user: str) -> None:
    """Be the process."""
    supervisor = ReaderSupervisor(
        [msgspec.json.decode(settings, type=ReaderSettings)], on_reading=_say_reading, on_status=_say_status
    )
    # Whatever is imported later: the user may have no way to it.
    warm_up(SHOP_AS_DELIVERED)
    become(user)
    supervisor.start()
    sys.stdin.read()
    supervisor.stop()


def _say_reading(reading: Reading) -> None:
    _say(reading.code if isinstance(reading, Scan) else reading.fault)


def _say_status(status: ReaderStatus) -> None:
    if status.state is ReaderState.READY and status.scans == status.refused == 0:
        _say("ready")
    elif status.detail:
        _say(status.detail)


def _say(word: str) -> None:
    print(word, flush=True)  # noqa: T201 - its way to speak


if __name__ == "__main__":
    _, settings_as_json, name_of_user = sys.argv
    main(settings_as_json, name_of_user)
