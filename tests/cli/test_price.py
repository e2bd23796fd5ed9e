"""``pos-loyalty price``: one document in, one answer out, for programs and for people."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_loyalty.cli import main
from pos_loyalty.cli.explained import Explanation
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.evaluation import Choice, Evaluation
from pos_loyalty.core.price_answer import Faults, Standing, StepAnswer, Steps
from pos_loyalty.core.price_request import (
    AtStep,
    Category,
    GivenBasket,
    GivenLine,
    GivenLot,
    GivenMember,
    GivenOccasion,
    GivenProduct,
    GivenTax,
    GivenUsage,
    GivenUsed,
    GivenVoucher,
    PriceRequest,
    Step,
)
from pos_loyalty.core.programs import Happening
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from tests.cli.conftest import pos_loyalty
from tests.core.price_page import rendered
from tests.support.mutations import almost
from tests.support.price_documents import CARD, CLUB, COUPON, MUG, priced, shop
from tui.present.words import NO_WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "price.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w.-]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
COFFEE = json.loads(FILES["coffee.json"])
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "Request": PriceRequest,
    "Category": Category,
    "Tax": GivenTax,
    "Product": GivenProduct,
    "Member": GivenMember,
    "Lot": GivenLot,
    "Occasion": GivenOccasion,
    "Used": GivenUsed,
    "Voucher": GivenVoucher,
    "Usage": GivenUsage,
    "Basket": GivenBasket,
    "Line": GivenLine,
    "Claim": Claim,
    "Answer of a step": StepAnswer,
    "Standing": Standing,
    "Fault": DocumentFault,
}


EVERYTHING = shop(
    programs=[
        {**CLUB, "pending_days": 14, "tiers": [{"tier_id": "gold", "name": {"en": "Gold"}, "at": 0}]},
        COUPON,
        CARD,
        MUG,
        {**CLUB, "program_id": "late", "account": "late", "valid_from": "2027-01-01T00:00:00Z"},
        {**CLUB, "program_id": "cups", "account": "cups", "rules": [], "unit": {"en": "cup"}},
    ],
    basket={"lines": [{"product": "shirt", "quantity": 2}, {"product": "card"}, {"product": "mug"}, {"amount": 350}]},
    vouchers=[{"code": "c1", "program_id": "gc", "balance": 2_000}],
    codes=["c1", "zz"],
    claims=["club/five", "late/five", {"reward": "gift/mug", "gifts": ["mug"]}],
    member={"lots": {"club": [{"points": 60, "expires_on": "2026-02-10"}]}, "balances": {"cups": 7}},
    steps=[
        {"price": {"claims": []}},
        {"commit": {}},
        {"earn": {"happening": "visit"}},
        {"earn": {"happening": "feedback"}},
        {"return": {"sale": 1, "lines": [{"number": 1, "quantity": 2}]}},
        {"return": {"sale": 1, "lines": [{"number": 9}]}},
        {"void": {"sale": 1}},
        {"wait": {"until": "2026-03-01T08:00:00+01:00"}},
    ],
)


def run(*arguments: str, document: bytes | dict[str, Any] = b"") -> Result:
    """Run the command with ``document`` on standard input."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    outcome = CliRunner().invoke(main, ["price", *arguments], input=data)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    return outcome


