"""``pos-loyalty programs``: files in, findings and figures out; a wrong file is told with every fault."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pos_loyalty.cli import main
from pos_loyalty.core.documents import SIZE_MAX
from pos_loyalty.core.program_check import Code
from pos_loyalty.core.simulation import PastBasket, read_basket

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto" / "check-programs.md"
EXAMPLES = ROOT / "docs" / "examples" / "check"
DRAFT, CURRENT, MARCH, PRODUCTS = (
    str(EXAMPLES / name) for name in ("draft.toml", "current.toml", "march.jsonl", "products.toml")
)


def run(*arguments: str) -> Result:
    """Run the command as a user does."""
    outcome = CliRunner().invoke(main, ["programs", *arguments])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome


def printed(*arguments: str) -> tuple[int, Any]:
    """Run the command with --json; return its exit code and what it printed."""
    outcome = run(*arguments, "--json")
    return outcome.exit_code, json.loads(outcome.stdout)


def test_the_commands_of_the_page_print_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example of docs/howto/check-programs.md, typed in the folder it names."""
    monkeypatch.chdir(EXAMPLES)
    examples = re.findall(
        r"^    \$ pos-loyalty programs (.+)\n((?:    .*\n|\n(?=    ))+)", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert len(examples) == 2
    for command, said in examples:
        assert run(*command.split()).stdout == re.sub(r"^ {4}", "", said, flags=re.MULTILINE)


def test_the_page_has_every_code_and_its_baskets_can_be_read() -> None:
    """The table of findings is that of the linter, in its order; the lines of the example are those of the file."""
    page = PAGE.read_text("utf-8")
    table = page.partition("| code |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE) == [code.value for code in Code]
    lines = re.findall(r'^    (\{"at".+)$', page, re.MULTILINE)
    assert "\n".join(lines) + "\n" == (EXAMPLES / "march.jsonl").read_text("utf-8")
    assert all(isinstance(read_basket(line.encode()), PastBasket) for line in lines)


def test_findings_as_json() -> None:
    """The same findings, for programs; errors end with 1."""
    code, document = printed("check", DRAFT, "--products", PRODUCTS)
    assert code == 1
    assert [finding["code"] for finding in document["findings"]] == ["given_away", "free"]
    assert document["findings"][0]["programs"] == ["spring/half", "welcome/hundred"]


def test_a_file_without_errors_ends_with_0() -> None:
    """Warnings do not matter to the exit code; what is known of the shop makes them."""
    assert run("check", CURRENT).stdout == "current.toml: 0 errors, 0 warnings, 0 notes\n"
    known = ("--yearly-spend", "1000", "--yearly-orders", "2", "--zone", "Asia/Dubai")
    code, document = printed("check", CURRENT, "--products", PRODUCTS, "--baskets", MARCH, *known)
    assert code == 0
    assert [finding["code"] for finding in document["findings"]] == ["out_of_reach"]


def test_a_draft_is_checked_together_with_what_is_in_force(tmp_path: Path) -> None:
    """Half off alone is fine; beside a code that is in force it gives goods away, unless it replaces that."""
    whole = (EXAMPLES / "draft.toml").read_text("utf-8").partition('[[programs]]\nprogram_id = "welcome"')
    half, code = tmp_path / "half.toml", tmp_path / "code.toml"
    half.write_text(whole[0])
    code.write_text(whole[1] + whole[2])
    assert printed("check", str(half), "--products", PRODUCTS)[0] == 0
    assert printed("check", str(half), "--current", str(code), "--products", PRODUCTS)[0] == 1
    code.write_text(code.read_text().replace('"welcome"', '"spring"'))
    assert printed("check", str(half), "--current", str(code), "--products", PRODUCTS)[0] == 0


def test_what_hardly_sells_is_known_from_past_baskets(tmp_path: Path) -> None:
    """A reward for suits only, and the suit is what sold least."""
    slow = tmp_path / "slow.toml"
    slow.write_text(
        (EXAMPLES / "draft.toml").read_text("utf-8").replace('categories = ["clothes"]', 'products = ["suit"]')
    )
    codes = [f["code"] for f in printed("check", str(slow), "--products", PRODUCTS, "--baskets", MARCH)[1]["findings"]]
    assert "slow_stock" in codes


def test_a_draft_costs_what_it_costs() -> None:
    """Both sides, winners and losers as JSON; eager customers are never dearer for the shop than the goods."""
    code, document = printed("simulate", DRAFT, "--current", CURRENT, "--baskets", MARCH, "--products", PRODUCTS)
    assert code == 0
    assert (document["current"]["discount"], document["draft"]["discount"]) == (5_000, 102_000)
    assert document["winners"]["most"][0]["customer"] == "m1"
    eager = printed("simulate", DRAFT, "--baskets", MARCH, "--products", PRODUCTS, "--eager", "--zone", "Asia/Dubai")[1]
    assert "redeemable" not in eager["draft"]
    assert eager["draft"]["discount"] <= eager["draft"]["gross"]
    assert "programs" not in eager["current"]


def test_losers_and_those_whom_nothing_changes(tmp_path: Path) -> None:
    """One percent instead of half: who bought clothes pays more, nobody less, and who came for socks the same."""
    text = (EXAMPLES / "draft.toml").read_text("utf-8")
    poorer, published, past = (tmp_path / name for name in ("poorer.toml", "published.toml", "past.jsonl"))
    poorer.write_text(text.replace("percent = 50", "percent = 1"))
    published.write_text(text.replace('status = "draft"\n', ""))
    past.write_text(
        (EXAMPLES / "march.jsonl").read_text("utf-8")
        + '{"at": "2026-03-02T11:20:00Z", "lines": [{"product": "socks"}]}'
    )
    told = run(
        "simulate", str(poorer), "--current", str(published), "--baskets", str(past), "--products", PRODUCTS
    ).stdout
    assert "Better off: nobody" in told
    assert re.search(r"^Worse off: .* customers: 3, baskets: 3$", told, re.MULTILINE)
    assert told.endswith("Unchanged customers: 1\n")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.toml", "[[programs]]\nprogram_id = 5\n", "a.toml:2: $.programs[0].program_id is 5: expected a text"),
        ("a.json", "{", "a.json: line 1, column 2: this is not JSON"),
        ("a.json", '{"programs": [5]}', "a.json: $.programs[0] is 5: expected a table"),
        ("a.toml", "programs = [", "a.toml: line 1: this is not TOML"),
        ("a.toml", "programs = [" + "5," * 30 + "]", "a.toml: and 10 more"),
    ],
)
def test_a_programs_file_that_is_wrong_is_told(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    """Every fault with its place, twenty at most as sentences; all of them as JSON."""
    (tmp_path / name).write_text(text)
    outcome = run("check", str(tmp_path / name))
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert sentence in outcome.stderr
    assert printed("check", str(tmp_path / name))[1]["faults"]


def test_a_past_that_cannot_be_used_is_told_with_its_line(tmp_path: Path) -> None:
    """A basket that is none, and a product without a price."""
    wrong = tmp_path / "past.jsonl"
    for line, sentence in (
        ("{}", "past.jsonl:3: $: at is missing"),
        ('{"at": 5\n', "past.jsonl:3: line 3, column 9: this is not JSON"),
        ("x" * (SIZE_MAX + 9), "past.jsonl:3: $ is too long"),
        (
            (EXAMPLES / "march.jsonl").read_text(),
            'past.jsonl:3: $.lines[0].product is "suit": expected a unit_price, or a product of',
        ),
    ):
        wrong.write_text('\n{"event_id": "x", "type": "note.written"}\n' + line)
        outcome = run("simulate", CURRENT, "--baskets", str(wrong))
        assert outcome.exit_code == 1
        assert sentence in outcome.stderr
    assert printed("simulate", CURRENT, "--baskets", str(wrong))[1]["line"] == 3


def test_ctrl_c_ends_a_long_simulation_cleanly(tmp_path: Path) -> None:
    """In the middle of reading: one exit code, no traceback, half an answer nowhere."""
    past = tmp_path / "past.jsonl"
    os.mkfifo(past)
    command = [sys.executable, "-P", "-m", "pos_loyalty", "programs", "simulate", CURRENT, "--baskets", str(past)]
    # The pipe opens here when it does there.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process, past.open("wb"):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_draft_has_one_currency(tmp_path: Path) -> None:
    """Two, or no program at all, cannot be summed."""
    two = tmp_path / "two.toml"
    for text, found in (
        ((EXAMPLES / "draft.toml").read_text("utf-8").replace("AED", "USD", 1), '"AED, USD"'),
        ("programs = []", '"no program"'),
    ):
        two.write_text(text)
        outcome = run("simulate", str(two), "--baskets", MARCH)
        assert (outcome.exit_code, outcome.stdout) == (1, "")
        assert found in outcome.stderr


def test_wrong_options_are_explained() -> None:
    """A zone that does not exist has a nearest name; a file that is not there is named."""
    outcome = run("check", CURRENT, "--zone", "Asia/Tehrn")
    assert outcome.exit_code == 2
    assert "Asia/Tehran" in outcome.stderr
    assert run("simulate", CURRENT, "--baskets", "nowhere").exit_code == 2


def test_the_schema_is_the_published_one() -> None:
    """What is printed is docs/reference/programs.schema.json."""
    assert run("schema").stdout == (ROOT / "docs" / "reference" / "programs.schema.json").read_text("utf-8")


def test_names_from_a_file_do_not_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters of a document are blanks on the screen."""
    shutil.copy(CURRENT, tmp_path / "a.toml")
    text = (tmp_path / "a.toml").read_text("utf-8")
    (tmp_path / "a.toml").write_text(text.replace('account = "club"', 'codes = ["\\u001b[2J"]\naccount = "club"'))
    outcome = run("check", str(tmp_path / "a.toml"))
    assert "\x1b" not in outcome.output
