"""What the screen says: every code has its sentence, in three languages, and the person comes before the points."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import MULTILINE, findall

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from pos_loyalty.core.basket import Basket, BasketLine, LineFault, LineFaultKind, Receipt
from pos_loyalty.core.evaluation import MoveKind, PointsMove
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Calendar, Note, Occasion, Preference, Purchase, PurchaseStatus, Visit
from pos_loyalty.core.scans import ReaderState, ReaderStatus
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.ports import LineState, LineView
from pos_loyalty.service import faults
from pos_loyalty.service.wire import Problem, TillView
from tests.support.small_shop import AHMAD, EMILY, NOW, REZA, SHOP
from tui.present import sentences
from tui.present.farewell import farewell, thanks
from tui.present.greeting import greeting
from tui.present.keys import LABELS, Action, allowed, help_rows, slots
from tui.present.locales import locale_of
from tui.present.people import people
from tui.present.person import person
from tui.present.rewards import points
from tui.present.sale import hidden, lines, total
from tui.present.status import invitation, readers, standing, status
from tui.present.words import words_of
from tui.rows import Role
from tui.rtl import wrapped

AUTO = replace(SHOP, digits="auto", calendar="auto")
EN, FA, AR = (locale_of(AUTO, language) for language in Language)
WORDS = words_of(AUTO, None, {}, NOW)


@pytest.mark.parametrize("say", [EN, FA, AR])
@pytest.mark.parametrize("code", NoticeCode)
def test_every_notice_is_a_sentence_in_every_language(code: NoticeCode, say: Locale) -> None:
    """No notice is silent, and none is English on a Persian or Arabic screen."""
    sentence = sentences.notice(code, say)
    assert sentence.endswith(".")
    assert (sentence == sentences.NOTICES[code]) is (say is EN)


@pytest.mark.parametrize("kind", LineFaultKind)
def test_every_line_fault_is_a_sentence(kind: LineFaultKind) -> None:
    """A refused line says why."""
    assert sentences.line_fault(LineFault(kind=kind, limit=500), EN).endswith(".")


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_word_and_keys(stage: Stage) -> None:
    """The top line and the bar know every stage, and help is always there."""
    view = TillView(revision=1, stage=stage)
    assert status(AUTO, view, NOW, FA).text
    assert Action.HELP in allowed(view, connected=True)


@pytest.mark.parametrize("state", ReaderState)
def test_every_reader_state_is_a_symbol_and_a_word(state: ReaderState) -> None:
    """Never colour alone."""
    (row,) = readers([ReaderStatus(reader_id="scanner-1", state=state)], EN)
    assert row.symbol
    assert row.text.startswith("Reader scanner-1: ")


def test_the_worst_reader_comes_first_and_those_that_work_share_a_row() -> None:
    """Three rows are all there is on a small screen, and a till may have a reader of every kind."""
    states = {"camera": "ready", "hand": "opening", "nfc": "absent", "scanner": "ready", "wedge": "faulted"}
    statuses = [ReaderStatus(reader_id=name, state=ReaderState(state)) for name, state in states.items()]
    rows = readers(statuses, EN)
    assert [row.symbol for row in rows] == ["!", "○", "○", "●"]
    assert rows[0].text == "Reader wedge: does not work, plug it in again or call for help"
    assert rows[3].text == "Readers camera · scanner: ready"


@pytest.mark.parametrize("say", [EN, FA, AR])
def test_the_status_line_has_room_for_the_shop_whatever_its_readers_do(say: Locale) -> None:
    """Readers that are not ready are counted, and the worst stands with its remedy where the idle screen lists none."""
    faulted = tuple(ReaderStatus(reader_id=f"reader-{n}", state=ReaderState.FAULTED) for n in range(9))
    cut = LineView(state=LineState.OFFLINE, fresh_ms=0, waiting=12_345)
    many = TillView(revision=1, stage=Stage.IDLE, readers=faulted, line=cut)
    row = status(AUTO, many, NOW, say)
    assert cell_len(row.text) + cell_len(row.end) < 78
    assert row.end_role is Role.BAD
    told = standing(many, say, at_rest=False)
    assert told
    assert told.text == readers(faulted[:1], say)[0].text
    assert standing(many, say, at_rest=True) is None


def test_problems_of_the_service_have_sentences_of_their_own() -> None:
    """The words after urn:pos-loyalty:problem: lead to a sentence; the English detail is never shown."""
    refusals = (
        faults.stale(None),
        faults.key_reused(),
        faults.too_many_claims(99),
        faults.bad_text("note", 0, 500),
        faults.payment_card("note"),
        *(faults.not_possible(code) for code in NoticeCode),
    )
    for refused in refusals:
        assert sentences.problem(refused, FA) not in {refused.detail, sentences.problem(refused, EN)}
    assert sentences.problem(faults.stale(None), EN).startswith("The basket was changed elsewhere.")


def test_every_problem_of_the_api_has_a_sentence() -> None:
    """No word of the table in the reference falls back on the sentence for the unknown, in any language."""
    table = (
        (Path(__file__).parents[2] / "docs/reference/api.md").read_text(encoding="utf-8").partition("## Problems")[2]
    )
    words = {word for cell in findall(r"^\| (`.*?) \|", table, MULTILINE) for word in findall(r"`([a-z-]+)`", cell)}
    assert {"mistyped-code", "too-many-guesses", "store-full"} < words
    for word in words - {"not-now"}:
        refused = Problem(
            type=f"urn:pos-loyalty:problem:{word}",
            title="",
            status=409,
            detail="",
            retry_after=9 * (word == "too-many-guesses"),
        )
        for say in (EN, FA, AR):
            assert sentences.problem(refused, say) != say.text(sentences.NOTICES[NoticeCode.NOT_NOW]), word


def test_guessing_is_told_until_when_no_code_is_taken() -> None:
    """The cashier learns how long to wait, and that the sale goes on."""
    said = sentences.problem(faults.too_many_guesses(54), EN)
    assert said == "Too many codes were unknown. Codes are taken again in 54 seconds; everything else goes on."


def test_an_unknown_problem_is_still_a_sentence() -> None:
    """A newer service may refuse for reasons this screen has never heard of."""
    refused = Problem(type="urn:pos-loyalty:problem:moon-phase", title="", status=409, detail="the moon")
    assert sentences.problem(refused, EN) == "That is not possible at this moment."


def test_the_member_is_greeted_in_their_own_language_on_any_screen() -> None:
    """Reza reads Persian though the screen is English; Emily English though the screen is Persian."""
    assert greeting(REZA, AUTO, EN, NOW)[0].text == "سلام آقای رضایی، خوش آمدید"
    assert greeting(EMILY, AUTO, FA, NOW)[0].text == "Welcome, Ms Carter"
    assert greeting(REZA, AUTO, EN, NOW)[0].end == "◆ Gold"
    assert greeting(replace(AHMAD, language=""), replace(AUTO, language="ar"), EN, NOW)[0].text.startswith("أهل")


def test_whoever_is_known_by_a_pass_alone_is_not_said_to_be_new() -> None:
    """The name is told; of visits and purchases it is said that they come, not that there are none."""
    alone = replace(EMILY, from_pass=True, visit_count=0, visits=(), purchases=(), preferences=())
    hello, lead, *_ = greeting(alone, SHOP, EN, NOW)
    assert (hello.text, lead.text) == (
        "Welcome, Ms Carter",
        "Known by the pass alone; the rest comes when the till is online.",
    )
    assert [row.text for row in person(alone, EN, NOW)] == ["Likes, notes and purchases come when the till is online."]


@pytest.mark.parametrize("say", [EN, FA, AR])
@pytest.mark.parametrize("code", NoticeCode)
def test_every_notice_has_room_on_the_smallest_screen(code: NoticeCode, say: Locale) -> None:
    """Two lines of 80 columns, less the symbol: nothing of a remedy is cut off."""
    lines = wrapped(sentences.notice(code, say), 78, 2)
    assert max(map(cell_len, lines)) <= 78


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(0, "Birthday is today"), (1, "Birthday is tomorrow"), (3, "Birthday in 3 days"), (14, "Birthday in 14 days")],
)
def test_an_occasion_of_the_next_fortnight_is_the_first_thing_to_say(days: int, sentence: str) -> None:
    """It stands under the name."""
    then = EN.day(NOW) + timedelta(days=days)
    born = replace(EMILY, occasions=(Occasion(kind="birthday", month=then.month, day=then.day),))
    assert greeting(born, AUTO, EN, NOW)[1].text == sentence


def test_a_far_occasion_is_not_mentioned() -> None:
    """Fifteen days ahead is not today's business."""
    then = EN.day(NOW) + timedelta(days=15)
    born = replace(EMILY, occasions=(Occasion(kind="birthday", month=then.month, day=then.day),))
    assert "irthday" not in greeting(born, AUTO, EN, NOW)[1].text


