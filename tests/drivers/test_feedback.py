"""A reader is told what it understands, after the reading, and nothing at all unless that is configured."""

import os
import socket
import threading
from functools import partial
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.feedback import ANSWER_MS, language, without_answers
from drivers.lexers.framing import Frame, FrameFault, Framer, Framing
from drivers.lexers.ssi import DECODE_DATA, packet
from drivers.pipeline import Reading
from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState, Scan, Signal
from tests.drivers.conftest import Supervise
from tests.drivers.talking_scanner import MAKES, Datalogic, Honeywell, Make, TalkingScanner, Zebra
from tests.drivers.till import Till

MS = 1_000_000
ANSWERS = {"datalogic": b"\x01\x02E\x03\x04", "newland": b"\x02\x010000#SCNTRG1\x06;\x03"}


def settings_of(make: str, counter: ReaderSettings) -> ReaderSettings:
    """Give the settings of a reader of this make."""
    changed = msgspec.structs.replace(counter, feedback=make, framing="ssi" if make == "ssi" else "line")
    return msgspec.convert(msgspec.to_builtins(changed), ReaderSettings)


def wire(make: str, code: str) -> bytes:
    """Give what a reader of this make sends for a code."""
    return packet(DECODE_DATA, b"\x03" + code.encode(), source=0) if make == "ssi" else f"{code}\r".encode()


