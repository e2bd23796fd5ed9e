"""What can be said of a PC/SC reader without one; tests/pcsc has the rest."""

import subprocess
import sys

import pytest

from drivers.misconfiguration import problems
from drivers.ports.port import Alarm, OpenFailure
from drivers.settings import ReaderSettings
from drivers.transports.pcsc_transport import PCSC
from pos_loyalty.core.scans import ReaderState

READER = ReaderSettings(name="door", port="*", kind="pcsc")


def test_without_pyscard_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is faulted and not absent: no cable helps, and the sentence names the packages."""
    monkeypatch.setitem(sys.modules, "smartcard", None)
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    alarm = Alarm()
    failure = PCSC.open(READER, alarm)
    alarm.close()
    assert isinstance(failure, OpenFailure)
    assert failure.state is ReaderState.FAULTED
    assert "libpcsclite-dev" in failure.detail
    assert "pip install 'pos-loyalty[nfc]'" in failure.detail
    assert PCSC.absence(READER) is None


def test_pyscard_is_loaded_only_when_a_reader_is_looked_for() -> None:
    """Asking for the kind, its settings and its lexer loads nothing native."""
    code = (
        "import sys\n"
        "from drivers.kinds import transport\n"
        "from drivers.settings import ReaderSettings\n"
        "kind, settings = transport('pcsc'), ReaderSettings(name='door', port='*', kind='pcsc')\n"
        "kind.problems(settings), kind.lexer(settings)\n"
        "print('smartcard' in sys.modules)"
    )
    outcome = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert outcome.stdout == "False\n"


@pytest.mark.parametrize("port", ["", " ", "/dev/ttyACM0"])
def test_a_port_must_be_a_name(port: str) -> None:
    """A device means nothing to PC/SC; a part of a name, or the star, does."""
    assert problems([READER]) == []
    assert problems([ReaderSettings(name="door", port=port, kind="pcsc")]) == [
        f"reader 'door': port {port!r} is no name of a reader: write a part of it, such as 'ACR122', or '*'"
    ]
