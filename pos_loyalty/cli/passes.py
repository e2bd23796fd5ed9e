"""``pos-loyalty pass``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from pos_loyalty.cli.groups import Commands
from pos_loyalty.cli.options import examples, json_option

_CODE_LENGTH_MAX: Final = 4096
_keys_option: Final = click.option(
    "--keys",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of the keys.",
)


_png_option: Final = click.option(
    "--png", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Draw it as a QR code."
)


@click.group(
    "pass",
    cls=Commands,
    epilog=examples(
        "pos-loyalty pass keys new --keys /etc/pos-loyalty/passes",
        "pos-loyalty pass issue --keys /etc/pos-loyalty/passes --member 42 --name 'Ms Carter' --png pass.png",
        "pos-loyalty pass verify --keys /etc/pos-loyalty/passes - < code.txt",
    ),
)
def passes() -> None:
    """Issue, verify and revoke member passes, and keep the keys that sign them."""


@passes.group("keys", cls=Commands, epilog=examples("pos-loyalty pass keys list --keys /etc/pos-loyalty/passes"))
def _keys() -> None:
    """Make, list and retire the keys that sign passes."""


@_keys.command("new", epilog=examples("pos-loyalty pass keys new --keys /etc/pos-loyalty/passes"))
@_keys_option
def _new(folder: Path) -> None:
    """Make a key and print its id; from now on it signs.

    Older keys stay good for what they signed. The private half is kept in a file that only this user may read, and is
    never printed. Give the new ring.json to the tills before passes are issued.
    """
    # Here and below, so that --help and other commands need not wait for cryptography.
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    pass_desk.make_key(folder)


@_keys.command("rotation", epilog=examples("pos-loyalty pass keys rotation --keys /etc/pos-loyalty/passes"))
@_keys_option
def _rotation(folder: Path) -> None:
    """Make the secret behind passes that rotate, and print the file it is in.

    Whoever has it can make the codes of every pass: give it to tills that are hard to steal, and to no other. Ends with
    1 if there is one already.
    """
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    sys.exit(pass_desk.make_rotation_key(folder))


@_keys.command("list", epilog=examples("pos-loyalty pass keys list --keys /etc/pos-loyalty/passes --json"))
@_keys_option
@json_option
def _list(folder: Path, *, as_json: bool) -> None:
    """List the keys, the oldest first: id, from when to when it signs, and what is to be said of it."""
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    pass_desk.list_keys(folder, as_json=as_json)


@_keys.command("retire", epilog=examples("pos-loyalty pass keys retire 5f0c --keys /etc/pos-loyalty/passes --stolen"))
@click.argument("key_id", metavar="KEY")
@_keys_option
@click.option("--stolen", is_flag=True, help="Somebody else has it: every pass that it signed is refused.")
def _retire(key_id: str, folder: Path, *, stolen: bool) -> None:
    """Let a key sign no more, and remove its private half.

    The passes that it signed stay good until they expire, but for --stolen. Ends with 1 if there is no such key.
    """
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    sys.exit(pass_desk.retire(folder, key_id, is_stolen=stolen))


@passes.command(
    "issue",
    epilog=examples(
        "pos-loyalty pass issue --keys passes --member 42 --name 'Ms Carter' --tier gold",
        "pos-loyalty pass issue --keys passes --member 42 --name 'Ms Carter' --expires 2027-12-31 --png pass.png",
    ),
)
@_keys_option
@click.option("--member", metavar="ID", required=True, help="The id of the member.")
@click.option("--name", required=True, help="How the member is called at the counter.")
@click.option("--tier", default="", help="The id of the member's tier.")
@click.option(
    "--expires",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day, in the time zone of this machine.  [default: 365 days]",
)
@click.option(
    "--base",
    type=click.Choice(["45", "32"]),
    default="45",
    show_default=True,
    help="Of the signs: 32 for scanners that type under a foreign keyboard layout.",
)
@click.option(
    "--rotating",
    "phone",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Let it rotate: good only with a code that changes every 30 seconds. FILE gets what the telephone needs.",
)
@_png_option
@json_option
def _issue(  # noqa: PLR0913 - one for each option, as click calls it
    folder: Path,
    *,
    member: str,
    name: str,
    tier: str,
    expires: datetime | None,
    base: str,
    phone: Path | None,
    png: Path | None,
    as_json: bool,
) -> None:
    """Sign a pass with the newest key and print it; one that rotates as it is shown in this half minute.

    Ends with 1 if no key can sign, or the pass would be none: an empty name, one that is too long, a date in the past.
    """
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    wish = pass_desk.Wish(member, name, tier, expires.date() if expires else None, rotates=phone is not None)
    sys.exit(pass_desk.issue(folder, wish, base=base, phone=phone, png=png, as_json=as_json))


@passes.command(
    "show", epilog=examples("pos-loyalty pass show phone.json", "pos-loyalty pass show phone.json --png pass.png")
)
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@_png_option
def _show(file: Path, png: Path | None) -> None:
    """Print what a telephone shows now of a pass that rotates; FILE is what pass issue --rotating wrote."""
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    sys.exit(pass_desk.show(file, png=png))


@passes.command(
    "verify",
    epilog=examples(
        "pos-loyalty pass verify --keys passes PL45...",
        "zbarimg --raw pass.png | pos-loyalty pass verify --keys passes --json -",
    ),
)
@click.argument("code", metavar="CODE")
@_keys_option
@json_option
def _verify(code: str, folder: Path, *, as_json: bool) -> None:
    """Say what a pass says, or why it is refused; CODE is the text of the QR code, or - for standard input.

    Only ring.json, revoked.json and the secret of rotating codes are read. Ends with 1 if the pass is refused.
    """
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    sys.exit(pass_desk.verify(folder, _given(code), as_json=as_json))


@passes.command(
    "revoke",
    epilog=examples(
        "pos-loyalty pass revoke --keys passes PL45...",
        "pos-loyalty pass revoke --keys passes --member 42",
    ),
)
@click.argument("code", metavar="[CODE]", required=False)
@_keys_option
@click.option("--member", metavar="ID", help="All passes that this member has been given until now.")
def _revoke(code: str | None, folder: Path, member: str | None) -> None:
    """Put a pass, or all passes of a member, on the list of those that are refused.

    CODE is the text of the QR code, or - for standard input. Give revoked.json to the tills. Ends with 1 if CODE is no
    pass of this shop.
    """
    from pos_loyalty.cli import pass_desk  # noqa: PLC0415

    if (code is None) == (member is None):
        raise click.UsageError("expected either CODE or --member")
    sys.exit(pass_desk.revoke_member(folder, member) if member else pass_desk.revoke(folder, _given(code or "")))


def _given(code: str) -> str:
    """Return the text of a pass: as an argument, or from standard input, where no list of processes shows it."""
    if code != "-":
        return code
    return sys.stdin.buffer.read(_CODE_LENGTH_MAX).decode("ascii", "replace").strip("\r\n")