def test_occasions_in_persian_name_whose_they_are() -> None:
    """A Jalali birthday in three days, with its owner."""
    day = Occasion(kind="birthday", calendar=Calendar.JALALI, month=9, day=3, label="دخترم سارا")
    said = greeting(replace(REZA, occasions=(day,)), AUTO, FA, NOW)[1].text
    assert said == "\u2068تولد (دخترم سارا)\u2069: ۳ روز دیگر"


def test_the_person_is_told_in_the_order_of_a_glance() -> None:
    """Likes, notes, purchases; newest first; a returned purchase says so."""
    bought = Purchase(
        event_id="e", basket_id="b", at=NOW - timedelta(days=40), currency="IRR", net=10, items=("Suit", "Tie"),
        status=PurchaseStatus.RETURNED,
    )  # fmt: skip
    known = replace(
        EMILY,
        preferences=(Preference(key="size.shirt", value="38"), Preference(key="house.own", value="x")),
        notes=(Note(event_id="n", at=NOW, text="Likes to be called Em"),),
        purchases=(bought,),
        purchase_count=7,
    )
    told = [row.text for row in person(known, EN, NOW)]
    assert told[0] == "Likes"
    assert told[1] == "shirt size: 38 · house own: x"
    assert told[2:4] == ["Notes", "Likes to be called Em"]
    assert told[4:] == ["7 purchases", "\u2068Suit\u2069, \u2068Tie\u2069 (returned)"]


