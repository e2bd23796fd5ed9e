"""The folder of the keys that sign passes: a ring and a list for every till, and private keys for nobody.

``ring.json`` and ``revoked.json`` are public and go to the tills. ``private/`` stays on the machine that issues.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from pos_loyalty.core.passes import KeyRing, PublicKey, Revocations, key_from_text, public_half
from pos_loyalty.errors import ConfigError

PRIVATE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_PUBLIC_MODE: Final = 0o644
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_D = TypeVar("_D", KeyRing, Revocations)


class KeyFolder:
    """Reads and writes the folder. Every file is replaced whole, so that a till never copies half of one.

    Raises:
        ConfigError: a file cannot be read or written, is damaged, or others may read a private key.
    """

    def __init__(self, path: Path) -> None:
        """``path`` need not exist before a key is made."""
        self._path = path

    @property
    def path(self) -> Path:
        """Where the folder is."""
        return self._path

    @property
    def ring(self) -> KeyRing:
        """The public keys."""
        return self._read("ring.json", KeyRing) or KeyRing()

    @property
    def revocations(self) -> Revocations:
        """The passes that are no longer good."""
        return self._read("revoked.json", Revocations) or Revocations()

    def required_ring(self) -> KeyRing:
        """Return the ring of a folder that must have one."""
        ring = self._read("ring.json", KeyRing)
        if ring is None:
            raise ConfigError(f"{self._path}: no ring.json in it, make a first key with pos-loyalty pass keys new")
        return ring

    @property
    def rotation_file(self) -> Path:
        """Where the secret behind passes that rotate is, or would be."""
        return self._path / "private" / "rotation.key"

    @property
    def rotation_key(self) -> bytes | None:
        """The secret (32 bytes), if there is one."""
        file = self.rotation_file
        with _sentences(file):
            if not file.exists():
                return None
        try:
            return key_from_text(_secret_of(file))
        except ValueError as error:
            raise ConfigError(f"{file}: {error}; bring it back from a till that has it") from error

    def add_rotation(self, key: bytes) -> None:
        """Keep a new secret behind passes that rotate."""
        with self._alone():
            self._make_private()
            _replace(self.rotation_file, key.hex().encode() + b"\n", PRIVATE_MODE)

    def add(self, private: bytes, key: PublicKey) -> None:
        """Keep a new pair: the private file first, so that no key is published that cannot sign."""
        with self._alone():
            ring = msgspec.structs.replace(self.ring, keys=(*self.ring.keys, key))
            pem = Ed25519PrivateKey.from_private_bytes(private).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            self._make_private()
            _replace(self._private(key), pem, PRIVATE_MODE)
            self._write("ring.json", ring)
            # Tills that are told of a list wait for it, so there is one from the start.
            self._write("revoked.json", self.revocations)

    def retire(self, retired: PublicKey) -> None:
        """Put ``retired`` in the place of the key with its id, and remove the private file: it signs no more."""
        with self._alone():
            keys = (retired if key.key_id == retired.key_id else key for key in self.required_ring().keys)
            self._write("ring.json", KeyRing(tuple(keys)))
            with _sentences(self._private(retired)):
                self._private(retired).unlink(missing_ok=True)

    def revoke(self, change: Callable[[Revocations], Revocations]) -> None:
        """Change the list."""
        with self._alone():
            self._write("revoked.json", change(self.revocations))

    def can_sign(self, key: PublicKey) -> bool:
        """Whether the private half is here."""
        return self._private(key).exists()

    def private(self, key: PublicKey) -> bytes:
        """Return the private half (32 bytes)."""
        file = self._private(key)
        try:
            private = load_pem_private_key(_secret_of(file), None)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{file}: expected a private key in PEM without a password") from error
        if not isinstance(private, Ed25519PrivateKey) or public_half(private.private_bytes_raw()) != key.public:
            raise ConfigError(f"{file}: expected the Ed25519 key of that name in ring.json; it holds another one")
        return private.private_bytes_raw()

    def _make_private(self) -> None:
        folder = self._path / "private"
        with _sentences(folder):
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)

    def _private(self, key: PublicKey) -> Path:
        return self._path / "private" / f"{key.key_id.hex()}.pem"

    def _read(self, name: str, kind: type[_D]) -> _D | None:
        file = self._path / name
        with _sentences(file):
            if not file.exists():
                return None
            data = file.read_bytes()
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: {error}; bring it back from a till, each has a copy") from error

    def _write(self, name: str, document: KeyRing | Revocations) -> None:
        text = msgspec.json.format(msgspec.json.encode(document, order="deterministic"))
        _replace(self._path / name, text + b"\n", _PUBLIC_MODE)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the folder, and make it if it is not there."""
        with _sentences(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _secret_of(file: Path) -> bytes:
    with _sentences(file):
        if file.stat().st_mode & _OTHERS:
            raise ConfigError(f"{file}: others may read this private key; chmod 600, and retire it if they did")
        return file.read_bytes()


@contextmanager
def _sentences(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; look at its owner and mode") from error


def _replace(file: Path, data: bytes, mode: int) -> None:
    """Write a file that is whole or not there, also after a power cut; nobody else may read it on the way."""
    new = file.with_name(f".{file.name}.new")
    with _sentences(file):
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        new.replace(file)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
