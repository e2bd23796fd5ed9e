"""The two forms in which the bytes of a pass are printed, each with its prefix."""

import base64
import binascii
from enum import Enum

from pos_loyalty.core.passes import base45
from pos_loyalty.core.passes.faults import PassFault

TEXT_LENGTH_MAX = 320
"""Signs; the longest pass there can be takes 315, in base32 with a rotating code."""


PASS_LENGTH_MIN = 100
"""Signs; 64 bytes of signature take 96 in base45, and what is signed is never empty."""


class Form(Enum):
    """The signs that a pass is written in. Both are packed as alphanumeric QR data (ISO/IEC 18004 §7.4.4)."""

    BASE45 = "PL45"
    """For readers that transmit what they see: serial, USB-CDC, HID POS, cameras."""
    BASE32 = "PL32"
    """RFC 4648 §6 without padding, for readers that type: no sign of it is lost under a foreign keyboard layout."""

    @property
    def prefix(self) -> str:
        """How the text of a pass begins; it is no sign of the base."""
        return self.value


_ALPHABETS = {Form.BASE45: frozenset(base45.ALPHABET), Form.BASE32: frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
_GROUPS = {Form.BASE45: 3, Form.BASE32: 8}
"""Signs that stand for whole bytes together."""


def is_pass(text: str) -> bool:
    """Whether ``text`` begins as passes do, and is long enough that no shop's own card number is taken for one."""
    return len(text) > PASS_LENGTH_MIN and text[:4].upper() in {form.prefix for form in Form}


def armoured(data: bytes, form: Form) -> str:
    """Return the text of a pass."""
    body = base45.encode(data) if form is Form.BASE45 else base64.b32encode(data).decode().rstrip("=")
    return form.prefix + body


def unarmoured(text: str) -> bytes | PassFault:
    """Return the bytes of a pass, or why it has none.

    Small letters count as capitals, since neither base has them and CapsLock makes them. Every other text than the
    one that :func:`armoured` makes is refused, so that one pass has one text. ``text`` must be as it was read:
    base45 has a blank among its signs, which no normal form of codes may take away.
    """
    folded = text.upper() if text.isascii() else text
    form = next((form for form in Form if folded.startswith(form.prefix)), None)
    if form is None:
        return PassFault.NOT_A_PASS
    body = folded.removeprefix(form.prefix)
    if len(folded) > TEXT_LENGTH_MAX:
        return PassFault.MALFORMED
    if not set(body) <= _ALPHABETS[form]:
        return PassFault.BAD_BASE
    data = _decoded(body, form)
    if data is not None:
        return data
    # Where only the last group is no bytes, the text was cut inside of it.
    whole = body[: len(body) - len(body) % _GROUPS[form]]
    return PassFault.BAD_BASE if _decoded(whole, form) is None else PassFault.TRUNCATED


def _decoded(body: str, form: Form) -> bytes | None:
    if form is Form.BASE45:
        return base45.decode(body)
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error:
        return None
    # Bits beyond the last byte must be 0 (RFC 4648 §3.5); Python lets others pass.
    return data if armoured(data, form) == form.prefix + body else None
