"""The ring and the list of revoked passes, as documents and as rules."""

from datetime import timedelta

import msgspec
import pytest

from pos_loyalty.core.passes import KeyRing, PublicKey, Revocations
from tests.core.passes.samples import EMILY, KEY, NOON, REZA, RING


def test_ring_and_list_are_documents() -> None:
    """What a till is given as JSON is what the shop has."""
    revoked = Revocations(frozenset({(REZA.member_id, REZA.instance)}), {"PL-1003": NOON})
    assert msgspec.json.decode(msgspec.json.encode(RING), type=KeyRing) == RING
    assert msgspec.json.decode(msgspec.json.encode(revoked), type=Revocations) == revoked


@pytest.mark.parametrize(
    "text",
    [
        '{"keys": [{"public": "AAAA", "since": "2026-11-22T12:00:00Z"}]}',
        '{"keys": [{"public": "AAAA", "since": "2026-11-22T12:00:00"}]}',
        '{"keys": [{"since": "2026-11-22T12:00:00Z"}]}',
    ],
)
def test_a_damaged_ring_is_refused(text: str) -> None:
    """A key that is too short, a time without an offset and a key that is missing make no ring."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=KeyRing)


def test_a_key_does_not_end_before_it_begins() -> None:
    """The message says both times."""
    with pytest.raises(ValueError, match="until"):
        PublicKey(public=KEY.public, since=NOON, until=NOON - timedelta(seconds=1))


def test_an_id_names_one_key() -> None:
    """Two keys with one id would make the answer depend on their order."""
    with pytest.raises(ValueError, match="same id"):
        KeyRing((KEY, KEY))


def test_a_member_can_be_revoked_until_a_time() -> None:
    """All older passes of the member are on the list, the replacement and the passes of others are not."""
    revoked = Revocations(members={REZA.member_id: NOON})
    replacement = msgspec.structs.replace(REZA, issued=NOON + timedelta(seconds=1))
    assert revoked.has(REZA)
    assert not revoked.has(replacement)
    assert not revoked.has(EMILY)