def faults(document: bytes | dict[str, Any], *arguments: str) -> list[dict[str, Any]]:
    """Return the faults of a document that is wrong."""
    outcome = run("-", *arguments, document=document)
    assert outcome.exit_code == 1
    (answer,) = map(json.loads, outcome.stdout.splitlines())
    found: list[dict[str, Any]] = answer["faults"]
    assert outcome.stderr == f"The document is wrong: {found[0]['message']}\n"
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the files of the page, in which the command runs."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", re.findall(r"^```console\n(\$ .*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_the_explanations_of_the_page_are_true(folder: Path, block: str) -> None:
    """Every command of the page prints what stands under it."""
    command, _, said = block.removeprefix("$ pos-loyalty price ").partition("\n")
    outcome = run(*command.split())
    assert outcome.stdout == said or not said


def test_the_answers_of_the_page_are_true(folder: Path) -> None:
    """Every answer of the page is what its command prints, on one line."""
    answers = re.findall(
        r"^```console\n\$ pos-loyalty price (\w+\.json)\n```\n\nIt prints this on one line:\n\n```json\n(.*?)^```",
        PAGE,
        re.MULTILINE | re.DOTALL,
    )
    assert [name for name, _ in answers] == ["coffee.json", "wrong.json"]
    for name, said in answers:
        assert [json.loads(line) for line in run(name).stdout.splitlines()] == [json.loads(said)]


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_has_every_field(title: str) -> None:
    """The table under each heading has the fields of the code, in their order."""
    (text,) = re.findall(rf"^### {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`.+?`) \|", text, re.MULTILINE)
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == list(
        SECTIONS[title].__struct_encode_fields__
    )


def test_the_page_has_every_step() -> None:
    """Each kind of step has a row with its fields; so has every happening."""
    section = PAGE.partition("## Steps")[2].partition("## The answer")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE))
    assert list(rows) == list(Step.__struct_encode_fields__)
    for name, field in zip(rows, msgspec.structs.fields(Step), strict=True):
        (kind,) = (part for part in field.type.__args__ if part is not type(None))
        same = rows["price"] if rows[name] == "the same" else rows[name]
        assert sorted(re.findall(r"`(\w+)`", same)) == sorted(kind.__struct_encode_fields__)
    assert all(f"`{happening.value}`" in PAGE for happening in Happening)
    assert all(f"`{name}`" in PAGE for name in ReturnRequest.__struct_encode_fields__)
    assert AtStep.__struct_encode_fields__ == ("now",)


def test_the_schemas_are_those_of_the_code() -> None:
    """``make pages`` would change nothing."""
    for path, text in rendered().items():
        assert path.read_text("utf-8") == text


@pytest.mark.parametrize("name", FILES)
def test_every_answer_fits_its_schema(folder: Path, name: str) -> None:
    """An answer reads back as what the schema is made of, and says nothing beside it."""
    answer = json.loads(run(name).stdout)
    kind = Faults if "faults" in answer else Steps if "steps" in answer else Evaluation
    assert json.loads(msgspec.json.encode(msgspec.convert(answer, kind))) == answer


def test_a_file_and_standard_input_give_the_same_bytes(folder: Path) -> None:
    """The answer is one line of UTF-8, the same every time, however the document comes and its keys are ordered."""
    backwards = dict(reversed(COFFEE.items()))
    given = {run("coffee.json").stdout_bytes, run("-", document=COFFEE).stdout_bytes}
    given.add(run("-", document=backwards).stdout_bytes)
    (answer,) = given
    assert answer.count(b"\n") == 1
    assert answer.endswith(b"\n")


def test_toml_and_json_say_the_same(folder: Path) -> None:
    """The same document in TOML, under a name in any case, gets the same answer."""
    minimal = '{"currency": "EUR", "now": "2026-01-01T00:00:00Z", "basket": {"lines": [{"amount": 5}]}}'
    (folder / "same.TOML").write_text('currency = "EUR"\nnow = 2026-01-01T00:00:00Z\n[[basket.lines]]\namount = 5\n')
    assert run("same.TOML").stdout == run("-", document=minimal.encode()).stdout


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_the_explanation_is_in_the_language_of_the_reader(folder: Path, language: str) -> None:
    """No English sentence is left in Persian and Arabic, and no placeholder anywhere."""
    for name, document in (("boutique.toml", b""), ("return.json", b""), ("-", EVERYTHING)):
        outcome = run("--explain", "--language", language, name, document=document)
        assert outcome.exit_code == 0
        assert "{" not in outcome.stdout
        ours = re.sub(r"\u2068.*?\u2069", "", outcome.stdout)
        assert language == "en" or not re.search("[a-z]", ours)


def test_the_explanation_of_steps_says_what_became_of_everything() -> None:
    """Goods, sums, rewards, payments, points, vouchers, reasons, returns and lots are all told."""
    lines = [line.strip() for line in run("-", "--explain", document=EVERYTHING).stdout.splitlines()]
    for said in (
        "2. Sold · 31 January 2026 · 10:00",
        "1 × mug: 7.00 EUR",
        "1 × Amount: 3.50 EUR",
        "A mug: -7.00 EUR",
        "Tax vat, in the price: 12.22 EUR",
        "Tax deposit, on top: 0.47 EUR",
        "Gift card: 20.00 EUR · 0.00 EUR left · gc@1/pay",
        "club: 60 → 10",
        "C1: 20.00 EUR taken from it · gc@1/pay",
        "S2-1: new · 25.00 EUR · gc@1/load",
        "S2-2: new · available from 1 February 2026 · until 3 March 2026 · next@1/coupon",
        "5 off: from 1 January 2027 01:00 · asked for",
        "5 off: 43 × cup more",
        "Code 2: nobody knows this code",
        "5 points · 5 points for the visit · available from 14 February 2026 · club@1/visit",
        "Given back: 76.53 EUR",
        "Paid out: 56.53 EUR",
        "C1: 20.00 EUR",
        "Gifts that have not come back, by line: 5",
        "Not taken back: the sale has no such line",
        "7. Undone · 31 January 2026 · 10:00",
        "S2-1: no longer good · gc@1/load",
        "8. Waited · 1 March 2026 · 08:00",
        "cups: 7 × cup",
    ):
        assert said in lines, said


