"""What a serial reader is told about its settings: what cannot work, and what could be better."""

import msgspec
import pytest

from drivers.feedback import Unanswered
from drivers.lexers.framing import Framer
from drivers.lexers.ssi import PacketReader
from drivers.settings import ReaderSettings
from drivers.transports.serial_transport import SERIAL, advice

RIGHT = ReaderSettings(name="counter", port="/dev/serial/by-id/usb-Honeywell-if00")


def changed(**keys: object) -> ReaderSettings:
    """Give right settings with some of them changed, as a configuration would."""
    return msgspec.convert({**msgspec.to_builtins(RIGHT), **keys}, ReaderSettings)


@pytest.mark.parametrize("framing", ["line", "cr", "lf", "crlf", "tab", "stx_etx", "idle"])
@pytest.mark.parametrize("feedback", ["off", "honeywell", "datalogic", "newland", "cipherlab"])
def test_every_framing_of_text_goes_with_every_language_but_ssi(framing: str, feedback: str) -> None:
    """There is nothing to say, and the lexer leaves out answers where a language has them."""
    settings = changed(framing=framing, feedback=feedback)
    assert SERIAL.problems(settings) == []
    assert type(SERIAL.lexer(settings)) is (Unanswered if feedback in {"datalogic", "newland"} else Framer)


@pytest.mark.parametrize("feedback", ["off", "ssi"])
def test_packets_go_with_their_own_language_or_none(feedback: str) -> None:
    """A reader that speaks SSI is read by packets, whether it is told to beep or not."""
    settings = changed(framing="ssi", feedback=feedback)
    assert SERIAL.problems(settings) == []
    assert isinstance(SERIAL.lexer(settings), PacketReader)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"framing": "ssi", "feedback": "datalogic"},
            "feedback 'datalogic' and framing 'ssi' do not go together: set both to 'ssi'",
        ),
        ({"feedback": "ssi"}, "feedback 'ssi' and framing 'line' do not go together: set both to 'ssi'"),
        ({"framing": "ssi", "bytesize": 7}, "bytesize 7 with framing 'ssi': its packets need 8 bits"),
        ({"port": "COM1"}, "port 'COM1' is neither a device such as /dev/serial/by-id/... nor socket://host:port"),
    ],
)
def test_what_cannot_work_is_a_problem(keys: dict[str, object], problem: str) -> None:
    """Each is one sentence that names what was set and what to set."""
    assert SERIAL.problems(changed(**keys)) == [problem]


@pytest.mark.parametrize(
    ("keys", "beginning"),
    [
        (
            {"framing": "idle", "idle_gap_ms": 50},
            "framing 'idle' makes every reading 50 ms late, and two readings within",
        ),
        (
            {"port": "/dev/ttyUSB0"},
            "/dev/ttyUSB0 is named by the order of plugging in: use its name in /dev/serial/by-id",
        ),
        (
            {"port": "/dev/ttyACM1"},
            "/dev/ttyACM1 is named by the order of plugging in: use its name in /dev/serial/by-id",
        ),
        (
            {"framing": "ssi"},
            "framing 'ssi' with rts on: on RS-232, readers as delivered send nothing while RTS is high",
        ),
    ],
)
def test_what_could_be_better_is_advice_and_no_problem(keys: dict[str, object], beginning: str) -> None:
    """A reader without a suffix, a name that goes to whoever is plugged in first, a line that SSI wants low."""
    settings = changed(**keys)
    assert SERIAL.problems(settings) == []
    (said,) = advice(settings)
    assert said.startswith(beginning)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"port": "socket://10.0.0.7:4001"},
        {"framing": "ssi", "rts": False},
        {"framing": "ssi", "port": "socket://a:1"},
    ],
)
def test_good_settings_need_no_advice(keys: dict[str, object]) -> None:
    """There is nothing to say."""
    assert advice(changed(**keys)) == []
