"""The member pass: a signed code that says who a member is, and is verified without a network (docs/adr/0011)."""

from pos_loyalty.core.passes.armour import Form, armoured
from pos_loyalty.core.passes.checking import CLOCK_SKEW, Accepted, Refused, check_pass, opened
from pos_loyalty.core.passes.claims import Claims
from pos_loyalty.core.passes.faults import REASONS, PassFault
from pos_loyalty.core.passes.keys import KeyRing, PublicKey, Revocations
from pos_loyalty.core.passes.rotation import Rotation, key_from_text, pass_secret, rotating_code, step_at
from pos_loyalty.core.passes.sealing import public_half, seal, with_code

__all__ = [
    "CLOCK_SKEW",
    "REASONS",
    "Accepted",
    "Claims",
    "Form",
    "KeyRing",
    "PassFault",
    "PublicKey",
    "Refused",
    "Revocations",
    "Rotation",
    "armoured",
    "check_pass",
    "key_from_text",
    "opened",
    "pass_secret",
    "public_half",
    "rotating_code",
    "seal",
    "step_at",
    "with_code",
]
