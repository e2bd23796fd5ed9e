"""What ``pos-loyalty card`` does: rows in, whole files out."""

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import click
import msgspec
from PIL import Image

from drivers.codes.reading import code_of, read
from drivers.codes.reading_settings import ReadingSettings
from pos_loyalty.cli.card_rows import Row, Rows
from pos_loyalty.cli.exits import Exit
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.i18n.languages import Language
from pos_loyalty.output.card import BARS_WIDTH_MAX, Card, Design, draw, texts
from pos_loyalty.output.lettering import Lettering, cleaned, faces
from pos_loyalty.output.paper import DPI
from pos_loyalty.output.pdf import PdfPages
from pos_loyalty.output.sheet import CARDS, sheets
from pos_loyalty.output.symbols import Refusal, Symbol, code128, ean13, gs1_128, qr, qr_of_code
from pos_loyalty.output.whole_file import whole_file, whole_folder

_TOLD_MAX: Final = 20
"""Reasons that are printed; who has more has one cause for all of them."""
_NO_MEMBER: Final = {
    Outcome.PAYMENT_CARD: "a till would refuse it: it is the number of a bank card",
    Outcome.PRODUCT: "a till would take it for a product",
    Outcome.VOUCHER: "a till would take it for a voucher",
    Outcome.GIFT_CARD: "a till would take it for a gift card",
    Outcome.CONTACT: "a till would take it for a contact",
}


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What all cards of one run have in common."""

    shop: str
    symbol: str
    language: str
    fonts: tuple[Path, ...]
    keys: Path | None
    last_day: date | None
    base: str
    link_domain: str


def print_cards(job: Job, rows: Rows, output: Path, *, in_sheets: bool) -> Exit:
    """Draw every card and write them; or say which cannot be printed, and write nothing."""
    count = -(-len(rows) // CARDS) if in_sheets else len(rows)
    if reason := _no_place(output, count):
        return _refused([reason])
    language = Language(job.language)
    lettering = Lettering(language, faces(job.fonts))
    design = Design(shop=job.shop, language=language, digits=language.digits)
    judged = [(place, _card(job, row, design, lettering)) for place, row in rows]
    if reasons := [place + found.reason for place, found in judged if isinstance(found, Refusal)]:
        return _refused(reasons)
    cards = [card for _, card in judged if isinstance(card, Card)]
    label, is_one = f"drawing {len(cards):,} cards", len(cards) == 1
    with click.progressbar(cards, label=label, file=sys.stderr, hidden=is_one) as shown:
        pictures = (draw(design, card, lettering) for card in shown)
        _write(sheets(pictures) if in_sheets else pictures, output)
    click.echo(f"{output}: {len(cards):,} {'card' if len(cards) == 1 else 'cards'}")
    return Exit.OK


def _no_place(output: Path, count: int) -> str:
    """Say why so many pages cannot go there; empty if they can."""
    if output.suffix.lower() == ".png" and count > 1:
        return f"{output}: a PNG holds one page, and there are {count:,}: name a .pdf or a folder"
    return f"{output}: it is there already; name another folder" if _is_folder(output) and output.exists() else ""


def _is_folder(output: Path) -> bool:
    return not output.suffix


def _card(job: Job, row: Row, design: Design, lettering: Lettering) -> Card | Refusal:
    if not cleaned(row.name):
        return Refusal("the name is empty")
    symbol = _symbol(job, row)
    if isinstance(symbol, Refusal):
        return symbol
    if reason := _why_no_member(symbol, job):
        return Refusal(reason)
    card = Card(name=row.name, tier=row.tier, symbol=symbol)
    for what, text in zip(("shop", "name", "tier", "code"), (*texts(design, card), symbol.text), strict=True):
        if reason := lettering.why_not(text):
            return Refusal(f"the {what} cannot be written: {reason}")
    return card


def _symbol(job: Job, row: Row) -> Symbol | Refusal:
    if job.keys is not None:
        return _pass(job, job.keys, row)
    if job.symbol == "ean13":
        return ean13(row.code)
    if job.symbol == "code128":
        return code128(row.code, BARS_WIDTH_MAX)
    if job.symbol == "gs1-128":
        return gs1_128(row.code, row.instance, BARS_WIDTH_MAX)
    return qr_of_code(row.code, row.instance, job.link_domain)


def _pass(job: Job, keys: Path, row: Row) -> Symbol | Refusal:
    from pos_loyalty.cli.pass_desk import Wish, sign  # noqa: PLC0415 - other cards need no cryptography
    from pos_loyalty.cli.pass_keys import KeyFolder  # noqa: PLC0415 - as above

    if not row.member_id:
        return Refusal("the id of the member is missing: a pass needs it")
    signed = sign(KeyFolder(keys), Wish(row.member_id, cleaned(row.name), row.tier, job.last_day), job.base)
    return Refusal(signed) if isinstance(signed, str) else qr(signed.code, cleaned(row.code))


def _why_no_member(symbol: Symbol, job: Job) -> str:
    """Read the symbol as a till will; say why it would name no member, empty if it may."""
    payload = f"]{symbol.aim}{symbol.payload}".encode()
    decision = read(payload, "camera", ReadingSettings(link_domains=(job.link_domain,)))
    if decision.outcome in _NO_MEMBER:
        return _NO_MEMBER[decision.outcome]
    # What a till does not know by its form it looks up, but for what it is to forget.
    is_lost = decision.outcome is Outcome.UNREADABLE or (
        decision.outcome is Outcome.UNKNOWN and not code_of(payload, decision)
    )
    return f"no till would take it: {decision.reason}" if is_lost else ""


def _write(pages: Iterable[Image.Image], output: Path) -> None:
    if _is_folder(output):
        with whole_folder(output) as folder:
            for number, page in enumerate(pages, 1):
                _save(page, folder / f"{number:04}.png")
    elif output.suffix.lower() == ".png":
        for page in pages:
            _save(page, output)
    else:
        with whole_file(output) as stream:
            document = PdfPages(stream)
            for page in pages:
                document.add(page)
            document.finish()


def _save(page: Image.Image, file: Path) -> None:
    with whole_file(file) as stream:
        page.save(stream, "PNG", dpi=(DPI, DPI))


def _refused(reasons: list[str]) -> Exit:
    for reason in reasons[:_TOLD_MAX]:
        click.echo(reason, err=True)
    if len(reasons) > _TOLD_MAX:
        click.echo(f"and {len(reasons) - _TOLD_MAX:,} more; nothing was written", err=True)
    return Exit.REFUSED
