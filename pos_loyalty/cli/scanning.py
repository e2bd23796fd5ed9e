"""What ``pos-loyalty scan`` asks the till, and how it tells the answer."""

import click
import msgspec

from pos_loyalty.cli.answers import granted
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.member_text import one_line
from pos_loyalty.core.products import in_language
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import IdentifyAnswer, TillView

_MEANINGS = {
    "ambiguous": "names several people",
    "voucher": "is a voucher's; at a basket it shows whether it is good",
    "gift_card": "is a gift card's; at a basket it shows whether it is good",
    "unknown_code": "names nobody",
    "payment_card": "is a payment card and was refused",
    "empty_code": "is empty",
    "too_long": "is longer than any code",
}
_TAKEN = frozenset({"member", "product", "voucher", "gift_card"})


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed as JSON."""

    answer: IdentifyAnswer
    till: TillView | None


async def scanned(client: TillClient, code: str, *, ask: bool, as_json: bool) -> Exit:
    """Identify ``code``, scan it unless only asked, print both; return how the program ends."""
    answer = granted(await client.identify(code))
    view = None if ask else granted(await client.scan(code))
    if as_json:
        click.echo(msgspec.json.encode(Scanned(answer=answer, till=view)))
    else:
        _print(answer, view, (await client.shop()).currency)
    return Exit.OK if answer.outcome in _TAKEN else Exit.REFUSED


def _print(answer: IdentifyAnswer, view: TillView | None, currency: str) -> None:
    if answer.product:
        product = answer.product
        click.echo(f"product: {in_language(product.name, 'en')}, {product.unit_price:,} {currency}")
    elif answer.outcome == "member":
        click.echo(f"member: {one_line(answer.members[0])}")
    else:
        # Not the code itself: it may be a payment card, and a terminal keeps what it showed.
        meaning = _MEANINGS.get(answer.outcome, "was refused")
        click.echo(f"{answer.outcome}: the code {meaning}{f' ({answer.reason})' if answer.reason else ''}")
        for member in answer.members:
            click.echo(f"  {one_line(member)}")
    if view is not None:
        click.echo(f"till: {view.stage.value.replace('_', ' ')}")
