"""Events are written once, kept to the byte and read in today's shape."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BODIES,
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    EventArchived,
    EventErased,
    FieldChanged,
    GestureGranted,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    MemberErased,
    MemberMerged,
    MemberUnmerged,
    NameChanged,
    NoteWritten,
    OccasionSet,
    PaidBack,
    PassShown,
    PointsActivated,
    PointsEarned,
    PointsExpired,
    PreferenceSet,
    ReturnedLine,
    SoldLine,
    TierAssessed,
    UnknownBody,
    VisitClosed,
    VisitOpened,
)
from pos_loyalty.core.events import UPCASTERS, VERSIONS, Event, body_of, decode, encode
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Calendar, Occasion, PersonName, Preference, Title
from tests.support.builders import event

CARD = Identifier(IdentifierKind.CARD, "PL-1")
MOVE = PointsMove(account="points", points=5, kind=MoveKind.ACCRUAL, source="club@1/per-money")
SAMPLES: tuple[Body, ...] = (
    MemberEnrolled(name=PersonName(given="سارا", family="رضایی", title=Title.MRS), identifiers=(CARD,)),
    NameChanged(name=PersonName(given="Sara")),
    FieldChanged(field="language", value="fa"),
    IdentifierLinked(identifier=CARD),
    IdentifierRevoked(identifier=CARD, reason="lost"),
    PassShown(instance_id="m1@1795000000", step=59_833_333, name="خانم رضایی", tier="gold"),
    VisitOpened(visit_id="v1", place="register"),
    VisitClosed(visit_id="v1"),
    BasketCommitted(
        basket_id="b1",
        currency="IRR",
        gross=12_000,
        discount=2_000,
        net=10_000,
        lines=(SoldLine(number=1, unit_price=6_000, quantity=2, gross=12_000, net=10_000, discounts={"c/r": 2_000}),),
        moves=(MOVE,),
    ),
    BasketVoided(basket_id="b1", sale_event_id="e1", moves=(MOVE,)),
    BasketReturned(
        basket_id="b1",
        sale_event_id="e1",
        currency="IRR",
        refund=5_000,
        lines=(ReturnedLine(number=1, quantity=1, amount=5_000),),
        moves=(MOVE,),
        payments_back=(PaidBack(reward="gift/pay", amount=2_000, source="gift@1/pay", code="G-1"),),
        granted={"birthday": date(2026, 3, 21)},
    ),
    PointsEarned(happening="visit", about="v1", moves=(MOVE,)),
    GestureGranted(
        program_id="sorry",
        reward="sorry/off",
        amount=5_000,
        role="manager",
        reason="دیر رسید",
        voucher=VoucherMove(
            kind=VoucherMoveKind.ISSUED, program_id="sorry", source="sorry@1/off", code="S-1", value=5_000
        ),
    ),
    NoteWritten(text="آستین را کوتاه کنید"),
    PreferenceSet(preference=Preference(key="size.shirt", value="41")),
    OccasionSet(occasion=Occasion(kind="birthday", calendar=Calendar.JALALI, month=1, day=1)),
    MemberMerged(target="m2"),
    MemberUnmerged(target="m2"),
    MemberErased(reason="asked"),
    EventErased(was="note.written"),
    EventArchived(was="note.written", file="events-2026-03.ndjson.zst"),
    PointsActivated(unit="points", day=date(2026, 3, 21)),
    PointsExpired(unit="points", day=date(2026, 3, 21)),
    TierAssessed(program_id="club", unit="points", tier_id="gold", since=date(2026, 3, 21)),
)
FOREIGN = (
    b'{"event_id":"e9","terminal_id":"t9","seq":3,"occurred_at":"2027-01-01T00:00:00Z","type":"moon.landed",'
    b'"member_id":"m1","part":7,"body":{"z":1,"a": [1.50, "\\u0633"],"n":null}}'
)


def with_version(version: int, body: bytes) -> Event:
    """Return a note of another version of its body."""
    note = event(NoteWritten(text=""))
    return msgspec.structs.replace(note, version=version, body=msgspec.Raw(body))


def test_every_type_has_a_sample() -> None:
    """What is tested below is tested for all event types."""
    assert {type(body) for body in SAMPLES} == set(BODIES.values())


@pytest.mark.parametrize("body", SAMPLES, ids=lambda body: type(body).__name__)
def test_an_event_survives_the_wire_to_the_byte(body: Body) -> None:
    """What was sealed is read back equal, and written again it is the same bytes."""
    sealed = event(body)
    data = encode(sealed)
    assert body_of(decode(data)) == body
    assert encode(decode(data)) == data
    assert BODIES[sealed.type] is type(body)
    assert sealed.version == VERSIONS[sealed.type]


def test_an_envelope_says_who_when_and_where() -> None:
    """The whole event as JSON: defaults left out, the body as it was written."""
    assert encode(event(VisitClosed(visit_id="v1"), seq=2)) == (
        b'{"event_id":"019d0fba-e5c2-7000-8000-000000000002","terminal_id":"t1","seq":2,'
        b'"occurred_at":"2026-03-21T09:30:00Z","type":"visit.closed","member_id":"m1","associate_id":"a1","part":815,'
        b'"body":{"visit_id":"v1"}}'
    )


def test_an_unknown_type_is_kept_verbatim_and_passed_on() -> None:
    """Spacing, number format, escapes and order of a foreign body are not touched."""
    foreign = decode(FOREIGN)
    assert body_of(foreign) == UnknownBody()
    assert encode(foreign) == FOREIGN


def test_a_body_of_a_newer_version_is_kept_verbatim_and_passed_on() -> None:
    """A till that was not upgraded yet does not guess at tomorrow's shape."""
    newer = with_version(2, b'{"text":[ "two", "texts" ]}')
    assert body_of(newer) == UnknownBody()
    assert bytes(decode(encode(newer)).body) == b'{"text":[ "two", "texts" ]}'


