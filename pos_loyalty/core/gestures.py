"""Goodwill: what an associate may give to make up for something, within the limit of the role and for a reason."""

from datetime import datetime
from enum import StrEnum

import msgspec

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import GestureGranted
from pos_loyalty.core.programs import FixedOff, Kind, Program, reward_key


class GestureRefusal(StrEnum):
    """Why a gesture cannot be made."""

    NOT_IN_FORCE = "not_in_force"
    """The program is no goodwill program, or does not hold now."""
    UNKNOWN_REWARD = "unknown_reward"
    """The program has no reward of this name whose worth an associate can say: a fixed amount."""
    UNKNOWN_ROLE = "unknown_role"
    AMOUNT = "amount"
    """Nothing, or more than ``limit``."""
    NO_REASON = "no_reason"


class GestureRefused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refusal."""

    kind: GestureRefusal
    limit: int | None = None
    """Minor units that this role may give at once."""


class Gesture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an associate wants to give."""

    reward: str
    """``program/reward``."""
    amount: int
    """Minor units."""
    role: str
    reason: str
    valid_until: datetime | None = None
    """The first moment at which the voucher is no longer good; absent: without an end."""
    about: str = ""
    """The complaint or feedback behind it."""


def grant(
    program: Program, wanted: Gesture, now: datetime, *, code: str, store_id: str = ""
) -> GestureGranted | GestureRefused:
    """Return the fact that ``wanted`` is given under ``program`` at ``now``, or why it cannot be.

    ``code`` is new, in the normal form of :func:`~pos_loyalty.core.identifiers.normal_code`, for the voucher that the
    event makes: it belongs to the member of the event. The limit is for each gesture; how many somebody makes is seen
    in the journal.
    """
    reward = next((each for each in program.rewards if reward_key(program, each) == wanted.reward), None)
    limit = program.roles.get(wanted.role)
    if program.kind is not Kind.GOODWILL or not program.holds_at(now):
        return GestureRefused(kind=GestureRefusal.NOT_IN_FORCE)
    if not isinstance(reward, FixedOff):
        return GestureRefused(kind=GestureRefusal.UNKNOWN_REWARD)
    if limit is None:
        return GestureRefused(kind=GestureRefusal.UNKNOWN_ROLE)
    if not 1 <= wanted.amount <= limit:
        return GestureRefused(kind=GestureRefusal.AMOUNT, limit=limit)
    if not wanted.reason.strip():
        return GestureRefused(kind=GestureRefusal.NO_REASON)
    voucher = VoucherMove(
        kind=VoucherMoveKind.ISSUED,
        program_id=program.program_id,
        source=f"{program.stamp}/{reward.reward_id}",
        code=code,
        value=wanted.amount,
        valid_until=wanted.valid_until,
    )
    return GestureGranted(
        program_id=program.program_id,
        reward=wanted.reward,
        amount=wanted.amount,
        role=wanted.role,
        reason=wanted.reason.strip(),
        voucher=voucher,
        about=wanted.about,
        store_id=store_id,
    )
