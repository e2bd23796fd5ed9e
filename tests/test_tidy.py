"""The rules of style a linter cannot say. Each is a few lines here and is shown to bite."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE_FOLDERS = ("pos_loyalty", "drivers", "tui", "sync", "bench")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Clock, ids and bytes reach these as arguments, so a sale can be played again and gives the same bytes.
PURE = (
    "pos_loyalty/core/",
    "drivers/backoff.py",
    "drivers/codes/",
    "drivers/debounce.py",
    "drivers/feedback.py",
    "drivers/lexers/",
    "drivers/pipeline.py",
    "drivers/recordings/masked_keys.py",
    "drivers/recordings/masked_reads.py",
    "drivers/recordings/masking.py",
    "sync/engine/",
    "sync/hub/allowances.py",
    "sync/hub/audit.py",
    "sync/hub/batch.py",
    "sync/hub/book_records.py",
    "sync/hub/books.py",
    "sync/hub/columns.py",
    "sync/hub/documents.py",
    "sync/hub/erasing.py",
    "sync/hub/exporting.py",
    "sync/hub/feed.py",
    "sync/hub/hold_memos.py",
    "sync/hub/holds.py",
    "sync/hub/hub_store.py",
    "sync/hub/intake.py",
    "sync/hub/jobs/days.py",
    "sync/hub/jobs/leaving.py",
    "sync/hub/jobs/points.py",
    "sync/hub/jobs/setting_aside.py",
    "sync/hub/jobs/spending.py",
    "sync/hub/jobs/tiers.py",
    "sync/hub/kept.py",
    "sync/hub/merging.py",
    "sync/hub/namesakes.py",
    "sync/hub/news.py",
    "sync/hub/numbering.py",
    "sync/hub/publishing.py",
    "sync/hub/push.py",
    "sync/hub/reach.py",
    "sync/hub/reevaluation.py",
    "sync/hub/scope_building.py",
    "sync/hub/scopes.py",
    "sync/hub/scoping.py",
    "sync/hub/sealing.py",
    "sync/hub/shop.py",
    "sync/hub/terminals.py",
    "sync/hub/whereabouts.py",
    "sync/wire.py",
)
IMPURE_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "tools", "base"}
MARKS = r"\b(TODO|FIXME|XXX)\b"
LIBRARY_NAMES = {"serial", "evdev", "hid", "usb", "nfc", "systemd", "textual", "rich", "httpx"}


class Source:
    """One Python file: its path from the root of the tree, its text and what was parsed from it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the syntax tree."""
        return tuple(ast.walk(ast.parse(self.text)))

    @property
    def is_pure(self) -> bool:
        """Whether the file belongs to the part that knows no clock and no device."""
        return self.path.startswith(PURE)

    @property
    def is_test(self) -> bool:
        """Whether pytest collects the file."""
        return self.path.startswith("tests/") and Path(self.path).name.startswith("test_")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield every function and method."""
        return (node for node in self.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))

    def calls(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of everything called."""
        return ((node.lineno, ast.unparse(node.func)) for node in self.nodes if isinstance(node, ast.Call))


def long_files(source: Source) -> Iterator[tuple[int, str]]:
    """A source file past the limit hides two nouns."""
    lines = source.text.count("\n")
    if not source.path.startswith("tests/") and lines > FILE_LINES_MAX:
        yield 1, f"{lines} lines, the limit is {FILE_LINES_MAX}: split it by noun"


def long_functions(source: Source) -> Iterator[tuple[int, str]]:
    """A function past the limit does not fit a screen."""
    for function in source.functions():
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield function.lineno, f"{function.name} has {lines} lines, the limit is {FUNCTION_LINES_MAX}"


def impure_calls(source: Source) -> Iterator[tuple[int, str]]:
    """The pure part takes time and chance as arguments and speaks to nobody."""
    for line, name in source.calls() if source.is_pure else ():
        impure = any(name == banned or name.endswith(f".{banned}") for banned in IMPURE_CALLS)
        if impure or name == "print" or name.split(".")[0] in {"random", "secrets"}:
            yield line, f"{name}() in the pure part: take the value as an argument"


def floats_in_core(source: Source) -> Iterator[tuple[int, str]]:
    """No float ever touches money or points."""
    if not source.path.startswith("pos_loyalty/core/"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"{node.value} is a float: use int, Decimal or a ratio of ints"
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "float: use int, Decimal or a ratio of ints"


def vague_names(source: Source) -> Iterator[tuple[int, str]]:
    """A module is named after the noun it holds, and never after a library it could be mistaken for."""
    for part in Path(source.path).with_suffix("").parts:
        if part in VAGUE_NAMES:
            yield 1, f"{part} says nothing: name the noun"
        if part in LIBRARY_NAMES:
            yield 1, f"{part} is the name of a library: name what this file does with it"


def unfinished_marks(source: Source) -> Iterator[tuple[int, str]]:
    """What is unfinished is an issue, not a comment."""
    # Cutting every file into tokens takes two seconds, and hardly any has such a word.
    lines = io.StringIO(source.text if re.search(MARKS, source.text) else "")
    for token in tokenize.generate_tokens(lines.readline):
        if token.type == tokenize.COMMENT and re.search(MARKS, token.string):
            yield token.start[0], "finish it or open an issue"


def silent_tests(source: Source) -> Iterator[tuple[int, str]]:
    """Every test says in a docstring what is true if it passes."""
    for function in source.functions() if source.is_test else ():
        if function.name.startswith("test_") and not ast.get_docstring(function):
            yield function.lineno, f"{function.name} has no docstring"


def sleeping_tests(source: Source) -> Iterator[tuple[int, str]]:
    """A test waits for a condition with a deadline, never for time to pass."""
    for line, name in source.calls() if source.is_test else ():
        if name.split(".")[-1] == "sleep":
            yield line, f"{name}(): wait for the condition, with a deadline"


Rule = Callable[[Source], Iterator[tuple[int, str]]]
TEST_FILE = "tests/core/test_money.py"
SPOILT: list[tuple[Rule, str, str]] = [
    (long_files, "tui/app.py", "x = 1\n" * (FILE_LINES_MAX + 1)),
    (long_functions, "tui/app.py", "def draw():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    (long_functions, "tui/app.py", "class A:\n    async def draw(self):\n" + "        x = 1\n" * FUNCTION_LINES_MAX),
    (impure_calls, "pos_loyalty/core/fold.py", "now = datetime.now(UTC)\n"),
    (impure_calls, "pos_loyalty/core/fold.py", "now = datetime.datetime.utcnow()\n"),
    (impure_calls, "pos_loyalty/core/ids.py", "import random\nx = random.random()\n"),
    (impure_calls, "drivers/debounce.py", "now = time.time()\n"),
    (impure_calls, "drivers/lexers/framing.py", "print('frame')\n"),
    (floats_in_core, "pos_loyalty/core/money.py", "rate = 0.1\n"),
    (floats_in_core, "pos_loyalty/core/money.py", "total = int(float(text))\n"),
    (floats_in_core, "pos_loyalty/core/money.py", "def total(price: float) -> int: ...\n"),
    (vague_names, "pos_loyalty/core/utils.py", ""),
    (vague_names, "tui/helpers/rows.py", ""),
    (vague_names, "drivers/serial.py", ""),
    (unfinished_marks, "tui/app.py", "x = 1  # TODO: later\n"),
    (silent_tests, TEST_FILE, "def test_rounding():\n    assert True\n"),
    (silent_tests, TEST_FILE, "class TestMoney:\n    async def test_rounding(self):\n        assert True\n"),
    (sleeping_tests, TEST_FILE, "async def test_a():\n    await asyncio.sleep(1)\n"),
]
RULES = tuple(dict.fromkeys(rule for rule, _, _ in SPOILT))


@pytest.fixture(scope="module")
def tree() -> tuple[Source, ...]:
    """Return every Python file of the project."""
    files = (file for folder in (*SOURCE_FOLDERS, "tests") for file in sorted((ROOT / folder).rglob("*.py")))
    return tuple(Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")) for file in files)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule, tree: tuple[Source, ...]) -> None:
    """No file of the project breaks the rule."""
    assert [f"{source.path}:{line}: {fault}" for source in tree for line, fault in rule(source)] == []


@pytest.mark.parametrize(("rule", "path", "text"), SPOILT)
def test_the_rule_bites(rule: Rule, path: str, text: str) -> None:
    """The rule finds the fault in a file that has it."""
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_lets_good_code_pass(rule: Rule) -> None:
    """A short pure function, and a test that says what it shows, break no rule."""
    good = '"""Money."""\n\n\ndef total(prices: list[int]) -> int:\n    """Return the sum."""\n    return sum(prices)\n'
    tested = 'def test_total():\n    """Nothing costs nothing."""\n    assert total([]) == 0  # XXXL is a size\n'
    assert not list(rule(Source("pos_loyalty/core/money.py", good)))
    assert not list(rule(Source(TEST_FILE, tested)))
