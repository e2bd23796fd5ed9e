"""Codes that a till does not know: the hub tells what is under them, of any store."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pos_loyalty.core.event_bodies import IdentifierLinked, IdentifierRevoked
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication
from sync.wire import Halt, HaltReason, LookupAnswer
from tests.sync.hub.shop import Ids, Till, enrolled, hub_over, issued, sale
from tests.sync.hub.stores import KINDS

CARD, PHONE = Identifier(IdentifierKind.CARD, "PL-1"), Identifier(IdentifierKind.PHONE, "+989120000000")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def hub(store: HubStore) -> Authority:
    """Return a hub with a till that is served."""
    return hub_over(store, "t1")


@pytest.fixture
def till() -> Till:
    """Return that till."""
    return Till("t1", Ids())


def under(hub: Authority, code: str) -> list[str]:
    """Return the keys of what is under a code."""
    answer = hub.lookup("t1", code)
    assert isinstance(answer, LookupAnswer)
    assert all(row.document is not None for row in answer.rows)
    return [row.key for row in answer.rows]


def test_members_are_found_by_what_names_them(hub: Authority, till: Till) -> None:
    """From the event that links it to the one that revokes it; one code can name several."""
    till.did(enrolled())
    till.did(IdentifierLinked(identifier=CARD))
    till.did(IdentifierLinked(identifier=PHONE))
    till.did(enrolled(), "m2")
    till.did(IdentifierLinked(identifier=PHONE), "m2")
    hub.push(till.request())
    assert (under(hub, "PL-1"), under(hub, PHONE.value), under(hub, "m1")) == (["m1"], ["m1", "m2"], [])
    till.did(IdentifierRevoked(identifier=PHONE))
    hub.push(till.request())
    assert (under(hub, "PL-1"), under(hub, PHONE.value)) == (["m1"], ["m2"])


def test_a_voucher_is_found_by_its_code(hub: Authority, till: Till) -> None:
    """Beside whomever the code names, if a card bears the same."""
    till.did(sale(vouchers=[issued("PL-1", 50)]))
    till.did(IdentifierLinked(identifier=CARD))
    hub.push(till.request())
    answer = hub.lookup("t1", "PL-1")
    assert isinstance(answer, LookupAnswer)
    assert [(row.kind, row.key) for row in answer.rows] == [(RowKind.MEMBER, "m1"), (RowKind.VOUCHER, "PL-1")]


def test_whoever_is_brought_in_is_found_and_whoever_is_gone_is_not(hub: Authority, store: HubStore) -> None:
    """By the office's hand as by an event; of one that is gone not even the code is left."""
    hub.bring_in([Member(member_id="m1", identifiers=(CARD,))])
    assert under(hub, "PL-1") == ["m1"]
    hub.publish([Publication(RowKey(RowKind.MEMBER, "m1"), msgspec.json.encode(Member(member_id="m1")))])
    assert under(hub, "PL-1") == []
    hub.bring_in([Member(member_id="m1", identifiers=(CARD,))])
    hub.publish([Publication(RowKey(RowKind.MEMBER, "m1"), None)])
    for strange in (b'{"member_id":7,"identifiers":0}', b'[{"identifiers":[]}]'):
        hub.publish([Publication(RowKey(RowKind.MEMBER, "m1"), strange)])
        assert under(hub, "PL-1") == []


@pytest.mark.parametrize("code", ["", "\0", "x" * 513, "nobody"])
def test_what_nobody_has_is_an_empty_answer(hub: Authority, code: str) -> None:
    """Nor is a text that no code can be an error."""
    assert under(hub, code) == []


def test_strangers_are_told_nothing(hub: Authority) -> None:
    """Names and numbers of members go to tills that are served."""
    hub.bring_in([Member(member_id="m1", identifiers=(CARD,))])
    answer = hub.lookup("t9", "PL-1")
    assert isinstance(answer, Halt)
    assert answer.reason is HaltReason.UNKNOWN_TERMINAL
