"""What the commands of ``pos-loyalty pass`` do. Nothing here logs; what is printed is what was asked for."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import click
import msgspec

from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.pass_keys import KeyFolder
from pos_loyalty.cli.pass_phone import PhonePass, phone_pass
from pos_loyalty.core.passes import (
    REASONS,
    Claims,
    Form,
    PassFault,
    PublicKey,
    Refused,
    Revocations,
    Rotation,
    armoured,
    check_pass,
    opened,
    pass_secret,
    public_half,
    seal,
)
from pos_loyalty.core.passes.keys import KEY_BYTES
from pos_loyalty.output.whole_file import whole_file

_LIFE: Final = timedelta(days=365)
_SECOND: Final = timedelta(seconds=1)
_FORMS: Final = {"45": Form.BASE45, "32": Form.BASE32}


class Wish(msgspec.Struct, frozen=True):
    """What is to stand in a pass."""

    member_id: str
    name: str
    tier: str
    last_day: date | None
    rotates: bool = False


class _ListedKey(msgspec.Struct, frozen=True):
    key: str
    since: datetime
    until: datetime | None
    is_stolen: bool
    can_sign: bool


class Issued(msgspec.Struct, frozen=True):
    """A pass that was signed, as it is printed."""

    code: str
    key: str
    claims: Claims
    instance: int
    qr_version: int | None = None
    qr_level: str | None = None


class _Verified(msgspec.Struct, frozen=True):
    is_good: bool
    fault: PassFault | None
    claims: Claims | None


def make_key(path: Path) -> None:
    """Make a key pair and print its id."""
    folder = KeyFolder(path)
    while True:
        private = os.urandom(KEY_BYTES)
        key = PublicKey(public=public_half(private), since=_now())
        # Two of a hundred keys have one id of two bytes in 1 of 13 shops.
        if folder.ring.find(key.key_id) is None:
            break
    folder.add(private, key)
    click.echo(key.key_id.hex())


def list_keys(path: Path, *, as_json: bool) -> None:
    """Print the keys."""
    folder = KeyFolder(path)
    keys = [
        _ListedKey(key.key_id.hex(), key.since, key.until, key.is_stolen, folder.can_sign(key))
        for key in folder.required_ring().keys
    ]
    if as_json:
        _print_json(keys)
        return
    for key in keys:
        until = f" to {_shown(key.until)}" if key.until else ""
        remark = "stolen" if key.is_stolen else "signs" if key.can_sign else "verifies"
        click.echo(f"{key.key}  from {_shown(key.since)}{until}  {remark}")


def retire(path: Path, key_id: str, *, is_stolen: bool) -> Exit:
    """Let a key sign no more."""
    folder = KeyFolder(path)
    key = next((key for key in folder.required_ring().keys if key.key_id.hex() == key_id.lower()), None)
    if key is None:
        return _refused(f"no key {key_id} in {path}; pos-loyalty pass keys list shows them")
    folder.retire(
        msgspec.structs.replace(key, until=key.until or max(_now(), key.since), is_stolen=key.is_stolen or is_stolen)
    )
    return Exit.OK


def make_rotation_key(path: Path) -> Exit:
    """Make the secret behind passes that rotate, and print where it is."""
    folder = KeyFolder(path)
    if folder.rotation_key is not None:
        sentence = "is there already, and every pass that rotates was made with it; remove it to issue all of them anew"
        return _refused(f"{folder.rotation_file}: {sentence}")
    folder.add_rotation(os.urandom(KEY_BYTES))
    click.echo(folder.rotation_file)
    return Exit.OK


def issue(path: Path, wish: Wish, *, base: str, phone: Path | None, png: Path | None, as_json: bool) -> Exit:
    """Sign a pass and print it; ``phone`` gets what a telephone needs to show one that rotates."""
    signed = _signed(KeyFolder(path), wish, base)
    if isinstance(signed, str):
        return _refused(signed)
    issued, on_phone = signed
    if phone:
        with whole_file(phone) as stream:
            stream.write(msgspec.json.encode(on_phone))
    if png:
        from pos_loyalty.cli.pass_symbol import draw  # noqa: PLC0415 - verifying needs no pictures

        symbol = draw(issued.code, png)
        issued = msgspec.structs.replace(issued, qr_version=symbol.version, qr_level=symbol.level)
    if as_json:
        _print_json(issued)
    else:
        click.echo(issued.code)
    return Exit.OK


def sign(folder: KeyFolder, wish: Wish, base: str) -> Issued | str:
    """Return a pass in ``base`` 45 or 32, or the sentence that says why there is none."""
    signed = _signed(folder, wish, base)
    return signed if isinstance(signed, str) else signed[0]


def _signed(folder: KeyFolder, wish: Wish, base: str) -> tuple[Issued, PhonePass | None] | str:
    """Return a pass and, if it rotates, what shows it; the text of the pass is then that of this half minute."""
    keys = [key for key in folder.required_ring().keys if key.until is None and folder.can_sign(key)]
    if not keys:
        return f"no key in {folder.path} can sign; pos-loyalty pass keys new makes one"
    rotation = _rotation(folder)
    if wish.rotates and rotation is None:
        return f"{folder.rotation_file} is not there; pos-loyalty pass keys rotation makes it"
    try:
        claims = _claims(wish, folder.revocations)
    except ValueError as error:
        return str(error)
    sealed, form = seal(claims, folder.private(keys[-1])), _FORMS[base]
    phone = None
    if claims.rotates and rotation:
        phone = PhonePass(prefix=form.value, sealed=sealed, secret=pass_secret(rotation.key, claims))
    code = phone.text_at(claims.issued) if phone else armoured(sealed, form)
    answer = check_pass(code, folder.required_ring(), folder.revocations, claims.issued, rotation)
    if isinstance(answer, Refused):
        return f"no till would take this pass: {REASONS[answer.fault]}; is the clock of this machine right?"
    return Issued(code, keys[-1].key_id.hex(), claims, claims.instance), phone


def show(file: Path, *, png: Path | None) -> Exit:
    """Print what a telephone shows now of a pass that rotates."""
    text = phone_pass(file).text_at(_now())
    if png:
        from pos_loyalty.cli.pass_symbol import draw  # noqa: PLC0415 - verifying needs no pictures

        draw(text, png)
    click.echo(text)
    return Exit.OK


def _rotation(folder: KeyFolder) -> Rotation | None:
    key = folder.rotation_key
    return Rotation(key=key) if key else None


def _claims(wish: Wish, revocations: Revocations) -> Claims:
    now = _now()
    claims = Claims(
        member_id=wish.member_id,
        name=wish.name,
        tier=wish.tier,
        issued=now,
        expires=_end_of(wish.last_day) if wish.last_day else now + _LIFE,
        rotates=wish.rotates,
    )
    # A replacement in the second in which the old passes were revoked would be one of them.
    return msgspec.structs.replace(claims, issued=now + _SECOND) if revocations.has(claims) else claims


def verify(path: Path, code: str, *, as_json: bool) -> Exit:
    """Print what a pass says, or why it is refused."""
    folder = KeyFolder(path)
    answer = check_pass(code, folder.required_ring(), folder.revocations, _now(), _rotation(folder))
    fault = answer.fault if isinstance(answer, Refused) else None
    if as_json:
        _print_json(_Verified(fault is None, fault, answer.claims))
    elif answer.claims:
        _print_claims(answer.claims)
    if fault is None:
        return Exit.OK
    return Exit.REFUSED if as_json else _refused(REASONS[fault])


def revoke(path: Path, code: str) -> Exit:
    """Put one pass on the list. It may have expired meanwhile."""
    folder = KeyFolder(path)
    found = opened(code, folder.required_ring())
    if isinstance(found, PassFault):
        return _refused(REASONS[found])
    entry = (found.claims.member_id, found.claims.instance)
    folder.revoke(lambda old: msgspec.structs.replace(old, passes=old.passes | {entry}))
    return Exit.OK


def revoke_member(path: Path, member_id: str) -> Exit:
    """Put every pass of a member on the list that was issued until now."""
    folder, now = KeyFolder(path), _now()
    folder.required_ring()

    def change(old: Revocations) -> Revocations:
        return msgspec.structs.replace(old, members={**old.members, member_id: now})

    folder.revoke(change)
    return Exit.OK


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _end_of(day: date) -> datetime:
    """Return the first second after ``day`` in the time zone of this machine."""
    return datetime.combine(day + timedelta(days=1), time()).astimezone().astimezone(UTC)


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _print_claims(claims: Claims) -> None:
    lines: Sequence[tuple[str, str]] = (
        ("member", claims.member_id),
        ("name", claims.name),
        ("tier", claims.tier),
        ("issued", _shown(claims.issued)),
        ("expires", _shown(claims.expires)),
    )
    for label, text in lines:
        if text:
            click.echo(f"{label:8} {text}")


def _print_json(document: object) -> None:
    click.echo(msgspec.json.encode(document))


def _refused(sentence: str) -> Exit:
    click.echo(sentence, err=True)
    return Exit.REFUSED
