"""Contactless readers keep the contract of a kind, with a service that dies for a cable that is pulled."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from drivers.conformance import Conformance, Device
from drivers.lexers.contactless_card import Card, line
from drivers.settings import ReaderSettings
from drivers.transports.pcsc_transport import PCSC
from tests.drivers.storage_card import CLASSIC_1K, StorageCard, storage_atr, text_record
from tests.pcsc.pcsc_service import PcscService


class Counter:
    """A reader on the counter, and cards to show to it."""

    settings = ReaderSettings(name="counter", kind="pcsc", port="*")

    def __init__(self, service: PcscService) -> None:
        self._service = service
        self._cards: list[StorageCard] = []
        self.plug()

    def plug(self) -> None:
        """Start the service."""
        self._service.start()

    def unplug(self) -> None:
        """Kill the service."""
        self._service.kill()

    def send(self, code: str) -> None:
        """Hold the card with this number to the reader, until it has been asked for it."""
        card = StorageCard(code.removeprefix("uid:"), atr=storage_atr(CLASSIC_1K))
        self._cards.append(card)
        with self._service.show(card) as presentation:
            presentation.wait_for_commands(1)
        self._service.wait_until_empty()

    def written(self) -> bytes:
        """Give all commands that are not for reading."""
        asked = b"\xff\xca", b"\xff\xb0"
        return b"".join(command for card in self._cards for command in card.commands if not command.startswith(asked))


class TestPcsc(Conformance):
    """Cards behind PC/SC."""

    transport = PCSC
    codes = ("uid:04A1B2C3D4E5F6", "uid:CAFE4215")

    @pytest.fixture(autouse=True)
    def _service(self, bare_pcsc: PcscService) -> None:
        bare_pcsc.plug_in()
        self._pcsc = bare_pcsc

    @contextmanager
    def _counter(self) -> Iterator[Device]:
        yield Counter(self._pcsc)
        self._pcsc.kill()

    def device(self) -> AbstractContextManager[Device]:
        """Give a counter with a reader."""
        return self._counter()

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give what the watching thread writes: of a number that, of anything else a tag on which it is written."""
        is_number = code.startswith("uid:")
        card = Card(bytes.fromhex(code[4:]), b"") if is_number else Card(b"\x04\x01\x02\x03", text_record(code))
        return (line(card, 0),)
