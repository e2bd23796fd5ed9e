"""The wheel: four packages, their data, and a program that runs where it is installed."""

import subprocess
import sys
import sysconfig
from email.message import Message
from email.parser import Parser
from pathlib import Path
from venv import EnvBuilder
from zipfile import ZipFile

import pytest

from pos_loyalty import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = ("pos_loyalty", "drivers", "tui", "sync")


def run(*command: str | Path, cwd: Path) -> str:
    """Return what the command printed; fail with it if the command failed."""
    outcome = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the tools of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-P", "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    """Return what is in the wheel."""
    return frozenset(ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> "Message[str, str]":
    """Return the core metadata of the wheel."""
    text = ZipFile(wheel).read(f"pos_loyalty-{__version__}.dist-info/METADATA").decode()
    return Parser().parsestr(text)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; return the folder of its programs.

    The dependencies are those of this environment, put behind the wheel on the path: fetching them again would test
    the network.
    """
    home = tmp_path_factory.mktemp("installed")
    EnvBuilder(symlinks=True).create(home)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=home)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    (packages / "zz_dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return home / "bin"


def test_the_wheel_has_the_four_packages_and_nothing_else(wheel: Path) -> None:
    """check-wheel-contents finds no stray file and exactly our four top-level names."""
    checker = Path(sys.executable).with_name("check-wheel-contents")
    # W009 warns of several top-level names; ours are meant (docs/adr/0001), and --toplevel pins them.
    run(checker, "--no-config", "--ignore", "W009", "--toplevel", ",".join(PACKAGES), wheel, cwd=wheel.parent)


def test_the_wheel_has_every_file_of_the_packages(names: frozenset[str]) -> None:
    """No module and no data file of the four packages was left behind."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file())
    expected = {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}
    assert {name for name in names if name.startswith(PACKAGES) and ".dist-info/" not in name} == expected


@pytest.mark.parametrize(
    "ending",
    [
        *(f"/{language}/LC_MESSAGES/pos_loyalty.mo" for language in ("en", "fa", "ar")),
        ".tcss",
        "schema/journal_0001.sql",
        "schema/replica_0001.sql",
    ],
)
def test_the_wheel_has_the_data_the_program_reads(names: frozenset[str], ending: str) -> None:
    """Catalogues, styles and schemas travel with the code."""
    assert any(name.endswith(ending) for name in names)


def test_the_generic_names_are_declared_private(metadata: "Message[str, str]") -> None:
    """The metadata claims the four import names, three of them as nobody else's to import."""
    declared = metadata.get_all("Import-Name") or []
    assert set(declared) == {"pos_loyalty", "drivers; private", "tui; private", "sync; private"}


def test_the_version_is_said_once(metadata: "Message[str, str]") -> None:
    """The wheel carries the version written in the package."""
    assert metadata["Version"] == __version__


def test_the_installed_program_runs_beside_folders_of_the_same_names(installed: Path, tmp_path: Path) -> None:
    """`pos-loyalty version` answers where other packages have our names: the working folder is not on its path."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise ImportError('the wrong package')\n", "utf-8")
    assert __version__ in run(installed / "pos-loyalty", "version", cwd=tmp_path)


def test_the_installed_names_belong_to_us(installed: Path, tmp_path: Path) -> None:
    """In a real installation the four import names are answered by our distribution alone."""
    ask = "from importlib.metadata import packages_distributions as p; print(*(p()[n] for n in {names!r}), sep='\\n')"
    answer = run(installed / "python", "-c", ask.format(names=PACKAGES), cwd=tmp_path)
    assert answer.splitlines() == ["['pos-loyalty']"] * len(PACKAGES)
