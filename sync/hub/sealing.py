"""What an event says of a person, sealed with a key that nobody has once the person is erased. Pure.

Whatever leaves the database for good goes sealed: copies of an archive lie where nothing can be taken out of them any
more. There is one key for each member; the hub has it, and destroys it when the member is erased. From then on a sealed
event is what :func:`~pos_loyalty.core.erasing.redacted` leaves of it, in every copy there is.
"""

from collections.abc import Callable, Collection
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pos_loyalty.core.erasing import redacted
from pos_loyalty.core.events import Event, decode, encode
from sync.hub.hub_store import Reading, Transaction
from sync.hub.kept import Memo, MemoKey

MEMBER_KEY: Final = "member_key"
"""Memos: the key of a member, by id."""
KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12

Chance = Callable[[int], bytes]
"""Gives so many bytes that nobody can guess."""


class MemberKey(msgspec.Struct, frozen=True):
    """The document of such a memo."""

    key: bytes = b""
    """Empty: it is destroyed, and there will never be another."""


_key = msgspec.json.Decoder(MemberKey).decode


def keys_for(transaction: Transaction, members: Collection[str], chance: Chance) -> dict[str, bytes]:
    """Return the key of each member, made now for those who have none; empty for who was erased."""
    keys, made = {}, []
    for member_id in sorted(members):
        memo = transaction.own_memo(MemoKey(MEMBER_KEY, member_id))
        known = _key(memo.document) if memo else MemberKey(chance(KEY_BYTES))
        keys[member_id] = known.key
        if memo is None:
            made.append(_memo(member_id, known))
    transaction.put_memos(made)
    return keys


def key_of(reading: Reading, member_id: str) -> bytes | None:
    """Return the key of a member; empty if it is destroyed, None if this database never had one."""
    memo = reading.memo(MemoKey(MEMBER_KEY, member_id))
    return _key(memo.document).key if memo else None


def without_key(member_id: str) -> Memo:
    """Return the memo that destroys the key of a member, and keeps another from being made."""
    return _memo(member_id, MemberKey())


def sealed(event: Event, key: bytes, nonce: bytes) -> bytes:
    """Return an event that only ``key`` opens: AES-256-GCM (NIST SP 800-38D), the nonce of 12 bytes in front.

    The id of the event is authenticated with it, so that one cannot be put in the place of another.
    """
    return nonce + AESGCM(key).encrypt(nonce, encode(event), event.event_id.encode())


def nonce_from(chance: Chance) -> bytes:
    """Return a nonce; a key would have to seal 2**32 events before chance gave one twice (SP 800-38D, 8.3)."""
    return chance(_NONCE_BYTES)


def opened(left: Event, content: bytes, key: bytes | None) -> Event | None:
    """Return the event sealed beside ``left``; ``left`` itself if the key is destroyed, None if it is wrong."""
    if not key:
        return None if key is None else left
    nonce, ciphertext = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
    try:
        return decode(AESGCM(key).decrypt(nonce, ciphertext, left.event_id.encode()))
    except (InvalidTag, ValueError, msgspec.DecodeError):
        return None


def is_personal(event: Event) -> bool:
    """Whether an event says something that has to go when its member is erased."""
    return bool(event.member_id) and redacted(event) is not event


def _memo(member_id: str, key: MemberKey) -> Memo:
    return Memo(MEMBER_KEY, member_id, msgspec.json.encode(key))
