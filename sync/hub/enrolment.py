"""How a till gets its place: the office makes a one-time code, the till brings it together with its public key.

A code has ten signs, fifteen minutes and one use. It is kept as a hash, so that a copy of the database is no way in.
Whoever guesses has ten tries a minute, over all doors together: at that rate 2**50 codes last for two hundred million
years. While somebody does so nobody can enrol; what the hub serves otherwise goes on.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from re import compile as pattern
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from pos_loyalty.ports import Clock
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.kept import Memo, MemoKey, Terminal
from sync.hub.scopes import ALL
from sync.hub.terminals import OFFICE
from sync.signing import PUBLIC_KEY_BYTES, fingerprint, spelt
from sync.wire import EnrolAnswer, EnrolRequest

CODE_SIGNS: Final = 10
CODE_BYTES: Final = 7
"""Of chance; 50 of their 56 bits make a code, so that each is as likely as any other."""
CODE_LIFE_MS: Final = 15 * 60 * 1_000
WRONG_TRIES_MAX: Final = 10
"""In a minute, of everybody together."""

_INVITATION: Final = "invitation"
_TRIES: Final = MemoKey("wrong codes", "")
_TRIES_MS: Final = 60_000
_TOLD_MS: Final = 24 * 3_600 * 1_000
"""How long a code that is over is known to have been one."""
_NAME: Final = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Of a terminal: it goes into header fields, addresses and names of files."""
_SAID_MAX: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SPELT: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

Chance = Callable[[int], bytes]
"""So many bytes that nobody can guess."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a one-time code is good for."""

    store_id: str
    label: str
    until_ms: int
    terminal_id: str = ""
    """The only one it lets in; empty: any that is new, or has the key that its name had before."""
    scope: str = ALL
    """Whose rows it gets."""
    used_by: str = ""
    used_key: bytes = b""


class Invited(NamedTuple):
    """A code, for a person to read out."""

    code: str
    until_ms: int


class EnrolFault(StrEnum):
    """Why a till is not enrolled."""

    UNKNOWN_CODE = "unknown_code"
    EXPIRED_CODE = "expired_code"
    USED_CODE = "used_code"
    NAME_TAKEN = "name_taken"
    """Another key has that name, and the code was not made for it."""
    UNFIT = "unfit"
    """The key has not 32 bytes, or the name cannot be one."""
    TOO_MANY_TRIES = "too_many_tries"


class EnrolRefused(NamedTuple):
    """A till stays outside; its code is as good as before."""

    fault: EnrolFault
    retry_after_ms: int = 0


