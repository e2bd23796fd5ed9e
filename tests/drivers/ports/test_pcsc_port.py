"""Readers and cards come and go, and each card that is shown is one line."""

import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.ports import pcsc_port
from drivers.ports.pcsc_port import ANY, PcscPort, absence, open_pcsc
from drivers.ports.port import Alarm, OpenFailure, read_available
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError
from tests.drivers.pcsc_in_memory import CONTEXT, PcscInMemory
from tests.drivers.storage_card import CLASSIC_1K, StorageCard, storage_atr
from tests.drivers.till import DEADLINE_S


def classic(number: str, *, leaves_after: int | None = None) -> StorageCard:
    """Give a card that has a number and nothing else."""
    return StorageCard(number, atr=storage_atr(CLASSIC_1K), leaves_after=leaves_after)


class Counter:
    """An open port, and what comes out of it."""

    def __init__(self, pcsc: PcscInMemory, alarm: Alarm, wanted: str = ANY) -> None:
        self.port = PcscPort(pcsc.calls, CONTEXT, wanted)
        self._alarm = alarm

    def hear(self) -> str:
        """Give the number in the next line, without how long it took; empty for a card that left too early."""
        data = read_available(self.port, self._alarm, DEADLINE_S)
        assert data
        assert data.count(b"\n") == 1
        return data.decode().partition(" ")[2].rstrip("\n")


@pytest.fixture
def pcsc() -> PcscInMemory:
    """Give PC/SC with one reader."""
    pcsc = PcscInMemory()
    pcsc.plug("ACR122U 00 00")
    return pcsc


@pytest.fixture
def counter(pcsc: PcscInMemory) -> Iterator[Counter]:
    """Give a port on any reader, which waits."""
    with closing(Alarm()) as alarm:
        counter = Counter(pcsc, alarm)
        pcsc.wait_for_a_look()
        yield counter
        counter.port.close()


def test_cards_that_are_exchanged_faster_than_anybody_looks(pcsc: PcscInMemory, counter: Counter) -> None:
    """The reader was never seen empty, and still the second card is another presentation."""
    pcsc.swap("ACR122U 00 00", classic("CAFE4215"))
    assert counter.hear() == "cafe4215"
    pcsc.swap("ACR122U 00 00", None, classic("CAFE4216"))
    assert counter.hear() == "cafe4216"


def test_a_card_that_does_not_answer_is_a_line_without_a_number(pcsc: PcscInMemory, counter: Counter) -> None:
    """It touched the field and was gone before it could be asked; the next one is read."""
    pcsc.swap("ACR122U 00 00", classic("CAFE4215", leaves_after=0))
    assert counter.hear() == ""
    pcsc.swap("ACR122U 00 00", None, classic("CAFE4215"))
    assert counter.hear() == "cafe4215"


def test_a_reader_that_comes_later_is_watched_too(pcsc: PcscInMemory, counter: Counter) -> None:
    """A second one beside the first; the card that lies on it is read when it is shown again."""
    pcsc.plug("OMNIKEY 00 01", classic("CAFE4215"))
    pcsc.swap("OMNIKEY 00 01", None)
    pcsc.swap("OMNIKEY 00 01", classic("CAFE4216"))
    assert counter.hear() == "cafe4216"
    pcsc.swap("ACR122U 00 00", classic("CAFE4217"))
    assert counter.hear() == "cafe4217"


def test_one_of_two_readers_may_be_pulled(pcsc: PcscInMemory, counter: Counter) -> None:
    """The other goes on, and the first is read again when it is back."""
    pcsc.plug("OMNIKEY 00 01")
    pcsc.pull("ACR122U 00 00")
    pcsc.swap("OMNIKEY 00 01", classic("CAFE4215"))
    assert counter.hear() == "cafe4215"
    pcsc.plug("ACR122U 00 00")
    pcsc.swap("ACR122U 00 00", classic("CAFE4216"))
    assert counter.hear() == "cafe4216"


def test_only_readers_of_the_name_are_watched(pcsc: PcscInMemory) -> None:
    """A part of the name is enough; another reader beside it neither reads nor matters."""
    pcsc.plug("OMNIKEY 00 01")
    with closing(Alarm()) as alarm:
        counter = Counter(pcsc, alarm, "omnikey")
        pcsc.wait_for_a_look()
        with closing(counter.port):
            pcsc.swap("ACR122U 00 00", classic("CAFE4215"), watched=False)
            pcsc.swap("OMNIKEY 00 01", classic("CAFE4216"))
            assert counter.hear() == "cafe4216"
            pcsc.pull("OMNIKEY 00 01", is_last=True)
            with pytest.raises(ReaderError):
                read_available(counter.port, alarm, DEADLINE_S)


@pytest.mark.parametrize("loss", ["reader", "service"])
def test_the_port_hangs_up_when_nothing_is_left(pcsc: PcscInMemory, counter: Counter, loss: str) -> None:
    """The last reader pulled, or the service ended: the reader thread hears that its port is lost."""
    if loss == "reader":
        pcsc.pull("ACR122U 00 00", is_last=True)
    else:
        pcsc.stop()
    with closing(Alarm()) as alarm, pytest.raises(ReaderError):
        read_available(counter.port, alarm, DEADLINE_S)


def test_closing_ends_the_thread_that_waits(pcsc: PcscInMemory, counter: Counter) -> None:
    """Whoever waits for a card is woken, and closing again changes nothing."""
    counter.port.close()
    counter.port.close()
    assert "pcsc *" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def installed(pcsc: PcscInMemory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PcscInMemory:
    """Give PC/SC as the one that is installed, on a machine where the kernel holds no reader."""
    monkeypatch.setitem(sys.modules, "smartcard.scard", pcsc.calls)
    monkeypatch.setattr(pcsc_port, "_PN533", tmp_path)
    return pcsc


def test_what_is_missing_is_said_with_its_remedy(installed: PcscInMemory, tmp_path: Path) -> None:
    """The reader, or the reader because the kernel holds it, or the service: each is absent for its own reason."""
    assert absence("ACR") is None
    missing = absence("OMNIKEY")
    (tmp_path / "1-1:1.0").touch()
    held = absence("OMNIKEY")
    installed.stop()
    silent = absence("ACR")
    sentences = [failure.detail for failure in (missing, held, silent) if failure]
    assert [sentence.partition(":")[0] for sentence in sentences] == [
        "no contactless reader whose name holds 'OMNIKEY' is plugged in",
        "the kernel's driver pn533_usb holds the contactless reader",
        "the PC/SC service does not answer",
    ]


def test_a_till_that_may_not_ask_is_faulted(installed: PcscInMemory) -> None:
    """No cable helps against a polkit rule, so it is no absence; the sentence names the two actions to allow."""
    installed.refuses = True
    assert absence(ANY) is None
    failure = open_pcsc(ANY)
    assert isinstance(failure, OpenFailure)
    assert failure.state is ReaderState.FAULTED
    assert "org.debian.pcsc-lite.access_pcsc and org.debian.pcsc-lite.access_card" in failure.detail
