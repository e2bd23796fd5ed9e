"""Whatever happens to the bytes: an answer, never an exception, and never somebody else's number."""

from random import Random

import pytest

from drivers.pipeline import Pipeline, Reading
from pos_loyalty.core.scans import Scan
from tests.fuzz.damage import chunks, damaged
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


def sent(wire: Wire, line: Pipeline, reads: list[bytes], chance: Random) -> list[Reading]:
    """Hand the reads over as the system does, a millisecond apart, then fall silent for long enough."""
    readings: list[Reading] = []
    now = 0
    for read in reads:
        for piece in chunks(read, chance) if wire.whole else [read]:
            now += _MS
            readings += line.receive(piece, now)
    return readings + line.silence(now + 2_000 * _MS) + line.disconnect()


def test_one_fault_never_makes_another_member(chance: Random, pytestconfig: pytest.Config) -> None:
    """With a check in every code, what is named after one damage was sent, or belongs to nobody."""
    for _ in range(frames_of(pytestconfig)):
        wire = chance.choice(WIRES)
        code = chance.choice(wire.codes)(chance.randrange(MEMBERS)).encode()
        right = names_of(sent(wire, wire.line(), wire.reads(code), chance))
        assert right, (wire.name, code)
        reads = damaged(wire.reads(code), wire.whole, chance)
        found = names_of(sent(wire, wire.line(), reads, chance))
        assert found & registry() <= right, (wire.name, code, reads)


def test_noise_has_an_answer_and_names_nobody(chance: Random, pytestconfig: pytest.Config) -> None:
    """Random bytes into lines that go on: nothing raises, and no number of the shop comes out."""
    lines = [(wire, wire.line()) for wire in WIRES]
    for _ in range(frames_of(pytestconfig)):
        wire, line = chance.choice(lines)
        assert not names_of(sent(wire, line, [random_bytes(chance)], chance)) & registry()


def test_a_payment_card_leaves_no_digits(chance: Random, pytestconfig: pytest.Config) -> None:
    """However it is framed and cut; one fault may hide that it is a card, so it comes whole here."""
    for _ in range(frames_of(pytestconfig)):
        wire = chance.choice([wire for wire in WIRES if wire.codes is MADE])
        card, code = chance.choice(PAYMENT_CARDS), chance.choice(MADE)(chance.randrange(MEMBERS))
        line = wire.line()
        readings = [reading for text in (card, code) for reading in sent(wire, line, wire.reads(text.encode()), chance)]
        assert not any(digits in repr(reading) for reading in readings for digits in _DIGITS)
        assert names_of(readings), (wire.name, code)


def names_of(readings: list[Reading]) -> set[tuple[str, str]]:
    """Return everything that the readings name."""
    return {name for reading in readings if isinstance(reading, Scan) for name in names(reading.decision)}