def test_a_voucher_that_was_not_named_and_a_choice_of_gifts_are_told() -> None:
    """What could be had for the asking has its gifts, and a search that was too large says how far it is sure."""
    (program,) = [{**MUG["rewards"][0], "gifts": ["mug", "card"]}]
    document = shop(programs=[{**MUG, "rewards": [program]}, CLUB])
    found = run("-", "--explain", document=document).stdout
    assert "A mug: -25.00 EUR · mug / card" in found
    assert "5 off: -5.00 EUR · 50 points" in found


def test_a_price_that_may_not_be_the_best_says_how_good_it_is() -> None:
    """Where there were too many combinations, the bound of the search is told."""
    say = Locale.of(Language.EN, currency="EUR", zone=UTC)
    found = priced(shop())
    unsure = msgspec.structs.replace(found, choice=Choice(combinations=900, optimal=False, bound=7_000))
    assert [*Explanation(say, NO_WORDS).price(unsure, (), ())][-1].endswith("None can bring the price below 70.00 EUR.")


def test_the_ledger_s_refusals_are_told() -> None:
    """Points that cannot be booked are not passed over."""
    document = shop(member={"balances": {"club": 10**15}}, steps=[{"commit": {}}])
    assert "The ledger refused an entry: too_many" in run("-", "--explain", document=document).stdout


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(almost(EVERYTHING), st.sampled_from(["en", "fa", "ar"]))
def test_a_document_that_is_almost_right_is_explained(document: dict[str, Any], language: str) -> None:
    """Whatever is odd in it, people get an explanation or its faults, each with a place."""
    outcome = run("-", "--explain", "--language", language, document=document)
    assert (outcome.exit_code, bool(outcome.stdout), bool(outcome.stderr)) in {(0, True, False), (1, False, True)}


def test_the_explanation_steers_no_terminal() -> None:
    """Control characters in a name are blanks in the explanation and in faults."""
    line = {"amount": 100, "name": "a\x1b[31mb\u009bc\nd"}
    document = {**COFFEE, "basket": {"lines": [line]}}
    assert "1 × a [31mb c d: 1.00 EUR" in run("-", "--explain", document=document).stdout
    wrong = {**COFFEE, "basket": {"lines": [{"product": "\x1b[31m"}]}}
    assert "\x1b" not in run("-", "--explain", document=wrong).stderr


def test_faults_are_told_to_people_one_a_line() -> None:
    """With --explain every fault is on standard error and nothing on standard output."""
    wrong = {**COFFEE, "now": 1, "currency": "euro"}
    outcome = run("-", "--explain", document=wrong)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert [line.rpartition(" is ")[0] for line in outcome.stderr.splitlines()] == [
        "The document is wrong: $.currency",
        "The document is wrong: $.now",
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "line 1, column 1: this is not JSON"),
        (b"\xff\xfe{\x00}\x00", "line 1, column 1: the byte 0xff: expected UTF-8"),
        (b"\xef\xbb\xbf{}", "a byte order mark"),
        (b"\x00\x01\x02", "this is not JSON"),
        (b"[]", "$ is a list of 0: expected a table"),
        (b"null", "$ is null"),
        (b"[" * 100_000, "$ is nested too deeply"),
        (b'{"currency": "EUR", "currency": "EUR"}', '$ is "currency": expected every name once'),
        (b'{"currency": "EUR", "now": "2026-01-01T00:00:00"}', "with a zone"),
        (b'{"currency": "EUR", "now": NaN}', "a finite number"),
        (b" " * (16 * 2**20 + 1), "at most 16777216 bytes"),
        ('{"currency": "EUR", "now": "۲۰۲۶-01-01T00:00:00Z"}'.encode(), "$.now"),
    ],
)
def test_what_is_no_document_is_a_fault_with_its_place(document: bytes, message: str) -> None:
    """Empty, binary, too deep, too long or half a document: an answer that says where, and no traceback."""
    assert message in faults(document)[0]["message"]


