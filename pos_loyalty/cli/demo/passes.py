"""Member passes for a demo: of the stars, and of a member whom this till does not know."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.pass_desk import Wish, sign
from pos_loyalty.cli.pass_keys import KeyFolder
from pos_loyalty.core.passes import PublicKey, public_half
from pos_loyalty.core.passes.keys import KEY_BYTES
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.sample.stars import AHMAD, EMILY, REZA

GUEST: Final = Wish(member_id="01940000-0000-7000-8000-0000ffff0000", name="Layla Haddad", tier="gold", last_day=None)
"""A member of another branch."""
_WISHES: Final = {
    "reza": Wish(member_id=REZA.member_id, name="آقای رضایی", tier="gold", last_day=None),
    "ahmad": Wish(member_id=AHMAD.member_id, name="السيد المنصوري", tier="platinum", last_day=None),
    "emily": Wish(member_id=EMILY.member_id, name="Ms Carter", tier="silver", last_day=None),
    "guest": GUEST,
}


def issue(place: Place) -> None:
    """Make a key and one pass for each, unless that was done."""
    if all(pass_file(place, name).exists() for name in _WISHES):
        return
    folder = KeyFolder(place.passes)
    if not place.ring.exists():
        private = os.urandom(KEY_BYTES)
        now = datetime.now(UTC).replace(microsecond=0)
        folder.add(private, PublicKey(public=public_half(private), since=now))
        folder.revoke(lambda empty: empty)  # a till that is told of a list takes no pass without it
    for name, wish in _WISHES.items():
        issued = sign(folder, wish, "45")
        if isinstance(issued, str):
            raise InvariantBroken(issued)
        pass_file(place, name).write_text(f"{issued.code}\n", encoding="utf-8")


def pass_file(place: Place, name: str) -> Path:
    """Return where the pass of ``name`` is, as a scanner would send it."""
    return place.passes / f"{name}.txt"


def text_of(place: Place, name: str) -> str:
    """Return the pass of ``name``."""
    return pass_file(place, name).read_text(encoding="utf-8").removesuffix("\n")
