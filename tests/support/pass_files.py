"""Member passes, and the files by which a till checks them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pos_loyalty.core.passes import (
    Claims,
    Form,
    KeyRing,
    PublicKey,
    Revocations,
    armoured,
    pass_secret,
    public_half,
    rotating_code,
    seal,
    step_at,
    with_code,
)
from pos_loyalty.service.passes import PassFiles
from tests.support.small_shop import NOW

PRIVATE, STOLEN, RETIRED, STRANGER = (bytes([n]) * 32 for n in range(1, 5))
ROTATION = bytes(range(32))
ISSUED = NOW - timedelta(days=2)
_SINCE = NOW - timedelta(days=30)


def claims_of(member_id: str, *, rotates: bool = False, issued: datetime = ISSUED, days: int = 365) -> Claims:
    """Return what a pass of this member says: one who is called Ms Carter, of tier gold."""
    expires = issued + timedelta(days=days)
    return Claims(member_id=member_id, name="Ms Carter", tier="gold", issued=issued, expires=expires, rotates=rotates)


def printed(claims: Claims, private: bytes = PRIVATE, form: Form = Form.BASE45) -> str:
    """Return the text of a pass that does not rotate."""
    return armoured(seal(claims, private), form)


def shown(claims: Claims, at: datetime, key: bytes = ROTATION) -> str:
    """Return what a telephone shows of a pass that rotates."""
    code = rotating_code(pass_secret(key, claims), step_at(at))
    return armoured(with_code(seal(claims, PRIVATE), code), Form.BASE45)


def files_in(folder: Path, *, rotates: bool = True, revoked: Iterable[Claims] = ()) -> PassFiles:
    """Write the files of a shop with three keys, one stolen and one retired; return where they are."""
    folder.mkdir(exist_ok=True)
    files = PassFiles(
        ring=folder / "ring.json",
        revoked=folder / "revoked.json",
        rotation_key=folder / "rotation.key" if rotates else None,
    )
    keys = (
        PublicKey(public=public_half(PRIVATE), since=_SINCE),
        PublicKey(public=public_half(STOLEN), since=_SINCE, is_stolen=True),
        PublicKey(public=public_half(RETIRED), since=_SINCE, until=_SINCE + timedelta(days=1)),
    )
    passes = frozenset((claims.member_id, claims.instance) for claims in revoked)
    write(folder / "ring.json", msgspec.json.encode(KeyRing(keys)))
    write(folder / "revoked.json", msgspec.json.encode(Revocations(passes=passes)))
    write(folder / "rotation.key", ROTATION.hex().encode() + b"\n")
    return files


def write(file: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file whole, as those do who copy keys."""
    new = file.with_suffix(".new")
    new.write_bytes(data)
    new.chmod(mode)
    new.replace(file)
