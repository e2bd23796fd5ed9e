"""What a telephone needs to show a pass that rotates, and what it shows."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from pos_loyalty.core.passes import Form, armoured, rotating_code, step_at, with_code
from pos_loyalty.errors import ConfigError


class PhonePass(msgspec.Struct, frozen=True, kw_only=True):
    """A pass without its code, and what codes are made of: for one telephone, and a secret as a whole."""

    prefix: Literal["PL45", "PL32"]
    """How the text of the pass begins: base45 (RFC 9285) or base32 (RFC 4648) of the bytes follow."""
    sealed: bytes
    """The bytes of the pass; the code of the moment follows them, in four bytes with the highest first."""
    secret: bytes
    """Of TOTP (RFC 6238) with SHA-256, eight digits and steps of 30 seconds."""

    def text_at(self, time: datetime) -> str:
        """Return what the telephone shows at ``time``."""
        return armoured(with_code(self.sealed, rotating_code(self.secret, step_at(time))), Form(self.prefix))


def phone_pass(file: Path) -> PhonePass:
    """Read what ``pass issue --rotating`` wrote.

    Raises:
        ConfigError: it cannot be read, or is something else.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=PhonePass)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; name the file that pass issue --rotating wrote") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Not what is wrong inside: it is a secret.
        raise ConfigError(f"{file}: is not what pass issue --rotating writes; issue the pass anew") from error
