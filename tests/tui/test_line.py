"""The line to the hub on the screen: calm when fresh, clear when old, one sentence where a person must act."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.ports import LineState, LineView, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import TillView
from pos_loyalty.store.memory import MemoryStore
from sync.engine.troubles import Trouble
from sync.wire import HaltReason
from tests.support.near_hub import NOW_MS, UP, NearHub
from tests.support.running_till import running
from tests.support.small_shop import EMILY_CODE, NOW, REZA_CODE, SHOP, contents
from tests.tui.screen import on_screen
from tui.present.line import EXPLAINED, HALTS, STATES, TROUBLES, explained, headline, is_calm, standing
from tui.present.locales import locale_of
from tui.present.status import status
from tui.rows import Role

AUTO = replace(SHOP, digits="auto", calendar="auto")
EN, FA, AR = (locale_of(AUTO, language) for language in Language)
VIEW = TillView(revision=1, stage=Stage.IDLE, line=UP)


def with_line(**line: object) -> TillView:
    """Return a view with a line that is up but for these."""
    return replace(VIEW, line=replace(UP, **line))


def test_a_line_that_is_up_is_one_quiet_word() -> None:
    """Eight hours of work need no more."""
    assert headline(VIEW, NOW, EN) == ("● online", Role.QUIET)
    assert headline(VIEW, NOW, FA) == ("● آنلاین", Role.QUIET)
    assert headline(replace(VIEW, waiting=3), NOW, EN)[0] == "● online", "on their way, and gone before they are read"
    assert standing(VIEW, EN) is None
    assert is_calm(VIEW, NOW)
    assert headline(TillView(revision=1, stage=Stage.IDLE), NOW, EN) == ("no hub", Role.QUIET)


@pytest.mark.parametrize(
    ("old", "said", "role"),
    [
        (timedelta(seconds=119), "● online", Role.QUIET),
        (timedelta(minutes=2), "● online · data from 2 min ago", Role.QUIET),
        (timedelta(minutes=15), "● online · data from 15 min ago", Role.WARN),
        (timedelta(minutes=60), "● online · data from 1 hour ago", Role.WARN),
        (timedelta(hours=47), "● online · data from 47 hours ago", Role.WARN),
        (timedelta(days=3), "● online · data from 3 days ago", Role.WARN),
        (timedelta(minutes=-5), "● online", Role.QUIET),
    ],
)
def test_data_that_is_old_says_so_by_degrees(old: timedelta, said: str, role: Role) -> None:
    """Minutes, hours, days; a clock that is behind makes nothing older."""
    assert headline(VIEW, NOW + old, EN) == (said, role)


def test_the_age_is_told_by_the_clock_of_the_hub() -> None:
    """A till whose clock is an hour slow does not take old data for fresh, nor the other way round."""
    slow = with_line(ahead_ms=3_600_000, fresh_ms=NOW_MS + 3_600_000)
    assert headline(slow, NOW, EN)[0] == "● online"
    assert "5 min" in headline(slow, NOW + timedelta(minutes=5), EN)[0]


def test_a_line_that_is_cut_says_how_old_the_data_is_and_what_waits() -> None:
    """Both count at once; the digits are those of the reader, and Arabic has its forms."""
    cut = replace(with_line(state=LineState.OFFLINE, waiting=2), waiting=3)
    at = NOW + timedelta(minutes=12)
    assert headline(cut, at, EN) == ("○ offline · data from 12 min ago · 3 waiting", Role.WARN)
    assert headline(cut, at, FA)[0] == "○ آفلاین · داده‌های ۱۲ دقیقه پیش · ۳ در انتظار"
    assert headline(cut, NOW + timedelta(minutes=2), AR)[0] == "○ منقطع · البيانات قبل دقيقتين · ٣ عمليات تنتظر"
    assert headline(cut, at, EN, brief=True)[0] == "○ offline · 3 waiting"
    assert headline(with_line(state=LineState.OFFLINE), NOW, EN)[0] == "○ offline", "cut this very minute"


def test_a_till_that_has_nothing_yet_says_how_much_of_it_is_there() -> None:
    """Progress instead of an age, and nothing to be frightened of."""
    assert headline(with_line(fresh_ms=None), NOW, EN) == ("● online · nothing from the hub yet", Role.WARN)
    filling = with_line(fresh_ms=None, bootstrap_percent=40)
    assert headline(filling, NOW, EN) == ("● online · 40% of the members here", Role.QUIET)
    assert headline(filling, NOW, FA)[0] == "● آنلاین · ۴۰٪ اعضا رسیده است"


@pytest.mark.parametrize("say", [EN, FA, AR])
def test_every_reason_for_a_halt_is_a_sentence_that_says_what_to_do(say: Locale) -> None:
    """In every language, also for a reason that a newer hub may have; and it is there for as long as it is so."""
    assert set(HALTS) == set(HaltReason)
    said = [standing(with_line(state=LineState.HALTED, halt=why), say) for why in (*HALTS, "of a newer hub")]
    sentences = [row.text for row in said if row is not None]
    assert len(set(sentences)) == len(HALTS) + 1
    assert all(text.endswith(".") for text in sentences)
    assert (set(HALTS.values()) < set(sentences)) is (say is EN)
    assert set(HALTS.values()).isdisjoint(sentences) is not (say is EN)
    assert headline(with_line(state=LineState.HALTED), NOW, say)[1] is Role.BAD


@pytest.mark.parametrize("say", [EN, FA, AR])
def test_troubles_that_a_person_can_end_are_sentences(say: Locale) -> None:
    """The others pass by themselves, and nobody is told of them."""
    assert set(TROUBLES) <= set(Trouble)
    for trouble in Trouble:
        row = standing(with_line(state=LineState.OFFLINE, trouble=trouble), say)
        assert (row is not None) is (trouble in TROUBLES)


def test_events_that_were_put_aside_are_counted_in_a_sentence() -> None:
    """One form for each number that a language tells apart."""
    said = [standing(with_line(put_aside=n), say) for n, say in ((1, EN), (7, FA), (2, AR))]
    assert [row and row.text for row in said] == [
        "1 event of this till has no effect yet: tell the office.",
        "۷ مورد از این صندوق هنوز اثر نکرده است: به دفتر خبر دهید.",
        "عمليتان من هذا الصندوق بلا أثر بعد: أبلغ الإدارة.",
    ]


@pytest.mark.parametrize("say", [EN, FA, AR])
@pytest.mark.parametrize("state", LineState)
def test_the_help_tells_all_there_is_to_know(state: LineState, say: Locale) -> None:
    """How it stands, when everything was last there, and how much waits, whatever the top line has room for."""
    rows = explained(with_line(state=state, halt="revoked" if state is LineState.HALTED else "", waiting=3), say)
    if state is LineState.ALONE:
        assert rows == ()
        return
    assert rows[0].text == say.text(EXPLAINED.get(state, HALTS["revoked"]))
    assert say.time(NOW) in rows[-2].text
    assert say.number(3) in rows[-2].text
    assert set(STATES) == set(LineState)


@pytest.mark.parametrize("say", [EN, FA, AR])
@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("stage", Stage)
def test_the_longest_line_leaves_room_for_the_shop(stage: Stage, state: LineState, say: Locale) -> None:
    """On 80 columns, at any stage, with old data and ten thousand events."""
    view = replace(with_line(state=state, waiting=12_345), stage=stage, waiting=12_345)
    row = status(AUTO, view, NOW + timedelta(hours=47), say)
    assert cell_len(row.text) + 2 + cell_len(row.end) <= 78


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_screen_follows_the_line_by_itself(store: Store, tmp_path: Path, size: tuple[int, int]) -> None:
    """Up, cut, old, revoked, and up again, without a key; what is being typed stays as it is."""
    hub, clock = NearHub(), _Clock()
    async with (
        running(store, tmp_path / "till.sock", hub=hub) as till,
        on_screen(till.socket, size=size, now=clock) as screen,
    ):
        await screen.shows("● online", "#status")
        await screen.press(*"emi")
        hub.cut()
        await screen.shows("○ offline", "#status")
        clock.now += timedelta(minutes=3)
        screen.app.grow_older()
        await screen.shows("data from 3 min ago", "#status")
        hub.change(state=LineState.HALTED, halt="revoked")
        await screen.shows("This till was revoked: ask the office.", "#notice")
        assert screen.typed == "emi"
        hub.change(state=LineState.ONLINE, halt="", fresh_ms=NOW_MS + 180_000)
        await screen.until(lambda: "revoked" not in screen.texts("#notice"), "the sentence to go")
        assert "min ago" not in screen.texts("#status")


async def test_a_note_that_arrives_disturbs_nobody_who_types(store: Store, tmp_path: Path) -> None:
    """The amount that was begun stays in the field, and the page of a note stays open."""
    hub = NearHub()
    async with running(store, tmp_path / "till.sock", hub=hub) as till, on_screen(till.socket) as screen:
        await till.client.scan(EMILY_CODE)
        await screen.shows("Welcome, Ms Carter", "#greeting")
        await screen.press(*"125")
        hub.change(waiting=1, put_aside=1)
        await screen.shows("1 event of this till has no effect yet", "#notice")
        assert screen.typed == "125"
        await screen.press("f3")
        await screen.until(lambda: screen.app.screen is not screen.app.get_default_screen(), "the page")
        page = screen.app.screen
        hub.change(put_aside=0)
        await till.view_when(lambda view: view.line.put_aside == 0)
        await screen.pilot.pause()
        assert screen.app.screen is page


async def test_names_that_come_down_reach_the_screen_by_themselves(tmp_path: Path) -> None:
    """A till that began with nothing knows its tiers as soon as the feed brings them; what is typed stays."""
    hub, store = NearHub(), MemoryStore(ids=RandomIds())
    came = replace(contents(), programs=())
    store.load(came)
    bare = replace(SHOP, accounts={}, tiers=())
    async with running(store, tmp_path / "till.sock", shop=bare, hub=hub) as till, on_screen(till.socket) as screen:
        await till.client.scan(REZA_CODE)
        await screen.shows("رضا", "#greeting")
        await screen.press(*"125")
        assert "Gold" not in screen.texts("#greeting")
        store.load(contents())
        hub.tell()
        await screen.shows("◆ Gold", "#greeting")
        assert screen.typed == "125"


async def test_a_persian_screen_begins_the_line_at_its_left(store: Store, tmp_path: Path) -> None:
    """The end of a line is at the left there: the shop is at the right, the hub at the left."""
    cut = LineView(state=LineState.OFFLINE, fresh_ms=NOW_MS)
    async with (
        running(store, tmp_path / "till.sock", hub=NearHub(cut)) as till,
        on_screen(till.socket, language="fa") as screen,
    ):
        await screen.shows("آفلاین", "#status")
        drawn = screen.drawn("#status")
        assert drawn.index("○") < 20
        assert drawn.rstrip().endswith(SHOP.name) or drawn.index(SHOP.name) > 40
