"""What came instead of an answer: for the engine a trouble, for a person a sentence."""

import ssl
from collections.abc import Iterator
from typing import Final

import httpx
import msgspec

from sync.engine.troubles import Trouble


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub says of a request that it refuses (RFC 9457), as far as the till asks for it."""

    type: str = ""
    title: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """The last word of the type, such as ``clock``."""
        return self.type.rpartition("/")[2].rpartition(":")[2]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A request came to nothing."""

    trouble: Trouble
    detail: str = ""
    """A sentence for whoever looks into it, with nothing of the request in it."""
    retry_after_ns: int = 0
    status: int = 0
    """Of the answer, 0 if there was none."""
    problem: Problem | None = None
    """What the hub said; None if it was not the hub."""


_CERTIFICATE: Final = {
    9: "the certificate of the hub is not valid yet, or the clock of this till is behind",
    10: "the certificate of the hub has expired, or the clock of this till is ahead",
    18: "the certificate of the hub is signed by itself: name it in [hub] ca",
    19: "nobody this till trusts has signed the certificate of the hub: name who did in [hub] ca",
    20: "nobody this till trusts has signed the certificate of the hub: name who did in [hub] ca",
    21: "nobody this till trusts has signed the certificate of the hub: name who did in [hub] ca",
    62: "the certificate is for another name than the address of the hub",
    64: "the certificate is for another address than that of the hub",
}
"""By X509_V_ERR_… of OpenSSL (x509_vfy.h)."""


def fault_of(error: Exception, *, answering: bool) -> Fault:
    """Return what an exception of httpx means; ``answering``: the head of an answer was here."""
    broken = next((link for link in _chain(error) if isinstance(link, ssl.SSLError)), None)
    # A connection that was cut is no certificate that is wrong.
    if broken and not isinstance(broken, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Fault(trouble=Trouble.TLS, detail=_tls_sentence(broken))
    if isinstance(error, httpx.TimeoutException):
        return Fault(trouble=Trouble.TIMEOUT, detail="no answer came in time")
    if answering:
        return Fault(trouble=Trouble.UNREADABLE, detail="the answer was cut off in its middle")
    return Fault(trouble=Trouble.UNREACHABLE, detail=_unreachable_sentence(error))


def _tls_sentence(error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"no TLS with what answers there ({error.reason or type(error).__name__})"
    return _CERTIFICATE.get(
        error.verify_code, f"the certificate of the hub is not to be believed ({error.verify_message})"
    )


def _unreachable_sentence(error: Exception) -> str:
    for link in _chain(error):
        # socket.gaierror is an OSError whose numbers are its own.
        if type(link).__name__ == "gaierror":
            return "the name of the hub is not known here: no network, or no name server"
        if isinstance(link, httpx.RemoteProtocolError | ConnectionResetError):
            return "what answers there hangs up: if it always does, it may want https://, or be no hub"
        if isinstance(link, OSError) and link.strerror:
            return f"no connection to the hub ({link.strerror})"
    return f"no connection to the hub ({type(error).__name__})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        link = left.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            left.extend(link.exceptions)
        left += [link.__cause__, link.__context__]
