"""``pos-loyalty reader``: what is there, what it reads, and recordings of it."""

import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner, Result

from drivers.discovery import Found, find
from drivers.recordings.recording import Recording, parse
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.cli import main
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.reader_list import section
from pos_loyalty.config import Config, to_toml
from pos_loyalty.config import parse as parse_config
from tests.cli.conftest import await_counter, pos_loyalty
from tests.support.device_tree import unpack

RECORDINGS = Path(__file__).parents[1] / "drivers" / "recordings" / "golden"
STORE_PC = (Path(__file__).parents[1] / "drivers" / "machines" / "store_pc.txt").read_text("utf-8")
PAN = "6037997111111119"


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["reader", *arguments])


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the command until the end of the block, then as Ctrl-C does."""
    command = (sys.executable, "-P", "-m", "pos_loyalty", "reader", *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(20)


def line_with(stream: IO[str] | None, words: str) -> str:
    """Read lines up to one that has these words."""
    assert stream is not None
    return next(line for line in stream if words in line)


def test_watching_tells_what_is_read_and_hides_whom_it_names(here: Place) -> None:
    """A product is shown, a member and a telephone are dots, and a bank card is refused."""
    with VirtualScanner(here.port, baud=1_000_000) as scanner, running("watch", "--config", str(here.config)) as watch:
        line_with(watch.stderr, "counter is ready")
        lines = []
        for code in ("4006381333931", "PL-1001", "+989123456789", PAN):
            scanner.scan(code)
            lines.append(line_with(watch.stdout, "counter"))
    assert [line.split()[2] for line in lines] == ["product", "member", "phone", "payment_card"]
    assert "number=4006381333931" in lines[0]
    assert "number=••-••••" in lines[1]
    assert not any(secret in "".join(lines) for secret in ("1001", "912345", PAN[:6]))
    assert watch.returncode == 0


def test_watching_shows_codes_when_asked_and_says_when_the_cable_is_out(here: Place) -> None:
    """As JSON lines too; a reader that comes and goes is told on the other stream."""
    options = ("watch", "counter", "--config", str(here.config), "--show", "--json")
    with VirtualScanner(here.port, baud=1_000_000) as scanner, running(*options) as watch:
        line_with(watch.stderr, "counter is ready")
        scanner.scan("PL-1001")
        told = json.loads(line_with(watch.stdout, "counter"))
        scanner.unplug()
        line_with(watch.stderr, "counter is absent: nothing is plugged in")
    assert (told["reader"], told["outcome"], told["fields"]) == ("counter", "member", {"number": "PL-1001"})


def test_a_reader_that_is_not_configured_is_watched_by_its_port(here: Place, tmp_path: Path) -> None:
    """The codes are those of the shop all the same."""
    options = ("watch", "--port", str(tmp_path / "other"), "--config", str(here.config))
    with VirtualScanner(tmp_path / "other", baud=1_000_000) as scanner, running(*options) as watch:
        line_with(watch.stderr, "reader is ready")
        scanner.scan("4006381333931")
        assert "product" in line_with(watch.stdout, "reader")


def test_a_reader_of_the_running_till_is_left_to_it(here: Place) -> None:
    """Neither watching nor recording takes bytes away; the sentence says what works instead."""
    with VirtualScanner(here.port), till_service(here) as service:
        await_counter(here)
        for arguments in (("watch",), ("record", "counter", str(here.run / "never.jsonl"))):
            outcome = pos_loyalty("reader", *arguments, "--config", str(here.config))
            assert outcome.code == Exit.UNAVAILABLE
            assert "the till service reads counter (0 scans" in outcome.err
            assert "pos-loyalty doctor" in outcome.err
        assert not (here.run / "never.jsonl").exists()
        assert service.poll() is None


def test_a_recording_reads_the_same_and_names_nobody(here: Place, tmp_path: Path) -> None:
    """Recorded from a real terminal at the pace of the line, until Ctrl-C."""
    file = tmp_path / "fault.jsonl"
    options = ("record", "--config", str(here.config), "counter", str(file))
    with VirtualScanner(here.port) as scanner, running(*options) as record:
        line_with(record.stderr, "recording counter")
        for code in ("4006381333931", "PL-100123", PAN, "+989123456789"):
            scanner.scan(code)
            line_with(record.stderr, " reads")
    data = file.read_bytes()
    assert record.returncode == 0
    assert data.endswith(b"}\n")
    assert isinstance(parse(data), Recording)
    assert not any(secret.encode().hex().encode() in data for secret in ("100123", PAN[:8], "912345"))
    shown = [json.loads(line) for line in run("replay", str(file), "--json", "--show").stdout.splitlines()]
    assert [one["outcome"] for one in shown] == ["product", "member", "payment_card", "phone"]
    assert shown[0]["fields"]["number"] == "4006381333931"


def test_unmasked_means_everything_but_bank_cards(here: Place, tmp_path: Path) -> None:
    """Whoever asks for it gets the members, and the first line says so."""
    file = tmp_path / "members.jsonl"
    options = ("record", "--config", str(here.config), "counter", str(file), "--unmasked")
    with VirtualScanner(here.port) as scanner, running(*options) as record:
        line_with(record.stderr, "recording counter")
        for code in ("PL-100123", PAN):
            scanner.scan(code)
            line_with(record.stderr, " reads")
    shown = run("replay", str(file), "--show").stdout
    assert "number=PL-100123" in shown
    assert "payment_card" in shown
    found = parse(file.read_bytes())
    assert isinstance(found, Recording)
    assert not found.header.masked
    assert PAN[:8].encode().hex() not in file.read_text()


def test_a_reader_that_is_pulled_ends_the_recording_with_whole_lines(here: Place, tmp_path: Path) -> None:
    """What came before is there, and the exit code says that the reader is gone."""
    file = tmp_path / "cut.jsonl"
    options = ("record", "--config", str(here.config), "counter", str(file))
    with VirtualScanner(here.port) as scanner, running(*options) as record:
        line_with(record.stderr, "recording counter")
        scanner.scan("4006381333931")
        line_with(record.stderr, " reads")
        scanner.unplug()
        record.wait(60)
    assert record.returncode == Exit.UNAVAILABLE
    assert isinstance(parse(file.read_bytes()), Recording)
    assert "product" in run("replay", str(file)).stdout


@pytest.mark.parametrize("name", sorted(file.name for file in RECORDINGS.iterdir()))
def test_a_replay_hides_whom_it_names_unless_told_otherwise(name: str) -> None:
    """Masked recordings too: nobody can see from outside that a file is one."""
    hidden, shown = (run("replay", str(RECORDINGS / name), *options).stdout for options in ((), ("--show",)))
    assert "•" in hidden
    assert "•" not in shown
    assert len(hidden.splitlines()) == len(shown.splitlines()) > 0


def test_a_replay_in_real_time_takes_its_time(tmp_path: Path) -> None:
    """The readings come when they came: the second 300 ms behind the first."""
    file = tmp_path / "slow.jsonl"
    reads = ((0, b"4006381333931\r"), (300, b"PL-1001\r"))
    lines = [{"recording": 1, "kind": "serial"}, *({"at_ms": at, "hex": data.hex()} for at, data in reads)]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    command = (sys.executable, "-P", "-m", "pos_loyalty", "reader", "replay", str(file), "--realtime")
    taken = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert [line.split()[0] for line in taken.stdout.splitlines()] == ["0.000", "0.300"]


def test_what_cannot_be_replayed_is_explained(tmp_path: Path) -> None:
    """A file that is not there, and one that is no recording, by its line."""
    (tmp_path / "no.jsonl").write_text("{}\n")
    for name, sentence in (("none.jsonl", "cannot be read"), ("no.jsonl", "line 1: expected a first line")):
        outcome = run("replay", str(tmp_path / name))
        assert outcome.exit_code == Exit.DISK
        assert outcome.stderr.startswith("The recording cannot be used: ")
        assert sentence in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("watch", "door"), "no reader 'door' in the configuration: there is counter"),
        (("watch", "--port", "scanner"), "is neither a device such as"),
        (("watch", "--port", "/dev/null", "--kind", "scale"), "there is no reader kind 'scale'"),
    ],
)
def test_a_reader_that_cannot_be_meant_is_explained(here: Place, arguments: tuple[str, ...], sentence: str) -> None:
    """Before anything is opened."""
    outcome = run(*arguments, "--config", str(here.config))
    assert outcome.exit_code in {Exit.USAGE, Exit.CONFIG}
    assert sentence in " ".join(outcome.stderr.replace("│", " ").split())


def test_the_list_has_the_configured_readers_with_their_states(here: Place) -> None:
    """By a look while no service runs, and by the word of the service while one does."""

    def counter() -> dict[str, Any]:
        listed = json.loads(run("list", "--config", str(here.config), "--json").stdout)
        return next(entry for entry in listed if entry["name"] == "counter")

    absent = counter()
    assert (absent["name"], absent["kind"], absent["state"]) == ("counter", "serial", "absent")
    assert absent["detail"].startswith("nothing is plugged in")
    with VirtualScanner(here.port):
        assert counter()["state"] == "there"
        with till_service(here) as service:
            await_counter(here)
            ready = counter()
    assert ready["state"] == "ready"
    assert any(f"({service.pid})" in holder for holder in ready["holders"])
    assert ready["section"] == ""


def test_the_section_of_every_device_can_be_pasted(config: Config, tmp_path: Path) -> None:
    """What is found on a store PC with readers of every kind makes a configuration without a fault."""
    devices = find(unpack(STORE_PC, tmp_path))
    cards = [Found(kind="pcsc", port="", node="", usb="072f:2200", product="ACS ACR122U")]
    sections = [section(found, f"reader-{number}") for number, found in enumerate([*devices, *cards])]
    text = to_toml(config).partition("[[reader]]")[0] + "\n".join(sections)
    readers = parse_config(text, Path("pos.toml")).reader
    assert [reader.kind for reader in readers] == ["serial"] * 3 + ["wedge"] * 2 + ["hidpos", "hidmsr", "pcsc"]
    assert {reader.usb for reader in readers if reader.kind == "wedge"} == {"0627:0001", "05f9:2216"}
    assert all(tomllib.loads(one)["reader"] for one in sections)


def test_a_plain_list_is_read_by_people(here: Place) -> None:
    """Name, kind, state and port in one line, and what to do below it."""
    first, second = run("list", "--config", str(here.config)).stdout.splitlines()[:2]
    assert first.split()[:4] == ["counter", "serial", "absent", str(here.port)]
    assert "check the cable" in second
