"""Every way to say who one is, through real ports: whoever holds something up is greeted by name."""

import asyncio
from pathlib import Path
from typing import Final, NamedTuple

import click

from drivers.codes.stripe import lrc
from drivers.virtual_scanner import command
from pos_loyalty.cli.demo.passes import GUEST, text_of
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.demo.telling import say
from pos_loyalty.cli.demo.watch import Watch
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.languages import language_of
from pos_loyalty.i18n.titles import welcome
from pos_loyalty.sample.stars import AHMAD, EMILY, REZA
from pos_loyalty.service.client import TillClient


class Way(NamedTuple):
    """One thing that a customer holds up."""

    what: str
    code: str
    """As a reader sends it, without the end of the line."""
    member_id: str
    taps: bool = False
    """Whether it is held to the contactless reader."""


_PHONE: Final = "tel:+989101234567"


def ways(place: Place) -> tuple[Way, ...]:
    """Return all of them."""
    track = f"{EMILY.stripe}=9901"
    return (
        Way("a member pass", f"]Q1{text_of(place, 'reza')}", REZA.member_id),
        Way("a GS1 member card", f"]C18018{AHMAD.gsrn}", AHMAD.member_id),
        Way("a card with a link", f"]Q1https://id.gs1.org/8018/{EMILY.gsrn}", EMILY.member_id),
        Way("an EAN card", f"]E0{REZA.barcode}", REZA.member_id),
        Way("a magnetic stripe", f";{track}?{lrc(2, track)}", EMILY.member_id),
        Way("a telephone number", f"]Q1{_PHONE}", REZA.member_id),
        Way("a contactless card", AHMAD.tag, AHMAD.member_id, taps=True),
        Way("a pass of another branch", f"]Q1{text_of(place, 'guest')}", GUEST.member_id),
    )


def control_for(way: Way, place: Place) -> Path:
    """Return where the virtual reader takes commands that ``way`` is held up to."""
    return place.tap_control if way.taps else place.control


async def show_ways(place: Place, client: TillClient, watch: Watch) -> None:
    """Let somebody be greeted in each way, and print it.

    Raises:
        ClickException: somebody was not known, or taken for somebody else.
    """
    for way in ways(place):
        verdict = await asyncio.to_thread(command, control_for(way, place), way.code)
        if not verdict.startswith("ok "):
            raise click.ClickException(f"the virtual reader said: {verdict}")
        view = await watch.until(lambda view: view.member is not None, f"the greeting after {way.what}")
        if view.member is None or view.member.member_id != way.member_id:
            raise click.ClickException(f"{way.what} named another member")
        say("way in", f"{way.what}: {welcome(view.member.name, language_of(view.member.language))}")
        await client.dismiss()
        await watch.until(lambda view: view.stage is Stage.IDLE, "the end of the greeting")
