"""What texts are that came to the till without a reader."""

import pytest

from drivers.codes.reading_settings import ReadingSettings
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.decisions import Outcome, Via

recognise = recogniser(ReadingSettings(layouts=("us", "fa", "de")))


@pytest.mark.parametrize(
    ("text", "via", "outcome", "codes"),
    [
        ("abc 77", "typed", Outcome.UNKNOWN, ("abc 77",)),
        ("PL-1001", "typed", Outcome.MEMBER, ("PL-1001",)),
        ("WIFI:S:shop;P:secret;;", "typed", Outcome.UNKNOWN, ()),
        ("https://elsewhere.example/a", "typed", Outcome.UNKNOWN, ()),
        ("\ud800", "typed", Outcome.UNREADABLE, None),
        ("]A0ABC77", "terminal", Outcome.UNKNOWN, ("ABC77",)),
        ("شذز۷۷", "terminal", Outcome.UNKNOWN, ("abc77",)),
        ("xyz77", "terminal", Outcome.UNKNOWN, ("xyz77", "xzy77")),
        ("日本", "terminal", Outcome.UNREADABLE, ()),
    ],
)
def test_a_text_has_a_decision_and_what_may_be_looked_up(
    text: str, via: Via, outcome: Outcome, codes: tuple[str, ...] | None
) -> None:
    """Typed as it stands; through the terminal as each layout means it; passwords and links not at all."""
    found = recognise(text, via)
    assert found.decision.outcome is outcome
    assert codes is None or found.codes == codes
