"""The doctor, on tills that are well and on tills that are not."""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.cli import main
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.cli.checks.readers import check_readers
from pos_loyalty.cli.checks.service import check_service
from pos_loyalty.cli.checks.store import check_store
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.exits import Exit
from pos_loyalty.config import DEFAULT_PATH, Config, PassesConfig, load, to_toml
from pos_loyalty.ports import ProgramDocument, ReplicaContents
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.folder import Folder
from pos_loyalty.store.sqlite import SqliteStore
from tests.cli.conftest import await_counter
from tests.support.service_process import ServiceProcess

_NOBODY = 65_534


def _examine(config: Path) -> tuple[int, list[Finding]]:
    ran = CliRunner(env={"TERM": "xterm"}).invoke(main, ["doctor", "--json", "--config", str(config)])
    return ran.exit_code, msgspec.json.decode(ran.stdout, type=list[Finding])


def _remedies(findings: list[Finding], area: str) -> list[str]:
    return [f"{finding.seen} -> {finding.remedy}" for finding in findings if finding.area == area and finding.remedy]


def test_a_till_at_work_needs_nothing(here: Place) -> None:
    """Service, store and reader are well, and looking at them did not disturb the service."""
    here.config.write_text(to_toml(msgspec.structs.replace(load(here.config), passes=PassesConfig())))
    with VirtualScanner(here.port), VirtualScanner(here.tap), till_service(here) as service:
        _, findings = _examine(here.config)
        assert service.poll() is None
    seen = "\n".join(finding.seen for finding in findings)
    assert f"in use by process {service.pid}" in seen
    assert f"answers at {here.socket}" in seen
    for area in ("config", "store", "reader", "service"):
        assert _remedies(findings, area) == []


def test_a_till_that_is_down_gets_its_remedies_and_exit_code_1(here: Place) -> None:
    """No service and no reader: each is named with what to do."""
    code, findings = _examine(here.config)
    assert code == 1
    assert _remedies(findings, "service")[0].startswith(f"nobody answers at {here.socket} -> start it with `systemctl")
    assert _remedies(findings, "reader")[0].startswith(f"counter: {here.port} is not there -> plug it in")


def test_a_socket_of_another_user_is_told_from_a_till_that_is_down(tmp_path: Path) -> None:
    """Starting the service again would not help whoever may not talk to it."""
    socket = tmp_path / "api.sock"
    socket.touch(mode=0)
    us = os.geteuid()
    os.seteuid(_NOBODY if us == 0 else us)  # modes stop everybody but root
    try:
        (finding,) = check_service(socket)
    finally:
        os.seteuid(us)
    assert (finding.seen, finding.remedy) == (
        f"this user may not use {socket}",
        "run doctor as the user of the service",
    )


def test_a_program_of_a_newer_build_is_named(tmp_path: Path) -> None:
    """The till works on without it, and whoever asks learns which one it is."""
    newer = ProgramDocument(program_id="lottery", version=2, document=b'{"kind":"lottery"}')
    with closing(SqliteStore(tmp_path / "store", clock=SystemClock(), ids=RandomIds())) as store:
        store.load(ReplicaContents(members=(), programs=(newer,)))
    with ServiceProcess(tmp_path, tmp_path / "store") as service:
        service.start()
        remedies = _remedies(list(check_service(service.socket)), "service")
    (told,) = remedies
    assert told.startswith("program lottery@2 is left out: this version does not understand it -> it was published")


def test_every_fault_of_the_configuration_is_a_finding(here: Place) -> None:
    """What depends on the configuration is left out; the rest is still looked at."""
    here.config.write_text("[shop]\nlangage = 1\n")
    code, findings = _examine(here.config)
    assert code == 1
    assert len(_remedies(findings, "config")) == 5
    assert {"program", "config", "reader", "screen"} <= {finding.area for finding in findings}
    assert not {"store", "service"} & {finding.area for finding in findings}


@pytest.mark.skipif(DEFAULT_PATH.exists(), reason=f"{DEFAULT_PATH} is on this machine")
def test_a_machine_without_a_till_is_not_told_to_mend_a_file() -> None:
    """There is none; what it needs is the guide."""
    findings = msgspec.json.decode(CliRunner().invoke(main, ["doctor", "--json"]).stdout, type=list[Finding])
    (remedy,) = _remedies(findings, "config")
    assert "does not exist" in remedy
    assert remedy.endswith("-> set the till up by docs/howto/install.md, or name a file with --config")


def test_a_plain_report_ends_with_the_number_of_things_to_do(here: Place) -> None:
    """People read the same findings, those with a remedy marked."""
    ran = CliRunner(env={"TERM": "dumb"}).invoke(main, ["doctor", "--config", str(here.config)])
    marked = [line for line in ran.stdout.splitlines() if line.startswith("!")]
    assert ran.stdout.endswith(f"\n{len(marked)} to do\n")
    assert any("TERM is dumb" in line for line in marked)


