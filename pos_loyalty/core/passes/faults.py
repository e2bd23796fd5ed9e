"""Why a code is not a good member pass."""

from enum import StrEnum


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
