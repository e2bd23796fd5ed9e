"""Why a code is not a good member pass."""

from enum import StrEnum
from typing import Final


class PassFault(StrEnum):
    """One reason for each thing that a cashier would do differently."""

    NOT_A_PASS = "not_a_pass"  # noqa: S105 - a pass for members, not a password
    """It does not begin as a pass does: look whether it is another code."""
    BAD_BASE = "bad_base"
    """It holds signs that no pass has: most likely the scanner types under another keyboard layout."""
    TRUNCATED = "truncated"
    """The end is missing: scan again."""
    MALFORMED = "malformed"
    """It is longer than it says, or what was signed is no member."""
    UNKNOWN_VERSION = "unknown_version"
    """It is from a newer program."""
    UNKNOWN_KEY = "unknown_key"
    """The ring does not have the key: a pass of another shop, or the ring of this till is old."""
    BAD_SIGNATURE = "bad_signature"
    """Forged, or misread."""
    KEY_RETIRED = "key_retired"
    """It says that it was issued when its key did not sign."""
    KEY_STOLEN = "key_stolen"
    """Its key is in wrong hands: nothing that it signed is believed."""
    NOT_YET_VALID = "not_yet_valid"
    """Issued in the future: the clock of the till is slow."""
    EXPIRED = "expired"
    """Its time is over: issue a new one."""
    REVOKED = "revoked"
    """Reported as lost, or replaced."""
    CODE_UNCHECKED = "code_unchecked"
    """It must be shown with a rotating code, and this till has no key to check that."""
    STALE_CODE = "stale_code"
    """The rotating code is of another time: a picture of the pass, or a clock that is wrong."""
    REPLAYED_STEP = "replayed_step"
    """The rotating code was used before."""


REASONS: Final = {
    PassFault.NOT_A_PASS: "expected a text that begins with PL45 or PL32",
    PassFault.BAD_BASE: "it holds signs that no pass has; look at the keyboard layout of the scanner",
    PassFault.TRUNCATED: "its end is missing; scan it again",
    PassFault.MALFORMED: "it is longer than it says, or names no member",
    PassFault.UNKNOWN_VERSION: "it is from a newer version of this program",
    PassFault.UNKNOWN_KEY: "its key is not in ring.json; it is a pass of another shop, or ring.json is old",
    PassFault.BAD_SIGNATURE: "its signature is wrong; it was misread or forged",
    PassFault.KEY_RETIRED: "its key did not sign at the time at which it says it was issued",
    PassFault.KEY_STOLEN: "its key was stolen; issue a new pass",
    PassFault.NOT_YET_VALID: "it was issued in the future; set the clock of this machine",
    PassFault.EXPIRED: "its time is over; issue a new pass",
    PassFault.REVOKED: "it was revoked",
    PassFault.CODE_UNCHECKED: "it rotates, and the key for rotating codes is not here",
    PassFault.STALE_CODE: "its rotating code is of another time",
    PassFault.REPLAYED_STEP: "its rotating code was used before",
}
"""One sentence for a person; docs/howto/member-pass.md says what to do."""