def test_looking_at_a_store_takes_no_lock(tmp_path: Path) -> None:
    """The holder is named while there is one, and a service could start during the examination."""
    folder = Folder(tmp_path / "store")
    assert any(finding.seen.startswith("in use by process") for finding in check_store(folder.path))
    folder.release()
    seen = []
    for finding in check_store(folder.path):
        seen.append(finding.seen)
        with (folder.path / "store.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert "not in use" in seen


def test_a_store_open_to_others_or_too_new_is_told(tmp_path: Path) -> None:
    """Mode, schema and what was put aside are seen from outside."""
    tmp_path.chmod(0o755)
    (tmp_path / "journal.db").write_bytes(bytes(60) + (99).to_bytes(4, "big") + bytes(36))
    (tmp_path / "replica.db.damaged-20261121T000000Z").touch()
    remedies = "\n".join(_remedies(list(check_store(tmp_path)), "store"))
    assert f"chmod 0700 {tmp_path}" in remedies
    assert "journal.db: 0 KiB, schema 99 (known: " in remedies
    assert "damaged-20261121T000000Z was put aside" in remedies


def test_a_stranger_on_the_port_is_named(here: Place, config: Config) -> None:
    """Two programs on one port get half of the bytes each; the doctor says which the other one is."""
    with VirtualScanner(here.port), here.port.open("rb") as port:
        with subprocess.Popen(["cat"], stdin=port) as other:
            remedies = _remedies(list(check_readers(config.reader)), "reader")
            other.kill()
        assert remedies[0].endswith(f"stop cat ({other.pid}): two programs on one port get half of the bytes each")


@contextmanager
def _measuring(here: Place, *options: str) -> Iterator[tuple[VirtualScanner, "subprocess.Popen[str]"]]:
    """Measure at a till at work; the scanner is ready, and so is whoever measures."""
    command = (sys.executable, "-P", "-m", "pos_loyalty", "doctor", "--latency", "--config", str(here.config), *options)
    with VirtualScanner(here.port) as scanner, till_service(here):
        await_counter(here)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as doctor:
            assert doctor.stderr is not None
            assert doctor.stderr.readline().startswith("scan")
            yield scanner, doctor


def _scanned(scanner: VirtualScanner, doctor: "subprocess.Popen[str]") -> int:
    """Scan until the doctor has heard of it, which may not have called yet; return when, at the first, that began."""
    assert doctor.stderr is not None
    poller = select.poll()
    poller.register(doctor.stderr, select.POLLIN)
    begun_ns, _ = scanner.scan("PL-1000")
    # Another code each time: the same one again would be the same reading.
    for number in range(1001, 1100):
        if poller.poll(100):
            break
        scanner.scan(f"PL-{number}")
    assert "ms on the wire" in doctor.stderr.readline()
    return begun_ns


def test_latency_is_measured_from_the_first_byte_to_the_screen(here: Place) -> None:
    """Wire and till take no longer than was waited for them, and the screen what it says."""
    with _measuring(here, "--scans", "1", "--json") as (scanner, doctor):
        ask(here.socket, lambda till: till.painted(0, 20_000_000))
        begun_ns = _scanned(scanner, doctor)
        waited_ms = (time.monotonic_ns() - begun_ns) / 1_000_000
        out, _ = doctor.communicate(timeout=30)
    report = json.loads(out)
    assert doctor.returncode == 0
    assert report["painted"] == {"count": 1, "p50_ms": 20.0, "p95_ms": 20.0, "max_ms": 20.0}
    (scan,) = report["scans"]
    assert scan["reader"] == "counter"
    assert min(scan["wire_ms"], scan["told_ms"]) >= 0
    assert 0 < scan["wire_ms"] + scan["told_ms"] <= waited_ms + 0.1


def test_latency_without_a_screen_says_how_to_open_one_and_what_the_line_takes(here: Place) -> None:
    """Ctrl-C ends sooner, and what was measured counts; the exit code says that there is something to do."""
    with _measuring(here, "--scans", "9") as (scanner, doctor):
        _scanned(scanner, doctor)
        doctor.send_signal(signal.SIGINT)
        out, _ = doctor.communicate(timeout=30)
    assert doctor.returncode == 1
    assert out.startswith("no screen has told when it painted: open one")
    assert "counter (9600 baud): EAN-13 and CR 14.6 ms" in out


def test_latency_needs_a_till_at_work(here: Place) -> None:
    """Without the service nothing can be measured, and the exit code says so."""
    assert CliRunner().invoke(main, ["doctor", "--latency", "--config", str(here.config)]).exit_code == Exit.UNAVAILABLE
