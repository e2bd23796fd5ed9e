"""Identifiers that name two members are found, wherever the rows of the two lie."""

import msgspec

from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member
from sync.hub.memory import MemoryHubStore
from sync.hub.namesakes import Namesakes, namesakes

CARD = Identifier(kind=IdentifierKind.CARD, value="PL-1")


def _row(key: str, number: int, *identifiers: Identifier) -> Row:
    document = msgspec.Raw(msgspec.json.encode(Member(member_id=key, identifiers=identifiers)))
    return Row(kind=RowKind.MEMBER, key=key, partition=0, number=number, document=document)


def test_two_members_of_one_card_are_named_together() -> None:
    """Who has the card alone is not named."""
    store = MemoryHubStore()
    with store.transaction() as step:
        other = Identifier(kind=IdentifierKind.CARD, value="PL-2")
        step.put_rows([_row("a", 1, CARD), _row("b", 2, other), _row("c", 3, CARD)])
        step.commit()
    with store.reading() as reading:
        assert namesakes(reading) == [Namesakes(IdentifierKind.CARD, ("a", "c"))]


def test_rows_of_one_number_are_not_parted_by_the_end_of_a_page() -> None:
    """The thousandth row and the next have one number, as after a merge that was undone: both are seen."""
    store = MemoryHubStore()
    with store.transaction() as step:
        step.put_rows([_row(f"m{number}", number) for number in range(1, 1_000)])
        step.put_rows([_row("x", 1_000, CARD), _row("y", 1_000, CARD)])
        step.commit()
    with store.reading() as reading:
        assert namesakes(reading) == [Namesakes(IdentifierKind.CARD, ("x", "y"))]
