"""What a member pass says of its member, and the bytes in which it says so."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import msgspec

MEMBER_BYTES_MAX = 32
"""Of a member id that is no UUID, in UTF-8."""
TIER_BYTES_MAX = 16
NAME_BYTES_MAX = 64
"""About thirty Persian or Arabic letters. With a tier of four, 19 bytes still fit QR version 7 at level M."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_SECONDS_MAX = 1 << 32
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_BYTES = 16
_TIMES_BYTES = 8


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the shop signed.

    Raises:
        ValueError: a text is empty or longer than its limit, or holds control characters, a time has a fraction of a
            second or does not fit 32 bits, or the pass would expire before it is issued.
    """

    member_id: str
    name: str
    """How the member is called at the counter, for a till that has no row about them."""
    tier: str = ""
    issued: datetime
    """In UTC. It is also what tells the passes of one member apart, see :attr:`instance`."""
    expires: datetime
    """In UTC; the pass is good before it."""
    rotates: bool = False
    """Whether the pass must be shown together with a rotating code."""

    def __post_init__(self) -> None:
        """Refuse what would not come out of the bytes as it went in."""
        if not has_uuid(self):
            _checked("member_id", self.member_id, MEMBER_BYTES_MAX)
        _checked("name", self.name, NAME_BYTES_MAX)
        _checked("tier", self.tier or "-", TIER_BYTES_MAX)
        if not seconds_of(self.issued) < seconds_of(self.expires):
            raise ValueError(f"expires {self.expires}: expected a time after issued, {self.issued}")

    @property
    def instance(self) -> int:
        """The number of the pass among those of its member: the second in which it was issued, since 1970 UTC."""
        return seconds_of(self.issued)

    @property
    def instance_id(self) -> str:
        """The pass among all of the shop."""
        return f"{self.member_id}@{self.instance}"


def seconds_of(time: datetime) -> int:
    """Return whole seconds since 1970 UTC.

    Raises:
        ValueError: the time has no offset, a fraction of a second, or does not fit 32 bits (that is until 2106).
    """
    if time.tzinfo is None:
        raise ValueError(f"{time}: expected a time with an offset")
    seconds, rest = divmod(time - EPOCH, _SECOND)
    if rest or not 0 <= seconds < _SECONDS_MAX:
        raise ValueError(f"{time}: expected a whole second from 1970 to 2106")
    return seconds


def time_of(seconds: int) -> datetime:
    """Return the time that many seconds after 1970 UTC."""
    return EPOCH + seconds * _SECOND


def to_bytes(claims: Claims) -> bytes:
    """Return the claims as bytes: issued and expires (4 bytes each, big-endian), member, tier, name.

    A member id that is a UUID takes 16 bytes, another one its length and UTF-8; the tier takes its length and UTF-8;
    the name is the rest. Whether the member is a UUID, and ``rotates``, stand in the head of the pass.
    """
    times = b"".join(seconds_of(time).to_bytes(4) for time in (claims.issued, claims.expires))
    member = bytes.fromhex(claims.member_id.replace("-", "")) if has_uuid(claims) else _counted(claims.member_id)
    return times + member + _counted(claims.tier) + claims.name.encode()


def from_bytes(data: bytes, *, is_uuid: bool, rotates: bool) -> Claims | None:
    """Return what :func:`to_bytes` made ``data`` of; None if it is not of its making."""
    times, rest = data[:_TIMES_BYTES], data[_TIMES_BYTES:]
    if is_uuid:
        member, rest = rest[:_UUID_BYTES], rest[_UUID_BYTES:]
    else:
        member, rest = _uncounted(rest)
    tier, name = _uncounted(rest)
    try:
        # Where something is cut short the name is empty, and so no claims.
        return Claims(
            member_id=_uuid_text(member) if is_uuid else member.decode(),
            name=name.decode(),
            tier=tier.decode(),
            issued=time_of(int.from_bytes(times[:4])),
            expires=time_of(int.from_bytes(times[4:])),
            rotates=rotates,
        )
    except ValueError:
        return None


def has_uuid(claims: Claims) -> bool:
    """Whether the member id is a UUID in canonical form."""
    return _UUID.fullmatch(claims.member_id) is not None


def _uuid_text(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _checked(field: str, text: str, bytes_max: int) -> None:
    length = len(text.encode())
    if not 0 < length <= bytes_max or any(unicodedata.category(char) == "Cc" for char in text):
        raise ValueError(f"{field}: expected 1 to {bytes_max} bytes of UTF-8 without control characters, not {length}")


def _counted(text: str) -> bytes:
    encoded = text.encode()
    return bytes([len(encoded)]) + encoded


def _uncounted(data: bytes) -> tuple[bytes, bytes]:
    """Return a text that has its length before it, and what follows."""
    end = 1 + int.from_bytes(data[:1])
    return data[1:end], data[end:]
