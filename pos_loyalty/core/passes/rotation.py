"""The rotating part of a pass: a code that is good for half a minute, so that a picture of a pass is worth nothing.

It is TOTP (RFC 6238) with SHA-256, eight digits and steps of 30 seconds. The secret of a pass is derived from a key of
the shop, so that no till has to know a secret for every member. Whoever has that key can make every code: a till that
may be stolen had better not have it, and ask the hub.
"""

import hmac
import re
from datetime import datetime, timedelta

import msgspec

from pos_loyalty.core.passes.claims import EPOCH, Claims
from pos_loyalty.core.passes.faults import PassFault

STEP = timedelta(seconds=30)
STEPS_AROUND = 1
"""One step early or late: the clock of a telephone, and the time from screen to scanner (RFC 6238 §5.2)."""
CODES = 10**8

_KEY = re.compile(rb"[0-9a-f]{64}")
_PURPOSE = b"pos-loyalty rotating pass 1\0"


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """What a till needs to check a rotating code."""

    key: bytes
    """The shop's key for codes; 32 random bytes."""
    last_step: int = -1
    """The step that :class:`~pos_loyalty.core.passes.checking.Accepted` had the last time for this pass; kept by the
    caller, since each step is good once."""


def key_from_text(text: bytes) -> bytes:
    """Return the shop's key for codes, as its file has it: 64 hexadecimal digits, and white space around them.

    Raises:
        ValueError: it is anything else; the message quotes nothing of it.
    """
    digits = text.split()
    if len(digits) != 1 or not _KEY.fullmatch(digits[0]):
        raise ValueError("expected 64 hexadecimal digits")
    return bytes.fromhex(digits[0].decode("ascii"))


def step_at(time: datetime) -> int:
    """Return the number of the step that ``time`` is in."""
    return (time - EPOCH) // STEP


def pass_secret(key: bytes, claims: Claims) -> bytes:
    """Return the secret of one pass (32 bytes), for the telephone that shows it."""
    return hmac.digest(key, _PURPOSE + claims.instance.to_bytes(4) + claims.member_id.encode(), "sha256")


def rotating_code(secret: bytes, step: int) -> int:
    """Return the code of a step, below :data:`CODES` (RFC 4226 §5.3 with SHA-256).

    >>> rotating_code(b"12345678901234567890123456789012", 1)
    46119246
    """
    digest = hmac.digest(secret, step.to_bytes(8), "sha256")
    start = digest[-1] & 0xF
    return (int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF) % CODES


def matched_step(claims: Claims, code: int, at: datetime, rotation: Rotation | None) -> int | PassFault:
    """Return the step whose code was shown, or why it is not taken."""
    if rotation is None:
        return PassFault.CODE_UNCHECKED
    secret, now = pass_secret(rotation.key, claims), step_at(at)
    around = range(now + STEPS_AROUND, now - STEPS_AROUND - 1, -1)
    step = next((step for step in around if step >= 0 and rotating_code(secret, step) == code), None)
    if step is None:
        return PassFault.STALE_CODE
    return step if step > rotation.last_step else PassFault.REPLAYED_STEP
