"""What can come instead of an answer, and what an HTTP status says. Pure."""

from enum import StrEnum


class Trouble(StrEnum):
    """Why a try came to nothing."""

    UNREACHABLE = "unreachable"
    """No name, no route, no connection, or one that broke."""
    TLS = "tls"
    """The certificate is not to be believed; the clock of the till may be wrong."""
    TIMEOUT = "timeout"
    PORTAL = "portal"
    """Something that is not the hub answered: the network wants somebody to sign in."""
    SERVER = "server"
    """A fault of the hub, or a gateway that does not reach it."""
    BUSY = "busy"
    """The hub asks for time."""
    REFUSED = "refused"
    """The hub cannot read the request (400)."""
    TOO_LARGE = "too_large"
    UNAUTHENTICATED = "unauthenticated"
    """401: the hub does not know the key."""
    FORBIDDEN = "forbidden"
    UNEXPECTED = "unexpected"
    """A status that no hub gives: another server, or another version."""
    UNREADABLE = "unreadable"
    """Cut short, not the JSON that was asked for, or it contradicts itself."""
    STORE = "store"
    """The till could not write what had come: the disk is full, or worse."""


_OK = 200
_REDIRECTS = range(300, 400)
_SERVER = range(500, 600)
_PORTAL = 511
_ASKS_FOR_TIME = {408, 429}
_HTML = {"text/html", "application/xhtml+xml"}
_TROUBLES = {
    400: Trouble.REFUSED,
    401: Trouble.UNAUTHENTICATED,
    403: Trouble.FORBIDDEN,
    408: Trouble.TIMEOUT,
    413: Trouble.TOO_LARGE,
    429: Trouble.BUSY,
    503: Trouble.BUSY,
    504: Trouble.TIMEOUT,
    # RFC 6585 §6: made for captive portals, and used by few of them.
    _PORTAL: Trouble.PORTAL,
}


def trouble_of(status: int, media_type: str) -> Trouble | None:
    """Return what is wrong with an answer by its status and ``Content-Type``; None if it can be read.

    The hub never redirects and never speaks HTML, so whoever does is in between. Unless that is a gateway which has no
    hub behind it at the moment, this goes before the status: a portal that says 400 or 403 must neither put events
    aside nor halt the line.
    """
    is_page = media_type.partition(";")[0].strip().lower() in _HTML
    if status in _REDIRECTS or (is_page and not is_away(status)):
        return Trouble.PORTAL
    if status == _OK:
        return None
    return _TROUBLES.get(status, Trouble.SERVER if status in _SERVER else Trouble.UNEXPECTED)


def is_away(status: int) -> bool:
    """Return whether a gateway says by this, with a page of its own as likely as not, that the hub is away or busy."""
    return status in _ASKS_FOR_TIME or (status in _SERVER and status != _PORTAL)
