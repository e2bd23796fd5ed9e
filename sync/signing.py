"""Who sent a request: HTTP message signatures (RFC 9421) with Ed25519, and the digest of the body (RFC 9530).

    till: headers = sign(message, body, key, terminal_id, now_s)
    hub:  signed = verify(message, keys, now_s)       before the body is read
          signed.is_body(body)                        when it is there

Covered are method, path, query and digest, all as they are sent; not the name of the host, which a proxy may change.
A request that is caught and sent again within the window is taken again: so whatever the hub does for a signed request
must be the same when it is done twice.

Both ends are given the time. A till whose clock is wrong is told the hub's, and signs by it from then on.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from re import compile as pattern
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature as NotGenuine
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import ED25519

from pos_loyalty.errors import ConfigError

WINDOW_S: Final = 300
"""How far the time of a signature may be from the hub's, either way."""
PUBLIC_KEY_BYTES: Final = 32
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Signs that a person reads out: no I, L, O or U (Douglas Crockford, Base 32)."""

_COVERED: Final = ("@method", "@path", "@query", "content-digest")
_LABEL: Final = "till"
_FINGERPRINT_SIGNS: Final = 6


class Message(NamedTuple):
    """What is signed of a request, as it goes over the wire; both an httpx request and an ASGI scope can say it."""

    method: str
    path: str
    """Percent-encoded; ``/`` at least. (ASGI: ``raw_path``, httpx: ``url.raw_path`` up to the question mark.)"""
    query: str = ""
    """Without its question mark."""
    fields: tuple[tuple[str, str], ...] = ()
    """Header fields in their order, names in any case. To sign, none are needed."""


class Doubt(StrEnum):
    """Why a request is not believed."""

    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    """Not by this key, not of this request, of other parts than were agreed, or not to be read."""
    CLOCK = "clock"
    """The signature is good, and its time is too far from the hub's."""


class Doubted(NamedTuple):
    """A request that is not believed."""

    doubt: Doubt
    key_id: str = ""
    """Whose it says it is. Nothing vouches for that, unless only the clock is wrong."""


class Signed(NamedTuple):
    """A request of whoever has the key ``key_id``."""

    key_id: str
    created_s: int
    digest: str
    """The value of ``Content-Digest``, which the signature covers."""

    def is_body(self, body: bytes) -> bool:
        """Return whether ``body``, as it was sent, is the one that was signed."""
        if self.digest == f"sha-256=:{b64encode(sha256(body).digest()).decode('ascii')}:":
            return True
        try:
            ContentDigest.verify(self.digest, body)
        except HTTPMessageSignaturesException:
            return False
        return True


Keys = Callable[[str], bytes | None]
"""Public key (32 bytes) of a name; None if there is none."""


class TerminalKey:
    """The private key of a till. It never leaves the till."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key

    @classmethod
    def made(cls) -> "TerminalKey":
        """Return a new key, by chance of the operating system."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of_pem(cls, pem: bytes) -> "TerminalKey":
        """Return the key that :attr:`pem` has written.

        Raises:
            ConfigError: it is something else.
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(
                "the key of this till is not an Ed25519 key in PEM without a password: enrol the till anew"
            )
        return cls(key)

    @property
    def pem(self) -> bytes:
        """The key in PKCS #8, for a file that only the till may read."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self.key.public_key().public_bytes_raw()


def fingerprint(public_key: bytes) -> str:
    """Return six signs of a public key, for people to compare on two screens.

    Thirty bits: they tell a mix-up. Whom the hub serves rests on the one-time code.
    """
    return spelt(sha256(public_key).digest(), _FINGERPRINT_SIGNS)


def spelt(data: bytes, signs: int) -> str:
    """Return so many signs of :data:`CROCKFORD` for the last bits of ``data``, five each.

    >>> spelt(b"A", 2)
    '12'
    """
    number = int.from_bytes(data)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in range(signs))


def sign(message: Message, body: bytes, key: TerminalKey, key_id: str, now_s: int) -> dict[str, str]:
    """Return the fields to send with ``message`` and ``body`` (as it is sent, packed), for ``key_id``."""
    fields: dict[str, str] = {}
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_OwnKey(key))
    signer.sign(
        _Request(message, fields),
        key_id=key_id,
        created=datetime.fromtimestamp(now_s, UTC),
        label=_LABEL,
        covered_component_ids=_COVERED[:-1],
        body=body,
    )
    return fields


def verify(message: Message, keys: Keys, now_s: int) -> Signed | Doubted:
    """Return who signed ``message``, or why that is not known. The body is another matter (:meth:`Signed.is_body`)."""
    plain = _plain(message)
    return _parsed(message, keys, now_s) if plain is None else _believed(plain, keys, now_s)


class _Plain(NamedTuple):
    """A signature that is spelt as :func:`sign` spells it, and the text that it is of."""

    key_id: str
    created_s: int
    digest: str
    signature: bytes
    text: bytes


