"""Whatever happens to the bytes: an answer, never an exception, and never somebody else's number."""

from random import Random

import pytest

from drivers.pipeline import Pipeline, Reading
from pos_loyalty.core.scans import Scan
from tests.fuzz.damage import DAMAGES, chunks
from tests.fuzz.shop import MADE, MEMBERS, PAYMENT_CARDS, WIRES, Wire, names, random_bytes, registry

PARTS = 8
"""Shared by the workers; every part has its own chances."""
_MS = 1_000_000
_DIGITS = [card.strip(";?")[:16] for card in PAYMENT_CARDS]


@pytest.fixture(params=range(PARTS))
def chance(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Random:
    """Give the chances of one part."""
    return Random(f"{pytestconfig.option.fuzz_seed} {request.param}")  # noqa: S311 - chances to take again


def frames_of(pytestconfig: pytest.Config) -> int:
    """Return how many frames one part of one test sends."""
    return int(pytestconfig.option.fuzz_frames) // (3 * PARTS)


def sent(line: Pipeline, data: bytes, chance: Random) -> list[Reading]:
    """Hand ``data`` over in any pieces, a millisecond apart, then fall silent for long enough."""
    readings: list[Reading] = []
    now = 0
    for piece in chunks(data, chance):
        now += _MS
        readings += line.receive(piece, now)
    return readings + line.silence(now + 2_000 * _MS) + line.disconnect()


def test_one_fault_never_makes_another_member(chance: Random, pytestconfig: pytest.Config) -> None:
    """With a check in every code, what is named after one damage was sent, or belongs to nobody."""
    named = 0
    for _ in range(frames_of(pytestconfig)):
        wire: Wire = chance.choice(WIRES)
        code = chance.choice(MADE)(chance.randrange(MEMBERS))
        right = names_of(sent(wire.line(), wire.frame(code.encode()), chance))
        data = bytearray(wire.frame(code.encode()))
        chance.choice(DAMAGES)(data, chance.randrange(len(data)), chance)
        found = names_of(sent(wire.line(), bytes(data), chance))
        assert found & registry() <= right, (wire.via, code, bytes(data))
        named += bool(found & right)
    assert named, "no damaged code was read at all: the damage is not one fault"


def test_noise_has_an_answer_and_names_nobody(chance: Random, pytestconfig: pytest.Config) -> None:
    """Random bytes into lines that go on: nothing raises, and no number of the shop comes out."""
    lines = [wire.line() for wire in WIRES]
    for _ in range(frames_of(pytestconfig)):
        assert not names_of(sent(chance.choice(lines), random_bytes(chance), chance)) & registry()


def test_a_payment_card_leaves_no_digits(chance: Random, pytestconfig: pytest.Config) -> None:
    """However it is framed and cut; one fault may hide that it is a card, so it comes whole here."""
    for _ in range(frames_of(pytestconfig)):
        wire = chance.choice(WIRES)
        card, code = chance.choice(PAYMENT_CARDS), chance.choice(MADE)(chance.randrange(MEMBERS))
        line = wire.line()
        readings = sent(line, wire.frame(card.encode()), chance) + sent(line, wire.frame(code.encode()), chance)
        assert not any(digits in repr(reading) for reading in readings for digits in _DIGITS)
        assert names_of(readings)


def names_of(readings: list[Reading]) -> set[tuple[str, str]]:
    """Return everything that the readings name."""
    return {name for reading in readings if isinstance(reading, Scan) for name in names(reading.decision)}
