"""The envelope around claims: head, claims, signature, and the rotating code if there is one.

| bytes | what |
|---|---|
| 1 | version in the upper four bits; 1 = the member is a UUID, 2 = the pass rotates |
| 2 | key id |
| 1 | length of the claims |
| n | claims |
| 64 | Ed25519 signature (RFC 8032) of what stands before it |
| 4 | the rotating code, in a pass that rotates; made by the telephone and not signed |
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pos_loyalty.core.passes.claims import Claims, has_uuid, to_bytes
from pos_loyalty.core.passes.faults import PassFault
from pos_loyalty.core.passes.keys import KEY_ID_BYTES, key_id_of

VERSION: Final = 1
SIGNATURE_BYTES: Final = 64
CODE_BYTES: Final = 4

_IS_UUID: Final = 1
_ROTATES: Final = 2
_HEAD_BYTES: Final = 2 + KEY_ID_BYTES
_PURPOSE: Final = b"pos-loyalty member pass\0"
"""Signed along, so that a key used for something else by mistake makes no passes."""


class Sealed(msgspec.Struct, frozen=True):
    """A pass taken apart; nothing of it is proved yet."""

    key_id: bytes
    is_uuid: bool
    rotates: bool
    claims: bytes
    signed: bytes
    signature: bytes
    code: int


def public_half(private: bytes) -> bytes:
    """Return the public key (32 bytes) of a private one (32 bytes)."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(claims: Claims, private: bytes) -> bytes:
    """Return the bytes of a pass, signed with ``private`` (32 bytes). One that rotates still needs :func:`with_code`.

    Ed25519 needs no chance: the same claims and key give the same bytes.
    """
    body = to_bytes(claims)
    flags = _IS_UUID * has_uuid(claims) | _ROTATES * claims.rotates
    head = bytes([VERSION << 4 | flags]) + key_id_of(public_half(private)) + bytes([len(body)])
    return head + body + Ed25519PrivateKey.from_private_bytes(private).sign(_PURPOSE + head + body)


def with_code(sealed: bytes, code: int) -> bytes:
    """Return a pass that rotates with the code of the moment."""
    return sealed + code.to_bytes(CODE_BYTES)


def taken_apart(data: bytes) -> Sealed | PassFault:
    """Return the parts of a pass, or why there are none."""
    if len(data) < _HEAD_BYTES:
        return PassFault.TRUNCATED
    version, flags = divmod(data[0], 1 << 4)
    if version != VERSION or flags > _IS_UUID + _ROTATES:
        return PassFault.UNKNOWN_VERSION
    rotates = bool(flags & _ROTATES)
    claims_end = _HEAD_BYTES + data[_HEAD_BYTES - 1]
    signature_end = claims_end + SIGNATURE_BYTES
    end = signature_end + CODE_BYTES * rotates
    if len(data) != end:
        return PassFault.TRUNCATED if len(data) < end else PassFault.MALFORMED
    return Sealed(
        key_id=data[1 : 1 + KEY_ID_BYTES],
        is_uuid=bool(flags & _IS_UUID),
        rotates=rotates,
        claims=data[_HEAD_BYTES:claims_end],
        signed=data[:claims_end],
        signature=data[claims_end:signature_end],
        code=int.from_bytes(data[signature_end:]),
    )


def is_signed(sealed: Sealed, public: bytes) -> bool:
    """Whether the key signed the pass. What is no point of the curve signed nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(sealed.signature, _PURPOSE + sealed.signed)
    except (InvalidSignature, ValueError):
        return False
    return True
