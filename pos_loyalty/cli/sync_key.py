"""The key of a till: ``terminal.key`` in the folder of the store, made once and read by nobody else."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from pos_loyalty.errors import ConfigError
from sync.signing import TerminalKey

NAME: Final = "terminal.key"
MODE: Final = 0o600
_PENDING: Final = "enrolment.json"
_OTHERS: Final = 0o077


class Pending(msgspec.Struct, frozen=True):
    """A new name and key that the hub may know already: its answer can have been lost."""

    terminal_id: str
    pem: bytes

    @property
    def key(self) -> TerminalKey:
        """The key."""
        return TerminalKey.of_pem(self.pem)


class KeyFolder:
    """The files of a till's identity, in the folder of its store.

    Every method may raise ``ConfigError``: a file cannot be read or written, or is not a key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / NAME
        self._pending = folder / _PENDING

    def read(self) -> TerminalKey | None:
        """Return the key, None if there is none yet.

        Raises:
            ConfigError: it cannot be read, others can read it too, or it is no key.
        """
        pem = _read(self.path)
        if pem is None:
            return None
        if self.path.stat().st_mode & _OTHERS:
            raise ConfigError(f"{self.path} can be read by others, so it is no secret: enrol this till anew")
        return TerminalKey.of_pem(pem)

    def made(self) -> TerminalKey:
        """Return the key; make it if there is none. It is on the disk before anybody is told of it."""
        key = self.read()
        if key is None:
            key = TerminalKey.made()
            _write(self.path, key.pem)
        return key

    def pending(self, terminal_id: str) -> Pending:
        """Return a name and a key to come; ``terminal_id`` is the name, unless an earlier try chose one."""
        found = _read(self._pending)
        if found is not None:
            try:
                return msgspec.json.decode(found, type=Pending)
            except msgspec.DecodeError as error:
                raise ConfigError(f"{self._pending} is damaged: remove it, and enrol again with a new code") from error
        made = Pending(terminal_id, TerminalKey.made().pem)
        _write(self._pending, msgspec.json.encode(made))
        return made

    def take(self, pending: Pending) -> None:
        """Make the key to come the key. The name has been given to the journal before."""
        _write(self.path, pending.pem)
        self._pending.unlink(missing_ok=True)
        _sync(self._folder)

    def renew(self) -> None:
        """Have whoever looks at :meth:`stamp` begin anew with the same key: the hub thinks otherwise of it now."""
        with suppress(OSError):
            os.utime(self.path)

    def stamp(self) -> tuple[int, int] | None:
        """Return what changes when another key is here; None if there is none."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns


def insist_on_owner(folder: Path) -> None:
    """Insist that files made in ``folder`` will be the service's own.

    Raises:
        ConfigError: root would make files there that the user of the service cannot use.
    """
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return
    if os.geteuid() == 0 and owner != 0:
        import pwd  # noqa: PLC0415 - for one sentence

        name = pwd.getpwuid(owner).pw_name
        raise ConfigError(f"{folder} is {name}'s: run this as that user, with sudo -u {name}")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; run this as the user of the service") from error


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; the folder must be writable for this user") from error
    finally:
        new.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