def test_visits_say_how_well_the_shop_knows_somebody() -> None:
    """The first visit is a welcome; a later one tells the visits before and the day of the last."""
    assert greeting(EMILY, AUTO, EN, NOW)[1].text == "First visit: welcome them to the shop"
    seen = Visit(visit_id="v", opened_at=datetime(2026, 10, 1, 12, tzinfo=UTC))
    now = Visit(visit_id="w", opened_at=NOW)
    for visits, count in (((seen,), 13), ((now, seen), 14)):
        # Shown before today's visit is written, and again afterwards.
        regular = replace(EMILY, visits=visits, visit_count=count)
        assert greeting(regular, AUTO, EN, NOW)[1].text == "13 visits · last 2026-10-01"
    assert greeting(replace(EMILY, visits=(now,), visit_count=1), AUTO, EN, NOW)[1].text.startswith("First visit")
    assert greeting(replace(EMILY, visits=(seen,), visit_count=1), AUTO, EN, NOW)[1].text.startswith("1 visit ")


def test_the_farewell_says_what_was_paid_and_what_became_of_the_points() -> None:
    """Paid, saved, before and after, earned and spent; thanks in the member's language."""
    moves = tuple(
        PointsMove(account="club", points=number, kind=kind, source="s")
        for number, kind in ((-500, MoveKind.REDEMPTION), (120, MoveKind.ACCRUAL))
    )
    receipt = Receipt(
        event_id="e",
        basket_id="b",
        committed_at=NOW,
        currency="IRR",
        gross=13_000_000,
        discount=1_000_000,
        net=12_000_000,
        total=12_000_000,
        to_pay=12_000_000,
        moves=moves,
        balances_before={"club": 1_200},
        balances_after={"club": 820},
    )
    said = [(row.text, row.end) for row in farewell(receipt, WORDS, EN) if row.text]
    assert said == [
        ("Paid", "1,200,000 Toman"),
        ("Saved", "100,000 Toman"),
        ("Club points", "1,200 → 820"),
        ("earned 120 · spent 500", ""),
    ]
    assert farewell(None, WORDS, EN) == ()
    assert thanks(REZA, AUTO)[0].text == "آقای رضایی، از خریدتان سپاسگزاریم"
    assert thanks(EMILY, AUTO)[0].text == "Thank you, Ms Carter"
    assert thanks(None, AUTO)[0].text == "Thank you"


