"""The screen of the till: a client of the local API, nothing more.

It keeps one stream of whole views, shows the newest and posts wishes. If the service goes away it says so and
connects again by itself; the first view then brings everything back.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace
from textual import events, on, work
from textual.binding import BindingType
from textual.screen import Screen

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.members import Member
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.i18n.digits import Digits
from pos_loyalty.i18n.languages import Language, language_of
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Problem, Recorded, TillView
from tui.bursts import Burst
from tui.hangup import end_with_terminal
from tui.link import TillLink
from tui.messages import Answered, Asked, Claiming, Connected, Delayed, Lost, Opened, Told, ViewArrived, Wished
from tui.notices import Notices
from tui.painting import Painted, PaintingApp
from tui.present import sentences
from tui.present.keys import Action
from tui.present.limits import limits, sentence
from tui.present.locales import locale_of
from tui.present.picks import gifts_of
from tui.present.words import Names
from tui.rows import Role
from tui.rtl import BidiMode, Writing, settled, terminal_order
from tui.scene import NO_SHOP, NO_VIEW, Scene
from tui.screens.claiming import MissingPage, asking_page
from tui.screens.counter import CounterScreen
from tui.screens.page import ChoosingPage, FindPage, HelpPage, NotePage, Page
from tui.wedge import WedgeApp
from tui.wishes import Note, Read, UseCode, Wish

SLOW_S = 0.3
"""Below this nobody notices that anything is being waited for."""
FOUND_MAX = 9
"""One for each digit."""

_SETTLED_S = 1.0
"""By then everything is mounted and painted, and no customer has come yet."""

_OLDER_S = 10.0
"""Ages are told in minutes, and nobody sees a sixth of one."""

_CALM = frozenset({NoticeCode.ALREADY_HERE, NoticeCode.BUSY, NoticeCode.NOT_NOW})


def _keep_for_good() -> None:
    """Take what Textual has made out of the collector's sight: going through it cost 26 to 46 ms in mid-greeting."""
    gc.collect()
    gc.freeze()


