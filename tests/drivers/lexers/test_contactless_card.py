"""A card says what is written on it or else its number, and one that leaves too early says nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.contactless_card import Card, conversation, judge, line
from drivers.lexers.framing import Frame, FrameFault, Framing
from drivers.lexers.line_lexer import LineLexer
from pos_loyalty.core.scans import ScanFault
from tests.drivers.storage_card import (
    CLASSIC_1K,
    StorageCard,
    link_record,
    record,
    storage_atr,
    tag_memory,
    text_record,
)

MS = 1_000_000
NUMBER = "04A1B2C3D4E5F6"
LINK = "https://id.gs1.org/8018/952012345678900007"
ON_TAG = link_record(4, LINK.removeprefix("https://"))
SMART_CARD_ATR = bytes.fromhex("3B8980014A434F503431563232 4D".replace(" ", ""))


def talk(atr: bytes, answer: Callable[[bytes], bytes | None]) -> Card | None:
    """Lead the whole conversation with a card."""
    speaker = conversation(atr)
    command = next(speaker)
    while True:
        try:
            command = speaker.send(answer(command))
        except StopIteration as end:
            said: Card | None = end.value
            return said


def said_by(card: StorageCard) -> Card | None:
    """Lead the whole conversation with a card that knows its answers."""
    return talk(card.atr, card.answer)


def payload_of(card: Card | None) -> bytes | ScanFault:
    """Send what a card said through the pipe, and give what comes out."""
    (found,) = LineLexer(Framing(mode="lf"), judge).receive(line(card, 1500), 10 * MS)
    assert (found.first_byte_ns, found.last_byte_ns) == (10 * MS - 1500 * 1000, 10 * MS)
    if isinstance(found, Frame):
        return found.payload
    is_written_badly = found.fault is ScanFault.UNREADABLE and card is not None and bool(card.message)
    assert bool(found.reason) == is_written_badly
    return found.fault


@pytest.mark.parametrize(
    ("number", "memory", "expected"),
    [
        (NUMBER, tag_memory(ON_TAG), LINK.encode()),
        (NUMBER, tag_memory(text_record("سارا-42")), "سارا-42".encode()),
        (NUMBER, tag_memory(b""), f"uid:{NUMBER}".encode()),
        (NUMBER, tag_memory(b"\xd0\x00\x00"), f"uid:{NUMBER}".encode()),
        (NUMBER, bytes(64), f"uid:{NUMBER}".encode()),
        (NUMBER, tag_memory(ON_TAG[:-1]), ScanFault.UNREADABLE),
        (NUMBER, tag_memory(record(b"U", b"\x04a", flags=0xE0)), ScanFault.UNREADABLE),
        ("08A1B2C3", tag_memory(b""), ScanFault.RANDOM_NUMBER),
        ("08A1B2C3", tag_memory(ON_TAG), LINK.encode()),
        (NUMBER, tag_memory(text_record("uid:CAFE4215")), f"uid:{NUMBER}".encode()),
        (NUMBER, tag_memory(text_record("]Q1uid:CAFE4215")), f"uid:{NUMBER}".encode()),
        ("00000000", tag_memory(b""), ScanFault.UNREADABLE),
    ],
)
def test_what_is_written_counts_and_else_the_number(number: str, memory: bytes, expected: bytes | ScanFault) -> None:
    """A broken message is refused rather than the number taken, and no tag can say that it is another card."""
    assert payload_of(said_by(StorageCard(number, memory))) == expected


@pytest.mark.parametrize("atr", [storage_atr(CLASSIC_1K), storage_atr("110003"), SMART_CARD_ATR, b""])
def test_only_a_type_2_tag_is_asked_for_pages(atr: bytes) -> None:
    """A card with keys, one of another standard and one with a processor are asked for their number only."""
    card = StorageCard(NUMBER, tag_memory(ON_TAG), atr=atr)
    assert said_by(card) == Card(bytes.fromhex(NUMBER), b"")
    assert card.commands == [bytes.fromhex("FFCA000000")]


@pytest.mark.parametrize("name", ["030003", "03003A", "03003D"])
def test_every_type_2_tag_is_read(name: str) -> None:
    """Ultralight, Ultralight C and EV1, by the names that readers give them."""
    assert said_by(StorageCard(NUMBER, tag_memory(ON_TAG), atr=storage_atr(name))) == Card(
        bytes.fromhex(NUMBER), ON_TAG
    )


def test_a_card_that_leaves_early_says_nothing() -> None:
    """After any number of answers too few there is neither half a link nor a number instead of it."""
    whole = StorageCard(NUMBER, tag_memory(ON_TAG))
    said_by(whole)
    for stays in range(len(whole.commands)):
        said = said_by(StorageCard(NUMBER, tag_memory(ON_TAG), leaves_after=stays))
        assert said is None
        assert payload_of(said) is ScanFault.INTERRUPTED


@given(st.lists(st.none() | st.binary(max_size=20) | st.binary(max_size=16).map(lambda data: data + b"\x90\x00")))
def test_any_answers_come_to_an_end(answers: list[bytes | None]) -> None:
    """Whatever a reader answers, nothing raises, and what was said passes through the pipe."""
    left = iter(answers)
    said = talk(storage_atr(), lambda _: next(left, None))
    assert isinstance(payload_of(said), bytes | ScanFault)


@given(st.binary(min_size=1, max_size=11), st.binary(max_size=40))
def test_any_number_and_message_are_judged(number: bytes, message: bytes) -> None:
    """Nothing raises for any card, and a payload is text."""
    found = payload_of(Card(number, message))
    assert isinstance(found, ScanFault) or found.decode()


@given(st.lists(st.binary(max_size=60) | st.text(alphabet="0123456789abcdef \n", max_size=60).map(str.encode)))
def test_any_bytes_in_the_pipe_are_judged(chunks: list[bytes]) -> None:
    """A recording that was damaged raises nothing."""
    lexer = LineLexer(Framing(mode="lf"), judge)
    for n, data in enumerate(chunks):
        for found in lexer.receive(data, n * MS):
            assert found.first_byte_ns <= found.last_byte_ns
            assert isinstance(found, Frame | FrameFault)
    assert len(lexer.reset()) <= 1
    assert (lexer.deadline_ns, lexer.owed(), lexer.silence(2**60)) == (None, b"", [])