def test_fields_of_a_newer_writer_are_ignored() -> None:
    """An additional field, in the envelope or in the body, does not stop an older reader."""
    data = FOREIGN.replace(b"moon.landed", b"note.written").replace(b'{"z"', b'{"text":"x","z"')
    assert body_of(decode(data.replace(b'"part"', b'"colour":"red","part"'))) == NoteWritten(text="x")


def test_an_old_body_is_read_in_todays_shape() -> None:
    """Each step makes the next version; a body starts at its own version and ends at today's."""

    def split(body: dict[str, Any]) -> dict[str, Any]:
        return {"words": body["remark"].split()}

    def join(body: dict[str, Any]) -> dict[str, Any]:
        return {"text": "-".join(body["words"])}

    steps = {"note.written": (split, join)}
    assert body_of(with_version(1, b'{"remark":"a b"}'), steps) == NoteWritten(text="a-b")
    assert body_of(with_version(2, b'{"words":["c","d"]}'), steps) == NoteWritten(text="c-d")
    assert body_of(with_version(3, b'{"text":"e"}'), steps) == NoteWritten(text="e")
    assert body_of(with_version(4, b'{"text":"e"}'), steps) == UnknownBody()


def test_upcasters_are_of_known_types_and_versions_follow_from_them() -> None:
    """No step is for a type that does not exist; a type without steps is at version 1."""
    assert set(UPCASTERS) <= set(BODIES) == set(VERSIONS)
    assert {name: 1 + len(UPCASTERS.get(name, ())) for name in BODIES} == VERSIONS


@pytest.mark.parametrize(
    ("found", "instead", "path"),
    [
        (b'"seq":3', b'"seq":0', r"\$\.seq"),
        (b'"part":7', b'"part":1024', r"\$\.part"),
        (b'"part":7', b'"part":7,"version":0', r"\$\.version"),
        (b"00:00:00Z", b"00:00:00", r"\$\.occurred_at"),
        (b'"e9"', b"9", r"\$\.event_id"),
        (b'"type":"moon.landed",', b"", "type"),
        (b"null}}", b"null}", "truncated"),
    ],
)
def test_what_is_no_event_is_refused_with_its_path(found: bytes, instead: bytes, path: str) -> None:
    """A number out of range, a moment without a zone, a missing field, half an event."""
    assert FOREIGN.count(found) == 1
    with pytest.raises(msgspec.DecodeError, match=path):
        decode(FOREIGN.replace(found, instead))


def test_a_body_that_is_not_of_its_type_is_refused() -> None:
    """The message names the place and not the content."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.text") as caught:
        body_of(with_version(1, b'{"text":["Sara"]}'))
    assert "Sara" not in str(caught.value)


def test_moments_are_kept_in_utc_to_the_microsecond() -> None:
    """A till writes UTC, and nothing of the moment is rounded."""
    moment = datetime(2026, 3, 21, 9, 30, 0, 123456, tzinfo=UTC)
    sealed = msgspec.structs.replace(event(VisitClosed(visit_id="v1")), occurred_at=moment)
    assert decode(encode(sealed)).occurred_at == moment
    assert b'"2026-03-21T09:30:00.123456Z"' in encode(sealed)
