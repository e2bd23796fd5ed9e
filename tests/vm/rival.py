"""Another program that has, or wants, the device of a reader: as root, or as another user with that user's groups.

As a program: ``python -m tests.vm.rival DEED NODE USER``. It does the deed, says "done" or the name of the error, and
keeps the device until its input ends.
"""

import errno
import fcntl
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal, Self

TILL: Final = "pos-loyalty"
"""The user of the till service (systemd/sysusers.d)."""
_EVIOCGRAB: Final = 0x40044590

Deed = Literal["open", "lock", "grab"]


class Rival:
    """The other program, from the outside."""

    def __init__(self, deed: Deed, node: Path, user: str = "root") -> None:
        command = [sys.executable, "-m", "tests.vm.rival", deed, str(node), user]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.word = self._process.stdout.readline().strip()
        """What came of the deed: ``done``, or a name such as ``EBUSY``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its number, as a sentence about it would say."""
        return self._process.pid

    def end(self) -> None:
        """Have it end and give the device back."""
        self._process.communicate()


def become(user: str) -> None:
    """Have only this user's rights from now on.

    After all imports, because an ordinary user may have no way into the folders of this Python.
    """
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def main(deed: str, node: str, user: str) -> None:
    """Be the other program."""
    become(user)
    print(_word(deed, node), flush=True)  # noqa: T201 - its way to speak
    sys.stdin.read()


def _word(deed: str, node: str) -> str:
    try:
        device = os.open(node, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        if deed == "lock":
            fcntl.flock(device, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if deed == "grab":
            fcntl.ioctl(device, _EVIOCGRAB, 1)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


if __name__ == "__main__":
    _, what, where, who = sys.argv
    main(what, where, who)
