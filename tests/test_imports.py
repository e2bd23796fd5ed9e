"""The one direction of imports: contracts that bite, and what is really loaded when a package is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("pos_loyalty", "drivers", "tui", "sync")

# Imports every module of a package, then says which modules that brought in.
LOAD_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(*sys.modules, sep="\\n")
"""

# Runs one command of the program, then says the same on the other stream.
RUN_COMMAND = """
import sys
from pos_loyalty.cli import main
try:
    main()
finally:
    print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the source tree in ``tree``."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=tree, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the four packages and their contracts, to be spoilt."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=lambda _, names: [n for n in names if n == "__pycache__"]
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_its_contracts() -> None:
    """Every contract of pyproject.toml holds for the code as it stands."""
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("pos_loyalty/core/money.py", "import pos_loyalty.ports", "one direction through the four packages"),
        ("drivers/lexers/framing.py", "import pos_loyalty.service.wire", "one direction through the four packages"),
        ("pos_loyalty/utils.py", "", "every module of pos_loyalty has its layer"),
        ("sync/helpers.py", "", "every module of sync has its layer"),
        ("pos_loyalty/core/ids.py", "import random", "the rules and the bytes know no clock"),
        ("drivers/lexers/framing.py", "import time", "the rules and the bytes know no clock"),
        ("drivers/lexers/framing.py", "import pos_loyalty.i18n.names", "readers know scans, ports and errors"),
        ("tui/app.py", "import pos_loyalty.store", "the screen reaches nothing but the client"),
        ("tui/app.py", "import pos_loyalty.service.till", "the screen reaches nothing but the client"),
        ("pos_loyalty/core/digits.py", "import pos_loyalty.core.identifiers", "no package goes round in a circle"),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, path: str, line: str, contract: str) -> None:
    """One wrong line in a copy of the tree breaks the contract that was written against it."""
    with (copy / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    outcome = lint_imports(copy)
    assert outcome.returncode == 1
    broken = [verdict for verdict in outcome.stdout.splitlines() if verdict.endswith("BROKEN")]
    assert any(verdict.startswith(contract) for verdict in broken), outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("pos_loyalty.core", "asyncio httpx logging pysqlite3 random serial socket sqlalchemy sqlite3 textual uvicorn"),
        ("pos_loyalty.i18n", "asyncio httpx pysqlite3 serial socket sqlalchemy sqlite3 textual uvicorn"),
        ("drivers", "asyncio biip httpx pysqlite3 sqlalchemy sqlite3 starlette textual uvicorn"),
        ("pos_loyalty.store", "httpx serial starlette textual uvicorn"),
        ("pos_loyalty.service", "pysqlite3 serial sqlalchemy sqlite3 textual"),
        ("tui", "drivers pysqlite3 serial sqlalchemy sqlite3 starlette sync uvicorn"),
    ],
)
def test_a_package_loads_no_strangers(package: str, strangers: str) -> None:
    """Importing the whole package brings in none of the libraries that belong to another room of the house."""
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_ALL, package], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(strangers.split()).isdisjoint(outcome.stdout.split())


def test_the_screen_loads_of_the_service_what_a_client_needs() -> None:
    """The whole screen brings in the client and the wire, and no other module of the service."""
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_ALL, "tui"], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name for name in outcome.stdout.split() if name.startswith("pos_loyalty.service.")}
    assert loaded == {"pos_loyalty.service.client", "pos_loyalty.service.wire"}


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["serve", "--help"]])
def test_a_word_of_help_loads_no_screen_and_no_database(arguments: list[str]) -> None:
    """Asking for help or the version answers at once: neither Textual nor SQLAlchemy nor a web server is loaded."""
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", RUN_COMMAND, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert outcome.stdout
    assert {"textual", "sqlalchemy", "uvicorn", "httpx", "serial"}.isdisjoint(outcome.stderr.split())
