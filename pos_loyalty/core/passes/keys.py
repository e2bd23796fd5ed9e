"""The public half: keys that may sign passes, and passes that are no longer good. Both are documents for tills.

What they say is all there is, so unknown fields make a document damaged: one taken for the other would be an empty list
of revoked passes, and a till older than a field would not know what it forbids.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated

import msgspec

from pos_loyalty.core.passes.claims import Claims
from pos_loyalty.core.passes.faults import PassFault

KEY_BYTES = 32
"""Of a public or a private Ed25519 key (RFC 8032 §5.1)."""
KEY_ID_BYTES = 2

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


def key_id_of(public: bytes) -> bytes:
    """Return the first two bytes of the key's SHA-256: of 65,536 passes of other shops one has an id of ours."""
    return sha256(public).digest()[:KEY_ID_BYTES]


class PublicKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One key of the shop.

    Raises:
        ValueError: the key is not 32 bytes long, or ends before it begins.
    """

    public: bytes
    since: _Time
    """The key signs from then on."""
    until: _Time | None = None
    """It does not sign from then on; what it signed before stays good until it expires."""
    is_stolen: bool = False
    """Nothing is believed that it signed, since whoever has it can sign with any date."""

    def __post_init__(self) -> None:
        """Refuse what no pass could be checked with."""
        if len(self.public) != KEY_BYTES:
            raise ValueError(f"public: expected {KEY_BYTES} bytes in base64, not {len(self.public)}")
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until}: expected a time after since, {self.since}")

    @property
    def key_id(self) -> bytes:
        """What a pass calls the key."""
        return key_id_of(self.public)

    def fault_of(self, claims: Claims) -> PassFault | None:
        """Return why this key, whose signature is right, does not make ``claims`` true."""
        if self.is_stolen:
            return PassFault.KEY_STOLEN
        is_in_time = self.since <= claims.issued and (self.until is None or claims.issued < self.until)
        return None if is_in_time else PassFault.KEY_RETIRED


class KeyRing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of the shop, oldest first.

    Raises:
        ValueError: two keys have one id.
    """

    keys: tuple[PublicKey, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a ring in which an id does not name one key."""
        if len({key.key_id for key in self.keys}) != len(self.keys):
            raise ValueError("keys: two have the same id, make another key")

    def find(self, key_id: bytes) -> PublicKey | None:
        """Return the key with this id."""
        return next((key for key in self.keys if key.key_id == key_id), None)


class Revocations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The passes that are no longer good."""

    passes: frozenset[tuple[str, int]] = frozenset()
    """Member id and instance of each."""
    members: Mapping[str, _Time] = {}
    """Of these members every pass that was issued until then."""

    def has(self, claims: Claims) -> bool:
        """Whether the pass is one of them."""
        until = self.members.get(claims.member_id)
        is_old = until is not None and claims.issued <= until
        return is_old or (claims.member_id, claims.instance) in self.passes
