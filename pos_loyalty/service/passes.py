"""Member passes at the till: the shop's keys and lists, read again when they change, and what a cashier is told."""

import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.passes import (
    REASONS,
    Accepted,
    Claims,
    KeyRing,
    PassFault,
    Revocations,
    Rotation,
    check_pass,
    key_from_text,
)
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Store
from pos_loyalty.service.identify import Refused

_T = TypeVar("_T")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_BYTES_MAX: Final = 16 << 20
"""Of a list of 200,000 revoked passes."""

NOTICES: Final = {
    PassFault.NOT_A_PASS: NoticeCode.PASS_MISREAD,
    PassFault.BAD_BASE: NoticeCode.PASS_MISREAD,
    PassFault.TRUNCATED: NoticeCode.PASS_MISREAD,
    PassFault.MALFORMED: NoticeCode.PASS_MISREAD,
    PassFault.UNKNOWN_VERSION: NoticeCode.PASS_UNCHECKED,
    PassFault.UNKNOWN_KEY: NoticeCode.PASS_FOREIGN,
    PassFault.BAD_SIGNATURE: NoticeCode.PASS_FORGED,
    PassFault.KEY_RETIRED: NoticeCode.PASS_FORGED,
    PassFault.KEY_STOLEN: NoticeCode.PASS_REVOKED,
    PassFault.NOT_YET_VALID: NoticeCode.PASS_CLOCK,
    PassFault.EXPIRED: NoticeCode.PASS_EXPIRED,
    PassFault.REVOKED: NoticeCode.PASS_REVOKED,
    PassFault.CODE_UNCHECKED: NoticeCode.PASS_UNCHECKED,
    PassFault.STALE_CODE: NoticeCode.PASS_STALE,
    PassFault.REPLAYED_STEP: NoticeCode.PASS_STALE,
}


class PassFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where the keys of the shop are; a file that is not named is not needed."""

    ring: Path | None = None
    revoked: Path | None = None
    rotation_key: Path | None = None
    """The secret behind rotating codes, in 64 hexadecimal digits; nobody but the user of the service may read it."""


class PassCheck:
    """Says of a text whether it is a good pass, by files that are looked at each time.

    A file that cannot be used any more leaves its last good content in force. Until every named file could be used
    once, no pass is taken: without the list a lost one would be.
    """

    def __init__(self, files: PassFiles, store: Store) -> None:
        self._store = store
        self._ring = _Watched(files.ring, msgspec.json.Decoder(KeyRing).decode)
        self._revoked = _Watched(files.revoked, msgspec.json.Decoder(Revocations).decode)
        self._key = _Watched(files.rotation_key, key_from_text, is_secret=True)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files now, in sentences."""
        found = [file.problem_now() for file in (self._ring, self._revoked, self._key)]
        return tuple(sentence for sentence in found if sentence)

    def check(self, text: str, at: datetime) -> Accepted | Refused:
        """Say whether ``text``, with its blanks as it was read, is a good pass at the time ``at``.

        Raises:
            StoreError: the store cannot be read.
        """
        ring, revoked, key = self._ring.value(), self._revoked.value(), self._key.value()
        if ring is None or (revoked is None and self._revoked.path is not None):
            return Refused(NoticeCode.PASS_UNCHECKED, "this till has no keys for passes: set [passes], or see doctor")
        answer = check_pass(text, ring, revoked or Revocations(), at, Rotation(key=key) if key else None)
        if not isinstance(answer, Accepted):
            return _refused(answer.fault)
        if answer.step is not None and answer.step <= self._store.pass_step(answer.claims.instance_id):
            return _refused(PassFault.REPLAYED_STEP)
        return answer


def member_of(claims: Claims) -> Member:
    """Return what a pass alone says of its member."""
    return Member(member_id=claims.member_id, name=PersonName(given=claims.name), tier=claims.tier, from_pass=True)


def _refused(fault: PassFault) -> Refused:
    return Refused(NOTICES[fault], REASONS[fault])


class _Watched(Generic[_T]):
    """One file, read again when it is another one than before."""

    def __init__(self, path: Path | None, decode: Callable[[bytes], _T], *, is_secret: bool = False) -> None:
        self.path = path
        self._decode = decode
        self._is_secret = is_secret
        self._seen: tuple[int, ...] | None = None
        self._value: _T | None = None
        self._problem = ""

    def value(self) -> _T | None:
        """Return the newest good content; None if there was none yet, or no file is named."""
        if self.path is not None:
            self._look(self.path)
        return self._value

    def problem_now(self) -> str:
        """Return what is wrong with the file; empty if nothing is."""
        self.value()
        return self._problem

    def _look(self, path: Path) -> None:
        try:
            found = path.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode)
            if seen != self._seen:
                self._seen, self._problem = seen, ""
                self._take(path, found)
        except OSError as error:
            self._seen = None
            self._problem = f"{path}: cannot be read: {error.strerror}{self._in_force()}"

    def _take(self, path: Path, found: os.stat_result) -> None:
        if self._is_secret and found.st_mode & _OTHERS:
            self._problem = f"{path}: others may read this secret; chmod 600 and make a new one{self._in_force()}"
            return
        if found.st_size > _BYTES_MAX:
            self._problem = f"{path}: is above {_BYTES_MAX >> 20} MiB; copy it again{self._in_force()}"
            return
        try:
            self._value = self._decode(path.read_bytes())
        except (msgspec.DecodeError, ValueError, RecursionError):
            # What is wrong inside is not told: it may be the secret.
            self._problem = f"{path}: is damaged; copy it again from the machine that issues passes{self._in_force()}"

    def _in_force(self) -> str:
        return "" if self._value is None else "; what it said before is still in force"
