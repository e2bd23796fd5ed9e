"""A kind of reader from another package: the guide's own example, installed, configured, tested and read."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "howto" / "write-a-driver.md").read_text("utf-8")

READ_ONCE = """
import sys, threading
from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from pos_loyalty.core.scans import ReaderState
from test_acme import Daemon

ready, read = threading.Event(), threading.Event()
def take(reading):
    print(reading.reader_id, reading.code, flush=True)
    read.set()
daemon = Daemon(sys.argv[1])
supervisor = ReaderSupervisor([daemon.settings], take, lambda status: status.state is ReaderState.READY and ready.set())
supervisor.start()
assert ready.wait(10)
daemon.send("PL-1001")
assert read.wait(10)
supervisor.stop()
"""
CONFIGURE = """
import sys
from drivers.kinds import known, transport
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from pos_loyalty.errors import ConfigError
print(*known())
try:
    print(type(transport(sys.argv[1])).__name__)
except ConfigError as error:
    print(error)
print(*problems([ReaderSettings(name="x", kind=sys.argv[1], port="/dev/x")]), sep="; ")
"""


def block(language: str, beginning: str) -> str:
    """Give the code of the guide that begins so."""
    (found,) = [
        code
        for code in re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
        if code.startswith(beginning)
    ]
    return str(found)


def install(place: Path, package: str, kind: str, transport: str) -> None:
    """Put what an installer leaves of a package's metadata into ``place``."""
    info = place / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[pos_loyalty.drivers]\n{kind} = {transport}\n", "utf-8")


def run(place: Path, *arguments: str) -> str:
    """Run Python with ``place`` among what is installed, and give what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={"PYTHONPATH": f"{place}:{ROOT}", "PATH": "/usr/bin:/bin"},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def configure(place: Path, kind: str) -> list[str]:
    """Give the known kinds, what is found under this name, and what a till says of a reader of it."""
    return run(place, "-c", CONFIGURE, kind).splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder in which the package of the guide is installed."""
    (tmp_path / "acme_reader.py").write_text(block("python", '"""Acme'), "utf-8")
    (tmp_path / "test_acme.py").write_text(block("python", '"""The Acme'), "utf-8")
    project = tomllib.loads(block("toml", "[project.entry"))["project"]
    for kind, transport in project["entry-points"]["pos_loyalty.drivers"].items():
        install(tmp_path, "acme_reader", kind, transport)
    return tmp_path


def test_a_reader_of_another_package_is_read_by_its_name(place: Path) -> None:
    """Nothing but the entry point makes ``kind = "acme"`` work: the supervisor delivers what the daemon sends."""
    assert run(place, "-c", READ_ONCE, str(place)) == "gate PL-1001\n"


def test_the_example_of_the_guide_keeps_the_contract(place: Path) -> None:
    """The test class of the guide passes under pytest as it stands there, without one test left out."""
    out = run(place, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "test_acme.py")
    assert re.search(r"^1[5-9] passed in", out, re.MULTILINE), out


def test_a_kind_that_works_is_among_the_known(place: Path) -> None:
    """It stands behind ours, and its own settings are asked for."""
    known, found, problems = configure(place, "acme")
    assert known.split()[0] == "serial"
    assert known.split()[-1] == "acme"
    assert (found, problems) == ("AcmeTransport", "")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import not_installed\n", "No module named 'not_installed'"),
        ("ACME = \n", "invalid syntax"),
        ("OTHER = None\n", "has no attribute 'ACME'"),
        ("raise OSError('libacme.so: cannot open')\n", "libacme.so: cannot open"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named(place: Path, source: str, cause: str) -> None:
    """Whatever is wrong with it, the configuration says so in a sentence, and nothing is raised but that."""
    (place / "acme_reader.py").write_text(source, "utf-8")
    _, error, problems = configure(place, "acme")
    assert error.startswith("reader kind 'acme' cannot be loaded (")
    assert cause in error
    assert error.endswith("); reinstall its package")
    assert problems == f"reader 'x': {error}"


def test_no_package_replaces_a_kind_of_ours(place: Path) -> None:
    """An entry point called ``serial`` changes nothing, and is not even listed."""
    install(place, "impostor", "serial", "acme_reader:ACME")
    known, found, _ = configure(place, "serial")
    assert found == "SerialTransport"
    assert known.split().count("serial") == 1


def test_two_packages_with_one_kind_are_refused(place: Path) -> None:
    """Which of them would be taken is chance, so neither is."""
    install(place, "acme_clone", "acme", "acme_reader:ACME")
    _, error, _ = configure(place, "acme")
    assert error == "reader kind 'acme' is in more than one package (acme_clone, acme_reader): uninstall all but one"


def test_a_kind_that_nobody_has_is_answered_by_those_there_are(place: Path) -> None:
    """The sentence lists every kind, that of the package included."""
    _, error, _ = configure(place, "acne")
    assert error.startswith("there is no reader kind 'acne': expected one of serial, ")
    assert error.endswith(", acme")