def utc_now() -> datetime:
    """Return the wall clock, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the screen is an edge; everything behind it gets the time as an argument


class TillApp(WedgeApp, PaintingApp):
    """The application. ``run()`` returns when the cashier closes it; the till goes on without."""

    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        socket: Path,
        *,
        language: str | None = None,
        bidi: str = "auto",
        bell: bool = True,
        wedge: bool = True,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Make the screen of the till behind ``socket``.

        Args:
            socket: the Unix socket of the till service.
            language: ``en``, ``fa`` or ``ar``; None for the shop's own.
            bidi: who orders right-to-left text, see :class:`~tui.rtl.BidiMode`.
            bell: ring the terminal's bell when something is refused.
            wedge: take keys that come as fast as a reader types for a scan.
            now: the clock, for "in 3 days".
        """
        super().__init__(wedge=wedge)
        self.animation_level = "none"
        self._bidi = settled(BidiMode(bidi))
        self._chosen = language_of(language) if language else None
        self._console = os.environ.get("TERM") == "linux"
        self._rings = bell
        self._now = now
        self._link = TillLink(TillClient(socket), self.post_message)
        self._shop, self._view, self._connected = NO_SHOP, NO_VIEW, False
        self._notices = Notices(self.set_timer, self.refresh_scene, self._ring)
        self._notice_number = 0
        self._drafts: dict[str, str] = {}
        self._products: Names = {}
        self._asked_about: set[str] = set()
        self._counter = CounterScreen()
        self._set_language()

    def run(self, *, mouse: bool = False, **settings: Any) -> None:  # noqa: ANN401 - Textual's own, passed through
        """Run until closed, with the terminal's own BiDi out of the way and back again afterwards.

        The mouse stays the terminal's, so that text can be copied.
        """
        end_with_terminal()
        with terminal_order(self._bidi):
            super().run(mouse=mouse, **settings)

    def get_default_screen(self) -> Screen[None]:
        """Return the counter: it is there from the first moment and never leaves."""
        return self._counter

    def on_mount(self) -> None:
        """Show what is known, which is nothing yet, and connect."""
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGHUP):
            # Without this the terminal would be left in our mode.
            loop.add_signal_handler(ending, self.exit)
        if not self.is_headless:
            self.set_timer(_SETTLED_S, _keep_for_good)
        self.call_after_refresh(self.refresh_scene)
        self.set_interval(_OLDER_S, self.grow_older)
        self.run_worker(self._link.run(), name="link")

    def action_help_quit(self) -> None:
        """Say, in the language of the screen, what Ctrl-C does not do; Textual's own box is English."""
        self._notices.tell(self._say.text(sentences.HOW_TO_CLOSE), alarm=False)

    def _fatal_error(self) -> None:
        """Say where the program failed, without the local variables that Textual would add: they hold names."""
        from rich.traceback import Traceback  # noqa: PLC0415 - it brings a syntax highlighter, which only a crash needs

        self.bell()
        self.panic(Traceback(width=None, suppress=["textual"]))

    @property
    def scene(self) -> Scene:
        """What is to be shown now."""
        return Scene(
            shop=self._shop,
            view=self._view,
            say=self._say,
            now=self._now(),
            connected=self._connected,
            notice=self._notices.row,
            products=self._products,
        )

    def refresh_scene(self) -> None:
        """Show what is known now."""
        self._counter.show(self.scene)

    def grow_older(self) -> None:
        """Let what the screen says of the age of its data be true as time goes by; nothing is drawn that is not new."""
        if self._connected:
            self._counter.tick(self.scene)

    @on(Connected)
    def _connect(self, event: Connected) -> None:
        # The Arabic fonts of the Linux console hold the letters but no Persian or Arabic digit.
        self._shop = replace(event.shop, digits=Digits.LATN.value) if self._console else event.shop
        self._asked_about = set()
        self._set_language()

    @on(Lost)
    async def _lose(self) -> None:
        if self._connected:
            self._ring()
        self._connected = False
        self._notices.clear()
        self.refresh_scene()
        # What the till is still to be asked is asked when it is back.
        await self.settle(is_code=True)

    @on(ViewArrived)
    def _take_view(self, event: ViewArrived) -> None:
        before, self._view = self._view, event.view
        if event.first:
            was_gone = before is not NO_VIEW and not self._connected
            self._connected = True
            self._notice_number = event.view.notice.number if event.view.notice else 0
            if was_gone:
                self._notices.tell(self._say.text(sentences.SERVICE_BACK), Role.GOOD, alarm=False)
        elif _is_news(before, event.view):
            self._notices.clear()
        self._take_notice()
        self._tell_limits(before, event)
        self.refresh_scene()
        self._turn_pages()
        if event.view.scan and event.view.scan != before.scan and not event.first:
            self.announce(event.view.scan.last_byte_ns)
        self._learn_gifts()
        if event.view.stage is Stage.COMMITTING:
            self.set_timer(SLOW_S, self._still_writing)

    def _learn_gifts(self) -> None:
        """Ask once what a gift is called that has not been heard of; until then its id stands there."""
        basket = self._view.basket
        gifts = gifts_of(basket.evaluation) if basket and basket.evaluation else set()
        unheard = gifts - self._asked_about
        if not unheard:
            return
        self._asked_about |= unheard

        async def learn() -> None:
            found = await self._link.products(unheard)
            self._products = {**self._products, **{product.product_id: product.name for product in found}}
            self.refresh_scene()

        self.run_worker(learn(), group="gifts")

    def _take_notice(self) -> None:
        view = self._view
        if view.stage is Stage.REFUSED and view.refusal:
            self._notices.put(sentences.notice(view.refusal, self._say), Role.BAD)
        if view.notice and view.notice.number != self._notice_number:
            self._notice_number = view.notice.number
            said = sentences.notice(
                view.notice.code, self._say, selling=view.member is not None or view.basket is not None
            )
            self._notices.tell(said, alarm=view.notice.code not in _CALM)

    def _tell_limits(self, before: TillView, event: ViewArrived) -> None:
        """Say why less is redeemed than was wished for, once, when that comes about; and no longer when it is over."""
        known = {} if event.first else limits(before.basket)
        now = limits(event.view.basket)
        for why, account in known.values():
            if (why, account) not in now.values():
                self._notices.withdraw(sentence(why, self._say, self.scene.words, account))
        for reward, (why, account) in now.items():
            if known.get(reward, (None, ""))[0] != why:
                self._notices.tell(sentence(why, self._say, self.scene.words, account), alarm=False)

    def _turn_pages(self) -> None:
        """Open and close the pages that the stage asks for; a scan is a stronger wish than an open page."""
        page, scene = self.screen, self.scene
        stays = not isinstance(page, Page) or page.stays(scene)
        if isinstance(page, Page) and not stays:
            page.dismiss()
        if self._view.stage is Stage.CHOOSING and not (isinstance(page, ChoosingPage) and stays):
            self.push_screen(ChoosingPage(scene))

    @on(Painted)
    def _time(self, event: Painted) -> None:
        self._report(event)

    @work(group="painted")
    async def _report(self, painted: Painted) -> None:
        await self._link.painted(painted.last_byte_ns, painted.painted_ns)

    async def find_out(self, burst: Burst[events.Key]) -> None:
        """Ask the till; where there is none, the characters may stand in the field, and nothing is sent off."""
        if self._connected:
            self._link.wish(Read(burst))
        else:
            await self.settle(is_code=False, ends=False)

    @on(Wished)
    def _pass_on(self, event: Wished) -> None:
        self._link.wish(event.wish)

    @on(Delayed)
    async def _wait(self) -> None:
        self._notices.tell(self._say.text(sentences.SLOW), alarm=False)
        # A keyboard that is dead until the till answers is worse than a scan that comes to nothing.
        await self.settle(is_code=True)

    @on(Answered)
    async def _take_answer(self, event: Answered) -> None:
        wish, answer = event.wish, event.answer
        self._notices.withdraw(self._say.text(sentences.SLOW))
        if isinstance(wish, Read) and wish.burst is self.burst:
            await self.settle(is_code=wish.is_code and answer is not None, ends=answer is not None)
            if not wish.is_code:
                return
        if isinstance(answer, Problem):
            self._counter.give_back(wish)
            self._give_back_note(wish)
            self._notices.tell(sentences.problem(answer, self._say))
        elif answer is None:
            self._go_without(wish)
        elif isinstance(wish, UseCode):
            self._take_code(wish)
        elif isinstance(answer, Recorded):
            self._drafts.pop(wish.member_id if isinstance(wish, Note) else "", None)
            self._notices.tell(self._say.text(sentences.NOTE_KEPT), Role.GOOD, alarm=False)
        elif isinstance(answer, Basket) and answer.status is BasketStatus.COMMITTED and event.repeated:
            paid = answer.receipt.to_pay if answer.receipt else 0
            self._notices.tell(
                self._say.text(sentences.SALE_KEPT, amount=self._say.amount(paid)), Role.GOOD, alarm=False
            )

    def _go_without(self, wish: Wish) -> None:
        self._counter.give_back(wish)
        # What may be sent again was sent again: then there was nothing to ask for. A till that is gone is told as such.
        if self._connected and not wish.repeatable:
            self._notices.tell(self._say.text(sentences.UNANSWERED))

    def _take_code(self, wish: UseCode) -> None:
        if wish.waits:
            self._notices.tell(self._say.text(sentences.CODE_WAITS), alarm=False)
        elif wish.refused is None:
            self._notices.tell(self._say.text(sentences.CODE_TAKEN), Role.GOOD, alarm=False)
        else:
            self._counter.give_back(wish)
            self._notices.tell(sentences.refused_code(wish.typed, wish.refused, self._say, self.scene.words))

    @on(Asked)
    def _search(self, event: Asked) -> None:
        self._find(event)

    @work(group="search", exclusive=True)
    async def _find(self, asked: Asked) -> None:
        members = await self._link.search(asked.text, FOUND_MAX)
        asked.answer(asked.text, members, is_code=bool(members) and await self._link.knows(asked.text))

    @on(Told)
    def _say_so(self, event: Told) -> None:
        self._notices.tell(self._say.text(event.message))

    @on(Opened)
    def _open(self, event: Opened) -> None:
        member = self._view.member
        match event.action:
            case Action.HELP:
                self._turn_to(HelpPage(self.scene))
            case Action.FIND if not self.scene.finding:
                self._turn_to(FindPage(self.scene))
            case Action.MISSING:
                self._turn_to(MissingPage(self.scene))
            case Action.NOTE if member:
                keep = self._keeper(member)
                self._turn_to(NotePage(self.scene, member, self._drafts.get(member.member_id, ""), keep))
            case Action.LANGUAGE:
                ordered = [*Language]
                self._chosen = ordered[(ordered.index(self._say.language) + 1) % len(ordered)]
                self._set_language()
                self._counter.redraw()
                self._notices.clear()
                self.refresh_scene()

    @on(Claiming)
    def _ask_choice(self, event: Claiming) -> None:
        self._turn_to(asking_page(event.offer, self.scene))

    def _turn_to(self, page: Page) -> None:
        """Open a page that was asked for at the counter; a key that bounces has opened it already."""
        if self.screen is self._counter:
            self.push_screen(page)

    def _keeper(self, member: Member) -> Callable[[str], None]:
        def keep(draft: str) -> None:
            self._drafts[member.member_id] = draft

        return keep

    def _give_back_note(self, wish: Wish) -> None:
        if isinstance(wish, Note):
            self._drafts[wish.member_id] = wish.text

    def _set_language(self) -> None:
        language = self._chosen or language_of(self._shop.language)
        self._say = locale_of(self._shop, language)
        self.writing = Writing(rtl=language.direction == "rtl", mode=self._bidi, console=self._console)

    def _still_writing(self) -> None:
        if self._view.stage is Stage.COMMITTING:
            self._notices.tell(self._say.text(sentences.WRITING), Role.QUIET, alarm=False)

    def _ring(self) -> None:
        if self._rings:
            self.bell()


def _is_news(before: TillView, now: TillView) -> bool:
    """Return whether what was told before says nothing any more: another stage, another customer, another scan."""
    return before.stage is not now.stage or _member_id(before) != _member_id(now) or before.scan != now.scan


def _member_id(view: TillView) -> str | None:
    return view.member.member_id if view.member else None