def test_points_in_persian_run_from_right_to_left() -> None:
    """The arrow points where the line goes."""
    assert points(REZA, None, WORDS, FA) == ("امتیاز باشگاه: \u2068۱٬۲۰۰\u2069",)
    assert points(None, None, WORDS, FA) == ()


def test_lines_isolate_names_so_that_quantities_stay_in_place() -> None:
    """A Persian article on an English screen does not swallow its quantity."""
    basket = Basket(
        basket_id="b",
        currency="IRR",
        opened_at=NOW,
        lines=(
            BasketLine(number=1, name="پیراهن", unit_price=2_500_000, quantity=2),
            BasketLine(number=2, unit_price=10_000, quantity=1),
        ),
    )
    first, second = lines(basket, 1, EN)
    assert (first.text, first.end) == ("2 × \u2068پیراهن\u2069", "500,000")
    assert (second.text, second.selected) == ("Amount", True)
    assert total(basket, EN)[1].end == "501,000 Toman"
    assert lines(None, None, EN)[0].text.startswith("Type an amount")


def test_lines_without_room_are_counted_in_every_language() -> None:
    """Above before below; what is not there is not mentioned."""
    assert hidden(0, 0, EN) == ""
    assert hidden(3, 26, EN) == "↑ 3 more · ↓ 26 more"
    assert hidden(0, 26, FA) == "↓ ۲۶ سطر دیگر"
    assert hidden(3, 0, AR) == "↑ المزيد: ٣"


def test_people_are_told_apart_without_showing_their_phones() -> None:
    """The last four digits at most, since the customer may see the screen."""
    two = (REZA, replace(EMILY, identifiers=(Identifier(IdentifierKind.CARD, "1"),)))
    first, second = people(two, 0, AUTO, EN)
    assert (first.text, first.end, first.symbol) == ("رضا رضایی", "phone ends in 4567 · Gold", "1")
    assert (second.text, second.end) == ("Emily Carter", "Silver")
    assert "+98" not in first.end


def test_the_members_of_this_till_are_counted() -> None:
    """The idle screen says how many people are known here, and why they might be none."""
    view = TillView(revision=1, stage=Stage.IDLE, members=2_000)
    assert invitation(AUTO, view, EN)[2].text == "2,000 members are known here"
    assert len(invitation(AUTO, replace(view, replica_reset=True), EN)) == 4


def test_every_key_has_a_slot_a_label_and_a_line_of_help() -> None:
    """A key that is not in the bar, or not explained, does not exist."""
    assert set(LABELS) == set(Action)
    bar = slots(frozenset(Action), AR)
    assert [slot.key for slot in bar] == ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F12", "Esc"]
    assert all(slot.label for slot in bar)
    assert {action.key for action in Action} <= {row.symbol for row in help_rows(FA)}
    assert all(len(slot.label) <= 9 for say in (EN, FA, AR) for slot in slots(frozenset(Action), say))


def test_nothing_but_help_is_offered_without_a_service() -> None:
    """A key that cannot do anything is not shown."""
    view = TillView(revision=1, stage=Stage.IDENTIFIED, member=EMILY)
    assert allowed(view, connected=False) == {Action.HELP, Action.LANGUAGE}
