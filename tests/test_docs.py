"""The documents under test: links, commands, words, examples."""

import doctest
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from pos_loyalty import __version__
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.sample import sample_shop
from pos_loyalty.sample.programs import sample_programs

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "pos_loyalty", "drivers", "tui", "sync", "tests", "bench", "systemd")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
README = (ROOT / "README.md").read_text("utf-8")

# The vocabulary of the product, in the order in which it was given to us, and that of the engine.
WORDS = """
Member, Identifier, Associate, Terminal, Store, Hub, Reader, Scan, Visit, Basket, Line, Program, Rule, Reward,
Promotion, Tier, Ledger, Accrual, Redemption, Reversal, Lot, Hold, Voucher, Offline allowance, Client book, Occasion,
Promise, Follow-up, Feedback, Complaint, Recovery, Segment, Event, Outbox, Feed, Cursor, Snapshot, Claim, Limit, Slice,
Pending points, Stacking group, Stage, Version, Why not
"""


def name_of(page: Path) -> str:
    """Return the page as a person would call it."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return the page without its blocks of code."""
    return re.sub(r"^```.*?^```$|^ {4}[^\n]*$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the page's headings, as web hosts of code make them."""
    headings = re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links and pictures of the page name a file, and a heading in it, that exist."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if "docs" in page.parts], ids=name_of)
def test_every_document_can_be_found(page: Path) -> None:
    """A page under docs/ is linked from the index of the documents, which is linked from the README."""
    index = ROOT / "docs" / "index.md"
    assert "(docs/index.md)" in README
    assert page == index or f"({page.relative_to(index.parent).as_posix()})" in index.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_in_prose_exists(page: Path) -> None:
    """A file or folder of the project that a page names in code marks is there."""
    paths = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./@-]*)`", prose(page))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_document_that_the_code_names_exists() -> None:
    """Whoever follows a comment or a message to a page under docs/ finds it; a decision may be named by its number."""
    kinds = (".py", ".sql", ".toml", ".service", ".tcss")
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", *(f for folder in FOLDERS for f in (ROOT / folder).rglob("*"))]
    named = {
        (file.relative_to(ROOT).as_posix(), path.rstrip("."))
        for file in files
        if file.suffix in kinds or file.name == "Makefile"
        for path in re.findall(r"docs/[a-z]+/[\w./-]+", file.read_text("utf-8"))
    }
    assert [(where, path) for where, path in sorted(named) if not any(ROOT.glob(f"{path}*"))] == []


def test_every_make_command_of_the_pages_is_a_target() -> None:
    """`make something` in a document works when typed."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "test"} <= said
    assert said <= targets


def test_the_readme_starts_with_what_it_is_and_two_commands() -> None:
    """The two commands stand on the first screen: within forty lines."""
    first = README.splitlines()[:40]
    assert "    make demo" in first
    assert "    make test" in first


def test_the_readme_says_of_every_capability_whether_it_works() -> None:
    """The table has M1 to M21, each with an answer."""
    rows = re.findall(r"^\| (M\d+) \| [^|]+ \| [^|\s][^|]* \|$", README, re.MULTILINE)
    assert rows == [f"M{number}" for number in range(1, 22)]


def test_the_map_of_the_house_shows_every_room() -> None:
    """Every package below the four top-level ones is on the map, so that a newcomer finds each."""
    rooms = [folder.name for folder in (ROOT / "pos_loyalty").iterdir() if (folder / "__init__.py").exists()]
    missing = [room for room in rooms if f"`pos_loyalty/{room}/" not in README and room != "sample"]
    assert missing == []
    assert all(f"`{room}/" in README for room in ("drivers", "tui", "systemd"))


def test_the_glossary_has_every_word() -> None:
    """Each word of the product's vocabulary is explained, and the words are in order."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    explained = re.findall(r"^\| \*\*(.+?)\*\* \| .+ \|$", glossary, re.MULTILINE)
    assert {word.strip() for word in WORDS.split(",")} <= set(explained)
    assert explained == sorted(explained, key=str.lower)


def test_the_changelog_begins_with_this_version() -> None:
    """The newest entry of the changelog is the version of the package."""
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == __version__


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_examples_of_the_page_are_true(page: Path) -> None:
    """Python sessions in the page print what the page says, and other Python, TOML in it is well formed."""
    text = page.read_text("utf-8")
    session = doctest.DocTestParser().get_doctest(text, {}, name_of(page), str(page), 0)
    assert doctest.DocTestRunner(verbose=False).run(session).failed == 0
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "toml":
            tomllib.loads(block)
        if language == "python" and ">>>" not in block:
            compile(block, name_of(page), "exec")


def test_the_tutorial_uses_what_the_demo_has() -> None:
    """Every card, product and code that a reader is told to scan or type is one of the sample shop."""
    text = (ROOT / "docs" / "tutorial" / "first-sale.md").read_text("utf-8")
    shop = sample_shop(5, today=date(2026, 11, 21))
    known = {identifier.value for member in shop.members for identifier in member.identifiers}
    known |= {code for product in shop.products for code in product.codes}
    known |= {voucher.code for voucher in shop.vouchers}
    known |= {code for program in sample_programs() for code in program.codes}
    told = re.findall(r"demo scan ([\w-]+)|F7, then `(\w+)`|`(PL-\d+)`", text)
    assert len(told) > 5
    assert [code for codes in told for code in codes if code and normal_code(code) not in known] == []


def test_decisions_have_one_form() -> None:
    """Every decision has a number, a date, a status, a context, a decision and its consequences, and fits on a page."""
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, record in enumerate(records, start=1):
        text = record.read_text("utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert re.match(rf"# {number:04} .+\n\n\d{{4}}-\d\d-\d\d · (proposed|accepted|superseded by \d{{4}})\n", text)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert text.count("\n") < 60
