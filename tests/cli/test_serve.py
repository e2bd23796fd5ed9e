"""The till service as a process: ready when it can sell, gone when asked, and clear about why it cannot start."""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.settings import ReaderSettings
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.cli.demo.watch import Watch
from pos_loyalty.cli.till_service import opened
from pos_loyalty.config import CodesConfig, Config, load, to_toml
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import TillView
from pos_loyalty.store.sqlite import SqliteStore
from tests.cli.conftest import pos_loyalty

Process = subprocess.Popen[bytes]
SERVE = [sys.executable, "-P", "-m", "pos_loyalty", "serve", "--config"]


def reader_is(view: TillView, state: ReaderState) -> bool:
    """Whether the first reader was heard of, and is in this state."""
    return bool(view.readers) and view.readers[0].state is state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_systemd_its_life_and_ends_with_0_when_asked(here: Place, number: signal.Signals) -> None:
    """READY after the socket answers, a status without personal data, watchdog beats, STOPPING, and no socket left."""
    address = here.run / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(address))
        notify.settimeout(30)
        environment = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "200000"}
        with subprocess.Popen([*SERVE, here.config], env=environment, stderr=subprocess.PIPE, text=True) as service:
            heard: set[bytes] = set()
            while not heard >= {b"READY=1", b"WATCHDOG=1"} or not any(m.startswith(b"STATUS=") for m in heard):
                heard.add(notify.recv(4096))
            was_there = here.socket.is_socket()
            service.send_signal(number)
            while notify.recv(4096) != b"STOPPING=1":
                pass
            _, log = service.communicate(timeout=30)
    readers = len(load(here.config).reader)
    assert f"STATUS=0 members, {readers} readers, 0 events wait for the hub".encode() in heard
    assert was_there
    assert service.returncode == 0
    assert "Traceback" not in log
    assert not here.socket.exists()


def test_a_screen_that_watches_does_not_hold_up_the_end(till_process: Process, here: Place) -> None:
    """An open event stream ends with the service, well within the time of grace."""

    async def watch_until_it_ends(client: TillClient) -> bool:
        async with Watch(client) as watch:
            await watch.until(lambda view: bool(view.readers), "the readers")
            till_process.send_signal(signal.SIGTERM)
            return till_process.wait(timeout=60) == 0

    assert ask(here.socket, watch_until_it_ends)
    # What uvicorn says when the grace is over and somebody is still there.
    assert "graceful shutdown exceeded" not in here.log.read_text("utf-8")


def test_a_reader_that_is_plugged_in_later_is_found(till_process: Process, here: Place) -> None:
    """Configured readers need not be there at the start."""

    async def plug_in(client: TillClient) -> ReaderState:
        async with Watch(client) as watch:
            await watch.until(lambda view: reader_is(view, ReaderState.ABSENT), "an absent reader")
            with VirtualScanner(here.port):
                view = await watch.until(lambda view: reader_is(view, ReaderState.READY), "the reader")
                return view.readers[0].state

    assert ask(here.socket, plug_in) is ReaderState.READY


def test_a_reader_hears_by_its_configuration_what_became_of_its_reading(here: Place, config: Config) -> None:
    """A code of this shop's own form leads to nobody here: the reader gives the tone for that."""
    codes = CodesConfig(member_prefix="NJ-", templates=("member=02MMMMMMMMMMK",))
    with closing(PseudoTerminal()) as line:
        counter = ReaderSettings(name="counter", port=str(line.slave), feedback="datalogic")
        here.config.write_text(to_toml(msgspec.structs.replace(config, reader=(counter,), codes=codes)))
        with till_service(here):

            async def read_a_card(client: TillClient) -> TillView:
                async with Watch(client) as watch:
                    await watch.until(lambda view: reader_is(view, ReaderState.READY), "the reader")
                    os.write(line.fd, b"NJ-1001\r")
                    return await watch.until(lambda view: view.stage is Stage.REFUSED, "the refusal")

            assert ask(here.socket, read_a_card).refusal is NoticeCode.UNKNOWN_CODE
            heard = b""
            while not heard.endswith(b"FE") and select.select([line.fd], [], [], 10)[0]:
                heard += os.read(line.fd, 100)
            assert heard == b"E" + b"FE", "enabled when it was opened, and the tone for what is not on file"


def test_the_second_service_on_one_store_is_refused(till_process: Process, here: Place) -> None:
    """Exit code 75 with the process that has it."""
    ran = pos_loyalty("serve", "--config", str(here.config))
    assert ran.code == 75
    assert f"is in use by process {till_process.pid}" in ran.err


async def test_a_command_that_holds_the_store_for_a_moment_keeps_no_service_from_starting(tmp_path: Path) -> None:
    """The service waits until ``sync status``, say, has let go."""
    clock, ids = SystemClock(), RandomIds()
    command = SqliteStore(tmp_path, clock=clock, ids=ids)
    opening = asyncio.create_task(opened(tmp_path, clock, ids))
    assert not (await asyncio.wait({opening}, timeout=0))[0]
    command.close()
    (await opening).close()


def test_the_second_service_on_one_socket_is_refused(
    till_process: Process, here: Place, config: Config, tmp_path: Path
) -> None:
    """Another store does not help if the socket is taken."""
    other = here.run / "other.toml"
    other.write_text(to_toml(msgspec.structs.replace(config, store=type(config.store)(folder=str(tmp_path / "s")))))
    ran = pos_loyalty("serve", "--config", str(other))
    assert (ran.code, "already answers at" in ran.err) == (75, True)


def test_a_wrong_configuration_ends_with_78_and_its_line(tmp_path: Path) -> None:
    """It is not started again (RestartPreventExitStatus=78)."""
    file = tmp_path / "pos.toml"
    file.write_text('[shop]\nname = "N"\ncurrency = "IRR"\ntime_zone = "UTC"\nphone_prefix = "98"\nlangage = "fa"\n')
    ran = pos_loyalty("serve", "--config", str(file))
    assert ran.code == 78
    assert f'{file}:6: [shop] has no key "langage"; did you mean "language"?' in ran.err
    assert "Traceback" not in ran.err


def test_a_socket_without_a_folder_is_a_configuration_error(here: Place, config: Config) -> None:
    """It is told before the store is touched."""
    wrong = msgspec.structs.replace(config, service=type(config.service)(socket="/nowhere/at/all.sock"))
    here.config.write_text(to_toml(wrong))
    ran = pos_loyalty("serve", "--config", str(here.config))
    assert (ran.code, "/nowhere/at is no folder that this user may write" in ran.err) == (78, True)
    assert not here.store.exists()


def test_a_damaged_journal_ends_with_65(here: Place) -> None:
    """A journal that is no database is left as it is and named."""
    here.store.mkdir(mode=0o700)
    (here.store / "journal.db").write_bytes(b"not a database" * 100)
    ran = pos_loyalty("serve", "--config", str(here.config))
    assert (ran.code, "journal.db" in ran.err, "Traceback" in ran.err) == (65, True, False)