@pytest.mark.parametrize("make", MAKES)
def test_a_reader_of_each_make_does_what_the_till_asks(
    make: str, tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Good, bad, wait and go arrive in its language, and no answer of it gets into the next reading."""
    scanner = MAKES[make]()
    knows_bad = Signal.BAD in language(make).commands
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(settings_of(make, counter))
        line.wait_for(lambda: scanner.enabled)
        for number, signal in enumerate(Signal):
            supervisor.signal("counter", signal)
            if signal in language(make).commands:
                line.wait_for(partial(is_done, scanner, signal))
            line.send(wire(make, f"MEMBER-{number}"))
            till.wait_for_reading(number + 1)
        supervisor.stop()
    assert till.codes == [f"MEMBER-{number}" for number in range(4)]
    assert (scanner.good, scanner.bad, scanner.enabled) == (1, int(knows_bad), True)
    assert scanner.not_understood == b""


def is_done(scanner: Make, signal: Signal) -> bool:
    """Whether the scanner has done what the signal means."""
    if signal is Signal.GOOD:
        return scanner.good == 1
    if signal is Signal.BAD:
        return scanner.bad == 1 and scanner.enabled
    return scanner.enabled is (signal is Signal.GO)


def test_a_reader_that_a_dead_till_left_disabled_reads_again(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise
) -> None:
    """Opening the port enables it, without any signal."""
    scanner = Datalogic()
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        assert not scanner.enabled
        supervisor = supervise(settings_of("datalogic", counter))
        line.wait_for(lambda: scanner.enabled)
        supervisor.stop()


def test_nothing_is_ever_written_to_a_reader_without_a_language(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Over a whole life, with readings, refusals, every signal, half a reading and a stop, not one byte."""
    terminal = PseudoTerminal()
    (tmp_path / "scanner").symlink_to(terminal.slave)
    supervisor = supervise(counter)
    for number, data in enumerate((b"MEMBER-1\r", b"\xff\xfe\x01\r", b"4111111111111111\r", b"12\x0034\rhal")):
        os.write(terminal.fd, data)
        till.wait_for_reading(number + 1)
        for signal in Signal:
            supervisor.signal("counter", signal)
    supervisor.stop()
    with pytest.raises(OSError, match="Input/output error"):  # nobody is there any more, and nothing was left
        os.read(terminal.fd, 4096)
    terminal.close()


def test_a_signal_is_sent_after_the_reading_is_delivered(tmp_path: Path, counter: ReaderSettings, till: Till) -> None:
    """The till beeps from within its callback, and the beep comes when it has taken the reading."""
    scanner = Honeywell()
    heard_before: list[int] = []

    def take(reading: Reading) -> None:
        supervisor.signal("counter", Signal.GOOD)
        heard_before.append(scanner.good)
        till.take_reading(reading)

    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = ReaderSupervisor([settings_of("honeywell", counter)], take, till.take_status)
        supervisor.start()
        till.wait_for_state(ReaderState.READY)
        line.send(b"A1\rB2\r")
        line.wait_for(lambda: scanner.good == 2)
        supervisor.stop()
    assert heard_before == [0, 0]
    assert till.codes == ["A1", "B2"]


def test_signals_to_a_closed_port_are_dropped(
    scanner: VirtualScanner, tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """What is said while the cable is out is not said later, and saying it after the end harms nothing."""
    supervisor = supervise(settings_of("honeywell", counter))
    scanner.unplug()
    till.wait_for_state(ReaderState.ABSENT)
    for _ in range(3):
        supervisor.signal("counter", Signal.GOOD)
    seen, listener = len(till.statuses), Honeywell()
    with TalkingScanner(tmp_path / "scanner", listener) as line:
        till.wait_for_state(ReaderState.READY, after=seen)
        supervisor.signal("counter", Signal.WAIT)
        line.wait_for(lambda: not listener.enabled)
        supervisor.stop()
        supervisor.signal("counter", Signal.GO)
    assert (listener.good, listener.enabled) == (0, False)


def test_a_reader_that_takes_no_bytes_does_not_hold_up_readings(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """It listens to nothing until its buffer is full; readings arrive all the same, and the port stays open."""
    terminal = PseudoTerminal()
    (tmp_path / "scanner").symlink_to(terminal.slave)
    supervisor = supervise(settings_of("newland", counter))
    said = b""
    for number in range(800):
        supervisor.signal("counter", Signal.GOOD)
        said += language("newland").commands[Signal.GOOD]
        os.write(terminal.fd, f"MEMBER-{number}\r".encode())
        till.wait_for_reading(number + 1)
    assert len(till.codes) == 800
    assert [status.state for status in till.statuses[-1:]] == [ReaderState.READY]
    heard = b"".join(iter(lambda: read_or_nothing(terminal.fd), b""))
    assert 4096 < len(heard) < len(said)
    assert said.startswith(heard)
    supervisor.stop()
    terminal.close()


def read_or_nothing(fd: int) -> bytes:
    """Give what waits to be read."""
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return b""


def test_signals_of_several_threads_arrive_whole(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Four threads talk at once while the reader reads: every command that arrives is one that was said."""
    scanner = MAKES["newland"]()
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(settings_of("newland", counter))

        def talk(signal: Signal) -> None:
            for _ in range(50):
                supervisor.signal("counter", signal)

        threads = [threading.Thread(target=talk, args=(signal,)) for signal in Signal]
        for thread in threads:
            thread.start()
        for number in range(20):
            line.send(f"MEMBER-{number}\r".encode())
        for thread in threads:
            thread.join()
        till.wait_for_reading(20)
        supervisor.signal("counter", Signal.WAIT)
        line.wait_for(lambda: not scanner.enabled and not scanner.not_understood)
        supervisor.stop()
    assert till.codes == [f"MEMBER-{number}" for number in range(20)]


def test_a_reader_behind_a_converter_is_told_as_well(supervise: Supervise, till: Till) -> None:
    """The same bytes go over the network: enabled at the connection, and beeping when asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"socket://127.0.0.1:{server.getsockname()[1]}"
        supervisor = supervise(ReaderSettings(name="counter", port=port, feedback="datalogic"))
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            assert connection.recv(1) == b"E"
            connection.sendall(b"\x01\x02E\x03\x04MEMBER-42\r")
            till.wait_for_reading(1)
            supervisor.signal("counter", Signal.BAD)
            assert connection.recv(1) + connection.recv(1) == b"FE"
            supervisor.stop()
    assert till.codes == ["MEMBER-42"]


@pytest.mark.parametrize("profile", ANSWERS)
@given(data=st.data())
def test_an_answer_is_taken_out_wherever_it_is_cut(profile: str, data: st.DataObject) -> None:
    """Answers before, between and after readings are gone, whatever the reads look like, and the readings are whole."""
    answer = ANSWERS[profile]
    stream = answer + b"A1\r" + answer + answer + b"B2\r" + answer + b"C3\r"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    lexer, got = without_answers(Framer(Framing()), profile), []
    for at_ns, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(stream)], strict=True)):
        got += lexer.receive(stream[start:end], at_ns)
    assert [frame.payload for frame in got if isinstance(frame, Frame)] == [b"A1", b"B2", b"C3"]
    assert lexer.deadline_ns is None
    assert lexer.owed() == lexer.owed() == b""


@pytest.mark.parametrize("profile", ANSWERS)
def test_what_begins_like_an_answer_and_is_none_is_judged_as_a_reading(profile: str) -> None:
    """It is held back for a fifth of a second at most; at a disconnect it is reported like any half reading."""
    start = ANSWERS[profile][:2]
    lexer = without_answers(Framer(Framing()), profile)
    assert lexer.receive(start + b"A1", 0) == []
    assert lexer.silence(ANSWER_MS * MS - 1) == []
    assert lexer.deadline_ns == ANSWER_MS * MS
    assert lexer.silence(ANSWER_MS * MS) == []
    assert lexer.receive(b"\r", ANSWER_MS * MS + 1) == [Frame(start + b"A1", 0, ANSWER_MS * MS + 1)]
    lexer.receive(start, 1000 * MS)
    assert [type(result) for result in lexer.reset()] == [FrameFault]
    assert lexer.reset() == []


def test_the_settings_have_exactly_the_languages_that_are_spoken() -> None:
    """Whatever ``feedback`` can be set to is known here; off says nothing, all others at least good, wait and go."""
    names = get_args(get_type_hints(ReaderSettings)["feedback"])
    spoken = {name: set(language(name).commands) for name in names}
    assert spoken.pop("off") == set()
    assert spoken.keys() == MAKES.keys()
    assert all(words >= {Signal.GOOD, Signal.WAIT, Signal.GO} for words in spoken.values())


def test_a_language_without_answers_costs_no_reading_anything() -> None:
    """Where nothing is answered the lexer is the framer itself."""
    framer = Framer(Framing())
    assert without_answers(framer, "off") is framer
    assert without_answers(framer, "honeywell") is framer


def has_beeped(scanner: Zebra, times: int) -> bool:
    """Whether the scanner has beeped so often and waits for no acknowledgement."""
    return scanner.good == times and not scanner.unacknowledged


def test_ssi_readings_are_acknowledged_while_the_till_beeps(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Acknowledgements and commands share the line: each reading is acknowledged once and each beep heard once."""
    scanner = Zebra()
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(settings_of("ssi", counter))
        for number in range(10):
            line.send(scanner.reading(b"\x03" + f"MEMBER-{number}".encode()))
            scan = till.wait_for_reading(number + 1)
            assert isinstance(scan, Scan)
            supervisor.signal("counter", Signal.GOOD)
            line.wait_for(partial(has_beeped, scanner, number + 1))
        supervisor.stop()
    assert (len(till.codes), scanner.naks, scanner.not_understood) == (10, 0, b"")
