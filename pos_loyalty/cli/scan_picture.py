"""What ``pos-loyalty scan --image`` does: a picture in, and the till asked about each code in it."""

from pathlib import Path

import click

from drivers.codes.decoding import GS, without_escapes
from drivers.codes.symbology import describe
from drivers.picture import payloads_in
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.scanning import scanned
from pos_loyalty.service.client import TillClient

_AIM_LENGTH = 3


def codes_in(picture: Path) -> list[str]:
    """Return the codes in a picture, as a reader that sends no AIM identifiers has them.

    Raises:
        ClickException: it is no picture, or there is no code in it.
        ReaderError: zxing-cpp is not installed.
    """
    found = payloads_in(picture)
    if found is None:
        raise click.ClickException(f"{picture}: no picture that can be read; expected PNG, JPEG, WebP or the like")
    if not found:
        raise click.ClickException(f"{picture}: no code in it; hold it flat, nearer, and out of reflections")
    return [_as_typed(payload) for payload in found]


async def scanned_all(client: TillClient, codes: list[str], *, ask: bool, as_json: bool) -> Exit:
    """Act on the only code; of several only say what each is, since nobody said which was meant."""
    if len(codes) == 1:
        return await scanned(client, codes[0], ask=ask, as_json=as_json)
    if not ask:
        click.echo(f"{len(codes)} codes in the picture: nothing was scanned; take a picture of one", err=True)
    ends = [await scanned(client, code, ask=True, as_json=as_json) for code in codes]
    return max(ends) if ask else Exit.REFUSED


def _as_typed(payload: bytes) -> str:
    """Take the AIM identifier off. The till takes none from programs; what it says of FNC1 is said by GS in front."""
    aim = payload[1:_AIM_LENGTH].decode()
    text = (without_escapes(payload) or payload)[_AIM_LENGTH:].decode("utf-8", "replace")
    named = describe(aim)
    return GS + text if named and named.is_gs1 else text
