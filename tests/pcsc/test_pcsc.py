"""A card held to a reader is one certain answer, whatever happens to the card, the reader or the service."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.ports.port import Alarm, OpenFailure
from drivers.settings import ReaderSettings
from drivers.transports.pcsc_transport import PCSC
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import ReaderState, RefusedScan, Scan, ScanFault
from tests.drivers.storage_card import (
    CLASSIC_1K,
    StorageCard,
    link_record,
    record,
    storage_atr,
    tag_memory,
    text_record,
)
from tests.drivers.till import PROMPT_S, Till
from tests.pcsc.conftest import Supervise
from tests.pcsc.pcsc_service import PcscService

NUMBER = "04A1B2C3D4E5F6"
RANDOM_NUMBER = "08A1B2C3"
GSRN = "952012345678900007"
LINK = tag_memory(link_record(4, f"id.gs1.org/8018/{GSRN}"))
PASS = "PL45" + "A" * 150


def classic(number: str = "CAFE4215") -> StorageCard:
    """Give a card with four bytes of number and no memory for everybody."""
    return StorageCard(number, atr=storage_atr(CLASSIC_1K))


def shown(pcsc: PcscService, till: Till, card: StorageCard) -> Scan | RefusedScan:
    """Hold a card to the reader until there is an answer to it, then take it away."""
    before = len(till.readings)
    with pcsc.show(card):
        reading = till.wait_for_reading(before + 1)
    pcsc.wait_until_empty()
    return reading


def told(reading: Scan | RefusedScan) -> tuple[object, ...]:
    """Give what an answer says, without its times."""
    if isinstance(reading, Scan):
        return reading.decision.outcome, reading.decision.fields
    return (reading.fault,)


def test_the_number_of_a_card_names_a_member(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """Four bytes or seven, a chip without memory or an empty tag: the number is the tag of a member."""
    supervise()
    for card in (classic(), StorageCard(NUMBER, tag_memory(b"")), StorageCard(NUMBER, bytes(64))):
        scan = shown(pcsc, till, card)
        assert told(scan) == (Outcome.MEMBER, {"tag": card.number.hex().upper()})
        assert 0 < scan.last_byte_ns - scan.first_byte_ns < PROMPT_S * 1_000_000_000


def test_what_a_shop_wrote_on_a_tag_counts(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """A Digital Link and a member pass are read instead of the number, and also from a telephone without one."""
    supervise()
    assert told(shown(pcsc, till, StorageCard(NUMBER, LINK))) == (Outcome.MEMBER, {"number": GSRN})
    assert told(shown(pcsc, till, StorageCard(RANDOM_NUMBER, LINK))) == (Outcome.MEMBER, {"number": GSRN})
    written = StorageCard(NUMBER, tag_memory(text_record(PASS)))
    assert told(shown(pcsc, till, written)) == (Outcome.PASS, {"pass": PASS})


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        (classic(RANDOM_NUMBER), ScanFault.RANDOM_NUMBER),
        (StorageCard(RANDOM_NUMBER, tag_memory(b"")), ScanFault.RANDOM_NUMBER),
        (StorageCard(NUMBER, tag_memory(record(b"U", b"\x04a", flags=0xE0))), ScanFault.UNREADABLE),
        (StorageCard(NUMBER, tag_memory(text_record("6037997111111119"))), ScanFault.PAYMENT_CARD),
        (StorageCard(NUMBER, LINK, atr=b"\x3b\x00", leaves_after=0), ScanFault.INTERRUPTED),
    ],
)
def test_what_names_nobody_is_refused(
    pcsc: PcscService, supervise: Supervise, till: Till, card: StorageCard, fault: ScanFault
) -> None:
    """Random numbers, broken messages, bank cards and cards that do not answer: the next card is read."""
    supervise()
    assert told(shown(pcsc, till, card)) == (fault,)
    assert told(shown(pcsc, till, classic())) == (Outcome.MEMBER, {"tag": "CAFE4215"})


@pytest.mark.parametrize("stays", [1, 2, 3])
def test_a_card_taken_away_while_it_is_read_is_refused(
    pcsc: PcscService, supervise: Supervise, till: Till, stays: int
) -> None:
    """After its number, or after a part of its link, there is neither a number nor half a link; shown again it is."""
    supervise()
    assert told(shown(pcsc, till, StorageCard(NUMBER, LINK, leaves_after=stays))) == (ScanFault.INTERRUPTED,)
    assert told(shown(pcsc, till, StorageCard(NUMBER, LINK))) == (Outcome.MEMBER, {"number": GSRN})


def test_a_presentation_is_one_event(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """A card that stays is asked once; two cards one after the other, the same card again, are each an event."""
    supervise()
    first, second = classic(), classic("CAFE4216")
    with pcsc.show(first) as presentation:
        till.wait_for_reading(1)
        presentation.wait_for_polls(3)
    pcsc.wait_until_empty()
    for card in (second, first):
        shown(pcsc, till, card)
    assert till.codes == ["uid:CAFE4215", "uid:CAFE4216", "uid:CAFE4215"]
    assert len(first.commands) == 2


def test_the_same_card_within_the_debounce_is_a_repeat(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """A card at the edge of the field comes and goes, and is one scan."""
    supervisor = supervise(debounce_ms=60_000)
    shown(pcsc, till, classic())
    with pcsc.show(classic()) as presentation:
        presentation.wait_for_commands(1)
    pcsc.wait_until_empty()
    shown(pcsc, till, classic("CAFE4216"))
    (status,) = supervisor.statuses()
    assert (status.scans, status.repeats) == (2, 1)


def test_a_card_that_lies_there_already_was_shown_before(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """A till that starts does not greet the last customer again; taken away and shown, the card is read."""
    with pcsc.show(classic()) as presentation:
        presentation.wait_for_polls(2)
        supervise()
        presentation.wait_for_polls(4)
        assert till.readings == []
    pcsc.wait_until_empty()
    assert told(shown(pcsc, till, classic("CAFE4216"))) == (Outcome.MEMBER, {"tag": "CAFE4216"})
    assert len(till.readings) == 1


def test_the_service_may_die_and_come_back(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """Each time the status says that nobody answers, the reader is ready within a second, and reads."""
    supervise()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(1, 6):
        seen = len(till.statuses)
        pcsc.kill()
        absent = till.wait_for_state(ReaderState.ABSENT, after=seen)
        assert absent.detail.startswith("the PC/SC service does not answer: install pcscd and start it")
        pcsc.start()
        began_s = time.monotonic()
        till.wait_for_states(ReaderState.ABSENT, ReaderState.READY, after=seen)
        assert time.monotonic() - began_s < PROMPT_S
        shown(pcsc, till, classic())
        assert len(till.codes) == number
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_service_may_die_while_a_card_is_read(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """The reading is interrupted or was whole already, never half; afterwards all is well."""
    supervise()
    card, seen = StorageCard(NUMBER, LINK), len(till.statuses)
    with pcsc.show(card) as presentation:
        presentation.wait_for_commands(2)
        pcsc.kill()
    till.wait_for_state(ReaderState.ABSENT, after=seen)
    pcsc.start()
    till.wait_for_states(ReaderState.ABSENT, ReaderState.READY, after=seen)
    last = shown(pcsc, till, classic())
    assert told(last) == (Outcome.MEMBER, {"tag": "CAFE4215"})
    whole = (Outcome.MEMBER, {"number": GSRN})
    assert [told(reading) for reading in till.readings[:-1]] in ([(ScanFault.INTERRUPTED,)], [whole], [])


def test_the_status_says_whether_service_or_reader_is_missing(
    bare_pcsc: PcscService, supervise: Supervise, till: Till
) -> None:
    """A till that started before both of them is ready within a second when they are there."""
    supervise(state=ReaderState.ABSENT)
    assert "does not answer" in till.statuses[-1].detail
    bare_pcsc.start()
    absent = till.wait_for_states(ReaderState.ABSENT, ReaderState.ABSENT)
    assert absent.detail.startswith("no contactless reader is plugged in: check its cable")
    bare_pcsc.kill()
    bare_pcsc.plug_in()
    bare_pcsc.start()
    started_s = time.monotonic()
    till.wait_for_state(ReaderState.READY)
    assert time.monotonic() - started_s < PROMPT_S
    assert told(shown(bare_pcsc, till, classic())) == (Outcome.MEMBER, {"tag": "CAFE4215"})


def test_only_the_reader_that_is_named_is_read(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """A part of the name is enough, capitals or not; the card on the other slot is somebody else's."""
    supervise(port="virtual pcd 00 01")
    with pcsc.show(classic()) as other:
        other.wait_for_polls(4)
        with pcsc.show(classic("CAFE4216"), slot=1):
            till.wait_for_reading(1)
        other.wait_for_polls(2)
    assert till.codes == ["uid:CAFE4216"]


