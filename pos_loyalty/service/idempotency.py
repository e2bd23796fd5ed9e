"""Idempotency keys: the same wish sent again gets the first answer, for ever."""

from collections.abc import Callable
from hashlib import sha256

import msgspec

from pos_loyalty.ports import Answer, Store
from pos_loyalty.service.faults import key_reused
from pos_loyalty.service.wire import Problem


class Key(msgspec.Struct, frozen=True):
    """The key of a request, and what it was used for."""

    value: str
    digest: bytes

    @classmethod
    def of(cls, value: str, method: str, path: str, body: bytes) -> "Key":
        """Return the key with the digest (SHA-256) of its request."""
        return cls(value, sha256(b"\0".join((method.encode(), path.encode(), body))).digest())

    def answer(self, body: bytes, status: int = 200) -> Answer:
        """Return what every retry will be told."""
        return Answer(key=self.value, digest=self.digest, status=status, body=body)


def answered_before(store: Store, key: Key | None) -> Answer | Problem | None:
    """Return the first answer if ``key`` was used for this request, a problem if it was for another, else None."""
    prior = store.answer(key.value) if key else None
    if key is None or prior is None:
        return None
    return prior if prior.digest == key.digest else key_reused()


def remembering(key: Key | None, body: Callable[[], bytes]) -> Callable[[], Answer] | None:
    """Return what makes the answer to keep with the change, or None if there is no key."""
    return (lambda: key.answer(body())) if key else None