_INPUT: Final = pattern(
    rf'{_LABEL}=(\("@method" "@path" "@query" "content-digest"\)'
    r';created=([1-9][0-9]{0,11});keyid="([A-Za-z0-9._-]{1,64})";alg="ed25519")'
)
_SIGNATURE: Final = pattern(rf"{_LABEL}=:([A-Za-z0-9+/]{{86}}==):")
_DIGEST: Final = pattern(r"sha-256=:[A-Za-z0-9+/]{43}=:")
_TARGET: Final = pattern(r"/[A-Za-z0-9/._~-]* [A-Za-z0-9._~=&-]*")
_METHODS: Final = frozenset({"GET", "POST"})
_SIGNING: Final = ("signature-input", "signature", "content-digest")


def _plain(message: Message) -> _Plain | None:
    """Return the signature of a request in which nothing is but what our tills say; None if anything is.

    Ten thousand tills ask 600 times a second. To parse structured fields (RFC 9651) and to write them again takes two
    thirds of what it takes to find out who asks, and nearly all of them are spelt alike. Whatever is not is read by
    the library.
    """
    said = [(name, value) for each, value in message.fields if (name := each.lower()) in _SIGNING]
    fields = dict(said)
    if len(said) != len(_SIGNING) or len(fields) != len(_SIGNING) or message.method not in _METHODS:
        return None
    params = _INPUT.fullmatch(fields["signature-input"])
    signature = _SIGNATURE.fullmatch(fields["signature"])
    digest = fields["content-digest"]
    if not (params and signature and _DIGEST.fullmatch(digest)):
        return None
    if not _TARGET.fullmatch(f"{message.path} {message.query}"):
        return None
    text = (
        f'"@method": {message.method}\n"@path": {message.path}\n"@query": ?{message.query}\n'
        f'"content-digest": {digest}\n"@signature-params": {params[1]}'
    )
    return _Plain(params[3], int(params[2]), digest, b64decode(signature[1]), text.encode("ascii"))


def _believed(plain: _Plain, keys: Keys, now_s: int) -> Signed | Doubted:
    key = keys(plain.key_id)
    if key is None or len(key) != PUBLIC_KEY_BYTES:
        return Doubted(Doubt.UNKNOWN_KEY, plain.key_id)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(plain.signature, plain.text)
    except (NotGenuine, ValueError):
        return Doubted(Doubt.BAD_SIGNATURE, plain.key_id)
    if abs(plain.created_s - now_s) > WINDOW_S:
        return Doubted(Doubt.CLOCK, plain.key_id)
    return Signed(plain.key_id, plain.created_s, plain.digest)


def _parsed(message: Message, keys: Keys, now_s: int) -> Signed | Doubted:
    if not {"signature-input", "signature"} <= {name.lower() for name, _ in message.fields}:
        return Doubted(Doubt.UNSIGNED)
    known = _KnownKeys(keys)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=known)
    try:
        (result,) = verifier.verify(
            _Request(message, _Fields(message.fields)), max_age=None, require_components=_COVERED
        )
    except HTTPMessageSignaturesException:
        return Doubted(Doubt.UNKNOWN_KEY if known.is_missing else Doubt.BAD_SIGNATURE, known.asked)
    created_s = int(result.parameters["created"])
    if abs(created_s - now_s) > WINDOW_S:
        return Doubted(Doubt.CLOCK, known.asked)
    return Signed(known.asked, created_s, result.covered_components['"content-digest"'])


class _Items(Protocol):
    def items(self) -> Iterable[tuple[str, str]]: ...


class _Fields(NamedTuple):
    """Header fields as the library asks for them: one may be there twice."""

    fields: tuple[tuple[str, str], ...]

    def items(self) -> Iterable[tuple[str, str]]:
        return self.fields


class _Request:
    """A request as the library asks for it. The host is not signed; without one there is no URL."""

    def __init__(self, message: Message, headers: _Items) -> None:
        self.method = message.method
        self.url = f"https://hub{message.path}" + (f"?{message.query}" if message.query else "")
        self.headers = headers


class _OwnKey(HTTPSignatureKeyResolver):
    def __init__(self, key: TerminalKey) -> None:
        self._key = key.key

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:  # noqa: ARG002 - a till has one key
        return self._key


class _KnownKeys(HTTPSignatureKeyResolver):
    """The keys of others, and which of them was asked for."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.asked = ""
        self.is_missing = False

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        self.asked = key_id
        key = self._keys(key_id)
        self.is_missing = key is None or len(key) != PUBLIC_KEY_BYTES
        return None if key is None or self.is_missing else Ed25519PublicKey.from_public_bytes(key)


class _Verifier(HTTPMessageVerifier):
    signature_metadata_parameters: ClassVar[set[str]] = {"alg", "created", "keyid", "nonce", "tag"}

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:  # noqa: ANN401, ARG002 - theirs
        # The library would judge by its own clock, and before it knows whether the signature is good.
        if "created" not in sig_input.params:
            raise InvalidSignature("a signature says when it was made")
