"""What ``pos-loyalty member`` asks the till, and how it tells the answers."""

import re

import click
import msgspec

from pos_loyalty.cli.answers import granted
from pos_loyalty.cli.member_text import lines, one_line
from pos_loyalty.core.members import Member
from pos_loyalty.service.client import TillClient

_MEMBER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def show(client: TillClient, who: str, *, as_json: bool) -> None:
    """Print one member."""
    member = await _find(client, who)
    if as_json:
        click.echo(msgspec.json.encode(member))
        return
    for line in lines(member, await client.shop()):
        click.echo(line)


async def search(client: TillClient, text: str, *, as_json: bool) -> None:
    """Print the members whose names or phones begin like that; finding none is a refusal."""
    found = granted(await client.search(text)).members
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for member in found:
        click.echo(one_line(member))
    if not found:
        raise click.ClickException("nobody has such a name or phone: try fewer letters")


async def note(client: TillClient, who: str, text: str, *, as_json: bool) -> None:
    """Write a note; print the event that now stands in the journal."""
    member = await _find(client, who)
    recorded = granted(await client.note(member.member_id, text))
    click.echo(msgspec.json.encode(recorded) if as_json else f"written as {recorded.event_id}")


async def _find(client: TillClient, who: str) -> Member:
    if _MEMBER_ID.fullmatch(who):
        return granted(await client.member(who))
    answer = granted(await client.identify(who))
    if answer.outcome == "member":
        return answer.members[0]
    if answer.outcome == "ambiguous":
        people = "\n".join(f"  {one_line(member)}" for member in answer.members)
        raise click.ClickException(f"the code names several people; give the id of one:\n{people}")
    raise click.ClickException("neither the id of a member nor a code that names one: try `member search`")