def test_a_name_that_no_reader_has_is_said(pcsc: PcscService, supervise: Supervise, till: Till) -> None:
    """The sentence names what was looked for."""
    supervise(port="ACR122", state=ReaderState.ABSENT)
    assert till.statuses[-1].detail == (
        "no contactless reader whose name holds 'ACR122' is plugged in: check its cable, "
        "and by 'pos-loyalty doctor' how it is called"
    )


@pytest.mark.parametrize("moment", ["waiting", "card in the field", "reading"])
def test_stop_is_prompt_and_leaves_nothing_open(
    pcsc: PcscService, supervise: Supervise, till: Till, moment: str
) -> None:
    """Whatever it does, the reader ends within half a second, with its thread and its descriptors."""
    threads, files = threading.active_count(), sorted(Path("/proc/self/fd").iterdir())
    supervisor = supervise()
    card = StorageCard(NUMBER, LINK)
    with ExitStack() as stack:
        if moment != "waiting":
            presentation = stack.enter_context(pcsc.show(card))
            presentation.wait_for_commands(1)
        if moment == "card in the field":
            till.wait_for_reading(1)
        asked_s = time.monotonic()
        supervisor.stop()
        assert time.monotonic() - asked_s < PROMPT_S
    assert (threading.active_count(), sorted(Path("/proc/self/fd").iterdir())) == (threads, files)


def test_closing_is_never_lost_to_the_thread(pcsc: PcscService) -> None:
    """Closed at once after opening, when the thread is anywhere on its way to wait, it ends all the same."""
    settings, alarm = ReaderSettings(name="counter", kind="pcsc", port="*"), Alarm()
    for _ in range(50):
        port = PCSC.open(settings, alarm)
        assert not isinstance(port, OpenFailure)
        began_s = time.monotonic()
        port.close()
        assert time.monotonic() - began_s < PROMPT_S
    alarm.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("pcsc")] == []