def test_lines_may_end_as_they_do_on_windows() -> None:
    """CR and LF are the same as LF."""
    data = json.dumps(COFFEE, indent=1).encode()
    assert run("-", document=data.replace(b"\n", b"\r\n")).stdout == run("-", document=data).stdout


@pytest.mark.parametrize("zone", ["Asia/Teheran", "../../etc/passwd", "America", "x" * 9_999, "/etc", "a\x00b", "."])
def test_an_unknown_time_zone_is_a_fault(zone: str) -> None:
    """Whatever a zone is called, it is looked up among zones and nowhere else."""
    (fault,) = faults({**COFFEE, "time_zone": zone})
    assert fault["path"] == "$.time_zone"
    assert fault.get("nearest", "Asia/Tehran") == "Asia/Tehran" or zone != "Asia/Teheran"


def test_a_known_time_zone_is_the_clock_of_the_store() -> None:
    """The same moment is another hour in another zone."""
    happy = {"when": {"hours": {"from": "20:00", "until": "21:00"}}}
    (program,) = COFFEE["programs"]
    document = {**COFFEE, "programs": [{**program, "only": happy}]}
    discounts = [
        json.loads(run("-", document={**document, "time_zone": zone}).stdout)["discount"]
        for zone in ("Europe/Berlin", "Asia/Tehran")
    ]
    assert discounts == [0, 300]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Missing argument"),
        (("nothing.json",), "does not exist"),
        ((".",), "is a directory"),
        (("--language", "fa", "-"), "belong to --explain"),
        (("--explain", "--lang", "de", "-"), "'de' is not one of"),
    ],
)
def test_a_wrong_command_line_is_explained(arguments: tuple[str, ...], sentence: str) -> None:
    """Usage errors end with 2 and say what was expected."""
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert sentence in re.sub(r"\s+", " ", outcome.stderr)


def test_a_file_that_cannot_be_read_is_named() -> None:
    """A file that is there and gives no bytes ends the command with its name, not with a traceback."""
    outcome = run("/proc/self/mem")
    assert outcome.exit_code == 1
    assert "'/proc/self/mem': Input/output error" in outcome.stderr


def test_a_terminal_is_told_how_to_end() -> None:
    """Who forgets the document and types - sees that it is waited for."""
    primary, secondary = os.openpty()
    command = [sys.executable, "-P", "-m", "pos_loyalty", "price", "-"]
    with subprocess.Popen(command, stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(secondary)
        assert process.stderr
        assert process.stderr.readline() == b"Reading the document from this terminal; end it with Ctrl-D.\n"
        os.write(primary, b"{}\n\x04")
        out, err = process.communicate(timeout=30)
    os.close(primary)
    assert process.returncode == 1
    assert b"$.currency" in out
    assert err.startswith(b"The document is wrong")


def test_the_answer_is_utf_8_in_every_locale(folder: Path) -> None:
    """Names come out as they are, where the environment knows only ASCII, too."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for options in ((), ("--explain", "--language", "fa")):
        command = [sys.executable, "-P", "-m", "pos_loyalty", "price", *options, "boutique.toml"]
        ran = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=True)
        assert "نوروزی" in ran.stdout.decode()


def test_pricing_loads_no_screen_no_database_and_no_server() -> None:
    """The command starts with the engine alone; with --explain words come along, but nothing that draws."""
    program = "import sys; from pos_loyalty.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    for options in ((), ("--explain",)):
        command = [sys.executable, "-P", "-c", program, "price", *options, "-"]
        ran = subprocess.run(command, input=json.dumps(COFFEE), capture_output=True, text=True, timeout=60, check=True)
        assert ran.stdout
        assert {"textual", "sqlalchemy", "starlette", "uvicorn", "httpx", "serial"}.isdisjoint(ran.stderr.split())


def test_help_does_not_load_the_engine() -> None:
    """A word of help answers at once."""
    program = "import sys; from pos_loyalty.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-P", "-c", program, "price", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "msgspec" not in ran.stderr.split()


def test_the_program_runs_from_a_shell(folder: Path) -> None:
    """As a user types it, in the folder of the file."""
    ran = pos_loyalty("price", "coffee.json", cwd=folder)
    assert (ran.code, ran.err, json.loads(ran.out)["net"]) == (0, "", 900)