class Enrolment:
    """The office's desk for tills. Any thread may call it.

    Each call is one step of the store, and may raise :class:`~pos_loyalty.errors.StoreError`.
    """

    def __init__(self, store: HubStore, *, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance

    def invite(self, store_id: str, label: str, terminal_id: str = "", scope: str = ALL) -> Invited:
        """Make a code for one till of a store; with ``terminal_id`` for that one, whatever key it has now.

        ``scope`` is the name of one that was set up.
        """
        now_ms = self._now_ms()
        code = spelt(self._chance(CODE_BYTES), CODE_SIGNS)
        until_ms = now_ms + CODE_LIFE_MS
        made = Invitation(store_id=store_id, label=label, until_ms=until_ms, terminal_id=terminal_id, scope=scope)
        with self._store.transaction() as step:
            over = [memo for memo in step.memos(_INVITATION) if _read(memo).until_ms < now_ms - _TOLD_MS]
            step.drop_memos(MemoKey(memo.kind, memo.key) for memo in over)
            step.put_memos([_written(_key(code), made)])
            step.commit()
        return Invited(f"{code[:5]}-{code[5:]}", until_ms)

    def enrol(self, request: EnrolRequest) -> EnrolAnswer | EnrolRefused:
        """Serve a till from now on. The same code, name and key again get the same answer: the first may be lost.

        The request must be signed with the key that it brings; whoever calls has seen to that.
        """
        if len(request.public_key) != PUBLIC_KEY_BYTES or not is_terminal_name(request.terminal_id):
            return EnrolRefused(EnrolFault.UNFIT)
        now_ms = self._now_ms()
        with self._store.transaction() as step:
            # Owned first and by all, so that two tills with one code come one after the other.
            recent = _recent(step.own_memo(_TRIES), now_ms)
            if len(recent) >= WRONG_TRIES_MAX:
                return EnrolRefused(EnrolFault.TOO_MANY_TRIES, recent[0] + _TRIES_MS - now_ms)
            answer = _enrolled(step, request, now_ms)
            if isinstance(answer, EnrolAnswer):
                step.commit()
            elif answer is not EnrolFault.NAME_TAKEN:
                step.put_memos([Memo(*_TRIES, msgspec.json.encode([*recent, now_ms]))])
                step.commit()
        return EnrolRefused(answer) if isinstance(answer, EnrolFault) else answer

    def terminals(self) -> list[Terminal]:
        """Return all tills that were ever enrolled, by name."""
        with self._store.reading() as reading:
            return reading.terminals()

    def _now_ms(self) -> int:
        return (self._clock.now() - _EPOCH) // timedelta(milliseconds=1)


def is_terminal_name(text: str) -> bool:
    """Return whether a till can be called this; the hub itself, which has no key, is none."""
    return _NAME.fullmatch(text) is not None and text != OFFICE


def normal_code(text: str) -> str:
    """Return a code as it is kept, whatever a person made of it.

    >>> normal_code("o1l5x-7kq2m")
    '0115X7KQ2M'
    """
    return text.upper().translate(_SPELT)


def _enrolled(step: Transaction, request: EnrolRequest, now_ms: int) -> EnrolAnswer | EnrolFault:
    memo = step.memo(_key(normal_code(request.code)))
    if memo is None:
        return EnrolFault.UNKNOWN_CODE
    invitation = _read(memo)
    if now_ms > invitation.until_ms:
        return EnrolFault.EXPIRED_CODE
    known = step.own(request.terminal_id)
    answer = EnrolAnswer(
        terminal_id=request.terminal_id,
        store_id=invitation.store_id,
        epoch=step.epochs()[-1].name,
        hub_ms=now_ms,
        fingerprint=fingerprint(request.public_key),
    )
    if invitation.used_by:
        is_same = (invitation.used_by, invitation.used_key) == (request.terminal_id, request.public_key)
        return answer if is_same and known and known.revoked_ms is None else EnrolFault.USED_CODE
    if not _lets_in(invitation, request, known):
        return EnrolFault.NAME_TAKEN
    step.put_terminal(_terminal(request, invitation, known, now_ms))
    used = replace(invitation, used_by=request.terminal_id, used_key=request.public_key)
    step.put_memos([_written(MemoKey(memo.kind, memo.key), used)])
    return answer


def _lets_in(invitation: Invitation, request: EnrolRequest, known: Terminal | None) -> bool:
    if invitation.terminal_id:
        return invitation.terminal_id == request.terminal_id
    return known is None or known.public_key == request.public_key


def _terminal(request: EnrolRequest, invitation: Invitation, known: Terminal | None, now_ms: int) -> Terminal:
    """Return the till's record; one that was here keeps its numbers, by which a cloned journal is found out."""
    return replace(
        known or Terminal(terminal_id=request.terminal_id),
        public_key=request.public_key,
        store_id=invitation.store_id,
        scope=invitation.scope,
        enrolled_ms=now_ms,
        revoked_ms=None,
        label=invitation.label,
        device=request.device[:_SAID_MAX],
        version=request.version[:_SAID_MAX],
    )


def _key(code: str) -> MemoKey:
    return MemoKey(_INVITATION, sha256(code.encode()).hexdigest())


def _read(memo: Memo) -> Invitation:
    return msgspec.json.decode(memo.document, type=Invitation)


def _written(key: MemoKey, invitation: Invitation) -> Memo:
    return Memo(*key, msgspec.json.encode(invitation))


def _recent(memo: Memo | None, now_ms: int) -> list[int]:
    tries = msgspec.json.decode(memo.document, type=list[int]) if memo else []
    # A clock that was set back must not keep everybody outside until it is where it was.
    return [each for each in tries if 0 <= now_ms - each < _TRIES_MS]
