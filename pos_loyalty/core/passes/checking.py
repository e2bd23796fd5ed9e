"""From what a reader read to a member, or to the reason why not."""

from datetime import datetime, timedelta

import msgspec

from pos_loyalty.core.passes.armour import unarmoured
from pos_loyalty.core.passes.claims import Claims, from_bytes
from pos_loyalty.core.passes.faults import PassFault
from pos_loyalty.core.passes.keys import KeyRing, Revocations
from pos_loyalty.core.passes.rotation import Rotation, matched_step
from pos_loyalty.core.passes.sealing import is_signed, taken_apart

CLOCK_SKEW = timedelta(minutes=5)
"""How wrong the clock of a till may be: a pass is good that much before it was issued and after it expired."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A good pass."""

    claims: Claims
    step: int | None = None
    """The step of the rotating code: the caller keeps it, see :class:`~pos_loyalty.core.passes.rotation.Rotation`."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A pass that is not good."""

    fault: PassFault
    claims: Claims | None = None
    """What the shop did sign, where only time, key, list or code speak against it."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A pass that the shop did sign, and nothing else said of it."""

    claims: Claims
    key_fault: PassFault | None
    code: int


def check_pass(
    text: str, ring: KeyRing, revocations: Revocations, at: datetime, rotation: Rotation | None = None
) -> Accepted | Refused:
    """Say whether ``text`` is a good pass at the time ``at``. Any text has an answer.

    ``text`` is what the reader read, less its framing and AIM identifier, but with its blanks. ``rotation`` is what a
    till has that may check rotating codes; without it a pass that rotates is refused.
    """
    found = opened(text, ring)
    if isinstance(found, PassFault):
        return Refused(fault=found)
    fault = found.key_fault or _fault_at(found.claims, at) or _revoked(found.claims, revocations)
    if fault is None and found.claims.rotates:
        step = matched_step(found.claims, found.code, at, rotation)
        if not isinstance(step, PassFault):
            return Accepted(claims=found.claims, step=step)
        fault = step
    return Accepted(claims=found.claims) if fault is None else Refused(fault=fault, claims=found.claims)


def opened(text: str, ring: KeyRing) -> Opened | PassFault:
    """Return what a key of the ring signed, whether or not it still is good; or why there is nothing to believe."""
    data = unarmoured(text)
    sealed = data if isinstance(data, PassFault) else taken_apart(data)
    if isinstance(sealed, PassFault):
        return sealed
    key = ring.find(sealed.key_id)
    if key is None:
        return PassFault.UNKNOWN_KEY
    if not is_signed(sealed, key.public):
        return PassFault.BAD_SIGNATURE
    claims = from_bytes(sealed.claims, is_uuid=sealed.is_uuid, rotates=sealed.rotates)
    if claims is None:
        return PassFault.MALFORMED
    return Opened(claims=claims, key_fault=key.fault_of(claims), code=sealed.code)


def _fault_at(claims: Claims, at: datetime) -> PassFault | None:
    if at < claims.issued - CLOCK_SKEW:
        return PassFault.NOT_YET_VALID
    return PassFault.EXPIRED if at >= claims.expires + CLOCK_SKEW else None


def _revoked(claims: Claims, revocations: Revocations) -> PassFault | None:
    return PassFault.REVOKED if revocations.has(claims) else None
