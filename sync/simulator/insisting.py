"""The one way in which a story breaks: something that must hold does not."""

from pos_loyalty.errors import InvariantBroken


def insist(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the thing that must hold
    """End the story unless this holds.

    Raises:
        InvariantBroken: it does not; ``otherwise`` says what is instead.
    """
    if not holds:
        raise InvariantBroken(otherwise)
